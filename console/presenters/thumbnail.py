"""The small picture of what a pane is about: fetched while the pane is open, given up with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.errors import GatewatchError, NotOffered
from console.presenters.display import printable
from console.presenters.task_scope import TaskScope
from console.services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from console.model.upload import UploadItem
    from console.services.upload_ports import UploadQueue

_FETCH = "thumbnail"
_NOTE_LIMIT = 300


class Thumbnail(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown in a picture's place: nothing, a note, or the picture.

    Attributes:
        content: As the gateway sent it, not decoded yet: it may be no picture after all. Empty for none.
        note: Why there is none, or that it is on its way; safe to show as plain text. Empty for nothing to say.
    """

    content: bytes = b""
    note: str = ""


NOTHING = Thumbnail()


class ThumbnailPresenter(QObject):
    """One picture at a time."""

    changed = Signal(object)  # Thumbnail

    def __init__(self, on_error: Callable[[str, Exception], None], parent: QObject) -> None:
        super().__init__(parent)
        self.state = NOTHING
        self._shown: object = None
        self._tasks = TaskScope(self, on_error)

    def show(self, what: object, fetch: Callable[[], Coroutine[object, object, bytes]]) -> None:
        """Fetch the picture of something; what is shown already, or was tried, is not fetched again."""
        if what == self._shown:
            return
        self._shown = what

        async def work() -> None:
            try:
                self._set(Thumbnail(content=await fetch()))
            except NotOffered:  # its address, among the facts, is all there is
                self._set(NOTHING)
            except GatewatchError as exc:
                why = printable(explain(exc).headline, _NOTE_LIMIT)
                self._set(Thumbnail(note=tr("No picture. {why}", why=why)))

        self._set(Thumbnail(note=tr("The picture is on its way.")))
        self._tasks.restart(_FETCH, work)

    def clear(self) -> None:
        """Nobody looks at anything: what is under way is given up."""
        self._shown = None
        self._tasks.cancel(_FETCH)
        self._set(NOTHING)

    async def stop(self) -> None:
        """Stop for good."""
        await self._tasks.close()

    def _set(self, state: Thumbnail) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)


class UploadThumbnail(ThumbnailPresenter):
    """Of an upload."""

    def __init__(self, queue: UploadQueue, on_error: Callable[[str, Exception], None], parent: QObject) -> None:
        super().__init__(on_error, parent)
        self._queue = queue

    def look(self, item: UploadItem | None) -> None:
        """Show the picture of an item, if it has one; None is for nobody looking."""
        if item is not None and item.thumbnail_url:
            self.show((item.id, item.thumbnail_url), lambda: self._queue.thumbnail(item))
        else:
            self.clear()
