"""How fast everything together may be sent: a bucket that fills evenly, and whoever sends takes from it in turn."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BURST_S = 0.25  # so much of a second's share may be saved up: a pause is not made up for at full speed
_NOTHING_S = 1e-6  # what rounding leaves would be waited for for ever
_LONGEST_WAIT_S = 0.5  # a limit that is raised or lifted is felt after this


class Bandwidth:
    """A token bucket over bytes. Belongs to one event loop.

    A piece larger than what is saved up goes into debt, which those who come later wait for: pieces need not be cut,
    and the rate holds over any few seconds.

    Args:
        limit_bps: Bytes a second; None for no limit.
        clock: Monotonic seconds.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        limit_bps: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._limit_bps = limit_bps
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._saved = 0.0
        self._at = clock()

    @property
    def limit_bps(self) -> int | None:
        """Bytes a second; None for no limit."""
        return self._limit_bps

    def limit(self, bytes_per_s: int | None) -> None:
        """Change it, also for those who wait at the moment."""
        if bytes_per_s == self._limit_bps:
            return
        self._limit_bps, self._saved, self._at = bytes_per_s, 0.0, self._clock()

    async def take(self, size_bytes: int) -> None:
        """Wait until so many bytes may go out. First come, first served."""
        if self._limit_bps is None:
            return
        async with self._turn:
            while (wait_s := self._wait_s()) > 0:
                await self._sleep(min(wait_s, _LONGEST_WAIT_S))
            self._saved -= size_bytes

    def _wait_s(self) -> float:
        """How long until nothing is owed any more; 0 without a limit."""
        limit_bps, now = self._limit_bps, self._clock()
        if limit_bps is None:
            self._saved = 0.0
            return 0.0
        self._saved = min(self._saved + (now - self._at) * limit_bps, limit_bps * BURST_S)
        self._at = now
        owed_s = -self._saved / limit_bps
        return owed_s if owed_s > _NOTHING_S else 0.0
