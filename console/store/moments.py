"""Moments as SQLite keeps them: whole microseconds since 1970, UTC, exact both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(at: datetime) -> int:
    """The number for an aware time."""
    return (at - _EPOCH) // _MICROSECOND


def moment(number: int) -> datetime:
    """The time (UTC) for a number."""
    return _EPOCH + timedelta(0, 0, number)  # by position: hundreds of thousands are read at a start
