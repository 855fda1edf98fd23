"""Notices of all gateways as one list: what says the same within minutes is one entry that counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.model.freshness import Source
from console.model.health import HealthStatus
from console.model.notice import Notice, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

SAME_WITHIN = timedelta(minutes=10)


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True):
    """That a service is bad, as this console saw it.

    Attributes:
        id: Unique within a gateway.
        service_id: The platform's id of the service.
        notice: In the words of all the others.
        state: What it was seen to be.
        resolved_at: When it was seen well again; None while it is not.
        known_before: It was bad already when this console began to look: nothing new, and so not unread.
    """

    id: str
    service_id: str
    notice: Notice
    state: HealthStatus | None = None
    resolved_at: datetime | None = None
    known_before: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the notifications centre. Texts are the server's, or this console's own.

    Attributes:
        gateway: Name of the profile.
        id: Of the newest notice in it; unique within the gateway.
        source: What it is about: the name of a service, or empty.
        title: One line.
        text: The rest of the newest; may be empty.
        severity: The worst.
        kind: The platform's own word.
        first_at: When it happened first, as far as known (UTC).
        last_at: When it happened last.
        count: How often within minutes of each other.
        notice_ids: Of all that it stands for, newest first.
        unread_ids: Those of them that nobody has read.
        own: Found by this console.
        also_told: The platform tells the same, and the entry stands for both.
        state: Which state this console saw the service in; None for what only the platform tells.
        service_id: Which service it leads to, where that is known for certain.
        resolved_at: When it was over; None while it is not, or nobody knows.
        muted: The operator does not want to be told.
    """

    gateway: str
    id: str
    source: str
    title: str
    text: str
    severity: Severity
    kind: str
    first_at: datetime
    last_at: datetime
    count: int = 1
    notice_ids: tuple[str, ...] = ()
    unread_ids: tuple[str, ...] = ()
    own: bool = False
    also_told: bool = False
    state: HealthStatus | None = None
    service_id: str = ""
    resolved_at: datetime | None = None
    muted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Unique among all gateways; the same for as long as it grows no newer."""
        return (self.gateway, self.id)

    @property
    def unread(self) -> bool:
        """Whether there is something in it that nobody has read."""
        return bool(self.unread_ids)

    @property
    def is_open(self) -> bool:
        """Whether it is an alert of this console that is not over."""
        return self.own and self.resolved_at is None


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far one gateway's notices can be relied on.

    Attributes:
        gateway: Name of the profile.
        offered: There is a list to read; otherwise only what is pushed and this console's own alerts are there.
        loaded: It has said something, or failed to.
        observed_at: When the list was last read; None while it was not.
        source: Where from.
        problem: Why the last try gave nothing, in one sentence; empty when it did.
        signed_in: Somebody is.
        lost: Nothing new can arrive at the moment.
    """

    gateway: str
    offered: bool = False
    loaded: bool = False
    observed_at: datetime | None = None
    source: Source = Source.LIVE
    problem: str = ""
    signed_in: bool = False
    lost: bool = True


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the notifications centre knows at one moment.

    Attributes:
        entries: Newest first.
        reach: One for each gateway, in the operator's order.
        left_out: How many older entries the limit left no room for.
        quiet: It is one of the quiet hours: nothing is announced.
    """

    entries: tuple[Entry, ...] = ()
    reach: tuple[Reach, ...] = ()
    left_out: int = 0
    quiet: bool = False

    @property
    def unread(self) -> int:
        """Entries that are unread and not muted: the number on the rail."""
        return sum(1 for entry in self.entries if entry.unread and not entry.muted)

    @property
    def muted_unread(self) -> int:
        """Entries that are unread, and muted."""
        return sum(1 for entry in self.entries if entry.unread and entry.muted)


def gathered(
    gateway: str, notices: Iterable[Notice], own: Iterable[OpenAlert], read: Collection[str]
) -> tuple[Entry, ...]:
    """One gateway's entries, newest first.

    Args:
        gateway: Name of the profile.
        notices: What the platform tells, in any order. The same id counts once.
        own: Alerts of this console.
        read: Ids that were read here, whatever the platform knows.
    """
    told = {notice.id: _told(gateway, notice, read) for notice in notices}
    found = sorted((*told.values(), *(_own(gateway, alert, read) for alert in own)), key=_newest, reverse=True)
    latest: dict[tuple[str, str, bool], list[Entry]] = {}
    heaps: list[list[Entry]] = []
    for entry in found:
        same = (entry.source, entry.title, entry.own)
        heap = latest.get(same)
        if heap is not None and heap[-1].first_at - entry.last_at <= SAME_WITHIN:
            heap.append(entry)
        else:
            heaps.append([entry])
            latest[same] = heaps[-1]
    return tuple(_joined(heap) if len(heap) > 1 else heap[0] for heap in heaps)


def merged(lists: Sequence[Sequence[Entry]], limit: int) -> tuple[tuple[Entry, ...], int]:
    """All gateways' entries, newest first, and how many had no room. What was read gives way first."""
    every = sorted((entry for one in lists for entry in one), key=_newest, reverse=True)
    if len(every) <= limit:
        return tuple(every), 0
    kept = sorted(every, key=lambda entry: (entry.unread, *_newest(entry)), reverse=True)[:limit]
    return tuple(sorted(kept, key=_newest, reverse=True)), len(every) - limit


def _newest(entry: Entry) -> tuple[datetime, str, str]:
    return (entry.last_at, entry.gateway, entry.id)


def _told(gateway: str, notice: Notice, read: Collection[str]) -> Entry:
    at = notice.said_at or notice.at
    unread = not notice.read and notice.id not in read
    return Entry(
        gateway=gateway,
        id=notice.id,
        source=notice.source,
        title=notice.title or notice.text.partition("\n")[0],
        text=notice.text,
        severity=notice.severity,
        kind=notice.kind,
        first_at=at,
        last_at=at,
        notice_ids=(notice.id,),
        unread_ids=(notice.id,) if unread else (),
    )


def _own(gateway: str, alert: OpenAlert, read: Collection[str]) -> Entry:
    entry = _told(gateway, alert.notice, read)
    return msgspec.structs.replace(
        entry,
        own=True,
        state=alert.state,
        service_id=alert.service_id,
        resolved_at=alert.resolved_at,
        unread_ids=() if alert.known_before else entry.unread_ids,
    )


def _joined(heap: Sequence[Entry]) -> Entry:
    """The words of the newest, which is the first, and all counted."""
    return msgspec.structs.replace(
        heap[0],
        first_at=heap[-1].first_at,
        count=len(heap),
        severity=max((entry.severity for entry in heap), key=lambda severity: severity.rank),
        notice_ids=tuple(id_ for entry in heap for id_ in entry.notice_ids),
        unread_ids=tuple(id_ for entry in heap for id_ in entry.unread_ids),
    )
