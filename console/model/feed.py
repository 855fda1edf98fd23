"""A live feed as a stream: what it says, and the story of its connection."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

import msgspec

from console.model.deployment import Deployment
from console.model.health import HealthChange
from console.model.metrics import MetricsReport
from console.model.notice import Notice

T = TypeVar("T")


class FeedConnecting(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt begins. `attempt` counts from 1 since the feed was last live."""

    at: datetime
    attempt: int


class FeedLive(msgspec.Struct, frozen=True, kw_only=True):
    """Connected and acknowledged. What happened between `lost_at` and `at` was missed: re-read the truth.

    Attributes:
        at: When it went live.
        lost_at: When the former connection was last known good; None the first time.
    """

    at: datetime
    lost_at: datetime | None = None


class FeedLost(msgspec.Struct, frozen=True, kw_only=True):
    """The connection is gone.

    Attributes:
        at: When that was noticed.
        reason: One line.
        unauthorized: The token was refused: renew, then connect at once.
        absent: The gateway has no such feed, or not for this user: servers answer both alike.
        next_try_at: When the next attempt begins; None when nobody will try.
    """

    at: datetime
    reason: str
    unauthorized: bool = False
    absent: bool = False
    next_try_at: datetime | None = None


class FeedMessage(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One message, decoded by the dialect."""

    at: datetime
    value: T


class FeedNonsense(msgspec.Struct, frozen=True, kw_only=True):
    """A message that made no sense: counted and shown, never fatal."""

    at: datetime
    detail: str


class PlatformEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no screen knows: recorded and listed, nothing more.

    Attributes:
        kind: The platform's own word for it.
        text: What came with it, on one line, without secrets.
    """

    kind: str
    text: str = ""


FeedItem: TypeAlias = HealthChange | MetricsReport | Deployment | Notice | PlatformEvent
FeedEvent: TypeAlias = FeedConnecting | FeedLive | FeedLost | FeedMessage[T] | FeedNonsense
