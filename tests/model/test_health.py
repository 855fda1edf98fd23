"""One pure function derives the status; rates follow from samples alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.health import HealthSample, HealthStatus, Origin, Rates, derive_status, status_of_score

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sample(*, status: HealthStatus = HealthStatus.HEALTHY, ms: float | None = 10.0, problem: str = "") -> HealthSample:
    return HealthSample(service_id="s", at=NOW, origin=Origin.POLL, status=status, total_ms=ms, problem=problem)


@pytest.mark.parametrize(
    ("word", "score", "http_status", "dependencies", "expected"),
    [
        ("healthy", None, 200, (), HealthStatus.HEALTHY),
        (" OK ", None, 200, (), HealthStatus.HEALTHY),
        ("degraded", None, 200, (), HealthStatus.DEGRADED),
        ("healthy", 0.3, 200, (), HealthStatus.UNHEALTHY),
        ("healthy", 0.6, 200, (), HealthStatus.DEGRADED),
        ("healthy", 1.0, 503, (), HealthStatus.UNHEALTHY),
        ("healthy", None, 200, ("healthy", "down"), HealthStatus.DEGRADED),
        ("unhealthy", 1.0, 200, (), HealthStatus.UNHEALTHY),
        ("purple", None, 200, (), HealthStatus.UNKNOWN),
        (None, 0.9, None, (), HealthStatus.HEALTHY),
        (None, None, None, (), HealthStatus.UNKNOWN),
    ],
)
def test_the_worst_fact_counts(
    word: str | None,
    score: float | None,
    http_status: int | None,
    dependencies: tuple[str, ...],
    expected: HealthStatus,
) -> None:
    assert derive_status(word, score, http_status=http_status, dependencies=dependencies) is expected


@given(
    st.one_of(st.none(), st.text(max_size=12)),
    st.one_of(st.none(), st.floats(0, 1)),
    st.one_of(st.none(), st.integers(100, 599)),
    st.lists(st.text(max_size=12), max_size=4),
)
def test_more_bad_news_never_improves_a_status(
    word: str | None, score: float | None, http_status: int | None, dependencies: list[str]
) -> None:
    before = derive_status(word, score, http_status=http_status, dependencies=dependencies)
    after = derive_status(word, 0.0, http_status=http_status, dependencies=[*dependencies, "down"])
    assert after is HealthStatus.UNHEALTHY
    assert after.severity >= before.severity


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_is_never_worse(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert status_of_score(high).severity <= status_of_score(low).severity


def test_rates_of_nothing_are_unknown() -> None:
    assert Rates.of([]) == Rates(p95_ms=None, error_ratio=None, count=0)


def test_p95_is_the_nearest_rank() -> None:
    assert Rates.of(sample(ms=float(value)) for value in range(1, 101)).p95_ms == 95.0
    assert Rates.of([sample(ms=7.0)]).p95_ms == 7.0


def test_unanswered_and_unhealthy_samples_are_errors() -> None:
    rates = Rates.of([sample(), sample(status=HealthStatus.UNHEALTHY), sample(ms=None, problem="no answer"), sample()])
    assert rates.error_ratio == 0.5
    assert rates.count == 4


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_p95_is_one_of_the_latencies_and_above_most(latencies: list[float]) -> None:
    p95 = Rates.of(sample(ms=value) for value in latencies).p95_ms
    assert p95 in latencies
    assert p95 is not None
    assert sum(value <= p95 for value in latencies) >= 0.95 * len(latencies)


def test_latency_prefers_what_was_seen_here() -> None:
    told = HealthSample(
        service_id="s",
        at=NOW + timedelta(seconds=1),
        origin=Origin.HISTORY,
        status=HealthStatus.HEALTHY,
        upstream_ms=4.0,
    )
    assert told.latency_ms == 4.0
    assert sample(ms=9.0).latency_ms == 9.0
