"""dafnck's envelopes: what becomes of each kind, heartbeats both ways, and the same as server-sent events."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.feed.event_stream import ServerEvent
from console.api.platforms.dafnck import wire_feed
from console.model.errors import ProtocolViolation
from console.model.feed import PlatformEvent
from console.model.health import HealthChange, HealthStatus
from console.model.notice import Notice, Severity

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KINDS = ["notification", "service.health", "user.updated", "file.processed", "heartbeat", "heartbeat-ack", "x"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
envelopes = st.fixed_dictionaries({"type": st.sampled_from(KINDS), "payload": json_values}).map(json.dumps)


def envelope(kind: str, payload: object) -> str:
    return json.dumps({"type": kind, "payload": payload, "timestamp": "2026-03-01T12:00:00Z", "id": "m-1"})


def test_a_notification() -> None:
    told = {"id": 7, "type": "error", "title": "Full", "message": "No room left", "source": "files"}
    (notice,) = wire_feed.items(envelope("notification", told))
    assert isinstance(notice, Notice)
    assert (notice.id, notice.title, notice.text, notice.source) == ("7", "Full", "No room left", "files")
    assert (notice.severity, notice.said_at) == (Severity.CRITICAL, AT)


def test_the_health_of_a_service() -> None:
    (change,) = wire_feed.items(envelope("service.health", {"service": "files", "status": "degraded", "score": 61}))
    assert change == HealthChange(service_name="files", status=HealthStatus.DEGRADED, score=0.61)


@pytest.mark.parametrize("kind", ["user.updated", "file.processed", "somewhat.new"])
def test_the_rest_is_kept_in_a_line_without_secrets(kind: str) -> None:
    (event,) = wire_feed.items(envelope(kind, {"id": 1, "token": "eyJhbGciOi.eyJzdWIiOiIx.c2ln"}))
    assert isinstance(event, PlatformEvent)
    assert event.kind == kind
    assert "eyJ" not in event.text


def test_a_heartbeat_is_acknowledged_and_ours_has_its_time() -> None:
    answer = wire_feed.reply(envelope("heartbeat", {"timestamp": 1}), AT)
    assert answer is not None
    sent = json.loads(answer)
    assert (sent["type"], sent["payload"], sent["timestamp"]) == ("heartbeat-ack", {}, "2026-03-01T12:00:00.000Z")
    ours = json.loads(wire_feed.heartbeat(AT))
    assert (ours["type"], ours["payload"]) == ("heartbeat", {"timestamp": 1772366400000})
    assert sent["id"] != ours["id"]


def test_only_heartbeats_are_noise() -> None:
    assert wire_feed.is_noise(envelope("heartbeat", {}))
    assert wire_feed.is_noise(envelope("heartbeat-ack", {}))
    assert wire_feed.reply(envelope("heartbeat-ack", {}), AT) is None
    about = envelope("notification", {"title": "The heartbeat stopped"})
    assert not wire_feed.is_noise(about)
    assert wire_feed.reply(about, AT) is None


def test_an_event_may_be_an_envelope_or_be_named_for_its_payload() -> None:
    told = {"id": "1", "title": "Full"}
    (wrapped,) = wire_feed.events(ServerEvent(data=envelope("notification", told)))
    (bare,) = wire_feed.events(ServerEvent(data=json.dumps(told), name="notification"))
    assert isinstance(wrapped, Notice)
    assert isinstance(bare, Notice)
    assert wrapped.id == bare.id == "1"


@given(st.text(max_size=40) | st.binary(max_size=20) | json_values.map(json.dumps) | envelopes)
def test_any_message_gives_items_or_names_its_field(message: str | bytes) -> None:  # fault 59
    assert wire_feed.is_noise(message) or wire_feed.reply(message, AT) is None
    try:
        found = wire_feed.items(message)
    except ProtocolViolation as exc:
        named = exc.field
    else:
        assert all(isinstance(one, HealthChange | Notice | PlatformEvent) for one in found)
        return
    assert named


@given(st.text(max_size=40) | json_values.map(json.dumps) | envelopes, st.sampled_from(["", "message", *KINDS]))
def test_any_event_gives_items_or_names_its_field(data: str, name: str) -> None:  # fault 59
    try:
        wire_feed.events(ServerEvent(data=data, name=name))
    except ProtocolViolation as exc:
        named = exc.field
    else:
        return
    assert named
