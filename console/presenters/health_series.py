"""Samples of one service as columns of numbers: what charts draw without touching Python objects again."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from console.model.health import DEGRADED_SCORE, HealthStatus, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from console.model.health import HealthSample

NOTHING = float("nan")

STATUS_SCORE = {
    HealthStatus.HEALTHY: 1.0,
    HealthStatus.DEGRADED: DEGRADED_SCORE,
    HealthStatus.UNHEALTHY: 0.0,
    HealthStatus.UNKNOWN: NOTHING,
}


def plotted_score(sample: HealthSample) -> float:
    """The score to draw, 0 to 1: the platform's own, or what the status stands for; NaN when nothing is known."""
    return STATUS_SCORE[sample.status] if sample.score is None else sample.score


def _floats() -> array[float]:
    return array("d")


def _bytes() -> array[int]:
    return array("B")


class HealthSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of equal length, oldest first. Never changed once made: every update gives a new value.

    Attributes:
        at: Seconds since 1970 (UTC).
        score: 0 to 1, see `plotted_score`.
        total_ms: NaN where nothing was measured.
        gateway_ms: NaN where nothing was measured.
        upstream_ms: NaN where nothing was measured.
        severity: `HealthStatus.severity`.
        told_later: 1 where the registry told the sample afterwards.
        from_status: 1 where the score follows from the status, as the platform gave none.
    """

    at: array[float] = msgspec.field(default_factory=_floats)
    score: array[float] = msgspec.field(default_factory=_floats)
    total_ms: array[float] = msgspec.field(default_factory=_floats)
    gateway_ms: array[float] = msgspec.field(default_factory=_floats)
    upstream_ms: array[float] = msgspec.field(default_factory=_floats)
    severity: array[int] = msgspec.field(default_factory=_bytes)
    told_later: array[int] = msgspec.field(default_factory=_bytes)
    from_status: array[int] = msgspec.field(default_factory=_bytes)

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, samples: Iterable[HealthSample]) -> HealthSeries:
        """Columns of samples, which are put in order of time."""
        ordered = sorted(samples, key=lambda sample: sample.at)
        return cls(
            at=array("d", (sample.at.timestamp() for sample in ordered)),
            score=array("d", map(plotted_score, ordered)),
            total_ms=array("d", (_number(sample.total_ms) for sample in ordered)),
            gateway_ms=array("d", (_number(sample.gateway_ms) for sample in ordered)),
            upstream_ms=array("d", (_number(sample.upstream_ms) for sample in ordered)),
            severity=array("B", (sample.status.severity for sample in ordered)),
            told_later=array("B", (sample.origin is Origin.HISTORY for sample in ordered)),
            from_status=array("B", (sample.score is None for sample in ordered)),
        )

    def followed_by(self, recent: Sequence[HealthSample]) -> HealthSeries:
        """This series with everything from `recent`'s first sample on replaced by `recent` (oldest first).

        So that a sample which the registry tells afterwards finds its place, and none is doubled.
        """
        if not recent:
            return self
        return _joined(self._cut(0, bisect_left(self.at, recent[0].at.timestamp())), HealthSeries.of(recent))

    def appended(self, recent: Sequence[HealthSample]) -> HealthSeries:
        """This series with those of `recent` (oldest first) that are newer than its end."""
        end = self.at[-1] if self.at else float("-inf")
        newer = list(takewhile(lambda sample: sample.at.timestamp() > end, reversed(recent)))
        return _joined(self, HealthSeries.of(newer)) if newer else self

    def since(self, at: float) -> HealthSeries:
        """The samples from a time (seconds since 1970) on."""
        first = bisect_left(self.at, at)
        return self._cut(first, len(self)) if first else self

    def _cut(self, first: int, end: int) -> HealthSeries:
        return HealthSeries(**{name: getattr(self, name)[first:end] for name in self.__struct_fields__})


def _joined(first: HealthSeries, second: HealthSeries) -> HealthSeries:
    return HealthSeries(**{name: getattr(first, name) + getattr(second, name) for name in first.__struct_fields__})


def _number(value: float | None) -> float:
    return NOTHING if value is None else value
