"""The Documents view of real sessions: sandbox, sockets, encrypted store, widgets, a real folder."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, TypeVar

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QLineEdit, QProgressBar, QWidget

from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.presenters.documents import DocumentsPresenter
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.session import Session
from console.store.key import MemoryOnly
from console.store.store import Store, open_store
from console.views.documents.view import DocumentsView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

PATH = "/api/v1/documents"
W = TypeVar("W", bound=QWidget)


@pytest.fixture(autouse=True)
def _stay(qapp: QApplication) -> Iterator[None]:
    """The loop goes on when the view is closed: the session is still to end."""
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(True)


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(documents=120)) as running:
        yield running


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "store", MemoryOnly())
    yield opened
    await opened.close()


def _raise(_what: str, error: Exception) -> None:
    raise error


@contextlib.asynccontextmanager
async def looking_at(
    sandbox: SandboxThread,
    store: Store,
    themes: ThemeProvider,
    platform: str = "kong",
    *,
    production: bool = False,
    read_only: bool = False,
    sessions: list[Session] | None = None,
) -> AsyncIterator[DocumentsView]:
    known = Profile(
        name=f"the-{platform}",
        url=sandbox.sandbox.url(platform),
        platform=platform,
        production=production,
        read_only=read_only,
    )
    session = Session(known, store.vault, store.record)
    if sessions is not None:
        sessions.append(session)
    task = asyncio.ensure_future(session.run())
    presenter = DocumentsPresenter(session, _raise)
    view = DocumentsView(presenter, themes)
    try:
        await session.restored()
        await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        view.resize(1200, 800)
        view.show()
        yield view
    finally:
        view.close()
        await presenter.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.02)


def find(view: DocumentsView, kind: type[W], name: str) -> W:
    found = view.findChild(kind, name)
    assert found is not None, name
    return found


def shown(view: DocumentsView, name: str) -> bool:
    return any(found.isVisible() for found in view.findChildren(QWidget, name))


def press(view: DocumentsView, name: str) -> None:
    find(view, QAbstractButton, name).click()


def text(view: DocumentsView, name: str) -> str:
    return find(view, QLabel, name).text() if shown(view, name) else ""


def facts(view: DocumentsView) -> str:
    return "\n".join(label.text() for label in view.detail.findChildren(QLabel))


async def listed(view: DocumentsView) -> None:
    await until(lambda: shown(view, "documents.table") and view.presenter.rows.rowCount() > 0)


async def test_pages_search_and_one_in_full(sandbox: SandboxThread, store: Store, themes: ThemeProvider) -> None:
    async with looking_at(sandbox, store, themes) as view:
        assert shown(view, "documents.loading")
        await listed(view)
        assert "of 120 documents" in text(view, "documents.count")
        first = view.presenter.rows.rows[0]
        press(view, "documents.next")
        await until(lambda: "page 2" in text(view, "documents.count"))
        assert first.id not in [one.id for one in view.presenter.rows.rows]
        press(view, "documents.previous")
        await until(lambda: "page 1" in text(view, "documents.count"))
        view.table.selectRow(0)
        await until(lambda: "SHA-256" in facts(view))
        press(view, "documents.detail.copy")
        assert first.sha256 in QGuiApplication.clipboard().text()
        search = find(view, QLineEdit, "documents.search")
        QTest.keyClicks(search, first.name[:-4])
        await until(lambda: view.presenter.rows.rowCount() == 1)
        asked = sandbox.stats()["requests"]
        assert isinstance(asked, dict)
        assert asked.get("kong GET /api/v1/documents", 0) + asked.get("kong GET /api/v1/search", 0) <= 6  # debounced
        search.setText("there is no such document")
        await until(lambda: "No document fits" in text(view, "documents.face.headline"))
        press(view, "documents.face.clear")
        await listed(view)
        QTest.keyClick(view.table, Qt.Key.Key_Escape)
        assert not shown(view, "documents.detail")
        view.grab()


async def test_deleting_asks_and_on_production_wants_the_name_typed(
    sandbox: SandboxThread, store: Store, themes: ThemeProvider
) -> None:
    async with looking_at(sandbox, store, themes, production=True) as view:
        await listed(view)
        view.table.selectRow(0)
        document = view.presenter.rows.rows[0]
        await until(lambda: shown(view, "documents.delete"))
        press(view, "documents.delete")
        go = find(view, QAbstractButton, "question.go")
        assert not go.isEnabled()
        press(view, "question.cancel")
        view.activateWindow()
        view.table.setFocus()
        await until(view.table.hasFocus)
        QTest.keyClick(view.table, Qt.Key.Key_Delete)
        await until(lambda: any(one.isVisible() for one in view.findChildren(QLineEdit, "question.typed")))
        line = next(one for one in view.findChildren(QLineEdit, "question.typed") if one.isVisible())
        line.setText("the-kong")
        next(one for one in view.findChildren(QAbstractButton, "question.go") if one.isVisible()).click()
        await until(lambda: "Deleted" in text(view, "documents.said"))
        await until(lambda: document.id not in [one.id for one in view.presenter.rows.rows])
        assert not shown(view, "documents.detail")
        gone = [one for one in sandbox.documents(seeded=True) if one["state"] == "deleted"]
        assert [one["id"] for one in gone] == [document.id]


async def test_processing_is_followed(sandbox: SandboxThread, store: Store, themes: ThemeProvider) -> None:
    async with looking_at(sandbox, store, themes) as view:
        await listed(view)
        row = next(at for at, one in enumerate(view.presenter.rows.rows) if one.state == "uploaded")
        view.table.selectRow(row)
        await until(lambda: shown(view, "documents.process"))
        press(view, "documents.process")
        await until(lambda: "is being processed" in text(view, "documents.said"))
        await until(lambda: view.presenter.rows.rows[row].state == "completed")
        await until(lambda: "Completed" in facts(view))


async def test_a_download_goes_into_the_chosen_folder(
    sandbox: SandboxThread, store: Store, themes: ThemeProvider, tmp_path: Path
) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    async with looking_at(sandbox, store, themes) as view:
        await listed(view)
        view.table.selectRow(0)
        document = view.presenter.rows.rows[0]
        await until(lambda: shown(view, "documents.download"))
        sandbox.apply(trickle={"path": f"{PATH}/{document.id}/download", "seconds": 600})
        press(view, "documents.download")
        dialog = find(view, QFileDialog, "documents.folder")
        dialog.fileSelected.emit(str(folder))
        dialog.reject()
        await until(lambda: shown(view, "documents.progress") and bool(list(folder.iterdir())))
        bar = find(view, QProgressBar, "documents.progress")
        await until(lambda: bar.maximum() > 0)  # before the first byte: the gateway said how many will come
        assert bar.value() == 0
        press(view, "documents.progress.cancel")
        await until(lambda: "cancelled" in text(view, "documents.said"))
        await until(lambda: list(folder.iterdir()) == [])
        sandbox.clear()
        await until(lambda: view.presenter.state.fetching is None)
        view.presenter.download(document, str(folder))
        await until(lambda: "Saved as" in text(view, "documents.said"))
        assert [path.name for path in folder.iterdir()] == [document.name]
        view.presenter.download(document, str(tmp_path / "missing"))
        await until(lambda: view.presenter.state.said.failed)


async def test_each_way_to_have_no_list_has_a_face(sandbox: SandboxThread, store: Store, themes: ThemeProvider) -> None:
    sandbox.apply(status={"path": PATH, "status": 403})
    async with looking_at(sandbox, store, themes) as view:
        await until(lambda: "not allowed" in text(view, "documents.face.headline"))
        assert text(view, "documents.face.request").startswith("Request ")
        sandbox.apply(status={"path": PATH, "status": 500})
        press(view, "documents.retry")
        await until(lambda: "500" in text(view, "documents.face.headline"))
        sandbox.apply(status=False)
        press(view, "documents.retry")
        await listed(view)
        sandbox.apply(status={"path": PATH, "status": 502})
        press(view, "documents.refresh")
        await until(lambda: "Request" in text(view, "documents.problem"))
        assert "stale" in text(view, "documents.age")
        assert view.presenter.rows.rowCount() > 0
    async with looking_at(sandbox, store, themes, "dafnck") as view:
        await until(lambda: "does not list" in text(view, "documents.face.headline"))
        assert "404" in text(view, "documents.face.answers")
        assert not find(view, QLineEdit, "documents.search").isEnabled()


async def test_a_read_only_profile_changes_nothing(sandbox: SandboxThread, store: Store, themes: ThemeProvider) -> None:
    async with looking_at(sandbox, store, themes, read_only=True) as view:
        await listed(view)
        view.table.selectRow(0)
        await until(lambda: shown(view, "documents.download"))
        assert not shown(view, "documents.delete")
        assert not shown(view, "documents.process")
        assert "read-only" in text(view, "documents.detail.note")
        QTest.keyClick(view.table, Qt.Key.Key_Delete)
        assert view.findChildren(QWidget, "question") == []


async def test_a_document_that_is_not_on_the_page_is_shown(
    sandbox: SandboxThread, store: Store, themes: ThemeProvider
) -> None:
    last = str(sandbox.documents(seeded=True)[0]["id"])
    async with looking_at(sandbox, store, themes) as view:
        view.show_part(last)
        await until(lambda: "SHA-256" in facts(view))
        assert last in facts(view).replace("\n", "")
        await listed(view)
        assert view.presenter.rows.row_of(last) == -1
        view.show_part("00000000-0000-4000-8000-000000000000")
        await until(lambda: "no longer there" in text(view, "documents.detail.note"))
    async with looking_at(sandbox, store, themes, "dafnck") as view:
        view.show_part(last)
        await until(lambda: shown(view, "documents.delete"))


async def test_what_was_uploaded_meanwhile_is_listed(
    sandbox: SandboxThread, store: Store, themes: ThemeProvider
) -> None:
    sessions: list[Session] = []
    async with looking_at(sandbox, store, themes, sessions=sessions) as view:
        await listed(view)
        headers = {"authorization": f"Bearer {await sessions[0].token()}"}
        async with httpx.AsyncClient(base_url=sandbox.kong_url, headers=headers, trust_env=False) as client:
            data = {"metadata": json.dumps({"filename": "fresh.txt"})}
            answer = await client.post(f"{PATH}/upload", data=data, files={"file": ("fresh.txt", b"fresh")})
        assert answer.status_code == 201
        sessions[0].documents.arrived()
        await until(lambda: view.presenter.rows.rows[0].name == "fresh.txt")


async def test_signing_out_leaves_nothing_on_screen(
    sandbox: SandboxThread, store: Store, themes: ThemeProvider
) -> None:
    async with looking_at(sandbox, store, themes) as view:
        await listed(view)
        view.table.selectRow(0)
        await until(lambda: "SHA-256" in facts(view))
        view.hide()
        assert view.presenter.rows.rowCount() == 0
        view.show()
        await listed(view)
