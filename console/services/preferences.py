"""The operator's preferences: followed by whatever goes by them, changed one at a time, kept in the settings file."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.model.errors import SettingsError
from console.model.record import Action
from console.model.setting import value_text
from console.services.latest import Latest
from console.settings import Problem, Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from console.model.muting import Mute
    from console.model.preferences import Preferences
    from console.model.profile import Profile
    from console.model.setting import Value
    from console.services.action_log import ActionLog
    from console.settings import Settings


class Gateways(Protocol):
    """See `console.services.directory.Directory`."""

    @property
    def profiles(self) -> Latest[tuple[Profile, ...]]:
        """Those that are open."""

    async def reload(self) -> bool:
        """Take over what the file says of them; whether that was anything new. Raises SettingsError."""


_log = logging.getLogger(__name__)


class SettingsHeld(msgspec.Struct, frozen=True, kw_only=True):
    """What holds at the moment, and how the file is.

    Attributes:
        reading: What was last understood of the file; nothing, and so the defaults, when nothing ever was.
        broken: Why the file can't be understood as a whole; None when it can.
    """

    reading: Reading = Reading()
    broken: SettingsError | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with the file."""
        if self.broken is not None:
            return (Problem(key="", text=str(self.broken)),)
        return self.reading.problems


class PreferenceBook:
    """Reads the file at the start, after each change, and when it is asked to look.

    A file that breaks while the program runs leaves what held before; one that is broken at the start leaves the
    defaults. It is never written over: see `repair`.

    Attributes:
        path: The settings file.
        current: What the operator prefers.
        held: The same as the file has it, with what is wrong in it.
    """

    def __init__(self, settings: Settings, gateways: Gateways, actions: ActionLog | None = None) -> None:
        self._settings = settings
        self._actions = actions
        self._gateways = gateways
        self._writing = asyncio.Lock()
        self.path: Path = settings.path
        self._stamp, held = _read(settings, SettingsHeld())
        self.held: Latest[SettingsHeld] = Latest(held)
        self.current: Latest[Preferences] = Latest(held.reading.preferences)

    async def change(self, key: str, value: Value | None) -> None:
        """Keep a value; None goes back to the default.

        Raises:
            SettingsError: The file can't be understood or written; nothing changed.
        """
        told = "default" if value is None else value_text(value)
        await self._write(partial(self._settings.set, key, value), key, told)

    async def mute(self, mute: Mute) -> None:
        """Keep that a source is muted.

        Raises:
            SettingsError: The file can't be understood or written; nothing changed.
        """
        until = "for good" if mute.until is None else mute.until.isoformat(timespec="seconds")
        await self._write(partial(self._settings.mute, mute), _muting_key(mute.gateway, mute.service), until)

    async def unmute(self, gateway: str, service: str) -> None:
        """Keep that a source is not muted any more.

        Raises:
            SettingsError: The file can't be understood or written; nothing changed.
        """
        await self._write(partial(self._settings.unmute, gateway, service), _muting_key(gateway, service), "default")

    async def repair(self) -> Path | None:
        """Put a broken file aside and write what holds now: the gateways that are open, and the preferences.

        Returns:
            Where the old file is kept; None when it is not broken any more.

        Raises:
            SettingsError: The folder can't be written.
        """
        async with self._writing:
            reading = self.held.value.reading
            gateways = self._gateways.profiles.value
            kept = await asyncio.to_thread(self._settings.repair, gateways, reading.values, reading.mutes)
            await self._read()
        return kept

    async def look(self) -> bool:
        """Take over what was changed in the file by hand, the gateways too; whether that was so."""
        async with self._writing:
            if await asyncio.to_thread(self._settings.stamp) == self._stamp:
                return False
            before = self.held.value
            await self._read()
            held = self.held.value
        others = held.broken is None and held.reading.profiles != _as_kept(self._gateways.profiles.value)
        if others and await self._gateways.reload():
            return True
        return (held.reading.values, held.reading.mutes, held.problems) != (
            before.reading.values,
            before.reading.mutes,
            before.problems,
        )

    async def _write(self, write: Callable[[], None], key: str, told: str) -> None:
        async with self._writing:
            try:
                await asyncio.to_thread(write)
            finally:  # also where it failed: the file may be broken since
                await self._read()
        if self._actions is not None:
            await self._actions.note("", Action.SETTINGS_CHANGED, subject=key, detail={"value": told})

    async def _read(self) -> None:
        self._stamp, held = await asyncio.to_thread(_read, self._settings, self.held.value)
        self.held.set(held)
        if held.reading.preferences != self.current.value:
            self.current.set(held.reading.preferences)


def _muting_key(gateway: str, service: str) -> str:
    return f"muted.{gateway}.{service}" if service else f"muted.{gateway}"


def _as_kept(profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
    """Profiles as the file would have them: that one is the sandbox's is not written down."""
    return tuple(msgspec.structs.replace(profile, sandbox=False) for profile in profiles)


def _read(settings: Settings, before: SettingsHeld) -> tuple[tuple[int, int, int], SettingsHeld]:
    stamp = settings.stamp()  # before reading: what changes meanwhile is seen at the next look
    try:
        held = SettingsHeld(reading=settings.read())
    except SettingsError as exc:
        held = SettingsHeld(reading=before.reading, broken=exc)
    for problem in held.problems:
        if problem not in before.problems:
            _log.warning("settings: %s", problem.text)
    return stamp, held
