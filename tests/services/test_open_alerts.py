"""Alerts of this console over one gateway."""

from __future__ import annotations

from datetime import timedelta

from console.model.health import HealthStatus
from console.services.open_alerts import OpenAlerts
from tests.presenters.fake_session import NOON, service, snapshot

BAD = HealthStatus.UNHEALTHY


def test_a_service_that_is_listed_no_more_leaves_no_open_alert() -> None:
    alerts = OpenAlerts()
    alerts.look(snapshot([service("1", "orders", BAD), service("2", "search")]), NOON)
    assert alerts.open_count == 1
    later = NOON + timedelta(seconds=10)
    assert alerts.look(snapshot([service("2", "search")]), later)
    (over,) = alerts.alerts
    assert (alerts.open_count, over.resolved_at) == (0, later)
    assert "lists this service no more" in over.notice.text
    assert not alerts.look(snapshot([service("2", "search")]), later), "once is enough"


def test_what_was_away_and_comes_back_bad_is_another_alert() -> None:
    alerts = OpenAlerts()
    alerts.look(snapshot([service("1", "orders", BAD), service("2", "search")]), NOON)
    alerts.look(snapshot([service("2", "search")]), NOON)
    assert alerts.look(snapshot([service("1", "orders", BAD), service("2", "search")]), NOON)
    assert (alerts.open_count, len(alerts.alerts)) == (1, 2)
    alerts.look(snapshot([service("1", "orders"), service("2", "search")]), NOON)
    assert alerts.open_count == 0


def test_nothing_is_missed_while_the_source_is_lost() -> None:
    alerts = OpenAlerts()
    alerts.look(snapshot([service("1", "orders", BAD)]), NOON)
    assert not alerts.look(snapshot([], source_lost=True), NOON)
    assert alerts.open_count == 1
