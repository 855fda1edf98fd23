"""One notification, however it is spelled."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from console.api import notices
from console.model.errors import ProtocolViolation
from console.model.notice import Notice, Severity
from tests.api.platforms.payloads import json_values, told

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(body: object) -> Notice:
    return notices.notice(body, at=NOON)


def test_the_guides_spelling() -> None:
    assert read(
        {
            "id": 17,
            "type": "service_state",
            "title": "identity is degraded",
            "message": "It answers slowly",
            "severity": "warning",
            "source": "identity",
            "read": False,
            "created_at": "2026-03-01T11:59:00",
        }
    ) == Notice(
        id="17",
        at=NOON,
        title="identity is degraded",
        said_at=datetime(2026, 3, 1, 11, 59, tzinfo=UTC),
        severity=Severity.WARNING,
        kind="service_state",
        text="It answers slowly",
        source="identity",
    )


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, Severity.INFO),
        ({"severity": "CRITICAL"}, Severity.CRITICAL),
        ({"level": "error"}, Severity.CRITICAL),
        ({"priority": "high"}, Severity.WARNING),
        ({"type": "warning"}, Severity.WARNING),
        ({"severity": "a new word", "type": "error"}, Severity.CRITICAL),
        ({"severity": 7}, Severity.INFO),
    ],
)
def test_how_much_it_matters(more: dict[str, object], severity: Severity) -> None:
    assert read({"id": "a", "title": "t"} | more).severity is severity


@pytest.mark.parametrize(
    ("more", "known"),
    [({"isRead": True}, True), ({"is_read": 1}, True), ({"readAt": 1772366400}, True), ({"read_at": None}, False),
     ({"status": "read"}, True), ({"read": "perhaps"}, False)],
)  # fmt: skip
def test_whether_it_was_read(more: dict[str, object], known: bool) -> None:
    assert read({"id": "a", "title": "t"} | more).read is known


@pytest.mark.parametrize("wrap", ["data", "notification"])
def test_wrapped_and_with_data_of_its_own(wrap: str) -> None:
    assert read({wrap: {"id": "a", "title": "t"}}).id == "a"
    assert read({"id": "a", "title": "mine", "data": {"title": "not mine"}}).title == "mine"


def test_without_an_id_the_same_words_are_the_same() -> None:
    said = {"title": "t", "createdAt": "2026-03-01T11:59:00Z"}
    assert read(said).id == read(dict(said)).id != read(said | {"message": "more"}).id


def test_one_that_says_nothing_is_named() -> None:
    with pytest.raises(ProtocolViolation) as caught:
        read({"id": "a"})
    assert caught.value.field == "title"


@pytest.mark.parametrize("wrap", [None, "data", "items", "results", "notifications"])
def test_a_page_comes_newest_first_however_it_is_wrapped(wrap: str | None) -> None:
    page = [{"id": n, "title": "t", "created_at": f"2026-03-01T11:0{n}:00Z"} for n in (1, 3, 2)]
    assert [one.id for one in notices.listing({wrap: page} if wrap else page)] == ["3", "2", "1"]


@given(json_values)
def test_any_payload_is_a_notice_or_a_violation_that_names_its_field(body: object) -> None:
    for act in (read, notices.listing):
        assert told(act, body)
