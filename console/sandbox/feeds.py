"""Live feeds: whoever listens gets every reading."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

_WAITING = 5_000


@dataclass(frozen=True)
class FeedClose:
    """The feed ends now.

    Attributes:
        code: WebSocket close code.
    """

    code: int
    reason: str = ""


@dataclass(frozen=True)
class FeedMessage:
    """A service's health, as of now."""

    service_name: str
    status: str
    score: float


class Subscription:
    """One listener's messages. When it does not keep up, the oldest ones go."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[FeedMessage | FeedClose] = asyncio.Queue(_WAITING)

    def put(self, item: FeedMessage | FeedClose) -> None:
        """Hand over an item; never waits."""
        if self._items.full():
            self._items.get_nowait()
        self._items.put_nowait(item)

    async def next(self) -> FeedMessage | FeedClose:
        """The next item, when there is one."""
        return await self._items.get()


class FeedHub:
    """All open feeds of the platform.

    Attributes:
        muted: While true nothing is sent: connections stay open and silent.
    """

    def __init__(self) -> None:
        self.muted = False
        self._open: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._open)

    def join(self) -> Subscription:
        """Start listening; `leave` afterwards."""
        subscription = Subscription()
        self._open.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Stop listening."""
        self._open.discard(subscription)

    def publish(self, message: FeedMessage) -> None:
        """Tell everyone."""
        if not self.muted:
            for subscription in self._open:
                subscription.put(message)

    def close_all(self, code: int, reason: str) -> None:
        """End all feeds with a WebSocket close code."""
        for subscription in self._open:
            subscription.put(FeedClose(code, reason))
