"""What requests add up to: percentiles, errors, retries."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from console.model.exchange import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from console.model.exchange import Exchange

WINDOW = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
_FAILED_FROM = 400
_WAY_GOES_ON = frozenset({Reason.ROUTE, Reason.SLASH})


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
    """What became of calls whose first try failed in a way that may pass.

    Attempts that look for the route, add a slash or carry a renewed token are no retries.

    Attributes:
        calls: Calls, whatever number of attempts they took.
        retried: Of the calls, those that were tried again.
        recovered: Of the retried, those whose last attempt brought a good answer.
        given_up: Of the retried, those whose last attempt did not, or whose next is still to come.
    """

    calls: int = 0
    retried: int = 0
    recovered: int = 0
    given_up: int = 0

    @classmethod
    def of(cls, calls: Iterable[Sequence[Exchange]]) -> Retries:
        """Count."""
        known = list(calls)
        tried_again = [call for call in known if any(one.reason is Reason.RETRY for one in call)]
        recovered = sum(not failed(call[-1]) for call in tried_again)
        return cls(
            calls=len(known), retried=len(tried_again), recovered=recovered, given_up=len(tried_again) - recovered
        )


class ServiceStats(msgspec.Struct, frozen=True, kw_only=True):
    """What requests to one upstream service add up to.

    Attributes:
        service: As circuits know it.
        attempts: Requests on the wire, without those that only found the way.
        failures: Of these, those without a good answer.
        retries: Of its calls.
        total: Until the whole body was read.
        gateway: As the gateway told.
        upstream: As the gateway told.
    """

    service: str
    attempts: int
    failures: int
    retries: Retries
    total: Spread
    gateway: Spread
    upstream: Spread


class RequestSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the requests of the last 15 minutes add up to.

    Attributes:
        per_minute: Requests on the wire in the last minute.
        attempts: Those that count for the ratio: all but OPTIONS probes and what only found the way.
        error_ratio: Share of these that failed, 0 to 1; None without any.
        total: Of these.
        retries: Of all calls.
        services: By upstream service, in the order of their names.
    """

    per_minute: int = 0
    attempts: int = 0
    error_ratio: float | None = None
    total: Spread = Spread()
    retries: Retries = Retries()
    services: tuple[ServiceStats, ...] = ()


def failed(exchange: Exchange) -> bool:
    """Whether an attempt brought no good answer."""
    return bool(exchange.error) or exchange.status is None or exchange.status >= _FAILED_FROM


def call_key(exchange: Exchange) -> tuple[str, str]:
    """Which call an attempt belongs to. What was recorded without a call id belongs together by its request id."""
    return ("call", exchange.call_id) if exchange.call_id else ("request", exchange.request_id)


def calls_of(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """Attempts by the call they were made for, each in the order of their numbers."""
    calls: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for one in exchanges:
        calls[call_key(one)].append(one)
    for call in calls.values():
        call.sort(key=lambda one: one.attempt)
    return list(calls.values())


def counted(call: Sequence[Exchange]) -> list[Exchange]:
    """Attempts that tell how the gateway fares, without those that only found the way: probes, missing routes, slashes.

    Args:
        call: All attempts of one call, in order.
    """
    found = [
        one for one, after in pairwise(call) if one.reason is not Reason.PROBE and after.reason not in _WAY_GOES_ON
    ]
    return found if call[-1].reason is Reason.PROBE else [*found, call[-1]]


def summarise(exchanges: Iterable[Exchange], now: datetime) -> RequestSummary:
    """What those of the last 15 minutes add up to."""
    recent = [one for one in exchanges if one.at >= now - WINDOW]
    calls = calls_of(recent)
    by_service: dict[str, list[list[Exchange]]] = defaultdict(list)
    for call in calls:
        by_service[call[0].service or call[0].operation.partition(".")[0]].append(call)
    telling = [one for call in calls for one in counted(call)]
    return RequestSummary(
        per_minute=sum(one.at >= now - _MINUTE for one in recent),
        attempts=len(telling),
        error_ratio=sum(map(failed, telling)) / len(telling) if telling else None,
        total=Spread.of(one.total_ms for one in telling),
        retries=Retries.of(calls),
        services=tuple(_stats(name, of_one) for name, of_one in sorted(by_service.items())),
    )


def _stats(service: str, calls: Sequence[Sequence[Exchange]]) -> ServiceStats:
    telling = [one for call in calls for one in counted(call)]
    return ServiceStats(
        service=service,
        attempts=len(telling),
        failures=sum(map(failed, telling)),
        retries=Retries.of(calls),
        total=Spread.of(one.total_ms for one in telling),
        gateway=Spread.of(one.gateway_ms for one in telling if one.gateway_ms is not None),
        upstream=Spread.of(one.upstream_ms for one in telling if one.upstream_ms is not None),
    )


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
