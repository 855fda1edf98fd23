"""The gateways that the operator works with, and their sessions."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.model.address import Address
from console.model.capability import Capability
from console.model.errors import ProfileError, SettingsError
from console.model.preferences import Staleness
from console.model.profile import Profile, checked_profile
from console.model.record import Action
from console.services.action_log import ActionLog, profile_changes
from console.services.kept_sign_in import kept_as
from console.services.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.model.cached import StoredAnswer
    from console.model.discovery import Discovery
    from console.model.network import NetworkOptions
    from console.model.preferences import Preferences
    from console.services.gateway_record import GatewayRecord
    from console.services.kept_sign_in import SignInVault
    from console.services.session import Session

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
        self._actions = ActionLog(record)
        self._head_start_s = head_start_s
        self._staleness = Staleness()
        self._sessions: dict[str, Session] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}  # closed, and not over yet: the next of that name waits
        self._writing = asyncio.Lock()
        self._altering = asyncio.Lock()  # a gateway is removed or changed from its first step to its last
        self.settings_problem: SettingsError | None = None
        try:
            profiles = tuple(book.profiles())
        except SettingsError as exc:
            _log.warning("settings: %s", exc)
            self.settings_problem, profiles = exc, ()
        self.profiles: Latest[tuple[Profile, ...]] = Latest(profiles)
        self.opened: Latest[Mapping[str, Session]] = Latest({})  # sessions, by name of their profile

    def session(self, name: str) -> Session:
        """See the port."""
        if (known := self._sessions.get(name)) is not None:
            return known
        from console.services.session import Session  # noqa: PLC0415  (brings httpx: the window paints before)

        session = Session(self._profile(name), self._vault, self._record, head_start_s=self._head_start_s)
        session.signed_in_as = self._remember
        self._hold(session)
        session.moved_to = self._remember_tenant
        self._sessions[name] = session
        self.opened.set(dict(self._sessions))
        work = _after(self._ending.get(name), session)
        task = asyncio.get_running_loop().create_task(work, name=f"session {name}")
        task.add_done_callback(_ended)
        self._running[name] = task
        return session

    async def restored(self) -> None:
        """Open every session and wait until what the store keeps of it is in place. Asks the network nothing."""
        await asyncio.gather(*(self.session(profile.name).restored() for profile in self.profiles.value))

    async def follow(self, preferences: Latest[Preferences]) -> None:
        """Hold every session to the budgets that the operator prefers, until cancelled."""
        async with aclosing(preferences.follow()) as changes:
            async for preferred in changes:
                self._staleness = preferred.staleness
                for session in self._sessions.values():
                    self._hold(session)

    def _hold(self, session: Session) -> None:
        session.monitor.set_budget(self._staleness.health_s)
        session.cache.prefer(self._staleness.budgets_s)

    def offered(self, platform: str) -> frozenset[Capability]:
        """See the port."""
        from console.api import registry  # noqa: PLC0415  (see above)

        try:
            return registry.platform(platform).capabilities
        except ProfileError:
            return frozenset()

    async def discover(self, typed: str, options: NetworkOptions | None = None) -> Discovery:
        """See the port."""
        from console.services.discovery import discover  # noqa: PLC0415  (see above)

        return await discover(typed, options)

    async def add(self, profile: Profile) -> None:
        """See the port."""
        profile = await usable(profile)
        async with self._writing:
            if any(profile.name.casefold() == known.name.casefold() for known in self.profiles.value):
                raise ProfileError(f"there is a profile named {profile.name!r} already")
            await self._save(profile)

    async def change(self, profile: Profile) -> None:
        """See the port."""
        profile = await usable(profile)
        async with self._altering:
            before = self._profile(profile.name)
            moved = (profile.url, profile.platform) != (before.url, before.platform)
            if moved:
                session = self.session(profile.name)
                await session.restored()
                await session.sign_out()  # a sign-in belongs to its address: none is left behind for this one
            async with self._writing:
                known = self._profile(profile.name)
                # Who signs in and for which tenant is no part of what is changed here, and may have changed meanwhile.
                tenant = "" if moved else known.tenant
                kept = msgspec.structs.replace(profile, username=known.username, tenant=tenant)
                anew = not _reached_alike(known, kept)
                await self._save(kept, anew=anew)
                if not anew and (running := self._sessions.get(kept.name)) is not None:
                    running.profile = kept

    async def remove(self, name: str) -> None:
        """See the port."""
        async with self._altering:
            session = self.session(name)
            await session.restored()  # what was kept is signed out too
            await session.sign_out()
            async with self._writing:
                await asyncio.to_thread(self._book.remove, name)
                # Only then is the session let go: whoever asks meanwhile gets this one, and nobody makes another that
                # would outlive the profile.
                self.profiles.set(tuple(known for known in self.profiles.value if known.name != name))
            await session.sign_out()  # somebody may have signed in while the file was written
            await self.close_session(name)
            await self._actions.note(session.profile.gateway_id, Action.PROFILE_REMOVED, subject=name)

    async def reload(self) -> bool:
        """Take over what was changed in the settings file by hand: gateways that came, went, or are reached otherwise.

        Returns:
            Whether anything was. What a gateway that went had signed in to stays signed in: it may come back.

        Raises:
            SettingsError: The file can't be understood; nothing changes.
        """
        async with self._altering, self._writing:
            try:
                profiles = tuple(await asyncio.to_thread(self._book.profiles))
            except SettingsError as exc:
                self.settings_problem = exc
                raise
            self.settings_problem = None
            shown = {profile.name: profile for profile in self.profiles.value}
            now = {
                profile.name: msgspec.structs.replace(
                    profile, sandbox=profile.name in shown and shown[profile.name].sandbox
                )
                for profile in profiles
            }
            if tuple(now.values()) == self.profiles.value:
                return False
            self.profiles.set(tuple(now.values()))
            for name, session in list(self._sessions.items()):
                if name in now and _reached_alike(now[name], session.profile):
                    session.profile = now[name]
                else:
                    self._end(name)
            return True

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
        self._end(name)
        await self._over(name)

    async def close(self) -> None:
        """Stop every session; what is pending is recorded."""
        for name in list(self._running):
            self._end(name)
        await asyncio.gather(*(self._over(name) for name in list(self._ending)))

    def _end(self, name: str) -> None:
        """Let go of a session; it ends by itself, and one that is made before that waits for it."""
        if (session := self._sessions.pop(name, None)) is not None:
            session.let_go()
            self.opened.set(dict(self._sessions))
        if (task := self._running.pop(name, None)) is not None:
            task.cancel()
            self._ending[name] = task
            task.add_done_callback(lambda ended: self._forget(name, ended))

    def _forget(self, name: str, ended: asyncio.Task[None]) -> None:
        if self._ending.get(name) is ended:
            del self._ending[name]

    async def _over(self, name: str) -> None:
        if (task := self._ending.get(name)) is not None:
            await asyncio.gather(task, return_exceptions=True)

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

    async def _remember_tenant(self, profile: Profile) -> None:
        """Act for the same tenant the next time."""
        async with self._writing:
            known = next((known for known in self.profiles.value if known.name == profile.name), None)
            if known is None or known.tenant == profile.tenant:
                return
            try:
                await self._save(msgspec.structs.replace(known, tenant=profile.tenant))
            except SettingsError as exc:
                _log.warning("the tenant is not kept: %s", exc)

    async def _save(self, profile: Profile, *, anew: bool = False) -> None:
        """Keep a profile; `anew` ends its session in one step with telling of it: all who follow get the next one."""
        await asyncio.to_thread(self._book.save, profile)
        if anew:
            self._end(profile.name)
        others = self.profiles.value
        before = next((known for known in others if known.name == profile.name), None)
        if before is None:
            self.profiles.set((*others, profile))
            detail = {"url": profile.url, "platform": profile.platform}
            await self._actions.note(profile.gateway_id, Action.PROFILE_ADDED, subject=profile.name, detail=detail)
            return
        self.profiles.set(tuple(profile if known.name == profile.name else known for known in others))
        for action, changed in profile_changes(before, profile):
            await self._actions.note(profile.gateway_id, action, subject=profile.name, detail=changed)


async def usable(profile: Profile) -> Profile:
    """The profile with its name and address in their one spelling, if it can be used at all.

    Raises:
        ProfileError: Name, services or network options can't be used, or the platform has no use for them.
        AddressError: An address can't.
    """
    from console.api import network, registry  # noqa: PLC0415  (brings httpx: the window paints before)

    checked = checked_profile(profile)
    address = Address.parse(checked.url, allow_plain_http=checked.network.allow_plain_http)
    await asyncio.to_thread(network.check, address, checked.network)
    if checked.admin_url or checked.services or checked.watch_folder:
        offered = registry.platform(checked.platform).capabilities
        if checked.admin_url and Capability.ADMIN_ADDRESS not in offered:
            raise ProfileError(f"gateways of the platform {checked.platform} have no admin address")
        if checked.services and Capability.NAMED_SERVICES not in offered:
            raise ProfileError(f"services of the platform {checked.platform} can't be named: it lists them itself")
        if checked.watch_folder and Capability.DOCUMENTS not in offered:
            raise ProfileError(f"gateways of the platform {checked.platform} take no documents")
    return checked


async def _after(former: asyncio.Task[None] | None, session: Session) -> None:
    """Run a session once the one before it is over: two of them would renew the same sign-in."""
    if former is not None:
        await asyncio.wait([former])
    await session.run()


def _reached_alike(one: Profile, other: Profile) -> bool:
    """Whether a session of the one does for the other: they differ in nothing but looks."""

    def way(profile: Profile) -> tuple[object, ...]:
        extras = profile.admin_url, profile.services, profile.routes
        return profile.gateway_id, profile.network, profile.read_only, extras

    return way(one) == way(other)


def _ended(session: asyncio.Task[None]) -> None:
    """Tell of a session that a bug has ended; whoever closes it would not hear of it."""
    if not session.cancelled() and (problem := session.exception()) is not None:
        _log.error("%s ended", session.get_name(), exc_info=problem)
