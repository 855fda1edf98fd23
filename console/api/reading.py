"""Reading what gateways send: tolerant in form, strict about what is required.

Ids may be numbers, times may lack a zone or be epochs, lists may be wrapped, numbers may carry units. Nothing here
raises anything but `ProtocolViolation`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.errors import ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import Sequence

WRAPPERS = ("data", "items", "results")
TEXT_LIMIT = 4096

_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?)\s*(%|[a-zA-Zµ/]*)\s*")
_MILLISECONDS_FROM = 1e11  # as seconds this is the year 5138; as milliseconds 1973
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(2, 9999)  # the first is how some servers spell "never"; in some zone neither end can be shown


def obj(value: object, field: str) -> Mapping[str, object]:
    """An object. `field` names it in the error."""
    if isinstance(value, Mapping):
        return value
    raise ProtocolViolation(f"{field} is {_kind(value)}, not an object", field=field)


def listing(body: object, *names: str) -> Sequence[object]:
    """A list that may be bare, or wrapped once or twice under one of `names` or the usual words."""
    current = body
    for _depth in range(3):
        if isinstance(current, list):
            return current
        if not isinstance(current, Mapping):
            break
        for name in (*names, *WRAPPERS):
            if name in current:
                current = current[name]
                break
        else:
            break
    wanted = names[0] if names else "list"
    raise ProtocolViolation(f"{wanted} is {_kind(current)}, not a list", field=wanted)


def unwrapped(body: object, field: str) -> Mapping[str, object]:
    """An object that may be wrapped under `data`."""
    outer = obj(body, field)
    inner = outer.get("data")
    return inner if isinstance(inner, Mapping) else outer


def required_text(source: Mapping[str, object], *names: str) -> str:
    """The first of `names` that holds a text or a number, as text.

    Raises:
        ProtocolViolation: None does.
    """
    for name in names:
        if found := text(source.get(name)):
            return found
    raise ProtocolViolation(f"{names[0]} is missing", field=names[0])


def text(value: object) -> str:
    """A text or a number as text; empty for anything else."""
    if isinstance(value, str):
        return clean(value[:TEXT_LIMIT])
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if -(10**30) < value < 10**30 else ""
    return ""


def clean(value: str) -> str:
    """Without halves of surrogate pairs: JSON may spell them, but no file, log or database takes them."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; a single text is a list of one."""
    if isinstance(value, str):
        value = [value]
    return tuple(found for entry in value if (found := text(entry))) if isinstance(value, list) else ()


def number(value: object) -> float | None:
    """A finite number, also from a text such as `12.5ms` or `98 %`; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _finite(value)
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value[:64])):
        return _finite(float(match[1]))
    return None


def ratio(value: object) -> float | None:
    """A score as 0 to 1: above 1, or with a percent sign, it means percent. None when it is no score."""
    found = number(value)
    if found is None or found < 0:
        return None
    if found > 1 or (isinstance(value, str) and "%" in value):
        found /= 100
    return found if found <= 1 else None


def port(value: object) -> int | None:
    """A TCP port, or None."""
    found = number(value)
    return int(found) if found is not None and found == int(found) and 0 < found < 65536 else None  # noqa: PLR2004


def instant(value: object) -> datetime | None:
    """A point in time: ISO 8601 with or without zone (without: UTC), or epoch seconds or milliseconds; else None."""
    found = _instant(value)
    return found if found is not None and found.year in _YEARS else None


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value.strip())
        except ValueError:
            return _from_epoch(number(value)) if value.strip().isdigit() else None
        try:
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        except OverflowError:
            return None
    return _from_epoch(number(value))


def _from_epoch(value: float | None) -> datetime | None:
    if value is None or value < 0:
        return None
    seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _finite(value: float) -> float | None:
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _kind(value: object) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return "a truth value"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return type(value).__name__
