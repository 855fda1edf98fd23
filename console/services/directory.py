"""The gateways that the operator works with, and their sessions."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.model.address import Address
from console.model.errors import ProfileError, SettingsError
from console.model.profile import Profile, checked_name
from console.services.kept_sign_in import kept_as
from console.services.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.cached import StoredAnswer
    from console.model.network import NetworkOptions
    from console.services.kept_sign_in import SignInVault
    from console.services.ports import Discovery
    from console.services.session import GatewayRecord, Session

_log = logging.getLogger(__name__)


class ProfileBook(Protocol):
    """Where profiles are kept; see `console.settings.Settings`."""

    def profiles(self) -> Sequence[Profile]:
        """All of them."""

    def save(self, profile: Profile) -> None:
        """Add or replace."""

    def remove(self, name: str) -> None:
        """Drop."""


class Directory:
    """See `console.services.ports.GatewayDirectory`.

    Each session runs in a task of its own, so that a dead gateway blocks no other; `close` ends them all. A settings
    file that can't be understood gives no profiles and `settings_problem`; it is never overwritten. It is written in a
    thread, one change at a time: a slow disk stops no window.
    """

    def __init__(
        self, book: ProfileBook, vault: SignInVault, record: GatewayRecord, *, head_start_s: float = 0.0
    ) -> None:
        self._book = book
        self._vault = vault
        self._record = record
        self._head_start_s = head_start_s
        self._sessions: dict[str, Session] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._writing = asyncio.Lock()
        self.settings_problem: SettingsError | None = None
        try:
            profiles = tuple(book.profiles())
        except SettingsError as exc:
            _log.warning("settings: %s", exc)
            self.settings_problem, profiles = exc, ()
        self.profiles: Latest[tuple[Profile, ...]] = Latest(profiles)

    def session(self, name: str) -> Session:
        """See the port."""
        if (known := self._sessions.get(name)) is not None:
            return known
        from console.services.session import Session  # noqa: PLC0415  (brings httpx: the window paints before)

        session = Session(self._profile(name), self._vault, self._record, head_start_s=self._head_start_s)
        session.signed_in_as = self._remember
        self._sessions[name] = session
        task = asyncio.get_running_loop().create_task(session.run(), name=f"session {name}")
        task.add_done_callback(_ended)
        self._running[name] = task
        return session

    async def restored(self) -> None:
        """Open every session and wait until what the store keeps of it is in place. Asks the network nothing."""
        await asyncio.gather(*(self.session(profile.name).restored() for profile in self.profiles.value))

    async def discover(self, typed: str, options: NetworkOptions | None = None) -> Discovery:
        """See the port."""
        from console.services.discovery import discover  # noqa: PLC0415  (see above)

        return await discover(typed, options)

    async def add(self, profile: Profile) -> None:
        """See the port."""
        from console.api import network  # noqa: PLC0415  (see above)

        profile = msgspec.structs.replace(profile, name=checked_name(profile.name))
        address = Address.parse(profile.url, allow_plain_http=profile.network.allow_plain_http)
        await asyncio.to_thread(network.check, address, profile.network)
        async with self._writing:
            if any(profile.name.casefold() == known.name.casefold() for known in self.profiles.value):
                raise ProfileError(f"there is a profile named {profile.name!r} already")
            await self._save(profile)

    async def remove(self, name: str) -> None:
        """See the port."""
        session = self.session(name)
        await session.restored()  # what was kept is signed out too
        await session.sign_out()
        await self.close_session(name)
        async with self._writing:
            await asyncio.to_thread(self._book.remove, name)
            self.profiles.set(tuple(known for known in self.profiles.value if known.name != name))

    async def clear_answers(self, name: str, endpoint: str = "") -> int:
        """Forget what is kept of a gateway's answers, of one endpoint or all; how many were stored.

        Raises:
            ProfileError: No such profile.
            StoreError: What is stored is still there.
        """
        if (session := self._sessions.get(name)) is not None:
            return await session.cache.clear(endpoint)
        return await self._record.cached.forget(kept_as(self._profile(name)), endpoint=endpoint)

    async def stored_answers(self, name: str) -> Sequence[StoredAnswer]:
        """What is stored of a gateway's answers, newest first, without the bodies.

        Raises:
            ProfileError: No such profile.
            StoreError: It can't be read.
        """
        return await self._record.cached.listing(kept_as(self._profile(name)))

    async def close_session(self, name: str) -> None:
        """Stop working with a gateway without signing out."""
        self._sessions.pop(name, None)
        if (task := self._running.pop(name, None)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Stop every session; what is pending is recorded."""
        await asyncio.gather(*(self.close_session(name) for name in list(self._running)))

    def _profile(self, name: str) -> Profile:
        for profile in self.profiles.value:
            if profile.name == name:
                return profile
        known = ", ".join(repr(profile.name) for profile in self.profiles.value) or "none yet"
        raise ProfileError(f"there is no profile {name!r}; there are: {known}")

    async def _remember(self, profile: Profile, username: str) -> None:
        """Keep the user name for the next sign-in."""
        async with self._writing:
            known = next((known for known in self.profiles.value if known.name == profile.name), None)
            if known is None or known.username == username:
                return
            try:
                await self._save(msgspec.structs.replace(known, username=username))
            except SettingsError as exc:
                _log.warning("the user name is not kept: %s", exc)

    async def _save(self, profile: Profile) -> None:
        if self.settings_problem is not None:
            raise self.settings_problem
        await asyncio.to_thread(self._book.save, profile)
        others = self.profiles.value
        if any(known.name == profile.name for known in others):
            self.profiles.set(tuple(profile if known.name == profile.name else known for known in others))
        else:
            self.profiles.set((*others, profile))


def _ended(session: asyncio.Task[None]) -> None:
    """Tell of a session that a bug has ended; whoever closes it would not hear of it."""
    if not session.cancelled() and (problem := session.exception()) is not None:
        _log.error("%s ended", session.get_name(), exc_info=problem)
