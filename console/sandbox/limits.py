"""How much a client may ask."""

from __future__ import annotations

import math
from collections import defaultdict, deque

_MINUTE_S = 60.0


class RateLimiter:
    """A sliding window per key, of one minute where nothing else is said."""

    def __init__(self, per_window: int, *, window_s: float = _MINUTE_S) -> None:
        self._per_window = per_window
        self._window_s = window_s
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str, now: float) -> int:
        """Count a request.

        Args:
            key: Whose budget it draws on.
            now: Monotonic seconds, never going back.

        Returns:
            0 when it is admitted, otherwise the whole seconds after which the next one will be.
        """
        seen = self._seen[key]
        while seen and seen[0] <= now - self._window_s:
            seen.popleft()
        if len(seen) >= self._per_window:
            wait_s = math.ceil(seen[0] + self._window_s - now) if seen else int(self._window_s)
            return min(int(self._window_s), max(1, wait_s))  # sums of fractions may be a hair over the minute
        seen.append(now)
        return 0
