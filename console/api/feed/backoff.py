"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from console.api.feed.policy import DEFAULT, FeedPolicy


@dataclass
class Backoff:
    """Full jitter between a floor and a ceiling that doubles: crowds of consoles must not return in step.

    Attributes:
        policy: The numbers.
        draw: Uniform draw from an interval, replaceable in tests.
        failures: How many attempts failed since the last stable connection.
    """

    policy: FeedPolicy = DEFAULT
    draw: random.Random = field(default_factory=random.Random)
    failures: int = 0

    @property
    def spent(self) -> bool:
        """Whether the platform's quick attempts are used up."""
        counts = [rise.attempts for rise in self.policy.rises]
        return None not in counts and self.failures >= sum(count or 0 for count in counts)

    def next_s(self) -> float:
        """The wait before the next attempt, in seconds; each call counts as one more failure."""
        failures, self.failures = self.failures, self.failures + 1
        for rise in self.policy.rises:
            if rise.attempts is None or failures < rise.attempts:
                ceiling = min(rise.cap_s, rise.base_s * 2.0 ** min(failures, 32))
                return self.draw.uniform(rise.base_s, max(rise.base_s, ceiling))
            failures -= rise.attempts
        return self.policy.quiet_s

    def reset(self) -> None:
        """The connection proved stable."""
        self.failures = 0
