"""The documents of one gateway: the list, one of them in full, and what is done about it."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from console.i18n import tr
from console.model.connection import Connection, Phase
from console.model.document import Document, DocumentAction
from console.model.errors import GatewatchError, GatewayError, NotFound, NotOffered
from console.model.freshness import Freshness
from console.presenters.display import age_text, printable
from console.presenters.document_texts import fetched_ratio, fetching_text, name_text
from console.presenters.documents_model import DocumentsModel
from console.presenters.documents_state import WRITES, DocumentsPhase, DocumentsState, Fetching, Said, phase_of
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope
from console.presenters.thumbnail import ThumbnailPresenter
from console.services.explain import explain
from console.services.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.model.profile import Profile
    from console.model.upload import UploadProgress
    from console.services.upload_ports import DocumentShelf

SEARCH_PAUSE_MS = 300
_TICK_MS = 1000
_LOOKS_AT_WORK = 40  # at most so many seconds is a document that was given to the platform looked at
_EVERY_TICKS = 2
_NAME_LIMIT = 120
_LOOK, _DETAILS, _FETCH, _DO = "look", "details", "download", "change"


class ShelvedSession(Protocol):
    """What is asked of a session; see `console.services.session.Session`."""

    @property
    def documents(self) -> DocumentShelf:
        """Its documents."""

    @property
    def profile(self) -> Profile:
        """How to reach the gateway."""

    @property
    def connection(self) -> Latest[Connection]:
        """The connection's story."""


