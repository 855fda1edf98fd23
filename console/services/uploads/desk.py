"""The journal as this process works with it: a copy in memory, and whom to tell when anything changes."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.model.preferences import Uploads
from console.model.upload import LeaseLost, UploadChange, UploadState
from console.services.uploads.bandwidth import Bandwidth
from console.services.uploads.ladder import LADDER, Ladder
from console.services.uploads.machine import react
from console.services.uploads.mirror import Mirror
from console.services.uploads.reports import Reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.model.errors import StoreError
    from console.model.upload import UploadItem
    from console.services.uploads.events import Event
    from console.services.uploads.gauge import Gauge
    from console.services.uploads.verification import LookUp
    from console.store.owners import Owner
    from console.store.uploads import UploadJournal

LEASE_S = 30.0
PAUSED, BANDWIDTH = "paused", "bandwidth_bps"  # names of settings in the journal


class Desk:
    """Items are changed in the journal and nowhere else.

    What is known here is a copy that is brought up to date by every change made here, and by `refresh` for those of
    other processes. Belongs to one event loop.

    Attributes:
        reports: What is shown.
        mirror: The copy.
        look_up: Finds out what became of items whose answers were lost.
        ladder: When failures are tried again.
        concurrency: So many items at once to each gateway.
        owner: Whom this process's leases belong to; None while it sends nothing.
        only: Nothing but these items is sent; None for all.
        heard: Told of every item that changed.
        changed: Told that something did, once for many.
    """

    def __init__(
        self, journal: UploadJournal, *, look_up: LookUp, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.look_up = look_up
        self.ladder: Ladder = LADDER
        self.concurrency = Uploads().concurrency
        self.mirror = Mirror()
        self.reports = Reports(self.mirror)
        self.owner: Owner | None = None
        self.only: set[str] | None = None
        self.heard: Callable[[UploadItem], None] = lambda item: None  # noqa: ARG005  (nobody listens yet)
        self.changed: Callable[[], None] = lambda: None
        self._bandwidth = Bandwidth()
        self._chosen_bps: int | None = None  # by the operator, for the queue
        self._most_bps: int | None = None  # by the settings, whatever is chosen
        self._leased_until: datetime | None = None  # by the wall clock: what the journal goes by also while we sleep
        self._seen = -1  # the journal's revision that the mirror holds all of
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Take over what is new in the journal, whoever changed it."""
        async with self._refreshing:
            if await self.journal.revision() == self._seen:
                return
            changes = await self.journal.changed_since(self._seen)
            paused = await self.journal.setting(PAUSED) is not None
            limit = await self.journal.setting(BANDWIDTH)
            self.mirror.drop(changes.removed)
            self._seen = changes.revision
        self._chosen_bps = int(limit) if limit else None
        self._limit()
        self.reports.set(paused=paused, bandwidth_bps=self.limit_bps)
        self.take_over(changes.items)

    def prefer(self, preferred: Uploads) -> None:
        """Go by the settings from now on; what waits for its next try keeps its time."""
        self.concurrency = preferred.concurrency
        self.ladder = msgspec.structs.replace(self.ladder, delays_s=preferred.retry_delays_s)
        self._most_bps = preferred.bandwidth_kib_s * 1024 or None
        self._limit()
        if self.reports.snapshot.value.loaded:
            self.reports.set(paused=self.paused, bandwidth_bps=self.limit_bps)
        self.changed()

    @property
    def limit_bps(self) -> int | None:
        """Bytes a second of everything together: the smaller of the queue's own limit and the settings'."""
        return self._bandwidth.limit_bps

    def _limit(self) -> None:
        self._bandwidth.limit(min((limit for limit in (self._chosen_bps, self._most_bps) if limit), default=None))

    def take_over(self, items: Iterable[UploadItem]) -> None:
        """Items as the journal has them now."""
        for item in self.mirror.put(items):
            self.heard(item)
        self.reports.changed()
        self.changed()

    @property
    def _owner_id(self) -> str:
        if self.owner is None:
            raise RuntimeError("nothing is sent by this process")
        return self.owner.id

    @property
    def paused(self) -> bool:
        """The operator holds the whole queue."""
        return self.reports.paused

    def due(self, profile: str) -> bool:
        """Whether anything may be there to be claimed, as far as is known here."""
        return self.mirror.due(profile, self.clock(), only=self.only, owner=self._owner_id)

    async def claim(self, profile: str, *, limit: int, user_id: str) -> Sequence[UploadItem]:
        """Take items to work on; what nobody queued is this user's from now on."""
        self._leased_until = self._leased_until or self.clock() + timedelta(seconds=LEASE_S)
        claimed = await self.journal.claim(
            profile, self._owner_id, limit=limit, ttl_s=LEASE_S, only=self.only, user_id=user_id
        )
        if user_id and any(not item.user_id for item in claimed):
            nobodys = [item.id for item in claimed if not item.user_id]
            claimed = (
                *(item for item in claimed if item.user_id),
                *await self.journal.change_all(
                    nobodys, lambda item: UploadChange(item=msgspec.structs.replace(item, user_id=user_id))
                ),
            )
        self.take_over(claimed)
        return claimed

    async def keep(self) -> frozenset[str]:
        """Prolong the leases of this process; what it holds."""
        until = self.clock() + timedelta(seconds=LEASE_S)
        kept = await self.journal.keep(self._owner_id, LEASE_S)
        self._leased_until = until
        return kept

    async def tell(self, item_id: str, event: Event) -> UploadItem:
        """Journal what happened to an item that this process holds.

        Raises:
            LeaseLost: It does not hold it any more.
            StoreError: The journal can't be written.
        """
        item = await self.journal.change(item_id, self.reaction(event), owner=self._owner_id)
        self.take_over([item])
        return item

    async def tell_all(self, items: Iterable[UploadItem], event: Event) -> Sequence[UploadItem]:
        """Journal what happened to items, whoever holds them; as they are now."""
        if not (ids := [item.id for item in items]):
            return ()
        changed = await self.journal.change_all(ids, self.reaction(event))
        self.take_over(changed)
        return changed

    def reaction(self, event: Event) -> Callable[[UploadItem], UploadChange | None]:
        """What the journal makes of an event, on its own thread."""
        return lambda item: react(
            item,
            event,
            now=self.clock(),
            ladder=self.ladder,
            draw=random.random(),  # noqa: S311  (jitter)
        )

    async def alike(self, item: UploadItem) -> Sequence[UploadItem]:
        """Others of the same content for the same gateway."""
        found = await self.journal.same_content(item.profile, item.sha256)
        return [one for one in found if one.id != item.id]

    def others(self, item: UploadItem) -> frozenset[str]:
        """Documents of the same gateway that came from other items."""
        return self.mirror.others(item)

    def of(self, profile: str, *states: UploadState) -> Sequence[UploadItem]:
        """A gateway's items in these states that this process may send."""
        return [item for item in self.mirror.of(profile, *states) if self.only is None or item.id in self.only]

    def sending(self, item_id: str, gauge: Gauge | None) -> None:
        """An item's sending begins, or is over."""
        self.reports.sending(item_id, gauge)

    def held(self, profile: str, reason: str) -> None:
        """Why a gateway's items don't move; empty when they may."""
        self.reports.held(profile, reason)

    def failing(self, error: StoreError | None) -> None:
        """The journal can't be used at the moment, or can again."""
        self.reports.failing(error)

    async def pace(self, size_bytes: int) -> None:
        """Wait until so many bytes may go out.

        Raises:
            LeaseLost: The leases were not kept in time: another process may send the same by now.
        """
        await self._bandwidth.take(size_bytes)
        if self._leased_until is not None and self.clock() >= self._leased_until:
            raise LeaseLost("the leases have ended")

    def rate_bps(self) -> float | None:
        """How fast everything goes at the moment; None while that is not known."""
        return self.reports.snapshot.value.total.rate_bps
