"""opssight's feed: messages of all its forms, and how long an answer takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.platforms.opssight import wire_feed
from console.api.platforms.opssight.feed import RoundTrips
from console.model.deployment import Deployment, DeploymentState
from console.model.errors import ProtocolViolation
from console.model.feed import PlatformEvent
from console.model.health import HealthChange, HealthStatus
from console.model.metrics import MetricsReport
from console.model.notice import Notice, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.feed import FeedItem

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KINDS = [
    "metrics",
    "metrics_update",
    "deployment",
    "deployment_created",
    "alert",
    "alert_created",
    "system_status",
    "x",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["id", "service", "message", "services", "status"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
messages = st.fixed_dictionaries({"type": st.sampled_from(KINDS), "data": json_values}).map(json.dumps)


def said(kind: str, data: object) -> Sequence[FeedItem]:
    return wire_feed.items(*wire_feed.read(json.dumps({"type": kind, "data": data})))


@pytest.mark.parametrize("kind", ["metrics", "metrics_update"])
def test_numbers(kind: str) -> None:
    (report,) = said(kind, {"cpu_usage": 41.5, "timestamp": "2026-03-01T12:00:00"})
    assert isinstance(report, MetricsReport)
    (cpu,) = report.metrics
    assert (cpu.id, report.said_at) == ("cpu", AT)
    assert cpu.value == pytest.approx(0.415)


def test_deployments_one_or_several() -> None:
    one = {"id": 4, "service": "api", "status": "running"}
    (deployment,) = said("deployment_created", one)
    assert isinstance(deployment, Deployment)
    assert (deployment.id, deployment.state) == ("4", DeploymentState.RUNNING)
    assert len(said("deployment", [one, {**one, "id": 5}])) == 2


def test_an_alert_and_its_end_are_one_notice() -> None:
    raised = {
        "id": "a",
        "service": "redis",
        "severity": "critical",
        "message": "redis is unhealthy",
        "status": "active",
    }
    (notice,) = said("alert_created", raised)
    (over,) = said("alert", {**raised, "status": "resolved", "resolved_at": "2026-03-01T12:00:00Z"})
    assert isinstance(notice, Notice)
    assert isinstance(over, Notice)
    assert (notice.id, notice.severity, notice.source, notice.kind) == ("a", Severity.CRITICAL, "redis", "alert")
    assert (over.id, over.severity, over.said_at, over.kind) == ("a", Severity.INFO, AT, "alert resolved")


def test_the_status_of_the_system_is_the_health_of_its_parts() -> None:
    told = said("system_status", {"status": "degraded", "services": {"redis": "unhealthy", "db": True}})
    assert told == (
        HealthChange(service_name="redis", status=HealthStatus.UNHEALTHY),
        HealthChange(service_name="db", status=HealthStatus.HEALTHY),
    )
    (bare,) = said("system_status", {"status": "degraded"})
    assert isinstance(bare, PlatformEvent)


def test_a_message_without_data_is_its_own() -> None:
    (event,) = wire_feed.items(*wire_feed.read('{"type": "welcome", "version": 3}'))
    assert event == PlatformEvent(kind="welcome", text='{"version": 3}')


def test_the_first_message_of_the_form_that_wants_one() -> None:
    assert json.loads(wire_feed.hello("t", "7")) == {
        "token": "t",
        "user_id": "7",
        "subscriptions": ["metrics", "deployments", "alerts"],
    }


@pytest.mark.parametrize(("question", "answer"), [(wire_feed.PING, "pong"), (wire_feed.HEARTBEAT, "heartbeat")])
def test_an_answer_tells_how_long_it_took(question: str, answer: str) -> None:
    now = 100.0
    trips = RoundTrips(question, clock=lambda: now)
    assert trips.decode(json.dumps({"type": answer})) == ()  # to nothing that was asked
    assert trips.ask() == question
    now += 0.0625
    (report,) = trips.decode(json.dumps({"type": answer, "data": {}}))
    assert isinstance(report, MetricsReport)
    (latency,) = report.metrics
    assert (latency.id, latency.missed) == ("feed.latency", True)
    assert latency.value == pytest.approx(62.5)
    assert trips.decode(json.dumps({"type": answer})) == ()


@given(st.text(max_size=40) | st.binary(max_size=20) | json_values.map(json.dumps) | messages)
def test_any_message_gives_items_or_names_its_field(message: str | bytes) -> None:  # fault 59
    try:
        found = RoundTrips(wire_feed.PING).decode(message)
    except ProtocolViolation as exc:
        named = exc.field
    else:
        assert all(isinstance(one, HealthChange | MetricsReport | Deployment | Notice | PlatformEvent) for one in found)
        return
    assert named


def test_only_what_the_feed_says_of_its_own_makes_it_live() -> None:
    assert wire_feed.is_welcome('{"type": "metrics_update", "data": {}}')
    assert wire_feed.is_welcome('{"type": "heartbeat"}')
    assert wire_feed.is_welcome('{"type": "connection_established"}')
    for complaint in ('{"type": "error", "message": "no"}', '{"type": "auth_failed"}', '{"event": "Unauthorized"}'):
        assert not wire_feed.is_welcome(complaint)
    for strange in ("hello", "[]", "{}", b"\x00", '{"data": 1}'):
        assert not wire_feed.is_welcome(strange)


def test_what_was_asked_over_a_former_connection_is_no_round_trip() -> None:
    now = [100.0]
    trips = RoundTrips(wire_feed.PING, lambda: now[0])
    trips.ask()
    now[0] += 3600
    assert trips.begun("hello") == ("hello",)
    assert trips.decode('{"type": "pong"}') == ()
    trips.ask()
    assert len(trips.decode('{"type": "pong"}')) == 1
