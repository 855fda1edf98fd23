"""Health of services: what was sampled, and the status that follows from it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class HealthStatus(enum.StrEnum):
    """The condition of a service, worst first."""

    UNHEALTHY = "unhealthy"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    HEALTHY = "healthy"

    @property
    def severity(self) -> int:
        """0 for healthy up to 3 for unhealthy: sort descending for worst first."""
        return _SEVERITY[self]


_SEVERITY = {
    HealthStatus.HEALTHY: 0,
    HealthStatus.UNKNOWN: 1,
    HealthStatus.DEGRADED: 2,
    HealthStatus.UNHEALTHY: 3,
}

HEALTHY_SCORE = 0.8
DEGRADED_SCORE = 0.5


class Origin(enum.StrEnum):
    """How a sample reached the console."""

    POLL = "poll"
    FEED = "feed"
    HISTORY = "history"  # told afterwards, by the platform's own history


class HealthSample(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One look at one service. There may be a million of them: the cycle collector need not look through values.

    Attributes:
        service_id: The platform's id of the service, as text.
        at: When the state held: our clock for a poll or a feed event, the server's (corrected) for history.
        origin: How it reached us.
        status: Derived by `derive_status`, never copied from the wire unread.
        said_at: The time the server itself gave, uncorrected.
        score: 0 to 1, or None when the platform gives none.
        total_ms: Time from request to answer, as seen here.
        gateway_ms: What the gateway says it spent itself.
        upstream_ms: What the gateway says the service spent; or the latency the platform measured.
        problem: Why the service could not be asked, one line; empty when it answered.
    """

    service_id: str
    at: datetime
    origin: Origin
    status: HealthStatus
    said_at: datetime | None = None
    score: float | None = None
    total_ms: float | None = None
    gateway_ms: float | None = None
    upstream_ms: float | None = None
    problem: str = ""

    @property
    def latency_ms(self) -> float | None:
        """The latency that cards show: total as seen here, else what the platform measured."""
        return self.total_ms if self.total_ms is not None else self.upstream_ms


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What this console's own requests to a service met with.

    Attributes:
        requests: Attempts within the window.
        failures: Of these, those without an answer of the service.
        window_s: How far back, in seconds.
        p50_ms: Half of them took no longer; None when nothing was measured, as below.
        p95_ms: The same of 95 in a hundred.
        p99_ms: The same of 99 in a hundred.
    """

    requests: int
    failures: int
    window_s: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @property
    def per_minute(self) -> float:
        """Attempts a minute."""
        return self.requests * 60.0 / self.window_s if self.window_s else 0.0

    @property
    def error_ratio(self) -> float:
        """Share that failed, 0 to 1."""
        return self.failures / self.requests if self.requests else 0.0


class ServiceHealth(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service as last seen.

    Attributes:
        id: The platform's id, as text; unique within a gateway.
        name: What operators call it. Text from the server: show it as plain text.
        sample: The latest look.
        version: As the service says; empty when it does not.
        host: Host, as the registry says; empty when it does not.
        port: TCP port, or None.
        last_check: When the platform itself last checked the service (server's clock).
        traffic: Where this is what the console observed; None where the platform said it.
    """

    id: str
    name: str
    sample: HealthSample
    version: str = ""
    host: str = ""
    port: int | None = None
    last_check: datetime | None = None
    traffic: Traffic | None = None


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of all services of a gateway.

    Attributes:
        services: In the order of the server.
        history: Samples the platform kept while nobody listened, oldest first.
        complete: False when some services could not be asked at all.
        clock_offset_s: Server's clock minus ours, in seconds, when the answer told.
        skipped: Entries that could not be read, one line each.
        observed: Nothing the platform said: what this console saw of it.
    """

    services: tuple[ServiceHealth, ...]
    history: tuple[HealthSample, ...] = ()
    complete: bool = True
    clock_offset_s: float | None = None
    skipped: tuple[str, ...] = ()
    observed: bool = False


class HealthChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A feed's word on one service: a hint that arrives between two readings.

    Attributes:
        service_name: The feed names services, the registry numbers them.
        status: Derived by `derive_status`.
        score: 0 to 1, or None.
    """

    service_name: str
    status: HealthStatus
    score: float | None = None


