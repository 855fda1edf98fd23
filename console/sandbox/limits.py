"""How much a client may ask."""

from __future__ import annotations

import math
from collections import defaultdict, deque

_WINDOW_S = 60.0


class RateLimiter:
    """A sliding window of one minute per key."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
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
        while seen and seen[0] <= now - _WINDOW_S:
            seen.popleft()
        if len(seen) >= self._per_minute:
            wait_s = math.ceil(seen[0] + _WINDOW_S - now) if seen else int(_WINDOW_S)
            return min(int(_WINDOW_S), max(1, wait_s))  # sums of fractions may be a hair over the minute
        seen.append(now)
        return 0
