"""What cards draw: 15 minutes, in order, thinned where nothing changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.model.health import HealthSample, HealthStatus, Origin
from console.services.samples import SPACING, WINDOW, RecentSamples

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sample(second: float, status: HealthStatus = HealthStatus.HEALTHY, origin: Origin = Origin.FEED) -> HealthSample:
    return HealthSample(service_id="s", at=NOW + timedelta(seconds=second), origin=origin, status=status)


samples = st.lists(
    st.builds(
        sample, st.floats(0, 3600), st.sampled_from(list(HealthStatus)), st.sampled_from([Origin.FEED, Origin.HISTORY])
    ),
    max_size=60,
)


@given(samples)
def test_kept_in_order_within_the_window_and_never_without_the_newest(taken: list[HealthSample]) -> None:
    recent = RecentSamples()
    for one in taken:
        recent.add(one)
    kept = list(recent.of("s"))
    assert kept == sorted(kept, key=lambda one: one.at)
    if kept:
        assert kept[-1].at - kept[0].at <= WINDOW
        assert kept[-1].at == max(one.at for one in taken)


def test_a_second_apart_and_alike_is_thinned_but_a_change_is_kept() -> None:
    recent = RecentSamples()
    for second in range(60):
        status = HealthStatus.UNHEALTHY if second == 30 else HealthStatus.HEALTHY
        recent.add(sample(second, status))
    kept = list(recent.of("s"))
    assert sum(one.status is HealthStatus.UNHEALTHY for one in kept) == 1
    assert len(kept) < 30
    assert max(later.at - one.at for one, later in pairwise(kept)) <= SPACING


def test_rates_follow_every_new_sample() -> None:
    recent = RecentSamples()
    assert recent.rates("s").count == 0
    recent.add(sample(0))
    assert recent.rates("s").count == 1
    recent.add(sample(10, HealthStatus.UNHEALTHY))
    assert recent.rates("s").error_ratio == 0.5


def test_forgotten_services_are_gone() -> None:
    recent = RecentSamples()
    recent.add(sample(0))
    recent.retain([])
    assert not recent.of("s")
    assert recent.rates("s").count == 0
