"""The upload queue, as windows and commands work with it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.errors import NotOffered, ProfileError
from console.model.record import Action
from console.model.upload import FailureClass, UploadChange, UploadState
from console.services.upload_ports import Added
from console.services.uploads import events, intake
from console.services.uploads.desk import BANDWIDTH, PAUSED, Desk
from console.services.uploads.dispatch import Dispatch
from console.services.uploads.machine import undecided
from console.services.uploads.preflight import standing
from console.services.uploads.survey import survey
from console.services.uploads.upload_curl import last_upload, upload_curl
from console.services.uploads.verification import LookUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from console.model.document import UploadRules
    from console.model.preferences import Preferences
    from console.model.profile import Profile
    from console.model.upload import UploadItem, UploadStep
    from console.services.action_log import ActionLog
    from console.services.directory import Directory
    from console.services.latest import Latest
    from console.services.upload_ports import QueueSnapshot, Survey, Watched
    from console.services.uploads.events import Event
    from console.store.uploads import UploadJournal


class Queue:
    """See `console.services.upload_ports.UploadQueue`. Sends nothing before `run`, but keeps what is asked for.

    Args:
        journal: Where the items are.
        directory: The gateways and their sessions.
        actions: Where it is noted what the operator does.
        look_up: Finds out what became of items whose answers were lost.
        clock: The time (UTC).
    """

    def __init__(
        self,
        journal: UploadJournal,
        directory: Directory,
        actions: ActionLog,
        *,
        look_up: LookUp | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._directory = directory
        self._actions = actions
        self._desk = Desk(journal, look_up=look_up or LookUp(clock=clock), clock=clock)
        self._dispatch = Dispatch(self._desk, directory)
        self.snapshot: Latest[QueueSnapshot] = self._desk.reports.snapshot

    async def run(self, *, only: Iterable[str] | None = None) -> None:
        """Send what may be sent, of every session that is open, until cancelled. What is held is given back then.

        Args:
            only: Nothing but these items; None for all.

        Raises:
            StoreError: Nobody can hold leases here.
        """
        await self._dispatch.run(only=only)

    async def follow(self, current: Latest[Preferences]) -> None:
        """Go by the operator's preferences, until cancelled."""
        async with aclosing(current.follow()) as turns:
            async for preferences in turns:
                self._desk.prefer(preferences.uploads)

    async def survey(self, paths: Sequence[Path]) -> Survey:
        """See the port."""
        return await survey(paths)

    async def add(
        self,
        profile: str,
        files: Sequence[str],
        *,
        metadata: Mapping[str, str] | None = None,
        priority: int = 0,
        watched: bool = False,
    ) -> Added:
        """See the port.

        Args:
            profile: For which gateway.
            files: Their paths.
            metadata: What is told with each.
            priority: Of each.
            watched: They come from the gateway's watch folder, and are not to be queued from there again.

        Raises:
            ProfileError: No such gateway.
        """
        gateway = self._profile(profile)
        if gateway.read_only:
            reason = tr("This gateway is set to read-only.")
            return Added(items=(), refused=tuple(intake.all_refused(files, FailureClass.READ_ONLY, reason)))
        session = self._directory.opened.value.get(profile)
        known = None if session is None else (await session.reach()).documents
        if session is not None and known is None:
            reason = tr("This gateway takes no documents.")
            return Added(items=(), refused=tuple(intake.all_refused(files, FailureClass.NOT_OFFERED, reason)))
        items, refused = await asyncio.to_thread(
            intake.take_in,
            files,
            profile=profile,
            user_id=session.user.id if session is not None and session.user is not None else "",
            rules=None if known is None else known.rules,
            metadata=metadata or {},
            priority=priority,
            now=self._desk.clock(),
        )
        await self._desk.refresh()
        arrived = {_version(item): item for item in self._desk.mirror.of(profile, UploadState.DONE)}
        new = (msgspec.structs.replace(item, watched=watched) for item in items if _version(item) not in arrived)
        queued = await self._desk.journal.add(tuple(new))
        self._desk.take_over(queued)
        await self._note(Action.UPLOADS_QUEUED, queued)
        fresh = iter(queued)
        kept = tuple(arrived.get(_version(item)) or next(fresh) for item in items)
        return Added(items=kept, refused=tuple(refused))

    async def pause(self, item_ids: Sequence[str]) -> None:
        """See the port."""
        await self._want(item_ids, events.Pause(), Action.UPLOADS_PAUSED)

    async def resume(self, item_ids: Sequence[str]) -> None:
        """See the port."""
        await self._want(item_ids, events.Resume(), Action.UPLOADS_RESUMED)

    async def cancel(self, item_ids: Sequence[str]) -> None:
        """See the port."""
        await self._want(item_ids, events.Cancel(), Action.UPLOADS_CANCELLED)

    async def retry(self, item_ids: Sequence[str]) -> None:
        """See the port."""
        await self._retry(item_ids, insists=len(item_ids) == 1)

    async def retry_failed(self, profile: str = "") -> int:
        """See the port."""
        await self._desk.refresh()
        failed = [
            item.id
            for name in ([profile] if profile else self._desk.mirror.profiles())
            for item in self._desk.mirror.of(name, UploadState.FAILED)
            if not undecided(item)
        ]
        return await self._retry(failed, insists=False)

    async def clear_done(self) -> int:
        """See the port."""
        count = await self._desk.journal.clear()
        await self._desk.refresh()
        return count

    async def remove(self, item_ids: Sequence[str]) -> None:
        """See the port."""
        gone = [item for one in item_ids if (item := self._desk.mirror.get(one)) is not None]
        await self._desk.journal.remove(item_ids)
        await self._desk.refresh()
        await self._note(Action.UPLOADS_REMOVED, [item for item in gone if self._desk.mirror.get(item.id) is None])

    async def move(self, item_ids: Sequence[str], before_id: str = "") -> None:
        """See the port."""
        self._desk.take_over(await self._desk.journal.move(item_ids, before_id))

    async def prioritise(self, item_ids: Sequence[str], priority: int) -> None:
        """See the port."""

        def change(item: UploadItem) -> UploadChange:
            return UploadChange(item=msgspec.structs.replace(item, priority=priority))

        self._desk.take_over(await self._desk.journal.change_all(item_ids, change))

    async def decide(self, item_id: str, *, stored: bool, document_id: str = "") -> None:
        """See the port."""
        await self._want([item_id], events.Decide(stored=stored, document_id=document_id), Action.UPLOAD_DECIDED)

    async def locate(self, item_id: str, path: Path) -> None:
        """See the port."""
        found = await standing(str(path))
        located = events.Locate(path=str(path), size_bytes=found.st_size, modified_ns=found.st_mtime_ns)
        await self._want([item_id], located, Action.UPLOADS_RETRIED)

    async def hold(self, *, paused: bool) -> None:
        """See the port."""
        await self._desk.journal.set_setting(PAUSED, "yes" if paused else None)
        await self._desk.refresh()
        await self._actions.note("", Action.QUEUE_PAUSED if paused else Action.QUEUE_RESUMED)

    async def limit_bandwidth(self, bytes_per_s: int | None) -> None:
        """See the port."""
        await self._desk.journal.set_setting(BANDWIDTH, str(bytes_per_s) if bytes_per_s else None)
        await self._desk.refresh()

    async def story(self, item_id: str) -> tuple[UploadStep, ...]:
        """See the port."""
        return await self._desk.journal.story(item_id)

    async def thumbnail(self, item: UploadItem) -> bytes:
        """See the port."""
        session = self._directory.opened.value.get(item.profile)
        if session is None:
            raise NotOffered(tr("the gateway is not open"))
        return await session.documents.thumbnail(item.thumbnail_url)

    async def request_ids(self) -> Mapping[str, str]:
        """See the port."""
        return await self._desk.journal.request_ids()

    def rules(self, profile: str) -> UploadRules | None:
        """See the port."""
        session = self._directory.opened.value.get(profile)
        try:
            documents = session.gateway.documents if session is not None else None
        except ProfileError:
            return None
        return documents.rules if documents is not None else None

    def curl(self, item: UploadItem) -> str:
        """See the port."""
        session = self._directory.opened.value.get(item.profile)
        if session is None:
            return ""
        exchange = last_upload(session.tracking.since(0), item.failure.request_id if item.failure is not None else "")
        documents = session.gateway.documents if exchange is not None else None
        if exchange is None or documents is None:
            return ""
        return upload_curl(item, exchange, session.profile.url, documents)

    def watching(self, profile: str, watched: Watched | None) -> None:
        """Show how a gateway's watch folder is; None when there is none."""
        self._desk.reports.watching(profile, watched)

    async def refresh(self) -> None:
        """Take over what other processes changed, where nothing runs that does."""
        await self._desk.refresh()

    def _profile(self, name: str) -> Profile:
        for profile in self._directory.profiles.value:
            if profile.name == name:
                return profile
        raise ProfileError(f"there is no profile {name!r}")

    async def _retry(self, item_ids: Sequence[str], *, insists: bool) -> int:
        """Content that is queued or stored already goes out once more only where its item was named by itself."""
        self._dispatch.begin_anew()
        return await self._want(item_ids, events.Retry(insists=insists), Action.UPLOADS_RETRIED)

    async def _want(self, item_ids: Sequence[str], event: Event, action: Action) -> int:
        changed = await self._desk.journal.change_all(item_ids, self._desk.reaction(event))
        self._desk.take_over(changed)
        await self._note(action, changed)
        return len(changed)

    async def _note(self, action: Action, items: Iterable[UploadItem]) -> None:
        """Once for each gateway, however many items there are."""
        by_profile: dict[str, list[UploadItem]] = {}
        for item in items:
            by_profile.setdefault(item.profile, []).append(item)
        gateways = {profile.name: profile.gateway_id for profile in self._directory.profiles.value}
        for name, some in by_profile.items():
            subject = some[0].name if len(some) == 1 else name
            await self._actions.note(gateways.get(name, ""), action, subject=subject, detail={"count": len(some)})


def _version(item: UploadItem) -> tuple[str, int, int]:
    """Equal for the same file as long as nobody writes to it."""
    return item.path, item.size_bytes, item.modified_ns
