"""How fast something is sent, from what was told of it. Pure but for the clock it is given."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from console.model.upload import UploadProgress

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_S = 5.0
_LEAST_S = 0.3  # a rate over less says nothing


class Gauge:
    """Progress and rate of one sending.

    Args:
        total_bytes: How much there is.
        clock: Monotonic seconds.
    """

    def __init__(self, total_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total_bytes
        self._clock = clock
        self._sent = 0
        self._marks: deque[tuple[float, int]] = deque([(clock(), 0)])

    def sent(self, sent_bytes: int) -> None:
        """So many bytes of the content have gone out; fewer than before when it began anew."""
        now = self._clock()
        if sent_bytes < self._sent:
            self._marks.clear()
        self._sent = min(sent_bytes, self._total)
        self._marks.append((now, self._sent))
        while self._marks[0] is not self._marks[-1] and self._marks[1][0] <= now - WINDOW_S:
            self._marks.popleft()

    @property
    def progress(self) -> UploadProgress:
        """As of now."""
        rate = self._rate()
        remaining = (self._total - self._sent) / rate if rate else None
        return UploadProgress(sent_bytes=self._sent, total_bytes=self._total, rate_bps=rate, remaining_s=remaining)

    def _rate(self) -> float | None:
        begin, first = self._marks[0]
        spent_s = self._clock() - begin  # to now, not to the last piece: a stall is seen
        return (self._sent - first) / spent_s if spent_s >= _LEAST_S else None
