"""Live feeds: whoever listens gets every event that its face can tell."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from console.sandbox.accounts import User
    from console.sandbox.alerts import Alert
    from console.sandbox.deployments import Deployment
    from console.sandbox.meters import Metrics
    from console.sandbox.notices import Notice

_WAITING = 5_000


@dataclass(frozen=True, slots=True)
class FeedClose:
    """The feed ends now.

    Attributes:
        code: WebSocket close code; 0 when the client is gone already.
    """

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HealthRead:
    """A service's health, as of now."""

    service_name: str
    status: str
    score: float


@dataclass(frozen=True, slots=True)
class NoticeCreated:
    """Somebody, or everybody, is to know something."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class NoticesRead:
    """A user has read notices, through whichever face."""

    user_id: str
    notice_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """A component went unhealthy."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class AlertCleared:
    """It recovered."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class DeploymentStarted:
    """A new version of a component is on its way."""

    deployment: Deployment


@dataclass(frozen=True, slots=True)
class DeploymentFinished:
    """It is there, or it failed."""

    deployment: Deployment


@dataclass(frozen=True, slots=True)
class MetricsRead:
    """The platform measured itself."""

    metrics: Metrics


@dataclass(frozen=True, slots=True)
class UserUpdated:
    """An account changed, or is new."""

    user: User


FeedEvent: TypeAlias = (
    HealthRead
    | NoticeCreated
    | NoticesRead
    | AlertRaised
    | AlertCleared
    | DeploymentStarted
    | DeploymentFinished
    | MetricsRead
    | UserUpdated
)


class Subscription:
    """One listener's events. When it does not keep up, the oldest ones go.

    Args:
        face: Name of the face that it came through.
        kinds: The events that this listener can be told.
        user_id: Who listens; what is meant for somebody else is not heard. Empty hears only what is for everybody.
    """

    def __init__(self, face: str, kinds: Iterable[type], user_id: str = "") -> None:
        self.face = face
        self.kinds = frozenset(kinds)
        self.user_id = user_id
        self._items: asyncio.Queue[FeedEvent | FeedClose] = asyncio.Queue(_WAITING)

    def wants(self, event: FeedEvent) -> bool:
        """Whether this listener is to hear of it."""
        if type(event) not in self.kinds:
            return False
        match event:
            case NoticeCreated(notice):
                return notice.is_for(self.user_id)
            case NoticesRead(user_id):
                return user_id == self.user_id
        return True

    def put(self, item: FeedEvent | FeedClose) -> None:
        """Hand over an item; never waits."""
        if self._items.full():
            self._items.get_nowait()
        self._items.put_nowait(item)

    async def next(self) -> FeedEvent | FeedClose:
        """The next item, when there is one."""
        return await self._items.get()


class FeedHub:
    """All open feeds of the platform.

    Attributes:
        muted: While true nothing is sent: connections stay open and silent. Faces obey it with their own messages too.
    """

    def __init__(self) -> None:
        self.muted = False
        self._open: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._open))

    def join(self, face: str, kinds: Iterable[type], user_id: str = "") -> Subscription:
        """Start listening; `leave` afterwards."""
        subscription = Subscription(face, kinds, user_id)
        self._open.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Stop listening."""
        self._open.discard(subscription)

    def publish(self, event: FeedEvent) -> None:
        """Tell everyone who wants to know."""
        if not self.muted:
            for subscription in self._open:
                if subscription.wants(event):
                    subscription.put(event)

    def close_all(self, code: int, reason: str) -> None:
        """End all feeds with a WebSocket close code."""
        for subscription in self._open:
            subscription.put(FeedClose(code, reason))
