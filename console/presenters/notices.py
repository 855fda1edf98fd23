"""The notifications centre on screen: filter, choice, what is marked read and muted."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from console.model import muting
from console.model.muting import Mute
from console.model.noticed import Entry, Noticed
from console.presenters.notice_model import NoticeModel
from console.presenters.notice_rows import Group, NoticeFilter, entries_of, rows
from console.presenters.notice_texts import mute_text, reach_notes
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.presenters.notice_rows import Row
    from console.services.latest import Latest

_TICK_MS = 1000


class Centre(Protocol):
    """See `console.services.notice_centre.NoticeCentre`."""

    @property
    def noticed(self) -> Latest[Noticed]:
        """Everything known."""

    @property
    def mutes(self) -> Sequence[Mute]:
        """What is muted now."""

    async def mark_read(self, entries: Iterable[Entry]) -> None:
        """Mark entries read. Raises GatewayError."""

    async def mute(self, mute: Mute) -> None:
        """Tell no more of a source. Raises SettingsError."""

    async def unmute(self, gateway: str, service: str) -> None:
        """Tell of a source again. Raises SettingsError."""

    def service_id(self, entry: Entry) -> str:
        """Which service an entry is about."""


class NoticesState(msgspec.Struct, frozen=True, kw_only=True):
    """What the view shows beside the rows.

    Attributes:
        loaded: Something is known, or it is known that there is nothing.
        gateways: Names to choose from.
        total: Entries, whatever the filter.
        shown: Entries that pass it.
        unread: Entries that are unread and not muted.
        muted_unread: Entries that are unread and muted.
        left_out: Older ones that the limit left no room for.
        quiet: It is one of the quiet hours.
        filter: What is asked for.
        chosen: The row that is looked at; None for none.
        mutes: What is muted, with its words.
        notes: What is missing or old, and why.
    """

    loaded: bool = False
    gateways: tuple[str, ...] = ()
    total: int = 0
    shown: int = 0
    unread: int = 0
    muted_unread: int = 0
    left_out: int = 0
    quiet: bool = False
    filter: NoticeFilter = NoticeFilter()
    chosen: Group | Entry | None = None
    mutes: tuple[tuple[Mute, str], ...] = ()
    notes: tuple[str, ...] = ()


class NoticesPresenter(QObject):
    """Always at work: the number on the rail is wanted whichever view is shown."""

    state_changed = Signal(object)  # NoticesState
    ticked = Signal()  # ages grew

    def __init__(
        self,
        centre: Centre,
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.clock = clock
        self.model = NoticeModel(clock, self)
        self._centre = centre
        self._tasks = TaskScope(self, on_error)
        self._filter = NoticeFilter()
        self._chosen: tuple[str, ...] = ()
        self._state = NoticesState()
        self._made_of: tuple[tuple[Entry, ...], NoticeFilter] = ((), self._filter)  # what the rows were made of
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def state(self) -> NoticesState:
        """What is shown now."""
        return self._state

    def start(self) -> None:
        """Follow the centre."""
        self._tasks.start("notices", self._follow)

    def watch(self, *, shown: bool) -> None:
        """Somebody looks, or nobody does: only then do ages have to grow."""
        if shown:
            self._timer.start()
            self._tick()
        else:
            self._timer.stop()

    async def stop(self) -> None:
        """Stop for good."""
        self._timer.stop()
        await self._tasks.close()

    # Intents

    def narrow(self, **wanted: object) -> None:
        """Change parts of the filter; see `NoticeFilter`."""
        self._filter = msgspec.structs.replace(self._filter, **wanted)
        self._take()

    def choose(self, key: tuple[str, ...]) -> None:
        """Look at a row; the empty key is none."""
        self._chosen = key
        self._take()

    def mark_read(self, entry: Entry) -> None:
        """Somebody has read this one."""
        if entry.unread:
            self._start_marking(f"mark read {entry.key}", (entry,))

    def mark_all_read(self) -> None:
        """Whatever passes the filter is read."""
        self._start_marking("mark all read", entries_of(self.model.rows))

    def mute(self, gateway: str, service: str, until: datetime | None) -> None:
        """Tell no more of a source; None is for good."""
        mute = Mute(gateway=gateway, service=service, until=until)
        self._tasks.start(f"mute {gateway} {service}", lambda: self._centre.mute(mute))

    def mute_for_an_hour(self, gateway: str, service: str) -> None:
        """Tell no more of a source for an hour."""
        self.mute(gateway, service, muting.in_an_hour(self.clock()))

    def mute_until_tomorrow(self, gateway: str, service: str) -> None:
        """Tell no more of a source until eight in the morning."""
        self.mute(gateway, service, muting.tomorrow_morning(self.clock()))

    def unmute(self, mute: Mute) -> None:
        """Tell of a source again."""
        work = f"mute {mute.gateway} {mute.service}"
        self._tasks.start(work, lambda: self._centre.unmute(mute.gateway, mute.service))

    def place(self, row: Row) -> tuple[str, str]:
        """Where a row leads: a gateway, and a service of it or the empty text."""
        entry = row if isinstance(row, Entry) else self._first_of(row)
        return (row.gateway, self._centre.service_id(entry) if entry is not None else "")

    # Following

    async def _follow(self) -> None:
        async with aclosing(paced(self._centre.noticed)) as changes:
            async for _noticed in changes:
                self._take()

    def _start_marking(self, name: str, entries: Sequence[Entry]) -> None:
        wanted = [entry for entry in entries if entry.unread]
        if wanted:
            self._tasks.start(name, lambda: self._centre.mark_read(wanted))

    def _tick(self) -> None:
        self._take()
        self.ticked.emit()

    def _take(self) -> None:
        noticed, now = self._centre.noticed.value, self.clock()
        if (made_of := (noticed.entries, self._filter)) != self._made_of:
            self._made_of = made_of
            self.model.show(rows(*made_of))
        shown = self.model.rows
        chosen = next((row for row in shown if row.key == self._chosen), None)
        state = NoticesState(
            loaded=bool(noticed.entries) or all(one.loaded or not one.signed_in for one in noticed.reach),
            gateways=tuple(one.gateway for one in noticed.reach),
            total=len(noticed.entries),
            shown=len(entries_of(shown)),
            unread=noticed.unread,
            muted_unread=noticed.muted_unread,
            left_out=noticed.left_out,
            quiet=noticed.quiet,
            filter=self._filter,
            chosen=chosen,
            mutes=tuple((mute, mute_text(mute, now)) for mute in self._centre.mutes),
            notes=reach_notes(noticed.reach, now),
        )
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    def _first_of(self, group: Group) -> Entry | None:
        place = (group.gateway, group.source)
        return next((one for one in entries_of(self.model.rows) if (one.gateway, one.source) == place), None)
