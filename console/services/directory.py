"""The gateways that the operator works with, and their sessions."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.model.errors import ProfileError, SettingsError
from console.model.profile import Profile, checked_name
from console.services.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.identity import PasswordCredentials
    from console.services.ports import Discovery
    from console.services.session import GatewayRecord, Session, SignInVault

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
    file that can't be understood gives no profiles and `settings_problem`; it is never overwritten.
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
        self._running[name] = asyncio.get_running_loop().create_task(session.run(), name=f"session {name}")
        return session

    async def restored(self) -> None:
        """Open every session and wait until what the store keeps of it is in place. Asks the network nothing."""
        await asyncio.gather(*(self.session(profile.name).restored() for profile in self.profiles.value))

    async def discover(self, typed: str) -> Discovery:
        """See the port."""
        from console.services.discovery import discover  # noqa: PLC0415  (see above)

        return await discover(typed)

    async def add(self, profile: Profile) -> None:
        """See the port."""
        profile = msgspec.structs.replace(profile, name=checked_name(profile.name))
        if any(profile.name.casefold() == known.name.casefold() for known in self.profiles.value):
            raise ProfileError(f"there is a profile named {profile.name!r} already")
        self._save(profile)

    async def remove(self, name: str) -> None:
        """See the port."""
        self._profile(name)
        session = self.session(name)
        await session.sign_out()
        await self.close_session(name)
        self._book.remove(name)
        self.profiles.set(tuple(known for known in self.profiles.value if known.name != name))

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

    def _remember(self, profile: Profile, credentials: PasswordCredentials) -> None:
        """Keep the user name for the next sign-in."""
        if profile.username == credentials.username:
            return
        changed = msgspec.structs.replace(profile, username=credentials.username)
        try:
            self._save(changed)
        except SettingsError as exc:
            _log.warning("the user name is not kept: %s", exc)

    def _save(self, profile: Profile) -> None:
        if self.settings_problem is not None:
            raise self.settings_problem
        self._book.save(profile)
        others = self.profiles.value
        if any(known.name == profile.name for known in others):
            self.profiles.set(tuple(profile if known.name == profile.name else known for known in others))
        else:
            self.profiles.set((*others, profile))
