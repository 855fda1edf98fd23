"""What the operator does not want to be told of for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

MORNING_HOUR = 8


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """One source that is quiet.

    Attributes:
        gateway: Name of the profile.
        service: Name of the service; empty for the whole gateway.
        until: When it ends (aware); None for good.
    """

    gateway: str
    service: str = ""
    until: datetime | None = None

    def covers(self, gateway: str, service: str, at: datetime) -> bool:
        """Whether what this service says at that moment is muted."""
        mine = self.gateway == gateway and self.service in ("", service)
        return mine and self.holds(at)

    def holds(self, at: datetime) -> bool:
        """Whether it is not over yet."""
        return self.until is None or at < self.until


def muted(mutes: Iterable[Mute], gateway: str, service: str, at: datetime) -> bool:
    """Whether any of them covers it."""
    return any(mute.covers(gateway, service, at) for mute in mutes)


def next_end(mutes: Iterable[Mute], at: datetime) -> datetime | None:
    """When the next one of those that hold ends; None when none ends by itself."""
    return min((mute.until for mute in mutes if mute.until is not None and at < mute.until), default=None)


def in_an_hour(now: datetime) -> datetime:
    """An hour from now."""
    return now + timedelta(hours=1)


def tomorrow_morning(now: datetime) -> datetime:
    """Eight o'clock of the next day in this machine's zone; also when clocks change that night."""
    there = (now.astimezone().replace(tzinfo=None) + timedelta(days=1)).replace(
        hour=MORNING_HOUR, minute=0, second=0, microsecond=0
    )
    return there.astimezone()  # a naive time is this machine's
