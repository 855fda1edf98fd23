"""The words of a number that a platform gives of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.metrics import Unit

if TYPE_CHECKING:
    from console.model.metrics import Metric, Target

_BINARY = 1024.0
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB")
_MANY = 100.0
_SEVERAL = 10.0
_TOO_MANY = 1e15
_SECOND_MS = 1000.0


def number_text(value: float | None, unit: Unit) -> str:
    """A value with its unit; a word when there is none."""
    if value is None:
        return tr("no value")
    match unit:
        case Unit.MILLISECONDS if abs(value) >= _SECOND_MS:
            return tr("{value} s", value=_plain(value / _SECOND_MS))
        case Unit.MILLISECONDS:
            return tr("{value} ms", value=_plain(value))
        case Unit.RATIO:
            return f"{_plain(value * 100)}%"
        case Unit.BYTES:
            return _size(value)
        case Unit.PER_SECOND:
            return tr("{value} /s", value=_plain(value))
        case Unit.COUNT:
            return _plain(value)


def target_text(target: Target, unit: Unit) -> str:
    """What is promised, such as `below 200 ms`."""
    limit = number_text(target.limit, unit)
    return tr("below {limit}", limit=limit) if target.at_most else tr("above {limit}", limit=limit)


def verdict_text(metric: Metric) -> str:
    """Whether what is promised is kept; empty where nothing is promised, or nothing is known."""
    if metric.target is None or metric.value is None:
        return ""
    return tr("Missed") if metric.missed else tr("Kept")


def axis_unit(unit: Unit, highest: float) -> tuple[float, str]:
    """What to divide values by for an axis that reaches to `highest`, and what they count then."""
    match unit:
        case Unit.MILLISECONDS:
            return 1.0, tr("ms")
        case Unit.RATIO:
            return 0.01, "%"
        case Unit.BYTES:
            power = _power(highest)
            return _BINARY**power, _SIZES[power]
        case Unit.PER_SECOND:
            return 1.0, tr("per second")
        case Unit.COUNT:
            return 1.0, ""


def _size(size_bytes: float) -> str:
    power = _power(size_bytes)
    return f"{_plain(size_bytes / _BINARY**power)} {_SIZES[power]}"


def _power(size_bytes: float) -> int:
    power = 0
    while abs(size_bytes) >= _BINARY ** (power + 1) and power < len(_SIZES) - 1:
        power += 1
    return power


def _plain(value: float) -> str:
    """Enough digits, and no more."""
    if abs(value) >= _TOO_MANY:  # also what is infinite
        return f"{value:.3g}"
    if abs(value) >= _MANY or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _SEVERAL else f"{value:.3g}"