_WORDS = {
    "healthy": HealthStatus.HEALTHY,
    "ok": HealthStatus.HEALTHY,
    "up": HealthStatus.HEALTHY,
    "pass": HealthStatus.HEALTHY,
    "passing": HealthStatus.HEALTHY,
    "alive": HealthStatus.HEALTHY,
    "ready": HealthStatus.HEALTHY,
    "running": HealthStatus.HEALTHY,
    "active": HealthStatus.HEALTHY,
    "operational": HealthStatus.HEALTHY,
    "degraded": HealthStatus.DEGRADED,
    "warn": HealthStatus.DEGRADED,
    "warning": HealthStatus.DEGRADED,
    "starting": HealthStatus.DEGRADED,
    "partial": HealthStatus.DEGRADED,
    "unhealthy": HealthStatus.UNHEALTHY,
    "down": HealthStatus.UNHEALTHY,
    "fail": HealthStatus.UNHEALTHY,
    "failed": HealthStatus.UNHEALTHY,
    "failing": HealthStatus.UNHEALTHY,
    "error": HealthStatus.UNHEALTHY,
    "critical": HealthStatus.UNHEALTHY,
    "dead": HealthStatus.UNHEALTHY,
    "stopped": HealthStatus.UNHEALTHY,
    "offline": HealthStatus.UNHEALTHY,
    "unreachable": HealthStatus.UNHEALTHY,
}


def derive_status(
    word: str | None,
    score: float | None,
    *,
    http_status: int | None = None,
    dependencies: Iterable[str] = (),
) -> HealthStatus:
    """The status of a service from everything known about it: the worst of what the facts say.

    Args:
        word: The status as the service words it; unknown words count as nothing said.
        score: 0 to 1.
        http_status: Of the health answer: 5xx is unhealthy whatever the body says.
        dependencies: Status words of what the service depends on. A failing dependency degrades, no more: the
            service still answered.
    """
    worst = None if word is None else _said(word)
    if score is not None:
        worst = _worse(worst, status_of_score(score))
    if http_status is not None and http_status >= 500:  # noqa: PLR2004  (the class of server errors)
        worst = HealthStatus.UNHEALTHY
    if worst is None:
        return HealthStatus.UNKNOWN
    if not dependencies:
        return worst
    weak = any(_said(word) in (HealthStatus.UNHEALTHY, HealthStatus.DEGRADED) for word in dependencies)
    if weak and worst is HealthStatus.HEALTHY:
        return HealthStatus.DEGRADED
    return worst


def _said(word: str) -> HealthStatus | None:
    return _WORDS.get(word) or _WORDS.get(word.strip().casefold())


def _worse(one: HealthStatus | None, other: HealthStatus) -> HealthStatus:
    if one is None or one is other:
        return other
    return one if _SEVERITY[one] > _SEVERITY[other] else other


def status_of_score(score: float) -> HealthStatus:
    """The status that a score of 0 to 1 stands for."""
    if score >= HEALTHY_SCORE:
        return HealthStatus.HEALTHY
    return HealthStatus.DEGRADED if score >= DEGRADED_SCORE else HealthStatus.UNHEALTHY


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What a window of samples says about a service.

    Attributes:
        p95_ms: 95th percentile of latency (nearest rank), None when nothing was measured.
        error_ratio: Share of samples (0 to 1) that were unhealthy or unanswered; None without samples.
        count: Number of samples.
    """

    p95_ms: float | None = None
    error_ratio: float | None = None
    count: int = 0

    @classmethod
    def of(cls, samples: Iterable[HealthSample]) -> Self:
        """Compute the rates of a window; order does not matter."""
        latencies: list[float] = []
        bad = count = 0
        for sample in samples:
            count += 1
            if sample.status is HealthStatus.UNHEALTHY or sample.problem:
                bad += 1
            if sample.latency_ms is not None:
                latencies.append(sample.latency_ms)
        if not count:
            return cls()
        latencies.sort()
        rank = -(-95 * len(latencies) // 100)
        return cls(p95_ms=latencies[rank - 1] if latencies else None, error_ratio=bad / count, count=count)
