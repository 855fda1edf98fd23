"""One gateway, as this console is connected to it: signed in, renewed, restored, signed out."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from typing import TYPE_CHECKING

import msgspec

from console.model.errors import (
    Forbidden,
    GatewayError,
    ProfileError,
    SignInRequired,
    StoreError,
    TenantMismatch,
    TenantRequired,
)
from console.services.action_log import ActionLog
from console.services.browser_sign_in import BrowserSignIns
from console.services.cache import ReadCache
from console.services.connection import ConnectionWatch
from console.services.document_shelf import Shelf
from console.services.groups import Over, first_of, nobody, until
from console.services.heartbeat import keep_alive
from console.services.journal import Journal
from console.services.kept_sign_in import SIGNED_IN_ELSEWHERE, SIGNED_OUT_ELSEWHERE, KeptSignIn, kept_as
from console.services.latest import Latest
from console.services.line import Line
from console.services.membership import follow_membership
from console.services.monitor import Monitor
from console.services.ports import Membership
from console.services.renewal import Renewer
from console.services.sign_out import told
from console.services.standing import StandingKeeper
from console.services.telemetry import Telemetry
from console.services.tracking import Tracking
from console.services.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from console.api.contract import Gateway
    from console.api.query import Query
    from console.api.transport import Reply
    from console.model.connection import Connection
    from console.model.errors import SignOutUnheard
    from console.model.identity import Challenge, PasswordCredentials, SignedIn, Tenant, Tokens, User
    from console.model.oauth import Provider
    from console.model.profile import Profile
    from console.model.tenancy import Standing, TenantConfig
    from console.services.account_desk import AccountDesk
    from console.services.browser_sign_in import BrowserSignIn
    from console.services.gateway_record import GatewayRecord
    from console.services.kept_sign_in import SignInVault

_log = logging.getLogger(__name__)

_RESTART_PAUSE_S = 5.0


class Session:
    """See `console.services.ports.GatewaySession`. Also the token source of its own transport and feed.

    What speaks to the gateway is made when first needed: it brings httpx, and the record is shown before that, for
    which it has a head start of so many seconds.
    """

    def __init__(
        self, profile: Profile, vault: SignInVault, record: GatewayRecord, *, head_start_s: float = 0.0
    ) -> None:
        self.profile, self._head_start_s = profile, head_start_s
        self.user: User | None = None
        self._kept = KeptSignIn(vault, profile)
        self._tokens: Tokens | None = None
        self._watch = ConnectionWatch()
        self.connection: Latest[Connection] = self._watch.story
        self._journal = Journal(record, profile.gateway_id)
        self.tracking = Tracking(also=self._journal.note)
        self._line = Line(profile, self, self.tracking.note)
        self.circuits, self.budget, self.diagnose = self._line.circuits, self._line.budget, self._line.diagnose
        self.monitor = Monitor(record, profile.gateway_id, self._watch, self._line.diagnose, self._journal.feed)
        self.cache = ReadCache(self.ask, record.cached, kept_as(profile))
        self.membership: Latest[Membership] = Latest(Membership())
        self.telemetry = Telemetry(self.cache, lambda: self._worked_for == self._era)
        self.monitor.told, self.monitor.missed = self.telemetry.heard, self.telemetry.missed
        self._actions = ActionLog(record)
        self._restored, self._may_speak, self._active, self._over = (asyncio.Event() for _ in range(4))
        self.documents = Shelf(lambda: self.gateway, self.cache, self.ask, self._may_speak.wait)
        self._renewer = Renewer(self._kept, lambda: self._tokens, self._refresh, self._adopt)
        self.renewed_for = self._renewer.renewed_for
        self._keeping = asyncio.Lock()  # what is kept and what is used change together
        self._era = self._worked_for = 0  # counts those who signed in
        self._remember = True  # what whoever signs in wants; it counts once they have
        self._browser = BrowserSignIns(lambda: self.gateway, self._line.provisional, self._take)
        self._browser.expected = profile.username
        self._at_work = asyncio.Lock()  # held while working, and while moving to another tenant
        self._keeper = StandingKeeper()
        self.standing: Latest[Standing] = self._keeper.standing
        self.moved_to: Callable[[Profile], Awaitable[None]] = nobody
        self.signed_in_as: Callable[[Profile, str], Awaitable[None]] = nobody

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
            beside.append(loop.create_task(self.telemetry.run(self.gateway), name="telemetry"))
            while True:
                await self._active.wait()
                # In a task of its own: before Python 3.13 a task group that fails leaves its task marked cancelled, and
                # one that fails just as it is cancelled swallows the cancellation. This task's mark is true.
                async with self._at_work:
                    await loop.create_task(self._work(), name="session work")
                if self._tokens is not None:
                    self._over.clear()
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
        await self.monitor.restore()
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
        if (gateway := self._line.gateway) is None:
            gateway = self._line.open()
            self._keeper.offered = self._line.offered
            self.monitor.attach(gateway, self.tracking)
        return gateway

    async def reach(self) -> Gateway:
        """As above, once what speaks HTTP was loaded."""
        await self._may_speak.wait()
        return self.gateway

    async def close(self) -> None:
        """End what is under way and close every connection."""
        try:
            await self._renewer.close()
        finally:
            await self.cache.close()
            await self._line.close()

    async def _work(self) -> None:
        """Monitor and renew until signed out or refused."""
        era = self._worked_for = self._era
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(until(self._over), name="until over")
                tasks.create_task(self._renewer.keep_renewed(), name="renewal")
                tasks.create_task(self._watch_tenant(), name="tenant and health")
                tasks.create_task(keep_alive(self.gateway.heartbeat), name="heartbeat")
        except* Over:  # by the operator's will
            pass
        except* SignInRequired as group:
            if self._era == era:  # otherwise somebody signed in anew meanwhile
                await self._refused(first_of(group))
        except* Exception as group:  # noqa: BLE001  (the session's task group: one bug must not end other sessions)
            _log.exception("the session of %s failed", self.profile.name, exc_info=group)
            await asyncio.sleep(_RESTART_PAUSE_S)

    async def _watch_tenant(self) -> None:
        """Keep health up to date, of the tenant that was asked for and of no other."""
        try:
            await self._keeper.watch(self.gateway, self.profile.tenant, lambda: self.user, self.monitor.run)
        except* (TenantMismatch, TenantRequired, Forbidden) as group:
            error = first_of(group)
            self._keeper.want(error)
            self._watch.tenant_wanted(error)
            await asyncio.Event().wait()  # until another is chosen, or the session ends

    def _begin(self, tokens: Tokens, user: User | None) -> None:
        self._era += 1
        self._line.begin_login()
        self._renewer.begin()
        self._tokens = tokens
        self.user = user
        self.cache.begin_login(user.id if user is not None else "", self.profile.tenant)
        self._keeper.begin(user)
        self._over.clear()
        self._watch.signed_in()
        self._active.set()

    def _end(self) -> None:
        self._tokens = None
        self._rest()

    def _rest(self) -> None:
        """Ask nothing more: what is under way is not waited for."""
        self.cache.pause()
        self._active.clear()
        self._over.set()

    # What the operator does

    async def sign_in(self, credentials: PasswordCredentials) -> None:
        """See the port."""
        self._remember = credentials.remember
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
        browser = (await self.reach()).browser
        return await browser.providers() if browser is not None else ()

    async def accounts(self) -> AccountDesk | None:
        """See the port."""
        return (await self.reach()).accounts

    def sign_in_with(
        self, provider: Provider, *, remember: bool | None = None
    ) -> AbstractAsyncContextManager[BrowserSignIn]:
        """See the port."""
        self._browser.known = self.user
        self._remember = self.profile.keep_signed_in if remember is None else remember
        return self._browser.begin(provider)

    async def _take(self, signed: SignedIn, username: str) -> None:
        self._browser.expected = username or self._browser.expected
        async with self._keeping:
            self._kept.keeping = self._remember
            await self._kept.save(signed.tokens, signed.user)
            self._end()  # a former session of this profile ends only now that a new one exists
            self._begin(signed.tokens, signed.user)
            era = self._era
        await self._actions.signed_in(self.profile, username)
        await self.signed_in_as(self.profile, username)
        if signed.user is None:
            with contextlib.suppress(GatewayError):  # the name is a nicety
                user = await self.gateway.authentication.who_am_i()
                async with self._keeping:
                    if self._era == era and self._tokens is not None:
                        self.user = user
                        self.cache.identify(user.id)
                        await self._kept.save(self._tokens, user)

    async def sign_out(self) -> SignOutUnheard | None:
        """See the port."""
        tokens, era = self._tokens, self._era
        self._rest()  # a poll that is refused only because of this must neither renew nor ask for a sign-in
        unheard = None
        try:
            if tokens is not None:
                await self._actions.signed_out(self.profile, self.user)
                if self._era == era:
                    unheard = await told(lambda: self.gateway, tokens)
        finally:  # what is kept here goes, whatever the gateway says, unless somebody signed in anew meanwhile
            if self._era == era:
                await unbroken(self._leave())
        return unheard

    async def _leave(self) -> None:
        self._end()
        self.user = None
        self._keeper.begin(None)
        self._watch.signed_out()
        async with self._keeping:
            if self._tokens is None:
                try:
                    await self._kept.forget()
                finally:
                    await self.cache.end_login()

    async def tenants(self) -> Sequence[Tenant]:
        """See the port."""
        return (await self.cache.read(tenancy.listing)).value if (tenancy := self.gateway.tenancy) is not None else ()

    async def ask(self, query: Query[Any], etag: str = "") -> Reply:
        """Send a read, past the cache."""
        _ = self.gateway  # the line is open then
        return await self._line.ask(query, etag)

    async def switch_tenant(self, tenant_id: str) -> None:
        """See the port."""
        era = self._era
        config = await self._keeper.enter(self.gateway, tenant_id)
        self._over.set()  # nothing of the former tenant is under way any more
        async with self._at_work:
            if self._tokens is None or self._era != era:
                raise SignInRequired("signed out")
            await self._switch(msgspec.structs.replace(self.profile, tenant=tenant_id), config)
        await self.moved_to(self.profile)

    async def _switch(self, profile: Profile, config: TenantConfig) -> None:
        """Act for another tenant: whatever is known and kept of the former one goes here."""
        self.profile = profile
        self._line.act_for(profile.tenant)
        self.cache.begin_login(self.user.id if self.user is not None else "", profile.tenant)
        self._watch.signed_in()
        await self._journal.move_to(profile.gateway_id)
        await self.monitor.move_to(profile.gateway_id)
        self._keeper.arrive(profile.tenant, config)  # whoever hears of it finds nothing of the former one any more

    def try_now(self) -> None:
        """See the port."""
        self._line.begin_anew()
        self.cache.try_now()
        self.monitor.refresh()

    # The token source

    async def token(self) -> str | None:
        """See `console.api.contract.TokenSource`."""
        return await self._renewer.token()

    async def renew(self, refused: str) -> str:
        """See `console.api.contract.TokenSource`. Whoever asks while a renewal is under way shares it."""
        return await self._renewer.renew(refused)

    async def _refresh(self, tokens: Tokens) -> Tokens:
        return await self.gateway.authentication.refresh(tokens)

    async def _adopt(self, former: Tokens, renewed: Tokens) -> None:
        """Keep new tokens, then use them."""
        async with self._keeping:
            if self._tokens is not former:
                raise SignInRequired("signed out")
            await self._kept.save(renewed, self.user)
            self._tokens = renewed

    async def _refused(self, error: SignInRequired) -> None:
        """The gateway ended the session: ask the operator once; the record stays."""
        self._end()
        async with self._keeping:
            if self._tokens is not None:
                return  # signed in anew meanwhile
            try:
                if error.code != SIGNED_IN_ELSEWHERE:
                    await self._kept.forget()
                if error.code == SIGNED_OUT_ELSEWHERE:
                    await self.cache.end_login()
            except StoreError as exc:
                _log.warning("the ended sign-in of %s is still kept: %s", self.profile.name, exc)
            self._watch.refused(error.detail)
