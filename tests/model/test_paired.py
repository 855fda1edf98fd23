"""An alert of this console and a platform's notice of the same state are one entry; anything less alike stays two."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.health import HealthStatus
from console.model.notice import Notice, Severity
from console.model.noticed import Entry, OpenAlert, gathered
from console.model.paired import paired, state_said
from tests.model.test_noticed import NOON, notice

BAD, SLOW = HealthStatus.UNHEALTHY, HealthStatus.DEGRADED


def alert(id_: str = "console-1", minutes: float = 0, state: HealthStatus = BAD, **fields: Any) -> OpenAlert:
    said = Notice(
        id=id_,
        at=NOON + timedelta(minutes=minutes),
        title=f"search turned {state.value}",
        severity=Severity.WARNING,
        source="search",
    )
    return OpenAlert(id=id_, service_id="svc-7", notice=said, state=state, **fields)


def both(told: Notice, own: OpenAlert, *, read: tuple[str, ...] = ()) -> tuple[Entry, ...]:
    return paired(gathered("edge", [told], [own], read))


@pytest.mark.parametrize("title", ["search is unhealthy", "Search: UNHEALTHY", "Service search turned unhealthy"])
def test_the_same_state_of_the_same_service_is_one_entry(title: str) -> None:
    (entry,) = both(notice("n", 2, title=title, severity=Severity.CRITICAL, text="three checks failed"), alert())
    assert (entry.id, entry.own, entry.also_told, entry.is_open, entry.count) == ("console-1", True, True, True, 1)
    assert (entry.first_at, entry.last_at) == (NOON, NOON + timedelta(minutes=2))
    assert (entry.severity, entry.text, entry.service_id) == (Severity.CRITICAL, "three checks failed", "svc-7")
    assert set(entry.notice_ids) == set(entry.unread_ids) == {"console-1", "n"}


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (notice(title="search is no longer unhealthy"), BAD),
        (notice(title="search is unhealthy, audit too"), BAD),
        (notice(title="search is degraded"), BAD),
        (notice(title="search is unhealthy"), SLOW),
        (notice(title="search is healthy"), BAD),
        (notice(title="audit is unhealthy", source="audit"), BAD),
        (notice(title="it is unhealthy"), BAD),
        (notice(title="search is unhealthy", source=""), BAD),
        (notice(minutes=11, title="search is unhealthy"), BAD),
        (notice(minutes=-11, title="search is unhealthy"), BAD),
    ],
)
def test_anything_else_stays_two(told: Notice, state: HealthStatus) -> None:
    assert len(both(told, alert(state=state))) == 2


def test_a_source_may_be_the_id_of_the_service() -> None:
    assert len(both(notice(title="svc-7 is unhealthy", source="svc-7"), alert())) == 1


def test_one_notice_is_joined_with_one_alert() -> None:
    told = [notice("n", 1, title="search is unhealthy")]
    own = [alert("console-1", 0, resolved_at=NOON), alert("console-2", 15)]
    found = paired(gathered("edge", told, own, ()))
    assert [(entry.id, entry.also_told) for entry in found] == [("console-2", False), ("console-1", True)]


def test_what_was_read_of_both_is_read() -> None:
    (entry,) = both(notice("n", 1, title="search is unhealthy"), alert(), read=("n",))
    assert entry.unread_ids == ("console-1",)
    (entry,) = both(notice("n", 1, title="search is unhealthy"), alert(), read=("n", "console-1"))
    assert not entry.unread


TITLES = st.sampled_from(["search is unhealthy", "search is degraded", "search is back", "audit is unhealthy"])


@given(
    st.lists(st.tuples(TITLES, st.integers(0, 60), st.booleans()), max_size=8),
    st.lists(st.tuples(st.sampled_from([BAD, SLOW]), st.integers(0, 60)), max_size=8),
)
def test_nothing_is_lost_or_told_twice(told: list[tuple[str, int, bool]], own: list[tuple[HealthStatus, int]]) -> None:
    notices = [
        notice(f"n{number}", at, title=title, source=title.partition(" ")[0], read=read)
        for number, (title, at, read) in enumerate(told)
    ]
    alerts = [alert(f"console-{number}", at, state) for number, (state, at) in enumerate(own)]
    before = gathered("edge", notices, alerts, ())
    after = paired(before)
    for ids in ("notice_ids", "unread_ids"):
        listed = [id_ for entry in after for id_ in getattr(entry, ids)]
        assert sorted(listed) == sorted(id_ for entry in before for id_ in getattr(entry, ids))
    assert [entry.last_at for entry in after] == sorted((entry.last_at for entry in after), reverse=True)
    assert paired(after) == after
    assert all(state_said(entry) is None for entry in after if entry.title.endswith("back"))
