"""One gateway, as this console is connected to it: signed in, renewed, restored, signed out."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from console.api import registry
from console.model.address import Address
from console.model.errors import ConnectionLost, GatewayError, ProfileError, RateLimited, SignInRequired, StoreError
from console.model.record import Action
from console.services.action_log import ActionLog
from console.services.browser_sign_in import BrowserSignIns, FixedToken
from console.services.cache import ReadCache
from console.services.connection import ConnectionWatch
from console.services.journal import Journal, SessionRecord
from console.services.kept_sign_in import SIGNED_OUT_ELSEWHERE, KeptSignIn, kept_as
from console.services.latest import Latest
from console.services.membership import follow_membership
from console.services.monitor import HealthRecord, Monitor
from console.services.ports import Membership
from console.services.renewal import RenewalPace
from console.services.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from console.api.contract import Gateway, TokenSource
    from console.api.query import Query
    from console.api.transport import Reply, Transport
    from console.model.blame import Verdict
    from console.model.connection import Connection
    from console.model.identity import Challenge, PasswordCredentials, SignedIn, Tenant, Tokens, User
    from console.model.oauth import Provider
    from console.model.profile import Profile
    from console.services.browser_sign_in import BrowserSignIn
    from console.services.cache_ports import AnswerShelf
    from console.services.kept_sign_in import SignInVault

_log = logging.getLogger(__name__)

RENEW_LEAD = timedelta(seconds=60)
EXPIRY_MARGIN = timedelta(seconds=5)
_LONGEST_SLEEP_S = 20.0  # wall clock and monotonic clock part ways while the machine sleeps
_RESTART_PAUSE_S = 5.0
_RENEWAL_PAUSE_S = 1.0  # a gateway that gives tokens which end at once must not be asked in a loop
_RENEWAL_GRACE_S = 1.5  # less than the window may take to quit


class GatewayRecord(HealthRecord, SessionRecord, Protocol):
    """The part of the record that a session needs."""

    @property
    def cached(self) -> AnswerShelf:
        """Answers for the next start."""


class Session:
    """See `console.services.ports.GatewaySession`. Also the token source of its own transport and feed.

    What speaks to the gateway is made when first needed: it brings httpx, and the record is shown before that, for
    which it has a head start of so many seconds.
    """

    def __init__(
        self, profile: Profile, vault: SignInVault, record: GatewayRecord, *, head_start_s: float = 0.0
    ) -> None:
        self._address = Address.parse(profile.url, allow_plain_http=profile.network.allow_plain_http)
        self.profile = profile
        self.user: User | None = None
        self._kept = KeptSignIn(vault, profile)
        self._head_start_s = head_start_s
        self._tokens: Tokens | None = None
        self._watch = ConnectionWatch()
        self.connection: Latest[Connection] = self._watch.story
        self._transport: Transport | None = None
        self._gateway: Gateway | None = None
        self.monitor = Monitor(record, profile.gateway_id, self._watch, self._diagnose)
        self._journal = Journal(record, profile.gateway_id)
        self.cache = ReadCache(self._ask, record.cached, kept_as(profile))
        self.membership: Latest[Membership] = Latest(Membership())
        self.monitor.feed_log = self._journal.feed
        self._actions = ActionLog(record)
        self._restored = asyncio.Event()
        self._may_speak = asyncio.Event()
        self._active = asyncio.Event()
        self._over = asyncio.Event()
        self._renewals: dict[str, asyncio.Task[str]] = {}  # by the access token they replace
        self._pace = RenewalPace()
        self._keeping = asyncio.Lock()  # what is kept and what is used change together
        self._era = 0
        self._browser = BrowserSignIns(lambda: self.gateway, self._provisional, self._take)
        self._browser.expected = profile.username
        self.signed_in_as: Callable[[Profile, str], Awaitable[None]] = _nobody_asks

    # Life

    async def run(self) -> None:
        """Restore, then work whenever signed in, until cancelled. Closes the transport at the end."""
        loop = asyncio.get_running_loop()
        beside = [loop.create_task(self._journal.run(self.connection), name="journal")]
        try:
            try:
                await self._restore()
            finally:
                self._restored.set()
            await asyncio.sleep(self._head_start_s)
            await asyncio.to_thread(importlib.import_module, "console.api.transport")
            self._may_speak.set()
            try:
                _ = self.gateway
            except ProfileError as exc:
                _log.warning("the profile %s can't be used: %s", self.profile.name, exc)
                self.monitor.give_up(exc)
                return
            watch = follow_membership(self.gateway, self.cache, self.membership)
            beside.append(loop.create_task(watch, name="membership"))
            while True:
                await self._active.wait()
                # In a task of its own: before Python 3.13 a task group that fails leaves its task marked cancelled, and
                # one that fails just as it is cancelled swallows the cancellation. This task's mark is true.
                await loop.create_task(self._work(), name="session work")
                if (own := asyncio.current_task()) is not None and own.cancelling():
                    raise asyncio.CancelledError
        finally:
            try:
                # Whole, also when the cancellation arrives only now: a pool closed half-way loses its other sockets.
                await unbroken(self.close())
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    async def restored(self) -> None:
        """Wait until what the store keeps of this session is in place."""
        await self._restored.wait()

    def let_go(self) -> None:
        """It is closed, perhaps before it began: nobody waits any longer for it to be restored."""
        self._restored.set()

    async def _restore(self) -> None:
        """Be signed in again without typing, and show the record, without asking the network.

        One does not need the other: a damaged record costs nobody the sign-in.
        """
        try:
            await self.monitor.restore()
        except StoreError as exc:
            _log.warning("the record of %s can't be shown: %s", self.profile.name, exc)
        try:
            stored = await self._kept.load()
        except StoreError as exc:
            _log.warning("the sign-in of %s can't be restored: %s", self.profile.name, exc)
            return
        if stored is not None and self._tokens is None:
            self._begin(stored.tokens, stored.user)

    @property
    def gateway(self) -> Gateway:
        """The dialect, tied to this gateway.

        Raises:
            ProfileError: The profile names a platform that does not exist, or network options that can't be used.
        """
        if self._gateway is None:
            self._transport, self._gateway = self._speak_with(self)
            self.monitor.attach(self._gateway)
        return self._gateway

    def _speak_with(self, tokens: TokenSource) -> tuple[Transport, Gateway]:
        from console.api.transport import Transport  # noqa: PLC0415  (see the class)

        dialect = registry.platform(self.profile.platform)
        transport = Transport(
            self._address,
            dialect,
            tokens=tokens,
            observe=self._journal.note,
            tenant=self.profile.tenant,
            options=self.profile.network,
            read_only=self.profile.read_only,
        )
        return transport, dialect.build(transport, tokens)

    @contextlib.asynccontextmanager
    async def _provisional(self, tokens: Tokens) -> AsyncIterator[Gateway]:
        """The gateway as it answers to tokens that are not taken over yet."""
        transport, gateway = self._speak_with(FixedToken(tokens.access))
        try:
            yield gateway
        finally:
            await transport.close()

    async def _diagnose(self) -> Verdict:
        from console.api.probe import probe_layers  # noqa: PLC0415  (see the class)

        return await probe_layers(self._address, self.profile.network)

    async def close(self) -> None:
        """End what is under way and close every connection.

        A renewal gets a moment to end: the gateway may have replaced the tokens already, and those kept here are void.
        """
        try:
            if renewals := set(self._renewals.values()):
                _done, late = await asyncio.wait(renewals, timeout=_RENEWAL_GRACE_S)
                for renewal in late:
                    renewal.cancel()
                await asyncio.gather(*late, return_exceptions=True)
        finally:
            await self.cache.close()
            if self._transport is not None:
                await self._transport.close()

    async def _work(self) -> None:
        """Monitor and renew until signed out or refused."""
        era = self._era
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.monitor.run(), name="monitor")
                tasks.create_task(self._keep_renewed(), name="renewal")
                tasks.create_task(self._until_over(), name="until over")
        except* _Over:
            pass
        except* SignInRequired as group:
            if self._era == era:  # otherwise somebody signed in anew meanwhile
                await self._refused(_leaf(group))
        except* Exception as group:  # noqa: BLE001  (the session's task group: one bug must not end other sessions)
            _log.exception("the session of %s failed", self.profile.name, exc_info=group)
            await asyncio.sleep(_RESTART_PAUSE_S)

    async def _until_over(self) -> None:
        await self._over.wait()
        raise _Over

    def _begin(self, tokens: Tokens, user: User | None) -> None:
        self._era += 1
        if self._transport is not None:
            self._transport.begin_login()
        self._pace.begin()
        self._tokens = tokens
        self.user = user
        self.cache.begin_login(user.id if user is not None else "", self.profile.tenant)
        self._over.clear()
        self._watch.signed_in()
        self._active.set()

    def _end(self) -> None:
        self._tokens = None
        self.cache.pause()
        self._active.clear()
        self._over.set()

    # What the operator does

    async def sign_in(self, credentials: PasswordCredentials) -> None:
        """See the port."""
        signed = await self.gateway.authentication.sign_in(credentials)
        await self._take(signed, credentials.username)

    async def answer(self, challenge: Challenge, code: str, *, username: str) -> None:
        """See the port."""
        signed = await self.gateway.authentication.answer(challenge, code)
        if self._browser.asked_for(challenge):
            await self._browser.take(signed)
        else:
            await self._take(signed, username)

    async def providers(self) -> Sequence[Provider]:
        """See the port."""
        await self._may_speak.wait()
        return await self.gateway.browser.providers() if self.gateway.browser is not None else ()

    def sign_in_with(self, provider: Provider) -> AbstractAsyncContextManager[BrowserSignIn]:
        """See the port."""
        self._browser.known = self.user
        return self._browser.begin(provider)

    async def _take(self, signed: SignedIn, username: str) -> None:
        self._browser.expected = username or self._browser.expected
        async with self._keeping:
            await self._kept.save(signed.tokens, signed.user)
            self._end()  # a former session of this profile ends only now that a new one exists
            self._begin(signed.tokens, signed.user)
            if signed.user is not None:
                self.cache.learn(self.gateway.authentication.who, signed.user)
            era = self._era
        await self._note(Action.SIGN_IN, username)
        await self.signed_in_as(self.profile, username)
        if signed.user is None:
            with contextlib.suppress(GatewayError):  # the name is a nicety
                user = await self.gateway.authentication.who_am_i()
                async with self._keeping:
                    if self._era == era and self._tokens is not None:
                        self.user = user
                        self.cache.identify(user.id)
                        await self._kept.save(self._tokens, user)

    async def sign_out(self) -> None:
        """See the port."""
        tokens, user = self._tokens, self.user
        if tokens is not None:
            await self._note(Action.SIGN_OUT, user.name if user is not None else self.profile.username)
            with contextlib.suppress(GatewayError, ProfileError):  # what is kept here goes, whatever the gateway says
                await self.gateway.authentication.sign_out(tokens)
        self._end()
        self.user = None
        self._watch.signed_out()
        async with self._keeping:
            if self._tokens is None:
                try:
                    await self._kept.forget()
                finally:
                    await self.cache.end_login()

    async def _note(self, action: Action, username: str) -> None:
        await self._actions.note(
            self.profile.gateway_id, action, subject=self.profile.name, detail={"username": username}
        )

    async def tenants(self) -> Sequence[Tenant]:
        """See the port."""
        tenancy = self.gateway.tenancy
        return (await self.cache.read(tenancy.listing)).value if tenancy is not None else ()

    async def _ask(self, query: Query[Any], etag: str) -> Reply:
        """How the cache asks the gateway."""
        _ = self.gateway
        assert self._transport is not None  # noqa: S101  (made with the gateway)
        return await self._transport.call(query.operation, fields=query.fields, params=query.params, etag=etag)

    def try_now(self) -> None:
        """See the port."""
        if self._transport is not None:
            self._transport.begin_anew()
        self.cache.try_now()
        self.monitor.refresh()

    # The token source

    async def token(self) -> str | None:
        """See `console.api.contract.TokenSource`."""
        tokens = self._tokens
        if tokens is None:
            return None
        if tokens.renewable and tokens.ends_within(EXPIRY_MARGIN, datetime.now(UTC)):
            return await self.renew(tokens.access)
        return tokens.access

    async def renew(self, refused: str) -> str:
        """See `console.api.contract.TokenSource`. Whoever asks while a renewal is under way shares it."""
        if self._tokens is None:
            raise SignInRequired("signed out")
        if self._tokens.access != refused:
            return self._tokens.access
        if (renewal := self._renewals.get(refused)) is None:
            renewal = asyncio.get_running_loop().create_task(self._renew(self._tokens), name="renew")
            self._renewals[refused] = renewal
            renewal.add_done_callback(lambda done: self._renewed(refused, done))
        return await asyncio.shield(renewal)

    def _renewed(self, refused: str, renewal: asyncio.Task[str]) -> None:
        del self._renewals[refused]
        if not renewal.cancelled():
            renewal.exception()  # looked at here: those who asked may all have been cancelled by then

    async def _renew(self, tokens: Tokens) -> str:
        """Renew once among all processes that share this sign-in."""
        async with self._kept.lease():
            renewed = await self._kept.newer_than(tokens)
            if renewed is None:
                self._pace.admit(ended=tokens.ends_within(timedelta(), datetime.now(UTC)))
                renewed = await self._refreshed(tokens)
            self._pace.renewed()
            async with self._keeping:
                if self._tokens is not tokens:
                    raise SignInRequired("signed out")
                await self._kept.save(renewed, self.user)  # before it is used
                self._tokens = renewed
            return renewed.access

    async def _refreshed(self, tokens: Tokens) -> Tokens:
        """Ask for new tokens, once more where the answer got lost.

        The gateway may have replaced the old ones already: those that allow for lost answers accept them a moment more.
        """
        refresh = self.gateway.authentication.refresh
        try:
            try:
                return await refresh(tokens)
            except ConnectionLost as exc:
                if exc.timed_out:
                    raise  # no time left while others wait for the lease
                return await refresh(tokens)
        except RateLimited as exc:
            self._pace.limited(exc)
            raise

    async def _keep_renewed(self) -> None:
        """Renew ahead of expiry. Unreachable is not refused: try again while the session may still live."""
        retry_s = 1.0
        while (tokens := self._tokens) is not None:
            due = tokens.renew_at(RENEW_LEAD) if tokens.renewable else tokens.expires_at
            if due is None:
                return
            wait_s = (due - datetime.now(UTC)).total_seconds()
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, _LONGEST_SLEEP_S))
                continue
            if not tokens.renewable:
                raise SignInRequired("the sign-in has ended, and this gateway does not renew it", code="not-renewable")
            try:
                await self.renew(tokens.access)
                retry_s = 1.0
                await asyncio.sleep(_RENEWAL_PAUSE_S)
            except SignInRequired:
                raise
            except GatewayError as exc:
                _log.info("renewal put off: %s", exc)
                await asyncio.sleep(max(retry_s, min(self._pace.held_s, _LONGEST_SLEEP_S)))
                retry_s = min(retry_s * 2, _LONGEST_SLEEP_S)

    async def _refused(self, error: SignInRequired) -> None:
        """The gateway ended the session: ask the operator once; the record stays."""
        self._end()
        async with self._keeping:
            if self._tokens is not None:
                return  # signed in anew meanwhile
            try:
                await self._kept.forget()
                if error.code == SIGNED_OUT_ELSEWHERE:
                    await self.cache.end_login()
            except StoreError as exc:
                _log.warning("the ended sign-in of %s is still kept: %s", self.profile.name, exc)
            self._watch.refused(error.detail)


async def _nobody_asks(_profile: Profile, _username: str) -> None:
    """Nobody wants to know who signed in."""


class _Over(Exception):
    """The session ended by the operator's will."""


def _leaf(group: ExceptionGroup[SignInRequired]) -> SignInRequired:
    first = group.exceptions[0]
    return _leaf(first) if isinstance(first, ExceptionGroup) else first
