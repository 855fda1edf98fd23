"""The zone in which times are shown: the machine's, or UTC where the operator prefers that."""

from __future__ import annotations

from datetime import UTC, datetime


class _Chosen:
    utc = False


def show_utc(*, utc: bool) -> None:
    """Show times in UTC from now on, or in local time."""
    _Chosen.utc = utc


def shows_utc() -> bool:
    """Whether times are shown in UTC."""
    return _Chosen.utc


def shown(at: datetime) -> datetime:
    """A moment in the zone in which it is shown."""
    return at.astimezone(UTC) if _Chosen.utc else at.astimezone()
