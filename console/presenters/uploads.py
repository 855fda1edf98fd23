"""The upload queue on screen: filter, groups, choice, and what the operator asks of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from console.i18n import tr
from console.model.file_trouble import FileTrouble
from console.model.upload import UploadItem, UploadStep
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope
from console.presenters.thumbnail import UploadThumbnail
from console.presenters.upload_model import UploadModel, movable
from console.presenters.upload_next import NextStep, next_step
from console.presenters.upload_rows import UploadFilter, UploadGroup, group_of, move_target, rows
from console.presenters.upload_texts import counted, holding_text, priority_word, queued_by_text
from console.presenters.uploads_state import Tally, UploadsState, tallied
from console.presenters.watch_texts import watch_notes
from console.services.exchange_file import save_bytes
from console.services.explain import explain
from console.services.uploads.upload_list import upload_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence

    from console.model.document import UploadRules
    from console.services.ports import GatewayDirectory
    from console.services.upload_ports import Added, QueueSnapshot, Survey, UploadQueue

T = TypeVar("T")

_TICK_MS = 1000
_SAID_S = 12.0


class UploadsPresenter(QObject):
    """Always at work: the numbers on the rail and in the status bar are wanted whichever view is shown."""

    state_changed = Signal(object)  # UploadsState
    ticked = Signal()  # ages grew

    def __init__(
        self,
        queue: UploadQueue,
        directory: GatewayDirectory,
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.clock = clock
        self.model = UploadModel(clock, self._note, self)
        self._queue = queue
        self._directory = directory
        self._tasks = TaskScope(self, on_error)
        self.thumbnail = UploadThumbnail(queue, on_error, self)  # of the item that is looked at
        self._numbers = count(1)
        self._tally = Tally()
        self._collapsed = {UploadGroup.DONE}
        self._collapsed_found: set[UploadGroup] = set()  # while words are searched for: what is found is shown
        self._chosen = ""
        self._story: tuple[str, int, tuple[UploadStep, ...]] = ("", -1, ())  # whose, of which revision
        self._said = self._busy = ""
        self._said_at = clock()
        self._made_of: object = None  # what the rows were made of
        self._shown = 0
        self._watched = False
        self._state = UploadsState()
        self._filter = UploadFilter()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def state(self) -> UploadsState:
        """What is shown now."""
        return self._state

    def start(self) -> None:
        """Follow the queue."""
        self._tasks.start("uploads", self._follow)

    def watch(self, *, shown: bool) -> None:
        """Somebody looks, or nobody does: only then do rows have to be made and ages to grow."""
        self._watched = shown
        if shown:
            self._timer.start()
            self._tick()
        else:
            self._timer.stop()
            self.thumbnail.clear()

    async def stop(self) -> None:
        """Stop for good."""
        self._timer.stop()
        await self.thumbnail.stop()
        await self._tasks.close()

    # What can be asked

    def item(self, item_id: str) -> UploadItem | None:
        """An item of the queue; None when it is gone."""
        return self._tally.by_id.get(item_id)

    def members(self, group: UploadGroup) -> tuple[UploadItem, ...]:
        """The items of a group that pass the filter, shown or not, in the order in which they are sent."""
        return tuple(one for one in self._tally.items if group_of(one) is group and self._filter.passes(one))

    def unfinished(self) -> tuple[UploadItem, ...]:
        """Everything that is neither done nor cancelled."""
        return tuple(one for one in self._tally.items if not one.state.settled)

    def rules(self, profile: str) -> UploadRules | None:
        """What a gateway's platform wants of documents; None where it takes none."""
        return self._queue.rules(profile)

    def gateways(self) -> tuple[tuple[str, UploadRules], ...]:
        """Those that take documents, in the operator's order, with what they want of them."""
        named = ((profile.name, self._queue.rules(profile.name)) for profile in self._directory.profiles.value)
        return tuple((name, rules) for name, rules in named if rules is not None)

    def curl(self, item: UploadItem) -> str:
        """The upload as a command for a shell, without its token."""
        return self._queue.curl(item)

    def user_id(self, profile: str) -> str:
        """Who is signed in to a gateway; empty for nobody."""
        if not any(known.name == profile for known in self._directory.profiles.value):
            return ""
        user = self._directory.session(profile).user
        return user.id if user is not None else ""

    def _note(self, item: UploadItem) -> str:
        whose = queued_by_text(item, self.user_id(item.profile), "")
        return " · ".join(part for part in (priority_word(item.priority), whose) if part)

    # What is shown

    def narrow(self, **wanted: object) -> None:
        """Change parts of the filter; see `UploadFilter`."""
        before, self._filter = self._filter, msgspec.structs.replace(self._filter, **wanted)
        if before.text != self._filter.text:
            self._collapsed_found.clear()
        self._take()

    def fold(self, group: UploadGroup, *, collapsed: bool | None = None) -> None:
        """Show or hide the items of a group; the other of the two when it is not said which."""
        folded = self._folded
        hide = group not in folded if collapsed is None else collapsed
        (folded.add if hide else folded.discard)(group)
        self._take()

    def choose(self, item_id: str) -> None:
        """Look at an item; the empty id is none."""
        if item_id != self._chosen:
            self._chosen = item_id
            self._take()

    def say(self, text: str) -> None:
        """Tell what came of something; the empty text takes it back."""
        self._said, self._said_at = text, self.clock()
        self._take()

    # What the queue is asked for

    def pause(self, ids: Sequence[str]) -> None:
        """Hold these."""
        self._ask("pause", lambda: self._queue.pause(ids), ids)

    def resume(self, ids: Sequence[str]) -> None:
        """Let these go on."""
        self._ask("resume", lambda: self._queue.resume(ids), ids)

    def cancel(self, ids: Sequence[str]) -> None:
        """Give these up."""
        self._ask("cancel", lambda: self._queue.cancel(ids), ids)

    def retry(self, ids: Sequence[str]) -> None:
        """Try these now."""
        self._ask("retry", lambda: self._queue.retry(ids), ids)

    def remove(self, ids: Sequence[str]) -> None:
        """Take these off the queue."""
        self._ask("remove", lambda: self._queue.remove(ids), ids)

    def prioritise(self, ids: Sequence[str], priority: int) -> None:
        """Let these go before or after others."""
        self._ask("prioritise", lambda: self._queue.prioritise(ids, priority), ids)

    def move(self, ids: Sequence[str], before_id: str = "") -> None:
        """Put these before another, or at the end."""
        if ids:  # single: a second move would be reckoned from places that are not those any more
            self._tasks.start("move", lambda: self._queue.move(ids, before_id))

    def step(self, ids: Collection[str], by: int) -> None:
        """Move these up (-1) or down (1) by one among those that are as urgent."""
        waiting = [one for one in self._tally.items if movable(one)]
        first = next((one for one in waiting if one.id in ids), None)
        if first is None:
            return
        if (target := move_target([one for one in waiting if one.priority == first.priority], ids, by)) is not None:
            self.move(*target)

    def decide(self, item_id: str, *, stored: bool, document_id: str = "") -> None:
        """What became of one that may be stored or not."""
        self._ask("decide", lambda: self._queue.decide(item_id, stored=stored, document_id=document_id), (item_id,))

    def locate(self, item_id: str, path: Path) -> None:
        """The file of an item is here now."""

        async def work() -> None:
            try:
                await self._queue.locate(item_id, path)
            except FileTrouble as exc:
                self.say(tr("That file can't be used: {why}.", why=exc.reason))

        self._tasks.start(f"locate {item_id}", work)

    def hold(self, *, paused: bool) -> None:
        """Pause or resume the whole queue."""
        self._tasks.start(f"hold {next(self._numbers)}", lambda: self._queue.hold(paused=paused))

    def limit(self, bytes_per_s: int | None) -> None:
        """Share so many bytes a second among everything."""
        self._tasks.start(f"limit {next(self._numbers)}", lambda: self._queue.limit_bandwidth(bytes_per_s))

    def retry_failed(self) -> None:
        """Try every failed one now, whatever the filter; those that wait for a decision still do."""

        async def work() -> None:
            tried = await self._queue.retry_failed()
            self.say(tr("Trying {items} again.", items=counted(tried)) if tried else "")

        self._tasks.start("retry failed", work)

    def clear_done(self) -> None:
        """Forget what is done or cancelled."""

        async def work() -> None:
            cleared = await self._queue.clear_done()
            self.say(tr("{items} taken off the list.", items=counted(cleared)) if cleared else "")

        self._tasks.start("clear done", work)

    def save_list(self, path: str, *, guarded: bool = True) -> None:
        """Write what passes the filter as a table, group by group as it is shown; see `upload_list`."""
        items = tuple(item for group in UploadGroup for item in self.members(group))

        async def work() -> None:
            ids = await self._queue.request_ids()
            self.say(await asyncio.to_thread(lambda: save_bytes(Path(path), upload_list(items, ids, guarded=guarded))))

        self._tasks.start(f"save list {next(self._numbers)}", work)

    async def survey(self, paths: Sequence[Path]) -> Survey:
        """Look through files and folders; says so meanwhile. Raises StoreError."""
        return await self._waited_for(tr("Looking through the files…"), self._queue.survey(paths))

    async def add(self, profile: str, files: Sequence[str], metadata: Mapping[str, str], priority: int) -> Added:
        """Queue files; says so meanwhile, and what came of it. Raises StoreError."""
        adding = self._queue.add(profile, files, metadata=metadata, priority=priority)
        added = await self._waited_for(tr("Adding the files…"), adding)
        self.say(tr("{items} added.", items=counted(len(added.items))) if added.items else "")
        return added

    # Following

    async def _follow(self) -> None:
        async with aclosing(paced(self._queue.snapshot)) as changes:
            async for _snapshot in changes:
                self._take()

    async def _waited_for(self, what: str, work: Coroutine[object, object, T]) -> T:
        self._busy = what
        self._take()
        try:
            return await work
        finally:
            self._busy = ""
            self._take()

    def _ask(self, what: str, work: Callable[[], Coroutine[object, object, None]], ids: Sequence[str]) -> None:
        """Nothing of this waits for another: each is about the ids it names."""
        if ids:
            self._tasks.start(f"{what} {next(self._numbers)}", work)

    def _tick(self) -> None:
        if (self.clock() - self._said_at).total_seconds() > _SAID_S:
            self._said = ""
        self._take()
        self.ticked.emit()

    @property
    def _folded(self) -> set[UploadGroup]:
        return self._collapsed_found if self._filter.text.strip() else self._collapsed

    def _take(self) -> None:
        snapshot = self._queue.snapshot.value
        if snapshot.items is not self._tally.items:
            self._tally = tallied(snapshot.items)
        if self._watched:
            self._make_rows(snapshot)
        state = self._state_of(snapshot)
        if state.chosen is not None:
            self._read_story(state.chosen)
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
        self.thumbnail.look(state.chosen if self._watched else None)

    def _make_rows(self, snapshot: QueueSnapshot) -> None:
        folded = frozenset(self._folded)
        made_of = (snapshot.items, self._filter, folded, snapshot.holding)
        if self._made_of is not None and _same(made_of, self._made_of):
            self.model.show_progress(snapshot.progress)
            return
        self._made_of = made_of
        shown = rows(snapshot.items, self._filter, folded)
        self.model.show(shown, snapshot.progress, snapshot.holding)
        self._shown = sum(row.count for row in shown if not isinstance(row, UploadItem))

    def _state_of(self, snapshot: QueueSnapshot) -> UploadsState:
        tally = self._tally
        chosen = tally.by_id.get(self._chosen)
        holding = snapshot.holding
        return UploadsState(
            loaded=snapshot.loaded,
            counts=tally.counts,
            offered=self._state.offered if not self._watched else bool(self.gateways()),  # makes what speaks HTTP
            shown=self._shown,
            unfinished=sum(tally.unfinished_of.values()),
            done=tally.done,
            needing=tally.needing,
            movable=tally.movable,
            total=snapshot.total,
            paused=snapshot.paused,
            bandwidth_bps=snapshot.bandwidth_bps,
            notes=(
                *(
                    holding_text(name, holding[name], held)
                    for name, held in sorted(tally.unfinished_of.items())
                    if holding.get(name)
                ),
                *watch_notes(snapshot.watched),
            ),
            trouble=explain(snapshot.trouble).text if snapshot.trouble is not None else "",
            said=self._said,
            busy=self._busy,
            gateways=tally.gateways,
            unfinished_of=tally.unfinished_of,
            filter=self._filter,
            chosen=chosen,
            progress=snapshot.progress.get(self._chosen),
            holding=holding.get(chosen.profile, "") if chosen is not None else "",
            story=self._story[2] if chosen is not None and self._story[0] == chosen.id else (),
            next=self._next(chosen, snapshot) if chosen is not None else None,
        )

    def _next(self, item: UploadItem, snapshot: QueueSnapshot) -> NextStep:
        return next_step(
            item,
            self.clock(),
            user_id=self.user_id(item.profile),
            holding=snapshot.holding.get(item.profile, ""),
            paused=snapshot.paused,
        )

    def _read_story(self, item: UploadItem) -> None:
        whose, revision = item.id, item.revision
        if self._story[:2] == (whose, revision):
            return
        self._story = (whose, revision, self._story[2] if self._story[0] == whose else ())

        async def work() -> None:
            steps = await self._queue.story(whose)
            if self._story[:2] == (whose, revision):
                self._story = (whose, revision, steps)
                self._take()

        self._tasks.restart("story", work)


def _same(one: object, other: object) -> bool:
    """Without comparing ten thousand items: those of another snapshot are other ones."""
    if not isinstance(one, tuple) or not isinstance(other, tuple):
        return False
    return one[0] is other[0] and one[1:] == other[1:]
