"""The platform's clock, which may be wrong on purpose."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Wall time as this platform believes it.

    Attributes:
        skew_s: How far the clock runs ahead of the true time, in seconds; negative when behind.
    """

    def __init__(self) -> None:
        self.skew_s = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as the platform believes."""
        return time.time() + self.skew_s

    def text(self, at: float) -> str:
        """A true moment (epoch seconds) as the platform would write it: ISO 8601, UTC."""
        moment = datetime.fromtimestamp(at + self.skew_s, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
