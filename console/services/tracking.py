"""The newest requests of a session, and what they add up to."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.model.exchange import Exchange

RING_SIZE = 10_000
WINDOW = timedelta(minutes=15)
_FAILED_FROM = 400


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles of a duration in milliseconds; None where nothing was measured."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @classmethod
    def of(cls, durations_ms: Iterable[float]) -> Spread:
        """Exact, by nearest rank."""
        ordered = sorted(durations_ms)
        if not ordered:
            return cls()
        return cls(p50_ms=_rank(ordered, 0.5), p95_ms=_rank(ordered, 0.95), p99_ms=_rank(ordered, 0.99))


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """What became of calls that took more than one request: retries, and other routes that were asked first.

    Attributes:
        calls: First attempts.
        attempts: Requests on the wire.
        retried: Attempts after the first.
        recovered: Good answers to an attempt after the first.
    """

    calls: int = 0
    attempts: int = 0
    retried: int = 0
    recovered: int = 0

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Retries:
        """Count."""
        calls = attempts = recovered = 0
        for one in exchanges:
            attempts += 1
            calls += one.attempt == 1
            recovered += one.attempt > 1 and not failed(one)
        return cls(calls=calls, attempts=attempts, retried=attempts - calls, recovered=recovered)


class OperationStats(msgspec.Struct, frozen=True, kw_only=True):
    """What requests of one operation add up to."""

    operation: str
    failures: int
    retries: Retries
    total: Spread
    gateway: Spread
    upstream: Spread


class TrackingSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the requests of the last 15 minutes add up to.

    Attributes:
        per_minute: Requests in the last minute.
        error_ratio: Share of attempts that failed, 0 to 1; None without any.
        total: Of all of them.
        retries: Of all of them.
        operations: By operation, in the order of their names.
    """

    per_minute: int = 0
    error_ratio: float | None = None
    total: Spread = Spread()
    retries: Retries = Retries()
    operations: tuple[OperationStats, ...] = ()


class Tracking:
    """A ring of requests; the oldest give way. Belongs to one event loop.

    What is in an `Exchange` is masked by construction: templates and numbers.
    """

    def __init__(
        self,
        *,
        also: Callable[[Exchange], None] = lambda _exchange: None,
        size: int = RING_SIZE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`also` hears of every request, too."""
        self._also = also
        self._ring: deque[Exchange] = deque(maxlen=size)
        self._clock = clock
        self._count = 0

    @property
    def count(self) -> int:
        """How many requests were noted since the session began, those included that gave way."""
        return self._count

    def note(self, exchange: Exchange) -> None:
        """Take a request."""
        self._ring.append(exchange)
        self._count += 1
        self._also(exchange)

    def since(self, count: int) -> Sequence[Exchange]:
        """What was noted after `count` requests had been, oldest first, as far as the ring still holds it."""
        fresh = min(self._count - count, len(self._ring))
        return [self._ring[index] for index in range(len(self._ring) - fresh, len(self._ring))]

    def summary(self) -> TrackingSummary:
        """What the requests of the last 15 minutes add up to."""
        return summarise(self._ring, self._clock())


def failed(exchange: Exchange) -> bool:
    """Whether an attempt brought no good answer."""
    return bool(exchange.error) or exchange.status is None or exchange.status >= _FAILED_FROM


def summarise(exchanges: Iterable[Exchange], now: datetime) -> TrackingSummary:
    """What those of the last 15 minutes add up to."""
    recent = [one for one in exchanges if one.at >= now - WINDOW]
    by_operation: dict[str, list[Exchange]] = defaultdict(list)
    for one in recent:
        by_operation[one.operation].append(one)
    return TrackingSummary(
        per_minute=sum(one.at >= now - timedelta(minutes=1) for one in recent),
        error_ratio=sum(map(failed, recent)) / len(recent) if recent else None,
        total=Spread.of(one.total_ms for one in recent),
        retries=Retries.of(recent),
        operations=tuple(_stats(name, of_one) for name, of_one in sorted(by_operation.items())),
    )


def _stats(operation: str, exchanges: Sequence[Exchange]) -> OperationStats:
    return OperationStats(
        operation=operation,
        failures=sum(map(failed, exchanges)),
        retries=Retries.of(exchanges),
        total=Spread.of(one.total_ms for one in exchanges),
        gateway=Spread.of(one.gateway_ms for one in exchanges if one.gateway_ms is not None),
        upstream=Spread.of(one.upstream_ms for one in exchanges if one.upstream_ms is not None),
    )


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
