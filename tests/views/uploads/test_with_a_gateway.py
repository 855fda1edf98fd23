"""The uploads of a real queue in the window: sandbox, sockets, encrypted journal, widgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from console.model.upload import UploadState
from console.presenters.login import LoginPresenter
from console.presenters.shell import HOME, ShellPresenter
from console.presenters.upload_rows import UploadGroup
from console.sandbox.thread import SandboxThread
from console.views.destinations import DestinationView
from console.views.main_window import MainWindow
from console.views.uploads.desk import UploadsDesk
from console.views.uploads.view import UploadsView
from tests.services.uploads.conftest import desktop_at
from tests.views.shell_window import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.views.theme import ThemeProvider

pytestmark = [
    pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True),
    pytest.mark.timeout(120),
]


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread() as running:
        yield running


async def test_what_is_dropped_arrives(themes: ThemeProvider, tmp_path: Path, sandbox: SandboxThread) -> None:
    errors: list[Exception] = []
    async with desktop_at(tmp_path / "desktop", sandbox, sandbox.kong_url) as desktop:
        directory = desktop.console.directory
        window = MainWindow(themes, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
        window.resize(1240, 780)
        window.show()
        shell = ShellPresenter(directory, lambda _what, error: errors.append(error))
        login = LoginPresenter(directory, lambda _what, error: errors.append(error))
        desk = UploadsDesk(
            window, themes, desktop.queue, directory, lambda: "kong", lambda _what, error: errors.append(error)
        )
        shell.start()
        window.attach(shell, login, {HOME: lambda _name: DestinationView(), **desk.makers})
        window.go("uploads")
        try:
            await _drop_and_watch(window, desk, [desktop.file("a.txt"), desktop.file("b ü.txt")])
            desktop.start()
            await until(lambda: desk.presenter.state.done == 2)
            assert desktop.arrived_once("a.txt", "b ü.txt")
            await _look_at_the_story(window, desk)
            _button(window, "uploads.clear").click()
            await until(lambda: not desk.presenter.state.done)
        finally:
            for part in (desk, login, shell):
                await part.stop()
            window.hide()
            window.deleteLater()
    assert errors == []


async def _drop_and_watch(window: MainWindow, desk: UploadsDesk, paths: list[str]) -> None:
    """Files are dropped on the view, the dialog is answered, and they wait in the table."""
    await until(lambda: desk.presenter.state.offered)
    view = window.known_view("uploads", "")
    assert isinstance(view, UploadsView)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(Path(paths[0]).parent))])
    copy, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QDragEnterEvent(QPoint(99, 99), copy, data, button, keys))
    QApplication.sendEvent(view, QDropEvent(QPointF(99, 99), copy, data, button, keys))
    await until(lambda: any(one.isVisible() for one in window.findChildren(QWidget, "uploads.add.dialog")))
    assert _button(window, "uploads.add.go").text() == "Add 2 files"
    _button(window, "uploads.add.go").click()
    await until(lambda: view.table.model().rowCount() == 3)


async def _look_at_the_story(window: MainWindow, desk: UploadsDesk) -> None:
    view = window.known_view("uploads", "")
    assert isinstance(view, UploadsView)
    view.show_part(desk.presenter.members(UploadGroup.DONE)[0].id)
    await until(lambda: bool(desk.presenter.state.story))
    assert desk.presenter.state.story[-1].state is UploadState.DONE
    assert _button(window, "uploads.detail.show").isVisible()


def _button(window: MainWindow, name: str) -> QPushButton:
    return next(one for one in window.findChildren(QPushButton, name) if one.isVisible())
