"""The journal of the upload queue: every item is in it before its first byte is sent, and all that happens to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from console.i18n import tr
from console.model.upload import FileVersion, LeaseLost, UploadGone, UploadStep
from console.store import upload_rows as rows
from console.store import upload_seen
from console.store.owners import Owners
from console.store.upload_order import move

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import apsw

    from console.model.upload import UploadChange, UploadItem
    from console.store.database import Database


class Changes(NamedTuple):
    """What is new in the journal.

    Attributes:
        items: Those that were added or changed, each as it is now, in the queue's order.
        removed: Those that were there and are not, by id.
        revision: To ask with next.
    """

    items: tuple[UploadItem, ...]
    removed: tuple[str, ...]
    revision: int


class UploadJournal:
    """Items of the queue of all gateways, for any number of processes. Every method raises StoreError.

    An item belongs to whoever holds its lease, and only its holder sends it. What is changed is on the disk when the
    method returns.

    Attributes:
        owners: Who holds leases: `owners.enter()` begins a life to claim items with.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock
        self.owners = Owners(database.file.path.parent / "owners")

    async def add(self, items: Sequence[UploadItem]) -> tuple[UploadItem, ...]:
        """Put items at the end of their priority.

        Returns:
            For each, in this order, it as it is now; or, when the same file (path, size, time) is queued by the same
            user for the same gateway and not settled, that one.
        """
        return await self._database.write(lambda db: tuple(_add(db, item, self._clock()) for item in items))

    async def items(self) -> tuple[UploadItem, ...]:
        """All of them, by priority and position."""
        return (await self.changed_since(-1)).items

    async def item(self, item_id: str) -> UploadItem | None:
        """One of them; None when it is not there."""
        return await self._database.read(lambda db: rows.load(db, item_id))

    async def same_content(self, profile: str, sha256: str) -> tuple[UploadItem, ...]:
        """Those of a gateway with this content, settled or not, oldest first; for what was checked already."""
        return await self._database.read(lambda db: rows.same_content(db, profile, sha256))

    async def revision(self) -> int:
        """Grows with every change of anything in the journal: what is cheap to ask again and again."""
        return await self._database.read(rows.revision)

    async def changed_since(self, revision: int) -> Changes:
        """What other processes, and this one, changed; everything for a negative revision.

        A heartbeat is no change.
        """

        def read(db: apsw.Connection) -> Changes:
            removed = () if revision < 0 else rows.removed_since(db, revision)
            return Changes(rows.changed_since(db, revision), removed, rows.revision(db))

        return await self._database.read(read)

    async def change(
        self, item_id: str, change: Callable[[UploadItem], UploadChange | None], *, owner: str | None = None
    ) -> UploadItem:
        """Change an item as it is at that moment, in one transaction with the line of its story.

        An item in a state that nobody holds has no owner afterwards.

        Args:
            item_id: Which one.
            change: Called on the writer's thread, perhaps while others change other items; None leaves it as it is.
            owner: Only for who holds it; None for changes that don't ask.

        Returns:
            It as it is now.

        Raises:
            LeaseLost: That owner does not hold it, or it is gone.
            UploadGone: It is gone, and no owner was given.
        """

        def apply(db: apsw.Connection) -> UploadItem:
            item = rows.load(db, item_id)
            if owner is not None and (item is None or item.owner != owner):
                raise LeaseLost(item_id)
            if item is None:
                raise UploadGone(item_id)
            return _apply(db, item, change(item))

        return await self._database.write(apply)

    async def change_all(
        self, item_ids: Iterable[str], change: Callable[[UploadItem], UploadChange | None]
    ) -> tuple[UploadItem, ...]:
        """Change many in one transaction; those that are gone are left out of what is returned."""

        def apply(db: apsw.Connection) -> tuple[UploadItem, ...]:
            found = (rows.load(db, item_id) for item_id in item_ids)
            return tuple(_apply(db, item, change(item)) for item in found if item is not None)

        return await self._database.write(apply)

    async def claim(
        self,
        profile: str,
        owner: str,
        *,
        limit: int,
        ttl_s: float,
        only: Collection[str] | None = None,
        user_id: str | None = None,
    ) -> tuple[UploadItem, ...]:
        """Take items to work on: `checking`, or `verifying` for those that may have been sent whole.

        By priority and position: those that wait, failed ones whose time has come, and held ones that were let go,
        whose lease has ended, or whose owner is known to be dead.

        Args:
            profile: Of which gateway.
            owner: Who takes them: the `id` of an `Owner`.
            limit: At most so many.
            ttl_s: The leases end after so many seconds, unless they are kept.
            only: None of another id.
            user_id: Only those that this user queued, or nobody; None for anybody's.

        Returns:
            As they are now. None of what this owner holds already.
        """

        def take(db: apsw.Connection) -> tuple[UploadItem, ...]:
            now = self._clock()  # in here: of two that ask at once, the one whose turn is later also reads it later
            until = now + timedelta(seconds=ttl_s)
            dead = self.owners.dead(rows.owners(db) - {owner})
            wanted = rows.Wanted(profile, owner, now, until, dead, limit, only, user_id)
            return tuple(_take(db, item, owner, now, until) for item in rows.claimable(db, wanted))

        return await self._database.write(take)

    async def keep(self, owner: str, ttl_s: float) -> frozenset[str]:
        """Prolong every lease of an owner; the ids of what it holds."""
        return await self._database.write(lambda db: rows.keep(db, owner, self._clock() + timedelta(seconds=ttl_s)))

    async def release(self, owner: str) -> tuple[UploadItem, ...]:
        """Give back all that an owner holds: what it was sending is looked up by the next; as they are now."""

        def give(db: apsw.Connection) -> tuple[UploadItem, ...]:
            now = self._clock()
            return tuple(_put(db, rows.left(item, now)) for item in rows.held_by(db, owner))

        return await self._database.write(give)

    async def story(self, item_id: str) -> tuple[UploadStep, ...]:
        """What happened to an item, oldest first; empty when it is gone."""
        return await self._database.read(lambda db: rows.story(db, item_id))

    async def request_ids(self) -> Mapping[str, str]:
        """The last request that each item's story tells of, by the item's id; without those that sent none."""
        return await self._database.read(rows.request_ids)

    async def move(self, item_ids: Sequence[str], before_id: str = "") -> tuple[UploadItem, ...]:
        """Put items, in this order, before another, with its priority; at the end of the queue without one.

        Returns:
            All whose place is another now. Nothing when the other is gone, or among those to be moved.
        """
        return await self._database.write(lambda db: move(db, item_ids, before_id))

    async def remove(self, item_ids: Iterable[str]) -> int:
        """Forget items with their stories, unless somebody works on them; how many."""

        def drop(db: apsw.Connection) -> int:
            now = self._clock()
            dead = self.owners.dead(rows.owners(db))
            return sum(rows.remove(db, item_id, now, dead) for item_id in item_ids)

        return await self._database.write(drop)

    async def clear(self, profile: str = "") -> int:
        """Forget what is done or cancelled, of one gateway or of all; how many."""
        return await self._database.write(lambda db: rows.clear(db, profile))

    async def unseen(self, profile: str, files: Sequence[FileVersion]) -> tuple[FileVersion, ...]:
        """Those of a watch folder that were not queued from there yet; also not if they are done and forgotten."""
        return await self._database.read(lambda db: upload_seen.unseen(db, profile, files))

    async def note_seen(self, profile: str, files: Sequence[FileVersion]) -> None:
        """Have it known of files of a watch folder that they were queued, from there or otherwise."""

        def note(db: apsw.Connection) -> None:
            for file in files:
                upload_seen.note(db, profile, file, self._clock())

        await self._database.write(note)

    async def forget_seen(self, profile: str, present: Collection[str], before: datetime) -> int:
        """Forget files that were queued from a watch folder before a time and lie there no more; how many."""
        return await self._database.write(lambda db: upload_seen.forget(db, profile, present, before))

    async def setting(self, name: str) -> str | None:
        """What was set for the whole queue; None for nothing."""
        return await self._database.read(
            lambda db: db.execute("SELECT value FROM upload_setting WHERE name = ?", (name,)).get
        )

    async def set_setting(self, name: str, value: str | None) -> None:
        """Set something for the whole queue, for every process; None forgets it. Counts as a change."""
        await self._database.write(lambda db: rows.set_setting(db, name, value))


def _add(db: apsw.Connection, item: UploadItem, now: datetime) -> UploadItem:
    if item.watched:
        upload_seen.note(db, item.profile, FileVersion(item.path, item.size_bytes, item.modified_ns), now)
    queued = rows.queued(db, item)
    if queued is not None:
        return queued
    added = rows.insert(db, item)
    rows.tell(db, added.id, UploadStep(at=item.created_at, state=item.state, text=tr("queued")))
    return added


def _apply(db: apsw.Connection, item: UploadItem, change: UploadChange | None) -> UploadItem:
    if change is None:
        return item
    if change.step is not None:
        rows.tell(db, item.id, change.step)
    return _put(db, change.item) if change.item != item else item


def _put(db: apsw.Connection, item: UploadItem) -> UploadItem:
    return rows.update(db, item if item.state.held else rows.free(item))


def _take(db: apsw.Connection, item: UploadItem, owner: str, now: datetime, until: datetime) -> UploadItem:
    taken = rows.taken(item, owner, now, until)
    text = tr("taken over from a process that ended or fell silent") if item.owner else ""
    rows.tell(db, item.id, UploadStep(at=now, state=taken.state, attempt=0, text=text))
    return rows.update(db, taken)
