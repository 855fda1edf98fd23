"""What kong and aigentable tell over Socket.IO: values, a refusal, or a violation that names its field."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.feed.socketio import SocketEvent
from console.api.platforms.aigentable import wire_feed as aigentable
from console.api.platforms.kong import wire_feed as kong
from console.api.platforms.kong.feed import authenticate
from console.model.errors import Unauthorized
from console.model.feed import PlatformEvent
from console.model.metrics import MetricsReport
from console.model.notice import Notice
from tests.api.platforms.payloads import json_values
from tests.api.platforms.payloads import told as fields_of


def event(name: str, *args: object, namespace: str = "/") -> SocketEvent:
    return SocketEvent(name=name, args=args, namespace=namespace)


def test_kong_tells_notices() -> None:
    (told,) = kong.events(event("notification", {"id": 1, "title": "t"}, namespace="/communication"))
    assert isinstance(told, Notice)


def test_a_refused_token_is_told_as_that_and_other_errors_are_not() -> None:  # fault 56
    with pytest.raises(Unauthorized) as caught:
        kong.events(event("error", {"type": "authentication_error", "message": "Token expired"}))
    assert caught.value.detail == "Token expired"
    assert kong.events(event("error", {"type": "other"})) == (PlatformEvent(kind="error", text='{"type": "other"}'),)


def test_workflow_events_are_kept_in_a_line_without_secrets() -> None:
    (told,) = kong.events(event("workflow:42:update", {"step": "hash", "progress": 50, "token": "canary"}))
    assert isinstance(told, PlatformEvent)
    assert told.kind == "workflow:42:update"
    assert '"progress": 50' in told.text
    assert "canary" not in told.text
    assert "\n" not in told.text


def test_authenticate_is_said_on_both_namespaces_with_the_token_of_that_connection() -> None:
    said = authenticate("one")
    assert {(one.name, one.namespace, str(one.args)) for one in said} == {
        ("authenticate", "/communication", "({'token': 'one'},)"),
        ("authenticate", "/workflow", "({'token': 'one'},)"),
    }
    with pytest.raises(Unauthorized):
        authenticate(None)


@pytest.mark.parametrize("name", ["new_notification", "new-notification"])
def test_aigentable_tells_notices(name: str) -> None:
    (told,) = aigentable.events(event(name, {"id": 1, "title": "t", "isRead": False, "createdAt": 1772366400}))
    assert isinstance(told, Notice)


def test_aigentable_tells_numbers() -> None:
    (told,) = aigentable.events(event("dashboard_metrics", {"cpu": {"usage": 0.5}}))
    assert isinstance(told, MetricsReport)
    assert told.metrics[0].id == "cpu"


def test_what_nobody_knows_is_kept_by_its_name() -> None:
    assert aigentable.events(event("unread_notifications", {"count": 3})) == (
        PlatformEvent(kind="unread_notifications", text='{"count": 3}'),
    )
    assert aigentable.events(event("agent_status_changed")) == (PlatformEvent(kind="agent_status_changed"),)
    assert aigentable.events(event("blob", b"\x00\x01"))[0] == PlatformEvent(kind="blob", text='"(2 bytes)"')


NAMES = st.sampled_from(["notification", "new_notification", "dashboard_metrics", "error"]) | st.text(max_size=20)


@given(NAMES, st.lists(json_values | st.binary(max_size=4), max_size=3))
def test_any_event_is_values_or_a_violation_that_names_its_field(name: str, args: list[object]) -> None:
    for decode in (kong.events, aigentable.events):
        with contextlib.suppress(Unauthorized):
            assert fields_of(decode, event(name, *args))
