"""Health of a platform that has none to ask for, or keeps it to itself: what became of this console's own requests."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.errors import Forbidden, NotOffered
from console.model.health import HealthReport, HealthSample, HealthStatus, Origin, ServiceHealth, Traffic, derive_status
from console.services.request_stats import Spread, calls_of, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from console.api.contract import Authentication
    from console.model.exchange import Exchange
    from console.services.tracking import Tracking

WINDOW = timedelta(minutes=5)
INTERVAL_S = 30.0
NAMED_LIMIT = 2_000  # services that a feed may make known by naming them
_REFUSED_FROM, _FAILED_FROM = 400, 500


class ObservedHealth:
    """See `console.api.contract.HealthSource`. Asks who is signed in, a sign of life, and looks at what was tracked.

    A service is reported when it answered, or failed to, since the last reading: nothing is said of one that nobody
    asked, so that what is known of it grows old.
    """

    interval_s = INTERVAL_S

    def __init__(self, authentication: Authentication, tracking: Tracking) -> None:
        self._authentication = authentication
        self._tracking = tracking
        self._told: dict[str, datetime] = {}

    async def read(self) -> HealthReport:
        """What was observed, once the gateway has answered."""
        with contextlib.suppress(NotOffered, Forbidden):  # an answer all the same
            await self._authentication.who_am_i()
        return self.look(datetime.now(UTC))

    def look(self, now: datetime) -> HealthReport:
        """What was observed, without asking anything."""
        seen = witnessed(self._tracking.since(0), now)
        fresh = tuple(service for service in seen if service.sample.at > self._told.get(service.id, _NEVER))
        self._told |= {service.id: service.sample.at for service in fresh}
        return HealthReport(services=fresh, complete=False, observed=True)


_NEVER = datetime.min.replace(tzinfo=UTC)


def witnessed(exchanges: Iterable[Exchange], now: datetime) -> tuple[ServiceHealth, ...]:
    """Every upstream service that was asked within five minutes, by name.

    Its score is the share of attempts that brought an answer: an answer that says no is one, a 5xx and silence are
    none. Its sample is as old as the newest answer; the duration is the median of the window.
    """
    recent = [one for one in exchanges if one.at >= now - WINDOW]
    by_service: dict[str, list[Exchange]] = defaultdict(list)
    for call in calls_of(recent):
        by_service[call[0].service or call[0].operation.partition(".")[0]] += counted(call)
    return tuple(_service(name, asked) for name, asked in sorted(by_service.items()) if asked)


def only_told(name: str, at: datetime) -> ServiceHealth:
    """A service that a feed names where there is no registry: nothing is known of it but what the feed says next."""
    service_id = f"told:{name}"
    sample = HealthSample(service_id=service_id, at=at, origin=Origin.FEED, status=HealthStatus.UNKNOWN)
    return ServiceHealth(id=service_id, name=name, sample=sample)


def unanswered(exchange: Exchange) -> bool:
    """Whether an attempt brought no answer of its service: what was asked wrongly or refused was answered."""
    if exchange.status is None or exchange.status >= _FAILED_FROM:
        return True
    return bool(exchange.error) and exchange.status < _REFUSED_FROM  # such as a body that makes no sense


def _service(name: str, asked: Sequence[Exchange]) -> ServiceHealth:
    failures = sum(map(unanswered, asked))
    spread = Spread.of(one.total_ms for one in asked)
    score = 1 - failures / len(asked)
    service_id = f"observed:{name}"
    return ServiceHealth(
        id=service_id,
        name=name,
        sample=HealthSample(
            service_id=service_id,
            at=max(one.at + timedelta(milliseconds=one.total_ms) for one in asked),
            origin=Origin.POLL,
            status=derive_status(None, score),
            score=score,
            total_ms=spread.p50_ms,
        ),
        traffic=Traffic(
            requests=len(asked),
            failures=failures,
            window_s=WINDOW.total_seconds(),
            p50_ms=spread.p50_ms,
            p95_ms=spread.p95_ms,
            p99_ms=spread.p99_ms,
        ),
    )
