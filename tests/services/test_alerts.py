"""Who turned bad, and whether the operator wants to hear of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.freshness import Observed, Source
from console.model.health import HealthSample, HealthStatus, Origin, ServiceHealth
from console.model.preferences import Alerts, AlertState
from console.services.alerts import Turn, Watcher, sentence, wanted
from console.services.ports import HealthSnapshot

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GOOD, MIDDLING, BAD = HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY


def snapshot(*, lost: bool = False, source: Source = Source.LIVE, **statuses: HealthStatus) -> HealthSnapshot:
    services = tuple(
        Observed(
            value=ServiceHealth(
                id=name,
                name=name,
                sample=HealthSample(service_id=name, at=NOON, origin=Origin.POLL, status=status),
            ),
            observed_at=NOON,
            source=source,
        )
        for name, status in statuses.items()
    )
    return HealthSnapshot(services=services, loaded=True, source_lost=lost)


def names(turns: tuple[Turn, ...]) -> list[str]:
    return [turn.service for turn in turns]


def test_what_was_bad_at_the_start_is_no_news_and_what_turns_is() -> None:
    watcher = Watcher()
    assert watcher.turned(snapshot(a=BAD, b=GOOD)) == ()
    assert names(watcher.turned(snapshot(a=BAD, b=MIDDLING))) == ["b"]
    assert names(watcher.turned(snapshot(a=BAD, b=BAD))) == ["b"]
    assert watcher.turned(snapshot(a=BAD, b=BAD)) == ()
    assert watcher.turned(snapshot(a=GOOD, b=BAD)) == ()
    assert names(watcher.turned(snapshot(a=BAD, b=BAD))) == ["a"]
    assert names(watcher.turned(snapshot(a=BAD, b=BAD, new=BAD))) == ["new"]


def test_what_is_stale_is_no_news() -> None:
    watcher = Watcher()
    assert watcher.turned(snapshot(source=Source.RECORD, a=BAD)) == ()
    assert watcher.turned(snapshot(a=GOOD)) == ()
    assert watcher.turned(snapshot(lost=True, a=BAD)) == ()
    assert names(watcher.turned(snapshot(a=BAD))) == ["a"]  # back, and worse than before


def test_a_service_that_was_away_is_compared_with_what_it_was() -> None:
    watcher = Watcher()
    watcher.turned(snapshot(a=BAD, b=GOOD))
    assert watcher.turned(snapshot(b=GOOD)) == ()
    assert watcher.turned(snapshot(a=BAD, b=GOOD)) == ()


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        (Alerts(), ["b"]),
        (Alerts(enabled=False), []),
        (Alerts(states=()), []),
        (Alerts(states=(AlertState.UNHEALTHY, AlertState.DEGRADED)), ["a", "b"]),
    ],
)
def test_the_operator_chooses_what_to_be_told_of(alerts: Alerts, told: list[str]) -> None:
    turns = (Turn(service="a", status=MIDDLING), Turn(service="b", status=BAD))
    assert names(wanted(turns, alerts, NOON)) == told


times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(times, times, times)
def test_quiet_hours_are_those_from_the_one_to_the_other_also_over_midnight(begin: time, end: time, at: time) -> None:
    alerts = Alerts(quiet_from=begin, quiet_to=end)
    day = datetime(2026, 3, 1, tzinfo=UTC)
    moment, minutes = datetime.combine(day, begin, UTC), set()
    while moment.time() != end:
        minutes.add(moment.time())
        moment += timedelta(minutes=1)
    assert alerts.quiet_at(at) is (at in minutes)


def test_nothing_is_told_in_quiet_hours() -> None:
    local = NOON.astimezone().time()
    alerts = Alerts(quiet_from=local, quiet_to=local.replace(minute=30))
    turns = (Turn(service="a", status=BAD),)
    assert wanted(turns, alerts, NOON) == ()
    assert wanted(turns, alerts, NOON + timedelta(minutes=45)) == turns
    assert wanted(turns, Alerts(quiet_from=local), NOON) == turns  # an end without a beginning is none


def test_any_number_is_one_sentence() -> None:  # fault 131
    assert sentence("edge", [Turn(service="a", status=BAD)]) == "a of edge turned unhealthy."
    many = [Turn(service=f"s{count}", status=BAD) for count in range(500)]
    assert sentence("edge", many) == "500 services of edge turned bad: s0, s1, s2 and 497 more."
