"""How many requests a gateway is asked by everything that polls, all together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from console.model.errors import RateLimited, ServiceFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.model.errors import GatewayError

RECOVERY_S = 120.0
LEAST_SHARE = 1 / 16
_UNAVAILABLE = 503
_SAME_MOMENT_S = 1.0


class BudgetView(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests the gateway is asked at one moment by what polls.

    Attributes:
        full_per_minute: When the gateway asks for nothing less.
        per_minute: Now.
        free: How many could go at once; below 0 while polling gives way to what the operator does.
        closed_for_s: Until the time that the gateway named; 0 when it named none.
    """

    full_per_minute: float
    per_minute: float
    free: float
    closed_for_s: float


class RequestBudget:
    """A bucket of requests that refills with time.

    A gateway that asks for less, by 429 or by 503 with `Retry-After`, gets half as many from then on, nothing until the
    time it named, and only slowly as many as before. A 503 without is a dead service behind it: asking less would only
    hide when that is back. What the operator does by hand is never held back here.
    """

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: per_minute: At full share. clock: Seconds that only grow. sleep: Waits so many seconds."""
        self._rate = per_minute / 60
        self._burst = max(1.0, per_minute / 6)
        self._clock = clock
        self._sleep = sleep
        self._level = self._burst
        self._filled_at = clock()
        self._share = 1.0
        self._shared_at = clock()
        self._closed_until = 0.0
        self._queue = asyncio.Lock()

    @property
    def share(self) -> float:
        """Which part of the full rate holds now, 1/16 to 1."""
        return min(1.0, self._share + (self._clock() - self._shared_at) / RECOVERY_S)

    def view(self) -> BudgetView:
        """As it is now."""
        self._fill()
        full = self._rate * 60
        return BudgetView(
            full_per_minute=full,
            per_minute=full * self.share,
            free=self._level,
            closed_for_s=max(0.0, self._closed_until - self._clock()),
        )

    async def take(self, limit_s: float) -> None:
        """Wait until one more request fits; first come, first served.

        Raises:
            RateLimited: None fits within `limit_s` seconds: not sent.
        """
        last_s = self._clock() + limit_s
        async with self._queue:
            while (wait_s := self._wait_s()) > 0:
                if self._clock() + wait_s > last_s:
                    raise RateLimited("this console asks less for a while", retry_after_s=wait_s)
                await self._sleep(wait_s)
            self._level -= 1

    def spend(self) -> None:
        """One request that waits for nobody: what polls gives way to it."""
        self._fill()
        self._level = max(-self._burst, self._level - 1)

    def heard(self, error: GatewayError) -> None:
        """Learn from an answer: whether the gateway asks for less."""
        asked_s = error.retry_after_s if isinstance(error, RateLimited | ServiceFailed) else None
        if isinstance(error, RateLimited) or (error.status == _UNAVAILABLE and asked_s is not None):
            now = self._clock()
            if self._share == 1.0 or now - self._shared_at >= _SAME_MOMENT_S:  # requests of one moment are one refusal
                self._fill()
                self._share = max(LEAST_SHARE, self.share / 2)
                self._shared_at = now
                self._level = min(self._level, self._burst * self._share)
            self._closed_until = max(self._closed_until, now + min(asked_s or 0.0, RECOVERY_S))

    def _wait_s(self) -> float:
        self._fill()
        now = self._clock()
        if now < self._closed_until:
            return self._closed_until - now
        return 0.0 if self._level >= 1 else (1 - self._level) / (self._rate * self.share)

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(
            max(1.0, self._burst * self.share), self._level + (now - self._filled_at) * self._rate * self.share
        )
        self._filled_at = now
