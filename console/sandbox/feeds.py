"""Live feeds: whoever listens gets every event that its face can tell."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from console.sandbox.accounts import User
    from console.sandbox.alerts import Alert
    from console.sandbox.deployments import Deployment
    from console.sandbox.documents import StoredDocument
    from console.sandbox.meters import Metrics
    from console.sandbox.notices import Notice

_WAITING = 5_000
_REMEMBERED = 2_000


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


@dataclass(frozen=True, slots=True)
class DocumentProcessed:
    """The platform is done with a document, well or not."""

    document: StoredDocument


@dataclass(frozen=True, slots=True)
class DocumentDeleted:
    """A document is gone, through whichever face."""

    document: StoredDocument


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
    | DocumentProcessed
    | DocumentDeleted
)


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a face says to one listener: an answer, a heartbeat."""

    text: str


class Subscription:
    """One listener's events. When it does not keep up, the oldest ones go; what a face says itself never does.

    Args:
        face: Name of the face that it came through.
        kinds: The events that this listener can be told; may change while it listens.
        user_id: Who listens; what is meant for somebody else is not heard. Empty hears only what is for everybody.

    Attributes:
        number: Of the event that `next` gave last; 0 for one that is not remembered.
    """

    def __init__(self, face: str, kinds: Iterable[type], user_id: str = "") -> None:
        self.face = face
        self.kinds = set(kinds)
        self.user_id = user_id
        self.number = 0
        self._first: deque[Told | FeedClose] = deque()
        self._events: deque[tuple[int, FeedEvent]] = deque(maxlen=_WAITING)
        self._filled = asyncio.Event()

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

    def put(self, event: FeedEvent, number: int = 0) -> None:
        """Hand over an event; never waits."""
        self._events.append((number, event))
        self._filled.set()

    def say(self, item: Told | FeedClose) -> None:
        """Hand over what goes before all events; never waits."""
        self._first.append(item)
        self._filled.set()

    async def next(self) -> FeedEvent | Told | FeedClose:
        """The next item, when there is one."""
        await self._filled.wait()
        item: FeedEvent | Told | FeedClose
        if self._first:
            self.number, item = 0, self._first.popleft()
        else:
            self.number, item = self._events.popleft()
        if not self._first and not self._events:
            self._filled.clear()
        return item


class FeedHub:
    """All open feeds of the platform, and the latest of what was told, for those who come back.

    Attributes:
        epoch: Of the numbers: another after each start.
        muted: While true nothing is sent: connections stay open and silent. Faces obey it with their own messages too.
    """

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        self.muted = False
        self._open: set[Subscription] = set()
        self._recent: deque[tuple[int, FeedEvent]] = deque(maxlen=_REMEMBERED)
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._open))

    def join(self, face: str, kinds: Iterable[type], user_id: str = "", *, after: int | None = None) -> Subscription:
        """Start listening; `leave` afterwards.

        Args:
            face: Name of the face.
            kinds: The events that it can tell.
            user_id: Who listens.
            after: The number of the event that the listener heard last: what is remembered since comes first.
        """
        subscription = Subscription(face, kinds, user_id)
        if after is not None:
            for number, event in self._recent:
                if number > after and subscription.wants(event):
                    subscription.put(event, number)
        self._open.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Stop listening."""
        self._open.discard(subscription)

    def publish(self, event: FeedEvent) -> None:
        """Tell everyone who wants to know. Readings are not remembered: the next one says more."""
        number = 0
        if not isinstance(event, HealthRead | MetricsRead):
            number = next(self._numbers)
            self._recent.append((number, event))
        if not self.muted:
            for subscription in self._open:
                if subscription.wants(event):
                    subscription.put(event, number)

    def close_all(self, code: int, reason: str, *, signed_in_only: bool = False) -> None:
        """End all feeds with a WebSocket close code; or only those that somebody signed in to."""
        for subscription in self._open:
            if subscription.user_id or not signed_in_only:
                subscription.say(FeedClose(code, reason))
