"""Values as text: ages, times, numbers, and server text made safe to look at."""

from __future__ import annotations

import functools
import html
import unicodedata
from datetime import UTC, datetime

from console.i18n import tr
from console.model import zone

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


@functools.lru_cache(maxsize=2048)
def printable(text: str, limit: int = 300) -> str:
    """One line of server text in which nothing hides.

    Control, direction and zero-width characters become visible marks; what is longer than `limit` ends in an ellipsis.
    """
    cut = text[: limit + 1]
    shown = "".join(_visible(char) for char in cut)
    if len(text) > limit:
        return shown[:limit] + "\N{HORIZONTAL ELLIPSIS}"
    return shown


def _visible(char: str) -> str:
    if char in "\n\r\t":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _INVISIBLE else char


def escaped(text: str) -> str:
    """Text for a tooltip, which guesses rich text: shown literally, line by line."""
    return "<p style='white-space:pre-wrap'>" + html.escape(text).replace("\n", "<br>") + "</p>" if text else ""


def menu_text(text: str) -> str:
    """Text for a button or a menu, where `&` would make a shortcut."""
    return text.replace("&", "&&")


def age_text(age_s: float, *, offline: bool = False) -> str:
    """An age as cards show it: `3 s`, `14 min`, `2 h`, `5 d`."""
    seconds = int(max(0.0, age_s))
    if seconds < _MINUTE_S:
        shown = tr("{count} s", count=seconds)
    elif seconds < _HOUR_S:
        shown = tr("{count} min", count=seconds // _MINUTE_S)
    elif seconds < _DAY_S:
        shown = tr("{count} h", count=seconds // _HOUR_S)
    else:
        shown = tr("{count} d", count=seconds // _DAY_S)
    return tr("{age}, offline", age=shown) if offline else shown


def exact_time(at: datetime) -> str:
    """The time in the zone that is shown, with UTC beside it, for hovers."""
    if zone.shows_utc():
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    local = zone.shown(at)
    return f"{local:%Y-%m-%d %H:%M:%S} {zone_text(at)} ({at.astimezone(UTC):%H:%M:%S} UTC)"


def zone_text(at: datetime) -> str:
    """The distance of the zone that is shown from UTC: `UTC`, `UTC+1`, `UTC+5:30`."""
    offset = zone.shown(at).utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset is not None else 0
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
