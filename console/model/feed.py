"""A live feed as a stream: what it says, and the story of its connection."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

import msgspec

from console.model.deployment import Deployment
from console.model.health import HealthChange
from console.model.metrics import MetricsReport
from console.model.notice import Notice

T = TypeVar("T")


class Via(enum.StrEnum):
    """How a feed comes in."""

    WEBSOCKET = "websocket"
    SOCKETIO = "socketio"
    SOCKETIO_POLLING = "socketio-polling"
    EVENT_STREAM = "event-stream"


class FeedConnecting(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt begins. `attempt` counts from 1 since the feed was last live."""

    at: datetime
    attempt: int


class FeedLive(msgspec.Struct, frozen=True, kw_only=True):
    """Connected and acknowledged. What happened between `lost_at` and `at` was missed: re-read the truth.

    Attributes:
        at: When it went live.
        lost_at: When the former connection was last known good; None the first time.
        heard_at: When its last message came, over whichever connection; None when none came yet. A feed that only
            connects again and again is no younger for it.
        via: How it comes in; None where nobody said.
        degraded: Why it does not come in the best way, in one line; empty when it does.
    """

    at: datetime
    lost_at: datetime | None = None
    heard_at: datetime | None = None
    via: Via | None = None
    degraded: str = ""


class FeedLost(msgspec.Struct, frozen=True, kw_only=True):
    """The connection is gone.

    Attributes:
        at: When that was noticed.
        reason: One line.
        unauthorized: The token was refused: renew, then connect at once.
        absent: The gateway has no such feed, or not for this user: servers answer both alike.
        spent: Quick attempts are over: the platform's number is used up, or the gateway hung up on purpose. From now
            on it is only looked for now and then.
        next_try_at: When the next attempt begins; None when nobody will try.
    """

    at: datetime
    reason: str
    unauthorized: bool = False
    absent: bool = False
    spent: bool = False
    next_try_at: datetime | None = None


class FeedMessage(msgspec.Struct, Generic[T], frozen=True, kw_only=True, gc=False):
    """One message, decoded by the dialect."""

    at: datetime
    value: T


class FeedNonsense(msgspec.Struct, frozen=True, kw_only=True):
    """A message that made no sense: counted and shown, never fatal."""

    at: datetime
    detail: str


class FeedDropped(msgspec.Struct, frozen=True, kw_only=True):
    """More came than could be taken: the oldest of the least important were left out.

    Attributes:
        at: When this was told.
        count: How many since it was last told.
        since: When the first of them came.
    """

    at: datetime
    count: int
    since: datetime


class PlatformEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no screen knows: recorded and listed, nothing more.

    Attributes:
        kind: The platform's own word for it.
        text: What came with it, on one line, without secrets.
    """

    kind: str
    text: str = ""


FeedItem: TypeAlias = HealthChange | MetricsReport | Deployment | Notice | PlatformEvent
FeedEvent: TypeAlias = FeedConnecting | FeedLive | FeedLost | FeedMessage[T] | FeedNonsense | FeedDropped
