"""The settings: readable TOML, comments kept, never overwritten when it can't be understood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from console.i18n import tr
from console.model.errors import AddressError, ProfileError, SettingsError
from console.model.muting import Mute
from console.model.profile import Profile, checked_name, checked_profile
from console.model.setting import BY_KEY, SETTINGS, BadValue, Value, preferences
from console.settings import muting
from console.settings.document import HEADER, REMOVED, Unreadable, line_of, parse
from console.settings.file import SettingsFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.model.preferences import Preferences

__all__ = ["HEADER", "REMOVED", "Problem", "Reading", "Settings"]

_PROFILES, _NETWORK, _ROUTES = "profiles", "network", "routes"
_FIELDS = tuple(field.name for field in msgspec.structs.fields(Profile) if field.name not in ("name", "sandbox"))


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the file that can't be used; everything else in it holds.

    Attributes:
        key: As the command line names it; of a gateway `profiles.NAME`.
        text: What is wrong, where, and what would be right.
        line: From 1; 0 when it can't be told.
    """

    key: str
    text: str
    line: int = 0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says.

    Attributes:
        values: What it sets, by key.
        profiles: The gateways, in its order.
        mutes: What the operator does not want to be told of; also what is over by now.
        problems: What can't be used of it.
    """

    values: Mapping[str, Value] = {}
    profiles: tuple[Profile, ...] = ()
    mutes: tuple[Mute, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def preferences(self) -> Preferences:
        """Everything but the gateways; what is not set is at its default."""
        return preferences(self.values)


class Settings:
    """Gateways and preferences, as they stand in one file. Reading is cheap; writing replaces the file as a whole."""

    def __init__(self, path: Path) -> None:
        self._file = SettingsFile(path)

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self._file.path

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever the file does."""
        return self._file.stamp()

    def read(self) -> Reading:
        """All of it. One thing that is wrong costs nothing else.

        Raises:
            SettingsError: The file can't be read or understood as a whole; it is left as it is.
        """
        text = self._file.read()
        if not text:
            return Reading()
        try:
            tables = parse(text)
        except Unreadable as exc:
            raise self._file.broken(tr("it can't be read: {detail}", detail=str(exc))) from exc
        problems: list[Problem] = []
        values = self._values(text, tables, problems)
        profiles = self._profiles(text, tables.get(_PROFILES, {}), problems)
        mutes, wrong = muting.read(tables.get(muting.MUTED, {}))
        problems += [self._problem(text, path, ".".join(path), said) for path, said in wrong]
        return Reading(values=values, profiles=profiles, mutes=mutes, problems=tuple(problems))

    def profiles(self) -> tuple[Profile, ...]:
        """All gateways that can be used, in the file's order.

        Raises:
            SettingsError: The file can't be read or understood as a whole.
        """
        return self.read().profiles

    def save(self, profile: Profile) -> None:
        """Add a profile, or replace the one of that name.

        Raises:
            SettingsError: The file can't be understood or written.
        """
        self._file.change(_as_changes(profile))

    def remove(self, name: str) -> None:
        """Drop a profile; nothing happens when it is not there.

        Raises:
            SettingsError: The file can't be understood or written.
        """
        self._file.change({(_PROFILES, name): REMOVED})

    def set(self, key: str, value: Value | None) -> None:
        """Set a key; None takes it out, so that its default holds.

        Raises:
            SettingsError: No such key, or the file can't be understood or written.
        """
        setting = BY_KEY.get(key)
        if setting is None:
            raise SettingsError(tr("there is no setting {key}", key=repr(key)))
        try:
            checked = REMOVED if value is None else setting.checked(value)
        except BadValue as exc:
            raise SettingsError(tr("{key}: {detail}", key=key, detail=str(exc))) from exc
        self._file.change({(setting.section, setting.name): checked})

    def mute(self, mute: Mute) -> None:
        """Keep that a source is muted; what is over of the same gateway's is taken out.

        Raises:
            SettingsError: The file can't be understood or written.
        """
        now = datetime.now(UTC)
        changes: dict[tuple[str, ...], object] = {}
        for known in self.read().mutes:
            if known.gateway == mute.gateway and not known.holds(now):
                changes |= muting.as_removal(known.gateway, known.service)
        self._file.change(changes | muting.as_changes(mute))

    def unmute(self, gateway: str, service: str) -> None:
        """Keep that a source is not muted; nothing happens when it is not.

        Raises:
            SettingsError: The file can't be understood or written.
        """
        self._file.change(muting.as_removal(gateway, service))

    def repair(
        self, profiles: Sequence[Profile], values: Mapping[str, Value], mutes: Sequence[Mute] = ()
    ) -> Path | None:
        """Begin a new file with these, and put one that can't be understood aside.

        Returns:
            Where the old one is kept; None when there was nothing to repair.

        Raises:
            SettingsError: The folder can't be written.
        """
        changes: dict[tuple[str, ...], object] = {}
        for key, value in values.items():
            changes[BY_KEY[key].section, BY_KEY[key].name] = value
        for profile in profiles:
            changes |= _as_changes(profile)
        for mute in mutes:
            changes |= muting.as_changes(mute)
        return self._file.repair(changes)

    def _values(self, text: str, tables: Mapping[str, Any], problems: list[Problem]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for section, settings in groupby(SETTINGS, key=lambda setting: setting.section):
            table = tables.get(section, {})
            if not isinstance(table, Mapping):
                problems.append(self._problem(text, (section,), section, tr("{key} is no table", key=section)))
                continue
            for setting in settings:
                if setting.name not in table:
                    continue
                try:
                    values[setting.key] = setting.checked(table[setting.name])
                except BadValue as exc:
                    said = tr("{key} is {value}, not {allowed}", key=setting.key, value=exc.shown, allowed=exc.allowed)
                    problems.append(self._problem(text, (section, setting.name), setting.key, said))
        return values

    def _profiles(self, text: str, tables: object, problems: list[Problem]) -> tuple[Profile, ...]:
        if not isinstance(tables, Mapping):
            said = tr("{key} is no table", key=_PROFILES)
            problems.append(self._problem(text, (_PROFILES,), _PROFILES, said))
            return ()
        found: dict[str, Profile] = {}
        for name, table in tables.items():
            try:
                profile = _profile(name, table, found)
            except (msgspec.ValidationError, ProfileError, AddressError) as exc:
                key = _faulty_field(exc)
                said = tr("the gateway {name}: {detail}", name=repr(name), detail=str(exc))
                path = (_PROFILES, name, key) if key else (_PROFILES, name)
                problems.append(self._problem(text, path, f"{_PROFILES}.{name}", said))
            else:
                found[profile.name] = profile
        return tuple(found.values())

    def _problem(self, text: str, path: tuple[str, ...], key: str, said: str) -> Problem:
        line = line_of(text, path) or line_of(text, path[:-1])
        where = tr("{file}, line {line}", file=self.path.name, line=line) if line else self.path.name
        return Problem(key=key, text=f"{where}: {said}", line=line)


def _profile(name: str, table: object, others: Mapping[str, Profile]) -> Profile:
    if not isinstance(table, Mapping):
        raise ProfileError(tr("not a table"))
    if name.strip() in others:
        raise ProfileError(tr("there is another one of that name above"))
    known = {key: value for key, value in table.items() if key in _FIELDS}
    return checked_profile(msgspec.convert({"name": checked_name(name), **known}, Profile))


def _as_changes(profile: Profile) -> dict[tuple[str, ...], object]:
    """A profile as the keys of its tables; what is at its default is not written, and other keys stay."""
    place, defaults = (_PROFILES, profile.name), Profile(name="", url="", platform="")
    changes: dict[tuple[str, ...], object] = {}
    for path, values, usual, fields in (
        (place, profile, defaults, tuple(field for field in _FIELDS if field not in (_NETWORK, _ROUTES))),
        ((*place, _NETWORK), profile.network, defaults.network, profile.network.__struct_fields__),
    ):
        for field in fields:
            value = getattr(values, field)
            changes[*path, field] = REMOVED if value == getattr(usual, field) else value
    return changes | {(*place, _ROUTES): profile.routes}


def _faulty_field(error: Exception) -> str:
    """The field that msgspec names, as in "Expected `str`, got `int` - at `$.url`"."""
    _, found, field = str(error).partition("`$.")
    return field.partition("`")[0].partition(".")[0] if found else ""
