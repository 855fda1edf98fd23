"""What the journal holds, in memory: in order and by state."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from console.model.upload import UploadProgress, UploadState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from console.model.upload import UploadItem


class Mirror:
    """Items of all gateways. A change costs the same however many there are; their order is made when asked for."""

    def __init__(self) -> None:
        self._items: dict[str, UploadItem] = {}
        self._ids: defaultdict[tuple[str, UploadState], set[str]] = defaultdict(set)
        self._order: list[str] | None = []
        self._outstanding_bytes = 0
        self.revision = 0

    def __len__(self) -> int:
        """How many."""
        return len(self._items)

    def get(self, item_id: str) -> UploadItem | None:
        """One item as last heard of."""
        return self._items.get(item_id)

    def put(self, items: Iterable[UploadItem]) -> list[UploadItem]:
        """Take items over, unless what is known is newer; those that are news."""
        news = []
        for item in items:
            before = self._items.get(item.id)
            if before is not None and before.revision >= item.revision:
                continue
            if before is not None:
                self._unlist(before)
            if before is None or _place(before) != _place(item):
                self._order = None
            self._list(item)
            news.append(item)
            self.revision = max(self.revision, item.revision)
        return news

    def drop(self, item_ids: Iterable[str]) -> bool:
        """Forget items; whether any was known."""
        dropped = False
        for item_id in item_ids:
            if (item := self._items.pop(item_id, None)) is not None:
                self._unlist(item)
                self._order, dropped = None, True
        return dropped

    def in_order(self) -> tuple[UploadItem, ...]:
        """All of them, as they are to go."""
        return tuple(map(self._items.__getitem__, self._ordered()))

    def of(self, profile: str, *states: UploadState) -> Iterator[UploadItem]:
        """Those of a gateway in these states, in no order."""
        for state in states:
            for item_id in tuple(self._ids[profile, state]):
                yield self._items[item_id]

    def profiles(self) -> frozenset[str]:
        """Gateways that items are for."""
        return frozenset(profile for (profile, _state), ids in self._ids.items() if ids)

    def others(self, item: UploadItem) -> frozenset[str]:
        """Documents of the same gateway and size that came from other items."""
        return frozenset(
            one.document_id
            for one in self.of(item.profile, UploadState.DONE)
            if one.size_bytes == item.size_bytes and one.document_id and one.id != item.id
        )

    def total(self, sending: Mapping[str, UploadProgress]) -> UploadProgress:
        """How far all of it is that goes on by itself."""
        sent = sum(one.sent_bytes for one in sending.values())
        rates = [one.rate_bps for one in sending.values() if one.rate_bps is not None]
        rate = sum(rates) if rates else None
        left = max(0, self._outstanding_bytes - sent)
        return UploadProgress(
            sent_bytes=min(sent, self._outstanding_bytes),
            total_bytes=self._outstanding_bytes,
            rate_bps=rate,
            remaining_s=left / rate if rate else None,
        )

    def due(self, profile: str, now: datetime, *, only: Collection[str] | None, owner: str) -> bool:
        """Whether a gateway has anything to be claimed now, as far as is known here."""
        return any(
            _due(item, now, owner)
            for item in self.of(
                profile, UploadState.WAITING, UploadState.VERIFYING, UploadState.UPLOADING, UploadState.CHECKING,
                UploadState.FAILED,
            )
            if only is None or item.id in only
        )  # fmt: skip

    def _ordered(self) -> list[str]:
        if self._order is None:
            self._order = sorted(self._items, key=lambda one: _place(self._items[one]))
        return self._order

    def _list(self, item: UploadItem) -> None:
        self._items[item.id] = item
        self._ids[item.profile, item.state].add(item.id)
        if _outstanding(item):
            self._outstanding_bytes += item.size_bytes

    def _unlist(self, item: UploadItem) -> None:
        self._ids[item.profile, item.state].discard(item.id)
        if _outstanding(item):
            self._outstanding_bytes -= item.size_bytes


def _place(item: UploadItem) -> tuple[int, float, str]:
    return -item.priority, item.position, item.id


def _outstanding(item: UploadItem) -> bool:
    return not item.state.settled and not item.needs_operator


def _due(item: UploadItem, now: datetime, owner: str) -> bool:
    match item.state:
        case UploadState.WAITING:
            return True
        case UploadState.FAILED | UploadState.VERIFYING if not item.owner:
            if item.failure is None:
                return item.state is UploadState.VERIFYING
            at = item.failure.next_try_at
            return at is not None and at <= now
        case _ if item.state.held and item.owner != owner:
            return True  # its holder may have died: only the journal can tell
        case _:
            return False
