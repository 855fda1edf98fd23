"""How old a value is, where it came from, and when it stops counting as live."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

HEALTH_BUDGET_S = 15.0
DIRECTORY_BUDGET_S = 600.0


class Freshness(enum.StrEnum):
    """Kinds of data by how fast they grow old."""

    HEALTH = "health"
    EXECUTION = "execution"  # one that runs; one that ended does not change any more
    QUEUE = "queue"
    AUDIT_PAGE = "audit page"
    METRICS = "metrics"  # what platforms themselves keep for a minute, deployments among it
    NOTICES = "notices"
    DIRECTORY = "directory"  # who and what there is: users, tenants, workflows

    @property
    def default_budget_s(self) -> float:
        """Age in seconds after which such a value is stale, unless the operator prefers another."""
        match self:
            case Freshness.HEALTH | Freshness.EXECUTION:
                return HEALTH_BUDGET_S
            case Freshness.QUEUE:
                return 5.0
            case Freshness.AUDIT_PAGE | Freshness.NOTICES:
                return 60.0
            case Freshness.METRICS:
                return 120.0
            case Freshness.DIRECTORY:
                return DIRECTORY_BUDGET_S


class Source(enum.StrEnum):
    """Where a value was read."""

    LIVE = "live"
    RECORD = "record"


class Observed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A value with its age.

    Attributes:
        value: What was seen.
        observed_at: When this console saw it (UTC).
        source: Where it was read.
        problem: Why the last try to read it anew failed; empty when it did not.
    """

    value: T
    observed_at: datetime
    source: Source = Source.LIVE
    problem: str = ""

    def age_s(self, now: datetime) -> float:
        """Seconds since the value was observed; never negative, also after the clock was set back."""
        return max(0.0, (now - self.observed_at).total_seconds())

    def is_stale(self, now: datetime, *, budget_s: float, source_lost: bool) -> bool:
        """Whether the value must be greyed: source lost, last read failed, or older than its budget."""
        return source_lost or bool(self.problem) or self.source is not Source.LIVE or self.age_s(now) > budget_s


def budget_s(class_budget_s: float, source_interval_s: float) -> float:
    """The age in seconds after which a value is stale, given how often its source speaks."""
    return max(class_budget_s, 2 * source_interval_s)


def ttl_s(budget_s: float) -> float:
    """The age in seconds at which to ask anew: before a value turns stale, so that what is used stays live."""
    return budget_s / 2
