"""Scenes of the tour around the upload queue: dropped, sent, refused, held, ten thousand of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from console import start
from console.cli.window import sign_in_everywhere
from console.model.upload import FailureClass, UploadItem, UploadState
from console.views.destinations import UPLOADS
from console.views.theme import Choice
from console.views.uploads.view import UploadsView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from console.app import App
    from console.cli.tour import Album, Hand
    from console.cli.tour_accounts import CameAbout
    from console.paths import Home
    from console.presenters.uploads import UploadsPresenter
    from console.sandbox.process import SandboxProcess
    from console.store.key import KeyChoice

_KIB, _MIB = 1 << 10, 1 << 20
_SLOW_BPS = 768 * _KIB
_DROPPED, _MANY, _BIG = 120, 10_000, 6


class Scenes:
    """The window, the hand that uses it, and the files."""

    def __init__(self, app: App, album: Album, hand: Hand, folder: Path, came_about: CameAbout) -> None:
        self.app = app
        self.album = album
        self.hand = hand
        self.folder = folder
        self.came_about = came_about

    @property
    def view(self) -> UploadsView:
        """The view; there once it was shown."""
        view = self.app.window.known_view(UPLOADS, "")
        if isinstance(view, UploadsView):
            return view
        raise LookupError("the Uploads view is not there")

    @property
    def presenter(self) -> UploadsPresenter:
        """What it renders."""
        return self.view.presenter

    def of(self, state: UploadState, kind: FailureClass | None = None) -> list[UploadItem]:
        """The items in a state."""
        items = [one for group in self.presenter.state.counts for one in self.presenter.members(group)]
        return [
            one
            for one in items
            if one.state is state and (kind is None or (one.failure is not None and one.failure.kind is kind))
        ]

    def write(self, place: str, count: int, size_bytes: int) -> list[str]:
        """Small documents, each unlike all others."""
        folder = self.folder / place
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for number in range(count):
            path = folder / f"{place} {number + 1}.pdf"
            head = f"%PDF-1.4\n% {place} {number}\n".encode()
            path.write_bytes(head + b"\0" * max(0, size_bytes - len(head)))
            paths.append(str(path))
        return paths


def run(  # noqa: PLR0917  (the tour's own things)
    home: Home,
    folder: Path,
    key: KeyChoice,
    album: Album,
    sandbox: SandboxProcess,
    hands: Callable[[App], Hand],
    came_about: CameAbout,
    switch: Callable[[dict[str, object]], Awaitable[None]],
) -> int:
    """A home of its own, signed in to every face of the sandbox, and a folder for documents; the exit code."""

    async def drive(app: App) -> None:
        scenes = Scenes(app, album, hands(app), folder, came_about)
        await came_about(lambda: scenes.hand.shown("login.url"))
        try:
            await _look(scenes, sandbox, switch)
        finally:
            await sandbox.stop()
        app.quit(0)

    return start.run(home, key=key, theme=Choice.LIGHT, drive=drive)


async def _look(
    scenes: Scenes, sandbox: SandboxProcess, switch: Callable[[dict[str, object]], Awaitable[None]]
) -> None:
    app, album, hand = scenes.app, scenes.album, scenes.hand
    hand.press("nav.uploads")
    await album.take(app, "uploads-no-gateway", lambda: hand.shown("uploads.face"))
    await sandbox.start()
    await sign_in_everywhere(app, sandbox)
    app.shell.choose("sandbox-kong", UPLOADS)
    await scenes.came_about(lambda: {"sandbox-kong", "sandbox-dafnck"} <= dict(scenes.presenter.gateways()).keys())
    await album.take(app, "uploads-empty", lambda: hand.shown("uploads.face.act"))
    await _drop(scenes)
    await _send(scenes, switch)
    await _fail(scenes, switch)
    scenes.presenter.hold(paused=True)
    await scenes.came_about(lambda: scenes.presenter.state.paused)
    await scenes.presenter.add("sandbox-kong", scenes.write("many", _MANY, 64), {}, 0)
    await album.take(app, "uploads-ten-thousand", lambda: scenes.presenter.state.unfinished >= _MANY)
    scenes.presenter.hold(paused=False)
    await sandbox.kill()
    await album.take(app, "uploads-offline", lambda: bool(scenes.presenter.state.notes))


async def _drop(scenes: Scenes) -> None:
    app, album, hand = scenes.app, scenes.album, scenes.hand
    paths = scenes.write("scan", _DROPPED, 20 * _KIB)
    for name, urls in (
        ("uploads-drop", [QUrl.fromLocalFile(path) for path in paths]),
        ("uploads-drop-refused", [QUrl("https://example.org/picture.png")]),
    ):
        data = QMimeData()
        data.setUrls(urls)
        copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(scenes.view, enter)
        await album.take(app, name, lambda: hand.shown("uploads.drop"))
        QApplication.sendEvent(scenes.view, QDragLeaveEvent())
    scenes.view.dropped.emit(tuple(scenes.folder.iterdir()))
    dialog = "uploads.add.dialog"
    await album.take(app, "uploads-add", lambda: hand.shown(dialog), lambda: hand.find(QDialog, dialog))
    hand.find(QLineEdit, "uploads.add.category").setText("scan")
    hand.press("uploads.add.sure")
    scenes.presenter.limit(_SLOW_BPS)
    hand.press("uploads.add.go")
    await scenes.came_about(lambda: scenes.presenter.state.unfinished > 0)


async def _send(scenes: Scenes, switch: Callable[[dict[str, object]], Awaitable[None]]) -> None:
    app, album, presenter = scenes.app, scenes.album, scenes.presenter
    await presenter.add("sandbox-dafnck", scenes.write("contract", _BIG, 2 * _MIB), {"thumbnail": "true"}, 1)
    await switch({"slow_commit": {"seconds": 6.0, "count": 1, "method": "POST", "face": "aigentable"}})
    await presenter.add("sandbox-aigentable", scenes.write("letter", 2, 90 * _KIB), {"category": "letters"}, 0)
    sending = UploadState.UPLOADING
    await scenes.came_about(lambda: any(_sent(scenes, one) for one in scenes.of(sending)))
    await album.take(app, "uploads-sending", lambda: bool(scenes.of(sending)) and presenter.state.done > 0)
    scenes.view.show_part(scenes.of(sending)[0].id)
    await album.take(app, "uploads-detail-sending", lambda: bool(presenter.state.story))
    presenter.limit(None)
    await album.take(app, "uploads-all-arrived", lambda: not presenter.state.unfinished)
    presenter.choose("")


def _sent(scenes: Scenes, item: UploadItem) -> bool:
    scenes.presenter.choose(item.id)
    progress = scenes.presenter.state.progress
    scenes.presenter.choose("")
    return progress is not None and progress.rate_bps is not None


async def _fail(scenes: Scenes, switch: Callable[[dict[str, object]], Awaitable[None]]) -> None:
    app, album, presenter = scenes.app, scenes.album, scenes.presenter
    presenter.clear_done()
    await scenes.came_about(lambda: not presenter.state.settled)
    await switch({"status": {"method": "POST", "path": "/api/v1/documents", "face": "kong", "status": 503}})
    await presenter.add("sandbox-kong", scenes.write("invoice", 3, 8 * _KIB), {}, 0)
    await switch({"room_bytes": 1})
    await presenter.add("sandbox-aigentable", scenes.write("report", 1, 9 * _KIB), {}, 0)
    presenter.hold(paused=True)
    await scenes.came_about(lambda: presenter.state.paused)
    gone = scenes.write("moved away", 1, _KIB)
    await presenter.add("sandbox-dotmac", gone, {}, 0)
    scenes.folder.joinpath("moved away", "moved away 1.pdf").unlink()
    presenter.hold(paused=False)
    failed, lost = UploadState.FAILED, UploadState.NEEDS_FILE
    await scenes.came_about(lambda: len(scenes.of(failed)) >= 4 and bool(scenes.of(lost)))  # noqa: PLR2004  (all of them)
    scenes.view.show_part(scenes.of(failed)[0].id)
    await album.take(app, "uploads-failed", lambda: bool(presenter.state.story))
    scenes.view.show_part(scenes.of(lost)[0].id)
    await album.take(app, "uploads-needs-file", lambda: bool(presenter.state.story))
    presenter.choose("")
    await switch({"status": False, "room_bytes": False})
    presenter.retry_failed()
    await scenes.came_about(lambda: not presenter.state.failed)
    await _undecided(scenes, switch)


async def _undecided(scenes: Scenes, switch: Callable[[dict[str, object]], Awaitable[None]]) -> None:
    """An answer is lost, and the list in which the document would be looked up is not there."""
    app, album, presenter = scenes.app, scenes.album, scenes.presenter
    place: dict[str, object] = {"face": "kong", "path": "/api/v1/documents"}
    await switch(
        {"lose_answer": {**place, "method": "POST", "count": 1}, "status": {**place, "method": "GET", "status": 404}}
    )
    await presenter.add("sandbox-kong", scenes.write("unanswered", 1, 3 * _KIB), {}, 0)
    kind = FailureClass.UNDECIDED
    await scenes.came_about(lambda: bool(scenes.of(UploadState.FAILED, kind)))
    for item in scenes.of(UploadState.FAILED, kind):
        scenes.view.show_part(item.id)
    shown = scenes.hand.shown
    await album.take(app, "uploads-undecided", lambda: shown("uploads.detail.is_there") and bool(presenter.state.story))
    await switch({"lose_answer": False, "status": False})
    scenes.hand.press("uploads.detail.look_up")
    await album.take(app, "uploads-looked-up", lambda: not scenes.of(UploadState.FAILED, kind) and _all_sent(scenes))


def _all_sent(scenes: Scenes) -> bool:
    return not any(scenes.of(state) for state in UploadState if state.held or state is UploadState.WAITING)
