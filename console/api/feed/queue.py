"""Between a socket that never waits and a consumer that may: bounded, and honest about what it leaves out."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from console.model.feed import FeedDropped, FeedMessage, FeedNonsense

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.feed import FeedEvent

T = TypeVar("T")

LIMIT = 2000
STORY = sys.maxsize  # importance of what a feed says of its connection
NONSENSE = -sys.maxsize
TELL_EVERY = timedelta(seconds=1)


class FeedQueue(Generic[T]):
    """Events in the order they came. When it is full, the oldest of the least important class gives way.

    Args:
        importance: Of a message; of two, the higher one stays. All are alike by default.
        limit: How many events it holds. Small, for what waits in it grows old.
    """

    def __init__(self, importance: Callable[[T], int] | None = None, limit: int = LIMIT) -> None:
        self._importance = importance
        self._limit = limit
        self._classes: dict[int, deque[tuple[int, FeedEvent[T]]]] = {}
        self._size = 0
        self._number = 0
        self._filled = asyncio.Event()
        self._dropped = 0
        self._dropped_since: datetime | None = None
        self._told_at: datetime | None = None
        self._ended = False

    def __len__(self) -> int:
        return self._size

    def put(self, event: FeedEvent[T]) -> None:
        """Add an event; never waits."""
        if isinstance(event, FeedMessage):
            importance = 0 if self._importance is None else self._importance(event.value)
        else:
            importance = NONSENSE if isinstance(event, FeedNonsense) else STORY
        self._number += 1
        if (events := self._classes.get(importance)) is None:
            events = self._classes[importance] = deque()
        events.append((self._number, event))
        self._size += 1
        if self._size > self._limit:
            self._drop()
        if self._size == 1:
            self._filled.set()

    def end(self) -> None:
        """No more events will come; what is in it can still be taken."""
        self._ended = True
        self._filled.set()

    async def get(self) -> FeedEvent[T] | None:
        """The next event; None after the last one."""
        while (event := self.take()) is None and not self._ended:
            self._filled.clear()
            await self._filled.wait()
        return event

    def take(self) -> FeedEvent[T] | None:
        """The next event; None when there is none now.

        How many were dropped is told at most once a second, and when all else is told.
        """
        if self._dropped and (loss := self._told_loss()) is not None:
            return loss
        return self._oldest() if self._size else None

    def _oldest(self) -> FeedEvent[T]:
        first: deque[tuple[int, FeedEvent[T]]] | None = None
        for events in self._classes.values():
            if events and (first is None or events[0][0] < first[0][0]):
                first = events
        if first is None:
            raise IndexError("the queue is empty")
        self._size -= 1
        return first.popleft()[1]

    def _told_loss(self) -> FeedDropped | None:
        if self._dropped_since is None:
            return None
        now = datetime.now(UTC)
        if self._size and self._told_at is not None and abs(now - self._told_at) < TELL_EVERY:
            return None
        told = FeedDropped(at=now, count=self._dropped, since=self._dropped_since)
        self._dropped, self._dropped_since, self._told_at = 0, None, now
        return told

    def _drop(self) -> None:
        least = min(importance for importance, events in self._classes.items() if events)
        _, dropped = self._classes[least].popleft()
        self._size -= 1
        self._dropped += 1
        if self._dropped_since is None:
            self._dropped_since = dropped.at
