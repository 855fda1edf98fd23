"""One gateway, as this console is connected to it: signed in, renewed, restored, signed out."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from console.api import registry
from console.model.address import Address
from console.model.errors import GatewayError, ProfileError, SignInRequired, StoreError
from console.services.connection import ConnectionWatch
from console.services.journal import Journal, SessionRecord
from console.services.monitor import HealthRecord, Monitor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.api.contract import Gateway
    from console.api.transport import Transport
    from console.model.blame import Verdict
    from console.model.connection import Connection
    from console.model.identity import PasswordCredentials, Tenant, Tokens, User
    from console.model.profile import Profile
    from console.services.latest import Latest

_log = logging.getLogger(__name__)

RENEW_LEAD = timedelta(seconds=60)
EXPIRY_MARGIN = timedelta(seconds=5)
LEASE_TTL_S = 45.0
LEASE_POLL_S = 0.1
_LONGEST_SLEEP_S = 20.0  # wall clock and monotonic clock part ways while the machine sleeps
_RESTART_PAUSE_S = 5.0


class StoredSignIn(Protocol):
    """What the vault kept of a sign-in; see `console.store.vault`."""

    @property
    def tokens(self) -> Tokens:
        """As last saved."""

    @property
    def user(self) -> User | None:
        """Who it was."""


class SignInVault(Protocol):
    """The part of the vault that sessions need; see `console.store.vault.Vault`."""

    async def save_sign_in(self, profile: str, tokens: Tokens, user: User | None) -> None:
        """Keep a sign-in; on disk when this returns."""

    async def load_sign_in(self, profile: str) -> StoredSignIn | None:
        """The sign-in kept for a profile."""

    async def forget_sign_in(self, profile: str) -> None:
        """Drop it."""

    async def acquire_lease(self, name: str, owner: str, ttl_s: float) -> bool:
        """Whether `owner` now holds the lease, alone among all processes."""

    async def release_lease(self, name: str, owner: str) -> None:
        """Give it up."""


class GatewayRecord(HealthRecord, SessionRecord, Protocol):
    """The part of the record that a session needs."""


class Session:
    """See `console.services.ports.GatewaySession`. Also the token source of its own transport and feed.

    What speaks to the gateway is made when first needed: it brings httpx, and the record is shown before that, for
    which it has a head start of so many seconds.
    """

    def __init__(
        self, profile: Profile, vault: SignInVault, record: GatewayRecord, *, head_start_s: float = 0.0
    ) -> None:
        self._address = Address.parse(profile.url)
        self.profile = profile
        self.user: User | None = None
        self._head_start_s = head_start_s
        self._vault = vault
        self._tokens: Tokens | None = None
        self._watch = ConnectionWatch()
        self.connection: Latest[Connection] = self._watch.story
        self._transport: Transport | None = None
        self._gateway: Gateway | None = None
        self.monitor = Monitor(record, profile.gateway_id, self._watch, self._diagnose)
        self._journal = Journal(record, profile.gateway_id)
        self._restored = asyncio.Event()
        self._active = asyncio.Event()
        self._over = asyncio.Event()
        self._renewal: asyncio.Task[str] | None = None
        self._lease_owner = str(uuid.uuid4())
        self.signed_in_as: Callable[[Profile, PasswordCredentials], None] = lambda _profile, _credentials: None

    # Life

    async def run(self) -> None:
        """Restore, then work whenever signed in, until cancelled. Closes the transport at the end."""
        journal = asyncio.get_running_loop().create_task(self._journal.run(self.connection), name="journal")
        try:
            await self._restore()
            self._restored.set()
            await asyncio.sleep(self._head_start_s)
            await asyncio.to_thread(importlib.import_module, "console.api.transport")
            try:
                _ = self.gateway
            except ProfileError as exc:
                _log.warning("the profile %s can't be used: %s", self.profile.name, exc)
                self.monitor.give_up(exc)
                return
            while True:
                await self._active.wait()
                await self._work()
                if (own := asyncio.current_task()) is not None and own.cancelling():
                    # A task group that fails just as it is cancelled swallows the cancellation (before Python 3.13).
                    raise asyncio.CancelledError
        finally:
            try:
                await self.close()
            finally:
                journal.cancel()
                await asyncio.gather(journal, return_exceptions=True)

    async def restored(self) -> None:
        """Wait until what the store keeps of this session is in place."""
        await self._restored.wait()

    async def _restore(self) -> None:
        """Be signed in again without typing, and show the record, without asking the network."""
        try:
            stored = await self._vault.load_sign_in(self.profile.name)
            await self.monitor.restore()
        except StoreError as exc:
            _log.warning("the session of %s can't be restored: %s", self.profile.name, exc)
            return
        if stored is not None and self._tokens is None:
            self._begin(stored.tokens, stored.user)

    @property
    def gateway(self) -> Gateway:
        """The dialect, tied to this gateway.

        Raises:
            ProfileError: The profile names a platform that does not exist.
        """
        if self._gateway is None:
            from console.api.transport import Transport  # noqa: PLC0415  (see the class)

            dialect = registry.platform(self.profile.platform)
            self._transport = Transport(
                self._address, dialect, tokens=self, observe=self._journal.note, tenant=self.profile.tenant
            )
            self._gateway = dialect.build(self._transport, self)
            self.monitor.attach(self._gateway)
        return self._gateway

    async def _diagnose(self) -> Verdict:
        from console.api.probe import probe_layers  # noqa: PLC0415  (see the class)

        return await probe_layers(self._address)

    async def close(self) -> None:
        """End what is under way and close every connection."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        if self._transport is not None:
            await self._transport.close()

    async def _work(self) -> None:
        """Monitor and renew until signed out or refused."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.monitor.run(), name="monitor")
                tasks.create_task(self._keep_renewed(), name="renewal")
                tasks.create_task(self._until_over(), name="until over")
        except* _Over:
            pass
        except* SignInRequired as group:
            await self._refused(_leaf(group))
        except* Exception as group:  # noqa: BLE001  (the session's task group: one bug must not end other sessions)
            _log.exception("the session of %s failed", self.profile.name, exc_info=group)
            await asyncio.sleep(_RESTART_PAUSE_S)

    async def _until_over(self) -> None:
        await self._over.wait()
        raise _Over

    def _begin(self, tokens: Tokens, user: User | None) -> None:
        self._tokens = tokens
        self.user = user
        self._over.clear()
        self._watch.signed_in()
        self._active.set()

    def _end(self) -> None:
        self._tokens = None
        self._active.clear()
        self._over.set()

    # What the operator does

    async def sign_in(self, credentials: PasswordCredentials) -> None:
        """See the port."""
        signed = await self.gateway.authentication.sign_in(credentials)
        await self._vault.save_sign_in(self.profile.name, signed.tokens, signed.user)
        self._end()  # a former session of this profile ends only now that a new one exists
        self._begin(signed.tokens, signed.user)
        self.signed_in_as(self.profile, credentials)
        if signed.user is None:
            with contextlib.suppress(GatewayError):  # the name is a nicety
                self.user = await self.gateway.authentication.who_am_i()
                if self._tokens is not None:
                    await self._vault.save_sign_in(self.profile.name, self._tokens, self.user)

    async def sign_out(self) -> None:
        """See the port."""
        tokens = self._tokens
        if tokens is not None:
            with contextlib.suppress(GatewayError):  # what is kept here goes, whatever the gateway says
                await self.gateway.authentication.sign_out(tokens)
        self._end()
        self.user = None
        self._watch.signed_out()
        await self._vault.forget_sign_in(self.profile.name)

    async def tenants(self) -> Sequence[Tenant]:
        """See the port."""
        return await self.gateway.tenancy.tenants() if self.gateway.tenancy is not None else ()

    def try_now(self) -> None:
        """See the port."""
        if self._transport is not None:
            self._transport.forget_routes()
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
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._renew(self._tokens), name="renew")
        return await asyncio.shield(self._renewal)

    async def _renew(self, tokens: Tokens) -> str:
        """Renew once among all processes that share this sign-in."""
        lease = f"renew:{self.profile.name}"
        while not await self._vault.acquire_lease(lease, self._lease_owner, LEASE_TTL_S):  # noqa: ASYNC110  (see below)
            await asyncio.sleep(LEASE_POLL_S)  # another process may hold it: no event of ours tells
        try:
            stored = await self._vault.load_sign_in(self.profile.name)
            if stored is None:
                raise SignInRequired("signed out by another window or command", code="signed-out-elsewhere")
            if stored.tokens.access != tokens.access:
                renewed = stored.tokens  # another process was first
            else:
                renewed = await self.gateway.authentication.refresh(tokens)
                await self._vault.save_sign_in(self.profile.name, renewed, self.user)  # before it is used
            if self._tokens is None:
                raise SignInRequired("signed out")
            self._tokens = renewed
            return renewed.access
        finally:
            await self._vault.release_lease(lease, self._lease_owner)

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
            except SignInRequired:
                raise
            except GatewayError as exc:
                _log.info("renewal put off: %s", exc)
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _LONGEST_SLEEP_S)

    async def _refused(self, error: SignInRequired) -> None:
        """The gateway ended the session: ask the operator once; the record stays."""
        self._end()
        try:
            await self._vault.forget_sign_in(self.profile.name)
        except StoreError as exc:
            _log.warning("the ended sign-in of %s is still kept: %s", self.profile.name, exc)
        self._watch.refused(error.detail)


class _Over(Exception):
    """The session ended by the operator's will."""


def _leaf(group: ExceptionGroup[SignInRequired]) -> SignInRequired:
    first = group.exceptions[0]
    return _leaf(first) if isinstance(first, ExceptionGroup) else first
