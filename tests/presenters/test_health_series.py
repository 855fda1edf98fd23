"""Columns of samples."""

from __future__ import annotations

import math
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.model.health import HealthSample, HealthStatus, Origin
from console.presenters.health_reading import reading_at
from console.presenters.health_series import HealthSeries
from tests.presenters.fake_session import NOON, sample

OFFSETS = st.lists(st.integers(0, 1000), unique=True)


def at(offset: int) -> HealthSample:
    return sample(at=NOON + timedelta(seconds=offset))


@given(OFFSETS, st.integers(0, 1000))
def test_appending_and_cutting_keep_order_and_lose_nothing_newer(offsets: list[int], cut: int) -> None:
    ordered = sorted(offsets)
    early = [at(offset) for offset in ordered if offset < cut]
    every = [at(offset) for offset in ordered]
    series = HealthSeries.of(early).appended(every)
    assert [round(time - NOON.timestamp()) for time in series.at] == ordered
    assert series.appended(every) is series
    assert len(series.since(NOON.timestamp() + cut)) == len([offset for offset in ordered if offset >= cut])


def test_samples_told_afterwards_find_their_place() -> None:
    recorded = HealthSeries.of([sample(at=NOON), sample(at=NOON + timedelta(seconds=60))])
    recent = [
        sample(at=NOON + timedelta(seconds=30), origin=Origin.HISTORY),
        sample(at=NOON + timedelta(seconds=60)),
        sample(at=NOON + timedelta(seconds=65)),
    ]
    merged = recorded.followed_by(recent)
    assert [round(time - NOON.timestamp()) for time in merged.at] == [0, 30, 60, 65]
    assert list(merged.told_later) == [0, 1, 0, 0]
    assert reading_at(merged, 1).note == "told by the registry afterwards"
    assert reading_at(merged, 2).note == ""


def test_a_score_follows_from_the_status_where_the_platform_gives_none() -> None:
    statuses = [HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY]
    series = HealthSeries.of(
        sample(at=NOON + timedelta(seconds=number), status=status) for number, status in enumerate(statuses)
    )
    assert list(series.score) == [1.0, 0.5, 0.0]
    assert reading_at(series, 1).lines[1].value == "0.50 (from status)"


def test_what_was_not_measured_is_a_gap_and_is_read_as_such() -> None:
    series = HealthSeries.of([sample(total_ms=12.34), sample(at=NOON + timedelta(seconds=5), upstream_ms=210.4)])
    assert math.isnan(series.gateway_ms[0])
    values = {line.label: line.value for line in reading_at(series, 0).lines}
    assert values["total"] == "12 ms"
    assert values["gateway"] == "not measured"
    assert values["status"] == "Healthy"


def test_an_unknown_status_without_a_score_draws_nothing() -> None:
    series = HealthSeries.of([sample(status=HealthStatus.UNKNOWN)])
    assert math.isnan(series.score[0])
    assert reading_at(series, 0).lines[1].value == "none"
