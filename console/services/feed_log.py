"""What a live feed says of itself, as entries for the record. What it pushes is recorded as samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from console.model.feed import (
    FeedConnecting,
    FeedDropped,
    FeedLive,
    FeedLost,
    FeedMessage,
    FeedNonsense,
)
from console.model.record import RecordEntry, RecordKind
from console.services.action_log import plain_text

if TYPE_CHECKING:
    from console.model.feed import FeedEvent
    from console.model.record import Detail

T = TypeVar("T")

PENDING_LIMIT = 10_000
UNREADABLE_SPACING = timedelta(seconds=60)


class FeedLog:
    """Collects entries until somebody takes them."""

    def __init__(self, gateway_id: str, feed: str) -> None:
        self._gateway_id = gateway_id
        self._feed = feed
        self._entries: list[RecordEntry] = []
        self._missed = False  # the feed was away, and nothing was read since
        self._unreadable = 0
        self._unreadable_detail = ""
        self._unreadable_since: datetime | None = None
        self._told_at: datetime | None = None

    def hear(self, event: FeedEvent[T]) -> None:
        """Take one event. Messages are not kept here, and those that made no sense are counted."""
        match event:
            case FeedConnecting(at=at, attempt=attempt):
                self._add(at, "connecting", f"attempt {attempt}", attempt=attempt)
            case FeedLive(at=at, lost_at=lost_at, via=via, degraded=degraded):
                words = ", ".join(part for part in (via and f"by {via}", degraded) if part)
                self._add(at, "live", words, via=via or "", degraded=plain_text(degraded))
                if lost_at is not None:
                    self._missed = True
                    since, until = lost_at.isoformat(), at.isoformat()
                    self._add(at, "gap", f"from {since} to {until}", since=since, until=until)
            case FeedLost(at=at, reason=reason):
                next_try = None if event.next_try_at is None else event.next_try_at.isoformat()
                self._add(
                    at,
                    "lost",
                    reason,
                    reason=plain_text(reason),
                    unauthorized=event.unauthorized,
                    absent=event.absent,
                    next_try_at=next_try,
                )
            case FeedNonsense(at=at, detail=detail):
                self._unreadable += 1
                self._unreadable_detail = detail
                self._unreadable_since = self._unreadable_since or at
            case FeedDropped(at=at, count=count, since=since):
                self._missed = True
                self._add(at, "dropped", f"{count} messages left out", count=count, since=since.isoformat())
            case FeedMessage():
                pass

    def move_to(self, gateway_id: str) -> None:
        """What comes from now on belongs elsewhere; what nobody took is gone."""
        self._gateway_id, self._entries, self._missed = gateway_id, [], False
        self._unreadable, self._unreadable_since, self._told_at = 0, None, None

    def left_out(self, at: datetime, count: int) -> None:
        """So many samples came faster than they could be recorded."""
        self._add(at, "unrecorded", f"{count} samples came faster than they could be recorded", count=count)

    def resynced(self, at: datetime) -> None:
        """The truth was read anew, which is worth an entry after a gap."""
        if self._missed:
            self._missed = False
            self._add(at, "resynced")

    def take(self, *, last: bool = False) -> list[RecordEntry]:
        """What came since; unreadable messages at most once a minute, unless it is the last time."""
        now = datetime.now(UTC)
        due = self._told_at is None or last or abs(now - self._told_at) >= UNREADABLE_SPACING
        if self._unreadable and due:
            since = (self._unreadable_since or now).isoformat()
            words = f"{self._unreadable} messages, the last one: {self._unreadable_detail}"
            self._add(now, "unreadable", words, count=self._unreadable, since=since)
            self._told_at, self._unreadable, self._unreadable_since = now, 0, None
        taken, self._entries = self._entries, []
        return taken

    def give_back(self, entries: list[RecordEntry]) -> None:
        """Entries that could not be written: the newest are kept for another time."""
        self._entries = (entries + self._entries)[-PENDING_LIMIT:]

    def _add(self, at: datetime, state: str, words: str = "", **detail: Detail) -> None:
        text = f"{self._feed} feed {state}"
        self._entries.append(
            RecordEntry(
                kind=RecordKind.FEED,
                gateway_id=self._gateway_id,
                observed_at=at,
                ids=(f"{self._feed} feed",),
                text=plain_text(f"{text}: {words}" if words else text),
                detail={"feed": self._feed, "state": state, **detail},
            )
        )
        del self._entries[:-PENDING_LIMIT]
