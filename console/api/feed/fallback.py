"""The next best way for a feed to come in, while the best one does not work."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from console.api.feed.running import RunningFeed
from console.model.feed import FeedConnecting, FeedLive, FeedLost

if TYPE_CHECKING:
    from console.api.feed.running import Tell
    from console.model.feed import FeedEvent

T = TypeVar("T")

PATIENCE_S = 5.0


@dataclass
class _State(Generic[T]):
    """Where both feeds stand."""

    better_live: bool = False
    worse_live: bool = False
    take_over_at: float | None = None  # by the loop's clock
    lost: FeedLost | None = None  # of the better one


class FallbackFeed(RunningFeed[T]):
    """Two feeds as one: while the better one is lost, the other takes over, and says so as degraded.

    It takes over at once where the better one is absent or its quick attempts are used up, otherwise after a moment.
    The better one goes on trying in its own time and wins as soon as it is live. Several levels nest: see `first_of`.

    Args:
        better: The one that is wanted.
        worse: Runs only while it is needed.
        patience_s: How long the better one may be lost before the other takes over.
    """

    def __init__(self, better: RunningFeed[T], worse: RunningFeed[T], *, patience_s: float = PATIENCE_S) -> None:
        super().__init__(better.importance)
        self._better = better
        self._worse = worse
        self._patience_s = patience_s
        self._speaks: RunningFeed[T] = better

    def try_now(self) -> None:
        """Cut every wait short."""
        self._better.try_now()
        self._worse.try_now()

    async def say(self, message: object) -> None:
        """See `RunningFeed.say`: goes to the one that is live."""
        await self._speaks.say(message)

    async def run(self, tell: Tell[T]) -> None:
        """See `RunningFeed.run`."""
        changed = asyncio.Event()
        state = _State[T]()
        better = asyncio.create_task(self._better.run(self._hear_better(state, changed, tell)))
        worse: asyncio.Task[None] | None = None
        changing: asyncio.Task[bool] | None = None
        try:
            while True:
                changed.clear()
                changing = asyncio.create_task(changed.wait())
                tasks = {better, changing} | ({worse} if worse is not None else set())
                await asyncio.wait(tasks, timeout=self._patience_left_s(state), return_when=asyncio.FIRST_COMPLETED)
                await _ended(changing)
                for task in (better, worse):
                    if task is not None and task.done():
                        task.result()  # the end of either is the end of both
                due = state.take_over_at is not None and asyncio.get_running_loop().time() >= state.take_over_at
                if worse is None and due:
                    worse = asyncio.create_task(self._worse.run(self._hear_worse(state, tell)))
                elif worse is not None and state.better_live:
                    await _ended(worse)
                    worse, state.worse_live = None, False
        finally:
            for left in (better, worse, changing):
                if left is not None:
                    await _ended(left)

    def _patience_left_s(self, state: _State[T]) -> float | None:
        if state.take_over_at is None:
            return None
        return max(0.0, state.take_over_at - asyncio.get_running_loop().time()) or None

    def _hear_better(self, state: _State[T], changed: asyncio.Event, tell: Tell[T]) -> Tell[T]:
        def hear(event: FeedEvent[T]) -> None:
            match event:
                case FeedLive():
                    state.better_live, state.take_over_at, state.lost = True, None, None
                    self._speaks = self._better
                    changed.set()
                case FeedLost() if not event.unauthorized:
                    now = asyncio.get_running_loop().time()
                    at_once = event.absent or event.spent
                    due = now if at_once else now + self._patience_s
                    state.take_over_at = due if state.take_over_at is None else min(due, state.take_over_at)
                    state.better_live, state.lost = False, event
                    changed.set()
            if state.worse_live and isinstance(event, FeedConnecting | FeedLost):
                return
            tell(event)

        return hear

    def _hear_worse(self, state: _State[T], tell: Tell[T]) -> Tell[T]:
        def hear(event: FeedEvent[T]) -> None:
            if state.better_live:
                return
            match event:
                case FeedConnecting():
                    return
                case FeedLive():
                    state.worse_live = True
                    self._speaks = self._worse
                    why = state.lost.reason if state.lost is not None else ""
                    tell(msgspec.structs.replace(event, degraded=event.degraded or why or "lost"))
                    return
                case FeedLost():
                    state.worse_live = False
            tell(event)

        return hear


def first_of(*feeds: RunningFeed[T]) -> RunningFeed[T]:
    """The first of these that works, best first."""
    *better, last = feeds
    return functools.reduce(lambda worse, feed: FallbackFeed(feed, worse), reversed(better), last)


async def _ended(task: asyncio.Task[object]) -> None:
    """Cancel a task and wait for its end, whatever that is."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
