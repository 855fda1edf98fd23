"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Full jitter between a floor and a ceiling that doubles: crowds of consoles must not return in step.

    Attributes:
        base_s: Shortest wait, and the first ceiling.
        cap_s: Highest ceiling.
        draw: Uniform draw from an interval, replaceable in tests.
    """

    base_s: float = 1.0
    cap_s: float = 30.0
    draw: random.Random = field(default_factory=random.Random)
    failures: int = 0

    def next_s(self) -> float:
        """The wait before the next attempt, in seconds; each call counts as one more failure."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return self.draw.uniform(self.base_s, max(self.base_s, ceiling))

    def reset(self) -> None:
        """The connection proved stable."""
        self.failures = 0
