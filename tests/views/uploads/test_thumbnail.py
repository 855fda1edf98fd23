"""The small picture of an upload and of a document: real sandbox, sockets, journal and widgets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QLabel, QWidget

from console.presenters.documents import DocumentsPresenter
from console.presenters.uploads import UploadsPresenter
from console.sandbox.thread import SandboxThread
from console.views.documents.view import DocumentsView
from console.views.uploads.view import UploadsView
from tests.api.scripted_gateway import Asked, reply, scripted
from tests.services.uploads.conftest import desktop_at
from tests.views.shell_window import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from console.views.theme import ThemeProvider
    from tests.services.uploads.conftest import Desktop

pytestmark = [
    pytest.mark.qt_log_ignore("does not support propagateSizeHints", "libpng", extend=True),
    pytest.mark.timeout(120),
]


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread() as running:
        yield running


def png() -> bytes:
    image = QImage(200, 100, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.darkGreen)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _raise(_what: str, error: Exception) -> None:
    raise error


@contextlib.asynccontextmanager
async def uploads_of(desktop: Desktop, themes: ThemeProvider) -> AsyncIterator[UploadsView]:
    presenter = UploadsPresenter(desktop.queue, desktop.console.directory, _raise)
    view = UploadsView(presenter, themes)
    presenter.start()
    view.resize(1200, 800)
    view.show()
    try:
        yield view
    finally:
        view.hide()
        await presenter.stop()
        view.deleteLater()


async def sent(desktop: Desktop) -> str:
    """The id of an item for which a picture was wanted, and made."""
    desktop.start()
    path = desktop.file("green.png", png())
    added = await desktop.queue.add(desktop.gateway, [path], metadata={"thumbnail": "true"})
    [item] = await desktop.settled(*(item.id for item in added.items))
    assert item.thumbnail_url
    return item.id


def label(view: QWidget, part: str) -> QLabel:
    found = view.findChild(QLabel, f"{part}.detail.thumbnail")
    assert found is not None
    return found


async def shows(view: QWidget, part: str, wanted: Callable[[QLabel], bool]) -> QLabel:
    shown = label(view, part)
    await until(lambda: shown.isVisible() and wanted(shown))
    return shown


async def test_the_picture_of_an_upload_is_shown(themes: ThemeProvider, tmp_path: Path, sandbox: SandboxThread) -> None:
    async with desktop_at(tmp_path / "desktop", sandbox, sandbox.dafnck_url, "dafnck") as desktop:
        item_id = await sent(desktop)
        async with uploads_of(desktop, themes) as view:
            view.show_part(item_id)
            shown = await shows(view, "uploads", lambda one: not one.pixmap().isNull())
            picture = shown.pixmap().toImage()
            assert (picture.width(), picture.height()) == (64, 32)  # as the platform made it
            assert picture.pixelColor(30, 16).name() == "#008000"
            assert shown.accessibleName() == "Thumbnail of the document"
            await until(lambda: shown.height() >= 32)
            assert shown.grab().toImage().pixelColor(30, shown.height() // 2).name() == "#008000"
            view.presenter.choose("")
            await until(lambda: not shown.isVisible())
            sandbox.apply(status={"path": "/api/files", "status": 503})
            view.presenter.choose(item_id)
            await shows(view, "uploads", lambda one: one.text().startswith("No picture. "))
            view.presenter.choose("")
            sandbox.clear()
            sandbox.apply(latency={"path": "/api/files", "seconds": 600})
            view.presenter.choose(item_id)
            await shows(view, "uploads", lambda one: "on its way" in one.text())
            view.hide()  # and nobody waits for it any longer
            await until(lambda: not any(task.get_name() == "thumbnail" for task in asyncio.all_tasks()))
        sandbox.clear()
        sandbox.stop()
        async with uploads_of(desktop, themes) as view:
            await until(lambda: view.presenter.item(item_id) is not None)
            view.show_part(item_id)
            await shows(view, "uploads", lambda one: one.text().startswith("No picture. "))


@pytest.mark.parametrize("body", [b"<html>not found</html>", b"\x89PNG\r\n\x1a\nthe rest is missing"])
async def test_garbage_is_said_to_be_no_picture(
    themes: ThemeProvider, tmp_path: Path, sandbox: SandboxThread, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.sandbox.faces.dafnck_files.thumbnail", lambda _content: body)
    async with desktop_at(tmp_path / "desktop", sandbox, sandbox.dafnck_url, "dafnck") as desktop:
        item_id = await sent(desktop)
        async with uploads_of(desktop, themes) as view:
            view.show_part(item_id)
            shown = await shows(view, "uploads", lambda one: "can't be shown" in one.text())
            assert shown.pixmap().isNull()
            assert shown.accessibleName() == shown.text()


async def test_a_server_that_lists_its_files_has_their_pictures_shown(
    themes: ThemeProvider, tmp_path: Path, sandbox: SandboxThread
) -> None:
    """And never asks another server for one."""
    picture = png()
    async with scripted(lambda _asked: reply(200, picture, "content-type: image/png")) as other:
        files = [
            {"id": "7", "originalName": "a.png", "thumbnailUrl": "/api/files/7/thumbnail"},
            {"id": "8", "originalName": "b.png", "thumbnailUrl": f"{other.address.origin}/api/files/8/thumbnail"},
        ]
        user = {"id": "u1", "username": "ada", "email": "ada@example.test", "roles": ["user"]}

        def answer(asked: Asked) -> bytes:
            path = asked.path.partition("?")[0]
            if path.endswith("/thumbnail"):
                return reply(200, picture, "content-type: image/png")
            tokens = {"token": "a" * 20, "refreshToken": "r" * 20, "expiresIn": 3600}
            data = {"/api/files": files}.get(path, {**tokens, "tokens": tokens, "user": user, **user})
            return reply(200, {"success": True, "data": data}, "content-type: application/json")

        async with (
            scripted(answer) as gateway,
            desktop_at(tmp_path / "desktop", sandbox, f"{gateway.address.origin}/api", "dafnck") as desktop,
        ):
            presenter = DocumentsPresenter(desktop.session, _raise)
            view = DocumentsView(presenter, themes)
            view.resize(1200, 800)
            view.show()
            try:
                await until(lambda: presenter.rows.rowCount() == 2)
                view.show_part("7")
                shown = await shows(view, "documents", lambda one: not one.pixmap().isNull())
                assert shown.pixmap().width() == 128
                await until(lambda: shown.height() >= 64)
                view.show_part("8")
                await until(lambda: not shown.isVisible())
                facts = "".join(one.text() for one in view.detail.findChildren(QLabel))
                assert f"{other.address.origin}/api/files/8/thumbnail" in facts.replace("\n", "")
            finally:
                view.hide()
                await presenter.stop()
                view.deleteLater()
        assert other.asked == []
        assert [asked.path for asked in gateway.asked if "thumbnail" in asked.path] == ["/api/files/7/thumbnail"]
