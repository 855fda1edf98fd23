"""What a feed says of itself is kept, a gap as a gap; nonsense is counted, secrets are masked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.feed import (
    FeedConnecting,
    FeedDropped,
    FeedLive,
    FeedLost,
    FeedMessage,
    FeedNonsense,
    Via,
)
from console.model.record import RecordKind
from console.services import feed_log
from console.services.feed_log import FeedLog

if TYPE_CHECKING:
    import pytest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def test_a_lost_feed_leaves_its_gap_and_its_end() -> None:
    log = FeedLog("gw", "health")
    log.hear(FeedConnecting(at=NOON, attempt=1))
    log.hear(FeedLive(at=NOON))
    log.resynced(NOON)  # nothing was missed yet
    log.hear(FeedMessage(at=NOON, value=1))
    log.hear(FeedLost(at=NOON, reason="closed by the server", next_try_at=LATER))
    log.hear(FeedLive(at=LATER, lost_at=NOON))
    log.resynced(LATER)
    log.resynced(LATER)
    taken = log.take()
    assert [entry.detail["state"] for entry in taken] == ["connecting", "live", "lost", "live", "gap", "resynced"]
    assert {entry.kind for entry in taken} == {RecordKind.FEED}
    assert {entry.ids for entry in taken} == {("health feed",)}
    gap = taken[4]
    assert (gap.detail["since"], gap.detail["until"]) == (NOON.isoformat(), LATER.isoformat())
    assert taken[2].text == "health feed lost: closed by the server"
    assert log.take() == []


def test_messages_without_sense_are_counted_not_listed() -> None:
    log = FeedLog("gw", "health")
    log.hear(FeedNonsense(at=NOON, detail="not JSON"))
    (first,) = log.take()
    assert first.detail["count"] == 1
    for _ in range(500):
        log.hear(FeedNonsense(at=NOON, detail="still not JSON"))
    assert log.take() == []  # within the same minute
    (rest,) = log.take(last=True)
    assert rest.detail["count"] == 500
    assert "still not JSON" in rest.text


def test_what_a_server_says_is_masked_short_and_on_one_line() -> None:  # fault 27
    log = FeedLog("gw", "health")
    log.hear(FeedLost(at=NOON, reason="refused\n\x1b[31m Authorization: Bearer canary-token " + "x" * 5000))
    (entry,) = log.take()
    assert "canary" not in entry.text + str(entry.detail)
    assert entry.text.isprintable()
    assert len(entry.text) <= 300


def test_what_can_not_be_written_is_kept_the_newest_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_log, "PENDING_LIMIT", 3)
    log = FeedLog("gw", "health")
    for attempt in range(1, 6):
        log.hear(FeedConnecting(at=NOON, attempt=attempt))
    taken = log.take()
    log.hear(FeedConnecting(at=NOON, attempt=6))
    log.give_back(taken)
    assert [entry.detail["attempt"] for entry in log.take()] == [4, 5, 6]


def test_another_tenant_gets_nothing_of_the_former_one() -> None:
    log = FeedLog("gw#one", "health")
    log.hear(FeedConnecting(at=NOON, attempt=1))
    log.hear(FeedNonsense(at=NOON, detail="not JSON"))
    log.move_to("gw#two")
    assert log.take(last=True) == []
    log.hear(FeedLive(at=NOON))
    assert [entry.gateway_id for entry in log.take()] == ["gw#two"]


def test_what_was_left_out_is_kept_until_the_truth_is_read() -> None:  # faults 60 and 62
    log = FeedLog("gw", "health")
    log.hear(FeedLive(at=NOON, via=Via.SOCKETIO_POLLING, degraded="no WebSocket"))
    log.resynced(NOON)
    log.hear(FeedDropped(at=LATER, count=1234, since=NOON))
    log.resynced(LATER)
    assert [entry.text.removeprefix("health feed ") for entry in log.take()] == [
        "live: by socketio-polling, no WebSocket",
        "dropped: 1234 messages left out",
        "resynced",
    ]
