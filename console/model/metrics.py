"""Numbers that a platform gives of itself, each with what it promises to keep."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class Unit(enum.StrEnum):
    """What a number counts."""

    MILLISECONDS = "ms"
    RATIO = "ratio"  # 0 to 1, shown in percent
    BYTES = "bytes"
    PER_SECOND = "per second"
    COUNT = "count"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A bound that the platform set itself.

    Attributes:
        limit: In the unit of the metric.
        at_most: Whether it must stay below; otherwise above.
    """

    limit: float
    at_most: bool = True

    def met(self, value: float) -> bool:
        """Whether the value keeps it; the bound itself does not count as kept."""
        return value < self.limit if self.at_most else value > self.limit


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One number.

    Attributes:
        id: Names it among all metrics of a gateway, such as `api.p95`; the same with every reading.
        name: As on screen, where this console knows it; otherwise the server's word for it.
        value: In `unit`; None when the platform gave none that can be read.
        unit: What it counts.
        target: None where nothing is promised.
    """

    id: str
    name: str
    value: float | None
    unit: Unit = Unit.COUNT
    target: Target | None = None

    @property
    def missed(self) -> bool:
        """Whether a promise is broken."""
        return self.target is not None and self.value is not None and not self.target.met(self.value)


class MetricsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that were read, or pushed, together.

    Attributes:
        metrics: In the order they are shown.
        said_at: When they were taken, as the server says.
    """

    metrics: tuple[Metric, ...]
    said_at: datetime | None = None
