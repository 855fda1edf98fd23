"""Every key of the settings file that is not a gateway: what it may hold, and how its text is understood.

One table feeds the file, the command line and the form, so that they can't disagree on what is allowed.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Mapping, Sequence
from datetime import time

import msgspec

from console.i18n import tr
from console.model.appearance import Density, ShownTimes, ThemeChoice
from console.model.preferences import (
    Alerts,
    AlertState,
    Appearance,
    Preferences,
    Retention,
    Security,
    Staleness,
    Uploads,
)
from console.model.retention import LEAST_LIMIT_BYTES

_UNITS = {"B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*(KiB|MiB|GiB|B)", re.IGNORECASE)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_MIB = 1 << 20
_DAY_S = 86_400.0
_SHOWN_NUMBER = 10**18
_MOST_WAITS = 20

Value = str | bool | int | float | tuple[str, ...] | tuple[float, ...]  # as the file holds it


class Kind(enum.Enum):
    """How a setting is written and edited."""

    CHOICE = "choice"
    SWITCH = "switch"
    NUMBER = "number"
    SIZE = "size"
    CLOCK = "clock"
    STATES = "states"
    WAITS = "waits"


class BadValue(ValueError):
    """A value that a setting does not allow. `allowed` says in words what it does."""

    def __init__(self, shown: str, allowed: str) -> None:
        super().__init__(f"{shown} is not {allowed}")
        self.shown = shown
        self.allowed = allowed


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One key.

    Attributes:
        key: As the command line names it: the table and the key in it, `appearance.theme`.
        kind: How it is written.
        default: As the file would hold it.
        field: Name in the section of `Preferences`, where it is not the key's own.
        choices: Words, for choices and states.
        least: Smallest number, or bytes.
        most: Largest number, or bytes.
        whole: Only whole numbers.
        awaits: Why nothing in the window goes by it yet; empty when something does.
    """

    key: str
    kind: Kind
    default: Value
    field: str = ""
    choices: tuple[str, ...] = ()
    least: float = 0.0
    most: float = math.inf
    whole: bool = False
    awaits: str = ""

    @property
    def section(self) -> str:
        """The table of the file."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """The key in its table."""
        return self.key.partition(".")[2]

    @property
    def allowed(self) -> str:
        """What may stand there, in words."""
        match self.kind:
            case Kind.CHOICE:
                return tr("one of {words}", words=", ".join(self.choices))
            case Kind.STATES:
                return tr("a list of {words}", words=", ".join(self.choices))
            case Kind.WAITS:
                return tr(
                    "a list of at most {count} numbers of seconds from {least:g} to {most:g}, such as “25, 120, 600”",
                    count=_MOST_WAITS,
                    least=self.least,
                    most=self.most,
                )
            case Kind.SWITCH:
                return tr("true or false")
            case Kind.NUMBER if self.whole:
                return tr("a whole number from {least:g} to {most:g}", least=self.least, most=self.most)
            case Kind.NUMBER:
                return tr("a number from {least:g} to {most:g}", least=self.least, most=self.most)
            case Kind.SIZE:
                return tr("a size of at least {least}, such as “512 MiB” or “1 GiB”", least=size_text(int(self.least)))
            case Kind.CLOCK:
                return tr("a time such as “22:00”, or empty for none")

    def checked(self, raw: object) -> Value:
        """A value of the file in its one spelling.

        Raises:
            BadValue: It is not allowed.
        """
        checked = self._checked(raw)
        if checked is None:
            raise BadValue(_shown(raw), self.allowed)
        return checked

    def understood(self, text: str) -> Value:
        """What somebody typed.

        Raises:
            BadValue: It is not allowed.
        """
        typed = text.strip()
        raw: object = typed
        match self.kind:
            case Kind.SWITCH:
                word = typed.lower()
                raw = True if word in _YES else False if word in _NO else typed
            case Kind.NUMBER:
                raw = _number(typed)
            case Kind.STATES:
                raw = tuple(word for word in re.split(r"[\s,]+", typed) if word)
            case Kind.WAITS:
                raw = tuple(_number(word) for word in re.split(r"[\s,;]+", typed) if word)
            case Kind.CHOICE:
                raw = typed.lower()
            case Kind.SIZE | Kind.CLOCK:
                pass
        checked = self._checked(raw)
        if checked is None:
            raise BadValue(_shown(text), self.allowed)
        return checked

    def _checked(self, raw: object) -> Value | None:
        match self.kind, raw:
            case Kind.SWITCH, bool():
                return raw
            case Kind.CHOICE, str() if raw in self.choices:
                return raw
            case Kind.NUMBER, int() | float() if self._within(raw):
                if float(raw).is_integer():
                    return int(raw)
                return None if self.whole else float(raw)
            case Kind.SIZE, str() if (size := size_bytes(raw)) is not None and self.least <= size <= self.most:
                return size_text(size)
            case Kind.CLOCK, time():
                return f"{raw:%H:%M}"
            case Kind.CLOCK, str() if not raw or _CLOCK.fullmatch(raw):
                return raw.zfill(5) if raw else ""
            case Kind.STATES, list() | tuple() if all(isinstance(word, str) and word in self.choices for word in raw):
                return tuple(choice for choice in self.choices if choice in raw)
            case Kind.WAITS, list() | tuple() if len(raw) <= _MOST_WAITS and all(map(self._within, raw)):
                return tuple(float(wait_s) for wait_s in raw)
            case _:
                return None

    def _within(self, raw: object) -> bool:
        return isinstance(raw, int | float) and not isinstance(raw, bool) and self.least <= raw <= self.most


def _words(kind: type[enum.StrEnum]) -> tuple[str, ...]:
    return tuple(one.value for one in kind)


_NO_VIEW = "no view goes by it yet"

SETTINGS: tuple[Setting, ...] = (
    Setting(key="appearance.theme", kind=Kind.CHOICE, default=ThemeChoice.SYSTEM.value, choices=_words(ThemeChoice)),
    Setting(key="appearance.density", kind=Kind.CHOICE, default=Density.NORMAL.value, choices=_words(Density)),
    Setting(key="appearance.reduced_motion", kind=Kind.SWITCH, default=False),
    Setting(key="appearance.times", kind=Kind.CHOICE, default=ShownTimes.LOCAL.value, choices=_words(ShownTimes)),
    Setting(key="staleness.health_s", kind=Kind.NUMBER, default=15, least=1, most=_DAY_S),
    Setting(key="staleness.execution_s", kind=Kind.NUMBER, default=15, least=1, most=_DAY_S, awaits=_NO_VIEW),
    Setting(key="staleness.queue_s", kind=Kind.NUMBER, default=5, least=1, most=_DAY_S, awaits=_NO_VIEW),
    Setting(key="staleness.audit_s", kind=Kind.NUMBER, default=60, least=1, most=_DAY_S, awaits=_NO_VIEW),
    Setting(key="staleness.directory_s", kind=Kind.NUMBER, default=600, least=1, most=_DAY_S),
    Setting(
        key="record.max_size",
        field="max_size_bytes",
        kind=Kind.SIZE,
        default="1 GiB",
        least=LEAST_LIMIT_BYTES,
        most=1024 * 1024 * _MIB,
    ),
    Setting(key="alerts.enabled", kind=Kind.SWITCH, default=True),
    Setting(key="alerts.states", kind=Kind.STATES, default=(AlertState.UNHEALTHY.value,), choices=_words(AlertState)),
    Setting(key="alerts.sound", kind=Kind.SWITCH, default=False),
    Setting(key="alerts.quiet_from", kind=Kind.CLOCK, default=""),
    Setting(key="alerts.quiet_to", kind=Kind.CLOCK, default=""),
    Setting(key="security.lock_after_minutes", kind=Kind.NUMBER, default=0, most=1440, whole=True),
    Setting(key="security.lock_on_suspend", kind=Kind.SWITCH, default=False),
    Setting(key="security.clear_clipboard_after_s", kind=Kind.NUMBER, default=30, most=3600, whole=True),
    Setting(key="uploads.concurrency", kind=Kind.NUMBER, default=3, least=1, most=16, whole=True),
    Setting(key="uploads.bandwidth_kib_s", kind=Kind.NUMBER, default=0, most=100 * 1024 * 1024, whole=True),
    Setting(
        key="uploads.retry_delays_s",
        kind=Kind.WAITS,
        default=Uploads().retry_delays_s,
        least=0.01,
        most=7 * _DAY_S,
    ),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}
_SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "appearance": Appearance,
    "staleness": Staleness,
    "record": Retention,
    "alerts": Alerts,
    "security": Security,
    "uploads": Uploads,
}


def preferences(values: Mapping[str, Value]) -> Preferences:
    """Checked values by key as `Preferences`; what is not given is at its default."""
    tables: dict[str, dict[str, object]] = {section: {} for section in _SECTIONS}
    for key, value in values.items():
        setting = BY_KEY[key]
        tables[setting.section][setting.field or setting.name] = _typed(setting, value)
    return Preferences(**{name: msgspec.convert(tables[name], kind) for name, kind in _SECTIONS.items()})  # type: ignore[arg-type]


def _typed(setting: Setting, value: Value) -> object:
    match setting.kind, value:
        case Kind.SIZE, str():
            return size_bytes(value)
        case Kind.CLOCK, str():
            return time.fromisoformat(value) if value else None
        case _:
            return value


def size_bytes(text: str) -> int | None:
    """A size such as `1.5 GiB` in bytes; None when it is none."""
    found = _SIZE.fullmatch(text.strip())
    return round(float(found[1]) * _UNITS[found[2].upper()]) if found is not None else None


def size_text(size: int) -> str:
    """A size in the largest unit that gives it exactly."""
    for unit in ("GiB", "MiB", "KiB"):
        if size and not size % _UNITS[unit.upper()]:
            return f"{size // _UNITS[unit.upper()]} {unit}"
    return f"{size} B"


def value_text(value: Value) -> str:
    """A value as it is typed on the command line and in a field."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case tuple():
            return ", ".join(one if isinstance(one, str) else f"{one}".removesuffix(".0") for one in value)
        case _:
            return f"{value}"


def _number(typed: str) -> object:
    try:
        number = float(typed.replace(",", "."))
    except ValueError:
        return typed
    return number if math.isfinite(number) else typed


def _shown(raw: object, limit: int = 60) -> str:
    """A wrong value, short, with nothing in it that hides."""
    match raw:
        case bool():
            text = "true" if raw else "false"
        case str():
            text = f"“{raw}”"
        case int() if abs(raw) > _SHOWN_NUMBER:  # as text it may take a while, or be refused
            text = tr("a number with too many digits")
        case Mapping():
            text = tr("a table")
        case Sequence():
            text = tr("a list of {count}", count=len(raw))
        case _:
            text = str(raw)
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[: limit + 1])
    return shown if len(shown) <= limit else shown[:limit] + "\N{HORIZONTAL ELLIPSIS}"
