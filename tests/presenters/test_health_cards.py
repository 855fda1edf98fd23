"""Cards: staleness, order, totals."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.model.freshness import Observed, Source
from console.model.health import HealthStatus, ServiceHealth
from console.presenters.health_cards import Totals, cards_of, worst_first
from tests.presenters.fake_session import NOON, service, snapshot

SERVICES = st.lists(
    st.builds(
        service,
        st.sampled_from([str(number) for number in range(12)]),
        st.text(max_size=6),
        st.sampled_from(HealthStatus),
        at=st.integers(0, 60).map(lambda age_s: NOON - timedelta(seconds=age_s)),
        source=st.sampled_from(Source),
        problem=st.sampled_from(["", "no answer"]),
    ),
    unique_by=lambda observed: observed.value.id,
)


@given(SERVICES, st.booleans(), st.floats(0, 60))
def test_staleness_is_that_of_the_observed_value(
    services: list[Observed[ServiceHealth]], lost: bool, budget_s: float
) -> None:
    cards = cards_of(snapshot(services, source_lost=lost, budget_s=budget_s), NOON)
    for observed in services:
        assert cards[observed.value.id].stale is observed.is_stale(NOON, budget_s=budget_s, source_lost=lost)


@given(SERVICES)
def test_worst_comes_first(services: list[Observed[ServiceHealth]]) -> None:
    cards = worst_first(cards_of(snapshot(services), NOON).values())
    severities = [card.status.severity for card in cards]
    assert severities == sorted(severities, reverse=True)


def test_within_a_status_the_sure_come_before_the_stale_and_then_the_name_decides() -> None:
    services = [
        service("1", "b"),
        service("2", "a", source=Source.RECORD),
        service("3", "A"),
        service("4", "z", HealthStatus.DEGRADED, source=Source.RECORD),
    ]
    assert [card.id for card in worst_first(cards_of(snapshot(services), NOON).values())] == ["4", "3", "1", "2"]


def test_a_card_that_still_holds_is_the_same_object() -> None:
    services = [service("1"), service("2", at=NOON - timedelta(seconds=10))]
    before = cards_of(snapshot(services), NOON)
    after = cards_of(snapshot(services), NOON + timedelta(seconds=10), before)
    assert after["1"] is before["1"]
    assert (before["2"].stale, after["2"].stale) == (False, True)


def test_the_sentence_counts_stale_services_apart() -> None:
    services = [
        service("1"),
        service("2", status=HealthStatus.DEGRADED),
        service("3", status=HealthStatus.UNHEALTHY),
        service("4", source=Source.RECORD),
    ]
    totals = Totals.of(cards_of(snapshot(services), NOON).values())
    assert totals.sentence == "1 healthy · 1 degraded · 1 unhealthy · 1 stale"
    assert totals.last_known[HealthStatus.HEALTHY] == 2
    assert totals.count == 4
