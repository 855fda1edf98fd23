"""What every feed has in common: it runs by itself, and its consumer takes events at its own pace."""

from __future__ import annotations

import abc
import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Generic, TypeAlias, TypeVar

from console.api.feed.queue import FeedQueue
from console.model.errors import ConnectionLost
from console.model.feed import FeedEvent

T = TypeVar("T")

Tell: TypeAlias = Callable[[FeedEvent[T]], None]

SLICE_S = 0.004


class RunningFeed(abc.ABC, Generic[T]):
    """A feed that tells its events to whoever runs it. See `console.api.contract.Feed` for the consumer's side.

    Args:
        importance: Which messages stay when more come than the consumer can take: the higher ones. All are alike by
            default.
    """

    def __init__(self, importance: Callable[[T], int] | None = None) -> None:
        self.importance = importance

    async def events(self) -> AsyncGenerator[FeedEvent[T], None]:
        """The stream, with the connection's own story in it. One consumer; close the generator to hang up.

        Raises:
            SignInRequired: Only the operator can go on.
        """
        queue = FeedQueue(self.importance)
        running = asyncio.create_task(self._run_into(queue))
        try:
            clock = time.monotonic
            turn_ends = clock() + SLICE_S
            while (event := queue.take() or await queue.get()) is not None:
                yield event
                if clock() > turn_ends:  # the socket and the window want their turn too
                    await asyncio.sleep(0)
                    turn_ends = clock() + SLICE_S
            await running  # it has ended: its error is the consumer's
        finally:
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()

    async def say(self, message: object) -> None:  # noqa: ARG002  (most feeds only listen)
        """Send to the gateway, in the way the feed has.

        Raises:
            ConnectionLost: Not connected, or the feed only listens.
        """
        raise ConnectionLost("this feed only listens")

    async def _run_into(self, queue: FeedQueue[T]) -> None:
        try:
            await self.run(queue.put)
        finally:
            queue.end()

    @abc.abstractmethod
    async def run(self, tell: Tell[T]) -> None:
        """Tell every event, never waiting for anybody, until cancelled.

        Raises:
            SignInRequired: Only the operator can go on.
        """

    @abc.abstractmethod
    def try_now(self) -> None:
        """Cut a wait for the next attempt short: there is reason to believe that the gateway is back."""
