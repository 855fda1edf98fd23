"""Scenes of the tour around a gateway's documents: the list, one of them, a download, and each way to have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QLineEdit, QWidget

from console import start
from console.cli.window import sign_in_everywhere
from console.model.connection import Phase
from console.model.document import DocumentAction
from console.views.destinations import DOCUMENTS
from console.views.documents.view import DocumentsView
from console.views.theme import Choice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.app import App
    from console.cli.tour import Album, Hand
    from console.cli.tour_accounts import CameAbout
    from console.paths import Home
    from console.sandbox.process import SandboxProcess
    from console.store.key import KeyChoice

_ALL = frozenset(DocumentAction)
_PATH = "/api/v1/documents"


def run(
    home: Home,
    key: KeyChoice,
    album: Album,
    sandbox: SandboxProcess,
    hands: Callable[[App], Hand],
    came_about: CameAbout,
    switch: Callable[[dict[str, object]], Awaitable[None]],
) -> int:
    """A home of its own, signed in to every face of the sandbox; the exit code."""

    async def drive(app: App) -> None:
        await came_about(lambda: hands(app).shown("login.url"))
        try:
            await sandbox.start()
            await sign_in_everywhere(app, sandbox)
            await _look(app, album, hands(app), home, came_about, switch)
            await sandbox.kill()
            await album.take(app, "documents-offline", lambda: "stale" in hands(app).text("documents.age"))
        finally:
            await sandbox.stop()
        app.quit(0)

    return start.run(home, key=key, theme=Choice.LIGHT, drive=drive)


async def _look(
    app: App,
    album: Album,
    hand: Hand,
    home: Home,
    came_about: CameAbout,
    switch: Callable[[dict[str, object]], Awaitable[None]],
) -> None:
    full, bare = _gateways(app)
    app.shell.choose(full)
    await came_about(lambda: app.shell.state.phase is Phase.LIVE)
    await switch({"latency": {"path": _PATH, "seconds": 3.0, "count": 1}})
    hand.press("nav.documents")
    await album.take(app, "documents-loading", lambda: hand.shown("documents.loading"))
    await album.take(app, "documents", lambda: hand.shown("documents.table") and _rows(app, full) > 1)
    view = _view(app, full)
    if view is None:
        raise LookupError("the documents are not there")
    view.table.selectRow(0)
    await album.take(app, "document", lambda: "SHA-256" in _facts(hand))
    hand.press("documents.process")
    await came_about(lambda: "Completed" in _facts(hand))
    folder = home.logs_dir
    chosen = view.presenter.state.chosen
    content = f"{_PATH}/{chosen.id}/download" if chosen is not None else _PATH
    await switch({"trickle": {"path": content, "seconds": 6.0}})
    hand.press("documents.download")
    await came_about(lambda: bool(app.window.outermost().findChildren(QFileDialog, "documents.folder")))
    _choose(app, str(folder))
    await album.take(app, "document-downloading", lambda: hand.shown("documents.progress"))
    await album.take(app, "document-downloaded", lambda: "Saved as" in hand.text("documents.said"))
    hand.find(QLineEdit, "documents.search").setText("no document is called that")
    await album.take(app, "documents-nothing-found", lambda: hand.shown("documents.face"))
    hand.find(QLineEdit, "documents.search").clear()
    await came_about(lambda: hand.shown("documents.table"))
    hand.press("documents.detail.close")
    await switch({"status": {"path": _PATH, "status": 403}})
    hand.press("documents.refresh")
    await album.take(app, "documents-forbidden", lambda: hand.shown("documents.face"))
    await switch({"status": False})
    hand.press("documents.retry")
    await came_about(lambda: hand.shown("documents.table"))
    await switch({"status": {"path": _PATH, "status": 500}})
    hand.press("documents.refresh")
    await album.take(app, "documents-failing", lambda: hand.shown("documents.problem"))
    await switch({"status": False})
    app.shell.choose(bare, DOCUMENTS)
    await album.take(app, "documents-unsupported", lambda: hand.shown("documents.face"))
    app.shell.choose(full, DOCUMENTS)
    await came_about(lambda: hand.shown("documents.table"))
    hand.press("documents.refresh")
    await came_about(lambda: not hand.shown("documents.problem"))


def _gateways(app: App) -> tuple[str, str]:
    """One that lets everything be done with documents, and one that takes them without listing them."""
    offered = {one.name: app.directory.session(one.name).documents.actions for one in app.directory.profiles.value}
    full = next(name for name, actions in offered.items() if actions == _ALL)
    return full, next(name for name, actions in offered.items() if actions and DocumentAction.LIST not in actions)


def _view(app: App, gateway: str) -> DocumentsView | None:
    view = app.window.known_view(DOCUMENTS, gateway)
    return view if isinstance(view, DocumentsView) else None


def _rows(app: App, gateway: str) -> int:
    view = _view(app, gateway)
    return view.presenter.rows.rowCount() if view is not None else 0


def _choose(app: App, folder: str) -> None:
    """Answer the dialog as somebody would who picks this folder."""
    for dialog in app.window.outermost().findChildren(QFileDialog, "documents.folder"):
        dialog.fileSelected.emit(folder)
        dialog.done(QDialog.DialogCode.Rejected)


def _facts(hand: Hand) -> str:
    if not hand.shown("documents.detail"):
        return ""
    return "\n".join(label.text() for label in hand.find(QWidget, "documents.detail").findChildren(QLabel))
