"""Notices of all gateways as one list: each counted once, what is unread kept, newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from console.model.notice import Notice, Severity
from console.model.noticed import Noticed, OpenAlert, gathered, merged

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def notice(id_: str = "1", minutes: float = 0, **fields: Any) -> Notice:
    at = NOON + timedelta(minutes=minutes)
    values: dict[str, Any] = {"title": "search is slow", "source": "search", "said_at": at, **fields}
    return Notice(id=id_, at=at, **values)


def test_the_same_id_counts_once_and_equal_words_within_minutes_are_one_entry() -> None:
    (entry,) = gathered("edge", [notice("a"), notice("a"), notice("b", 3), notice("c", 9)], (), ())
    assert (entry.count, entry.id, entry.first_at, entry.last_at) == (3, "c", NOON, NOON + timedelta(minutes=9))
    assert entry.notice_ids == entry.unread_ids == ("c", "b", "a")


def test_other_words_other_sources_and_other_hours_are_other_entries() -> None:
    told = [notice("a"), notice("b", 1, source="audit"), notice("c", 2, title="search is down"), notice("d", 60)]
    assert [entry.id for entry in gathered("edge", told, (), ())] == ["d", "c", "b", "a"]


def test_a_joined_entry_is_as_bad_as_its_worst_and_unread_while_one_is() -> None:
    told = [notice("a", severity=Severity.CRITICAL, read=True), notice("b", 1), notice("c", 2)]
    (entry,) = gathered("edge", told, (), {"c"})
    assert entry.severity is Severity.CRITICAL
    assert entry.unread_ids == ("b",)


def test_an_alert_of_this_console_stays_apart_and_is_open_until_resolved() -> None:
    alert = OpenAlert(id="console-1", service_id="7", notice=notice("console-1"))
    old = OpenAlert(id="console-0", service_id="8", notice=notice("console-0", title="x"), known_before=True)
    over = OpenAlert(id="console-2", service_id="9", notice=notice("console-2", title="y"), resolved_at=NOON)
    found = {entry.id: entry for entry in gathered("edge", [notice("a")], (alert, old, over), ())}
    assert found["console-1"].is_open
    assert found["console-1"].service_id == "7"
    assert not found["console-2"].is_open
    assert found["a"].count == 1
    assert not found["console-0"].unread


def test_what_was_read_gives_way_first() -> None:
    mine = gathered("edge", [notice(str(number), number * 60, read=number > 2) for number in range(6)], (), ())
    kept, left_out = merged([mine], 4)
    assert left_out == 2
    assert [entry.id for entry in kept] == ["5", "2", "1", "0"]


def test_muted_entries_do_not_count_on_the_rail() -> None:
    one, two = gathered("edge", [notice("a"), notice("b", 60)], (), ())
    noticed = Noticed(entries=(one, msgspec.structs.replace(two, muted=True)))
    assert (noticed.unread, noticed.muted_unread) == (1, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 600), st.sampled_from("ab"), st.booleans()),
        max_size=30,
        unique_by=lambda one: one[:1],
    )
)
def test_every_notice_is_in_one_entry_and_entries_are_newest_first(told: list[tuple[int, int, str, bool]]) -> None:
    notices = [notice(str(id_), minutes, source=source, read=read) for id_, minutes, source, read in told]
    entries = gathered("edge", notices, (), ())
    assert sorted(id_ for entry in entries for id_ in entry.notice_ids) == sorted(one.id for one in notices)
    assert {id_ for entry in entries for id_ in entry.unread_ids} == {one.id for one in notices if not one.read}
    assert [entry.last_at for entry in entries] == sorted((entry.last_at for entry in entries), reverse=True)
    assert all(entry.count == len(entry.notice_ids) for entry in entries)
    kept, left_out = merged([entries], 5)
    assert len(kept) + left_out == len(entries)
