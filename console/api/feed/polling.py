"""Asking again and again, as a feed: what is left where nothing is pushed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from console.api.feed import policy
from console.api.feed.backoff import Backoff
from console.api.feed.reconnecting import ASKED_LIMIT_S, Refusal, asked_wait_s, refusal_of
from console.api.feed.running import RunningFeed
from console.model.errors import GatewayError, NotOffered, SignInRequired
from console.model.feed import FeedConnecting, FeedLive, FeedLost, FeedMessage, Via

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell

T = TypeVar("T")

JITTER_RATIO = 0.1


class PollingFeed(RunningFeed[T]):
    """Reads at intervals; each reading is told as messages.

    Args:
        read: One reading. It renews refused tokens itself.
        interval_s: Between the end of one reading and the next, give or take a tenth.
        policy: When to try again after a failure.
        importance: See `RunningFeed`.
        draw: Replaceable in tests.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[Sequence[T]]],
        interval_s: float,
        policy: FeedPolicy = policy.DEFAULT,
        *,
        importance: Callable[[T], int] | None = None,
        draw: random.Random | None = None,
    ) -> None:
        super().__init__(importance)
        self._read = read
        self._interval_s = interval_s
        self._policy = policy
        self._draw = draw or random.Random()  # noqa: S311  (no secret)
        self._backoff = Backoff(policy, draw=self._draw)
        self._hurry = asyncio.Event()
        self._read_at: datetime | None = None

    def try_now(self) -> None:
        """Read at once."""
        self._hurry.set()

    async def run(self, tell: Tell[T]) -> None:
        """See `RunningFeed.run`."""
        failures = 0
        live = False
        while True:
            if not live:
                tell(FeedConnecting(at=datetime.now(UTC), attempt=failures + 1))
            try:
                values = await self._read()
            except SignInRequired:
                raise
            except GatewayError as exc:
                live, failures = False, failures + 1
                await self._wait(self._lost(exc, tell))
                continue
            now = datetime.now(UTC)
            if not live:
                live, failures = True, 0
                self._backoff.reset()
                tell(FeedLive(at=now, lost_at=self._read_at, heard_at=self._read_at, via=Via.POLLING))
            self._read_at = now
            for value in values:
                tell(FeedMessage(at=now, value=value))
            await self._wait(self._interval_s * self._draw.uniform(1 - JITTER_RATIO, 1 + JITTER_RATIO))

    def _lost(self, error: GatewayError, tell: Tell[T]) -> float:
        """Tell of the failure; the wait until the next reading, in seconds."""
        absent = isinstance(error, NotOffered) or refusal_of(error) is Refusal.ABSENT
        spent = absent or self._backoff.spent
        wait_s = self._policy.quiet_s if absent else self._backoff.next_s()
        wait_s = max(wait_s, min(asked_wait_s(error) or 0.0, ASKED_LIMIT_S))
        now = datetime.now(UTC)
        next_try_at = now + timedelta(seconds=wait_s)
        tell(FeedLost(at=now, reason=error.detail, absent=absent, spent=spent, next_try_at=next_try_at))
        return wait_s

    async def _wait(self, wait_s: float) -> None:
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()