class DocumentsPresenter(QObject):
    """Works between `start` and `pause`; a change or a download that is under way then goes on.

    Attributes:
        rows: The model behind the table.
        thumbnail: The small picture of what is looked at.
    """

    state_changed = Signal(object)  # DocumentsState

    def __init__(
        self,
        session: ShelvedSession,
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._tasks = TaskScope(self, on_error)
        self.thumbnail = ThumbnailPresenter(on_error, self)
        self.state = DocumentsState(read_only=session.profile.read_only)
        self.rows = DocumentsModel(clock, self)
        self._page, self._search = 1, ""
        self._chosen = ""  # the id of what is looked at
        self._full: Document | None = None  # as the gateway said last
        self._looks_left = self._ticks = 0
        self._arrivals = session.documents.arrivals
        self._debounce = _timer(self, SEARCH_PAUSE_MS, self._search_now, once=True)
        self._clockwork = _timer(self, _TICK_MS, self._tick)

    @property
    def confirmation(self) -> str:
        """What must be typed before something is deleted; empty where a click is enough."""
        profile = self._session.profile
        return profile.name if profile.production else ""

    def start(self) -> None:
        """Follow the page."""
        self._clockwork.start()
        self._tasks.start("page", self._follow)
        self._look()
        self._look_for_arrivals()
        if self._chosen:
            self._ask_details()

    def pause(self) -> None:
        """Nobody looks: nothing is asked, and nothing kept on screen that may soon be another user's."""
        self._clockwork.stop()
        self._debounce.stop()
        for name in (_LOOK, "page", _DETAILS):
            self._tasks.cancel(name)
        self._session.documents.rest()
        self._full = None
        self._take()

    async def stop(self) -> None:
        """Stop for good."""
        self._clockwork.stop()
        self._debounce.stop()
        await self.thumbnail.stop()
        await self._tasks.close()

    # Intents

    def search(self, text: str) -> None:
        """Look for something, once the operator stops typing."""
        self._search = text.strip()
        self._debounce.start()

    def turn(self, pages: int) -> None:
        """Go so many pages on, or back."""
        if (page := max(1, self._page + pages)) != self._page:
            self._page = page
            self._look()

    def look_again(self) -> None:
        """Ask the gateway now."""
        self._session.documents.look_again()
        if self._chosen:
            self._ask_details()

    def choose(self, document_id: str) -> None:
        """Look at one, whether or not it is on this page; the empty id is none."""
        if document_id == self._chosen:
            return
        self._chosen, self._full = document_id, None
        self._set(chosen_note="", said=Said())
        self._tasks.cancel(_DETAILS)
        self._take()
        if document_id:
            self._ask_details()

    def delete(self, document: Document) -> None:
        """Remove one; whoever calls has asked the operator."""

        async def work() -> None:
            await self._session.documents.delete(document.id)
            if self._chosen == document.id:
                self._chosen, self._full = "", None

        self._do(tr("Deleting it"), tr("Deleted {name}.", name=_short(document)), work)

    def process(self, document: Document) -> None:
        """Have the platform work on one; it is looked at for a while."""

        async def work() -> None:
            await self._session.documents.process(document.id)
            self._looks_left = _LOOKS_AT_WORK

        self._do(tr("Asking the platform to work on it"), tr("{name} is being processed.", name=_short(document)), work)

    def download(self, document: Document, folder: str) -> None:
        """Fetch one into a folder."""
        progress: Latest[UploadProgress | None] = Latest(None)
        name = _short(document)

        async def work() -> None:
            self._set(fetching=Fetching(name=name), said=Said())
            try:
                path = await self._session.documents.download(document.id, Path(folder), progress)
                self._set(said=Said(text=tr("Saved as {name}.", name=printable(path.name)), path=str(path)))
            except GatewatchError as exc:
                self._say_failed(exc)
            finally:
                self._tasks.cancel("download progress")
                self._set(fetching=None)

        async def follow() -> None:
            async with aclosing(paced(progress)) as steps:
                async for step in steps:
                    if step is not None:
                        self._set(fetching=Fetching(name=name, ratio=fetched_ratio(step), text=fetching_text(step)))

        if self._tasks.start(_FETCH, work):
            self._tasks.restart("download progress", follow)

    def cancel_download(self) -> None:
        """Give up the download; nothing half stays behind."""
        if self._tasks.running(_FETCH):
            self._tasks.cancel(_FETCH)
            self._set(said=Said(text=tr("The download was cancelled.")))

    # Inside

    def _look(self) -> None:
        page, search = self._page, self._search
        self._tasks.restart(_LOOK, lambda: self._session.documents.look(page, search))

    def _search_now(self) -> None:
        self._page = 1
        self._look()

    def _ask_details(self) -> None:
        document_id = self._chosen
        if DocumentAction.DETAILS not in self._session.documents.actions:
            return

        async def work() -> None:
            note = ""
            try:
                found = await self._session.documents.details(document_id)
            except NotFound:
                found, note = None, tr("It is no longer there.")
            except NotOffered:
                return
            except GatewayError as exc:
                found, note = None, explain(exc).text
            if document_id == self._chosen:
                self._full = found
                self._set(chosen_note=note)
                self._take()

        self._tasks.restart(_DETAILS, work)

    def _do(self, doing: str, done: str, act: Callable[[], Awaitable[None]]) -> None:
        async def work() -> None:
            self._set(working=doing, said=Said())
            try:
                await act()
                self._set(said=Said(text=done))
            except GatewatchError as exc:
                self._say_failed(exc)
            finally:
                self._set(working="")
                self._take()
                if self._chosen:
                    self._ask_details()

        self._tasks.start(_DO, work)

    def _say_failed(self, error: GatewatchError) -> None:
        said = explain(error)
        self._set(said=Said(text=said.text, request_id=said.request_id, failed=True))

    def _tick(self) -> None:
        self._looks_left = max(0, self._looks_left - 1)
        self._ticks += 1
        if self._ticks % _EVERY_TICKS == 0:
            self._look_for_arrivals()
            if self._looks_left:
                self.look_again()
        self._take()
        self.rows.tell_changed()

    def _look_for_arrivals(self) -> None:
        """What was uploaded meanwhile belongs on the list."""
        if (arrivals := self._session.documents.arrivals) != self._arrivals:
            self._arrivals = arrivals
            self._session.documents.look_again()

    async def _follow(self) -> None:
        async with aclosing(paced(self._session.documents.page)) as pages:
            async for _page in pages:
                self._take()

    def _take(self) -> None:
        shelf, now = self._session.documents, self._clock()
        told, phase = shelf.page.value, self._session.connection.value.phase
        known = told.known if told is not None else None
        error = told.error if told is not None else None
        page = known.value if known is not None else None
        listed = page.documents if page is not None else ()
        if listed is not self.rows.rows:
            self.rows.show(listed)
        lost = phase not in (Phase.LIVE, Phase.PARTIAL) or error is not None
        budget_s = Freshness.NOTICES.default_budget_s
        actions = shelf.actions if told is not None else frozenset()
        read_only = self._session.profile.read_only
        self._set(
            phase=phase_of(told, phase, self._search),
            count=len(listed),
            total=page.total if page is not None else None,
            page=page.page if page is not None else self._page,
            more=page is not None and page.more,
            search=self._search,
            age=age_text(known.age_s(now)) if known is not None else "",
            stale=known is not None and known.is_stale(now, budget_s=budget_s, source_lost=lost),
            skipped=page.skipped if page is not None else (),
            explanation=explain(error) if error is not None else None,
            answers=error.answers if isinstance(error, NotOffered) else (),
            actions=actions - WRITES if read_only else actions,
            chosen=self._shown_of(listed, actions),
            read_only=read_only,
        )
        self._look_at_picture()

    def _look_at_picture(self) -> None:
        url = self.state.chosen.thumbnail_url if self.state.chosen is not None else ""
        if url and self._clockwork.isActive():
            self.thumbnail.show((self._chosen, url), lambda: self._session.documents.thumbnail(url))
        else:
            self.thumbnail.clear()

    def _shown_of(self, listed: tuple[Document, ...], actions: frozenset[DocumentAction]) -> Document | None:
        """In full where the gateway told it, otherwise as it stands in the list; at least its id."""
        if not self._chosen:
            return None
        if self._full is not None:
            return self._full
        if (row := next((one for one in listed if one.id == self._chosen), None)) is not None:
            return row
        unknown = self.state.chosen_note or (actions and DocumentAction.DETAILS not in actions)
        return Document(id=self._chosen, name="") if unknown else None

    def _set(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def _short(document: Document) -> str:
    return name_text(document)[:_NAME_LIMIT]


def _timer(owner: QObject, interval_ms: int, act: Callable[[], None], *, once: bool = False) -> QTimer:
    timer = QTimer(owner)
    timer.setInterval(interval_ms)
    timer.setSingleShot(once)
    timer.timeout.connect(act)
    return timer


__all__ = ["DocumentsPhase", "DocumentsPresenter", "DocumentsState"]
