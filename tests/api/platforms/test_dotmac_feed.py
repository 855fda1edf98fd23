"""dotmac's feed: every message is a change of health; one that turns bad raises one alert."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.platforms.dotmac import wire_feed
from console.api.platforms.dotmac.notifications import DotmacNotifications
from console.api.platforms.dotmac.wire_feed import HealthMessages
from console.model.errors import NotOffered, ProtocolViolation
from console.model.health import HealthChange, HealthStatus
from console.model.notice import Notice, Severity

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def said(service: str, status: str, score: float) -> str:
    return json.dumps({"service_name": service, "status": status, "health_score": score})


def test_a_message_or_several() -> None:
    one = {"service_name": "redis", "status": "unhealthy", "health_score": 0.1}
    (change,) = wire_feed.changes(json.dumps(one))
    assert (change.service_name, change.status, change.score) == ("redis", HealthStatus.UNHEALTHY, 0.1)
    assert len(wire_feed.changes(json.dumps([one, {"data": one}]))) == 2


def test_a_turn_for_the_worst_raises_one_alert_with_service_and_score() -> None:
    messages = HealthMessages()
    change, notice = messages.decode(said("redis", "unhealthy", 12))
    assert isinstance(change, HealthChange)
    assert isinstance(notice, Notice)
    assert (notice.source, notice.severity, notice.kind) == ("redis", Severity.CRITICAL, "alert")
    assert notice.title == "redis is unhealthy"
    assert "0.12" in notice.text
    assert len(messages.decode(said("redis", "unhealthy", 11))) == 1  # it is still the same trouble
    assert len(messages.decode(said("postgres", "unhealthy", 11))) == 2
    assert len(messages.decode(said("redis", "healthy", 99))) == 1
    _change, again = messages.decode(said("redis", "unhealthy", 5))
    assert isinstance(again, Notice)
    assert again.id != notice.id


def test_what_is_merely_degraded_raises_none() -> None:
    (change,) = HealthMessages().decode(said("redis", "degraded", 0.6))
    assert isinstance(change, HealthChange)


@given(st.lists(st.sampled_from(["healthy", "degraded", "unhealthy", "odd"]), max_size=20))
def test_alerts_are_as_many_as_turns(words: list[str]) -> None:
    messages = HealthMessages()
    alerts = sum(len(messages.decode(json.dumps({"service_name": "s", "status": word}))) - 1 for word in words)
    turns = sum(
        word == "unhealthy" and before != "unhealthy" for before, word in zip(["", *words], words, strict=False)
    )
    assert alerts == turns


@given(
    st.text(max_size=12) | st.sampled_from(["redis", "\ud800"]),
    st.text(max_size=12) | st.sampled_from(["healthy", "degraded", "unhealthy"]),
    st.integers(-1, 101) | st.floats() | st.just("98 %"),
    st.booleans(),
)
def test_a_message_to_the_letter_reads_like_one_that_is_not(
    name: str, status: str, score: float | str, ascii_only: bool
) -> None:
    plain = {"service_name": name, "status": status, "health_score": score}
    other = {**plain, "of_no_concern": None}
    try:
        wanted = wire_feed.changes(json.dumps(other, ensure_ascii=ascii_only))
    except ProtocolViolation:
        with pytest.raises(ProtocolViolation):
            wire_feed.changes(json.dumps(plain, ensure_ascii=ascii_only))
    else:
        assert wire_feed.changes(json.dumps(plain, ensure_ascii=ascii_only)) == wanted


@given(st.text(max_size=40) | st.binary(max_size=20) | json_values.map(json.dumps))
def test_any_message_gives_changes_or_names_its_field(message: str | bytes) -> None:  # fault 59
    try:
        found = HealthMessages().decode(message)
    except ProtocolViolation as exc:
        named = exc.field
    else:
        assert all(isinstance(one, HealthChange | Notice) for one in found)
        return
    assert named


async def test_nobody_takes_that_it_was_read() -> None:
    with pytest.raises(NotOffered):
        await DotmacNotifications().mark_read("1")
