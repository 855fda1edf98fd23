"""The upload queue in the window: table, keys, detail, drops, questions. Real widgets, a queue in memory."""

from __future__ import annotations

import csv
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from console.model.document import Document
from console.model.errors import StoreFull
from console.model.upload import FailureClass, UploadFailure, UploadItem, UploadState, UploadStep
from console.presenters.upload_model import MOVED_TYPE, Column
from console.presenters.upload_rows import UploadGroup
from console.services.upload_ports import Refusal, Survey
from console.views.theme import Choice
from console.views.uploads.view import UploadsView
from console.views.widgets.label import PlainLabel
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.presenters.fake_session import NOON
from tests.presenters.fake_uploads import FakeQueue, failed, item, many
from tests.views.shell_window import desk, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from console.views.theme import ThemeProvider
    from tests.views.shell_window import Desk

pytestmark = [
    pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise|grabbing the keyboard)", extend=True),
]
COPY = Qt.DropAction.CopyAction
NO_KEYS = Qt.KeyboardModifier.NoModifier


class Uploads:
    """The view, open."""

    def __init__(self, window: Desk, view: UploadsView, queue: FakeQueue) -> None:
        self.window = window
        self.view = view
        self.queue = queue

    def press(self, name: str) -> None:
        self.window.find(QPushButton, name).click()

    def text(self, name: str) -> str:
        return self.window.find(PlainLabel, name).text() if self.window.shown(name) else ""

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.keyClick(self.view.table, key, modifier)

    def rows(self) -> list[str]:
        return [str(self.view.table.model().index(row, 0).data()) for row in range(self.view.table.model().rowCount())]

    async def menu(self, *names: str) -> QMenu:
        """The menu of these items, open."""
        self.view.table.clearSelection()
        for name in names:
            row = self.view.presenter.model.row_of(name)
            self.view.table.selectRow(row) if len(names) == 1 else self._add(row)
        at = self.view.table.visualRect(self.view.table.model().index(row, 0)).center()
        self.view.table.customContextMenuRequested.emit(at)
        await until(lambda: bool(self.view.findChildren(QMenu, "uploads.menu")))
        return self.view.findChildren(QMenu, "uploads.menu")[-1]

    def _add(self, row: int) -> None:
        model, selection = self.view.table.model(), self.view.table.selectionModel()
        selection.select(model.index(row, 0), selection.SelectionFlag.Select | selection.SelectionFlag.Rows)


async def choose(menu: QMenu, name: str) -> None:
    """Press an entry of a menu."""
    action = next(one for one in menu.findChildren(type(menu.menuAction())) if one.objectName() == name)
    action.trigger()
    menu.close()


def entries(menu: QMenu) -> set[str]:
    return {action.objectName().removeprefix("uploads.menu.") for action in menu.actions() if action.objectName()}


@asynccontextmanager
async def opened(
    themes: ThemeProvider, tmp_path: Path, *items: UploadItem, directory: FakeDirectory | None = None
) -> AsyncIterator[Uploads]:
    queue = FakeQueue(*items)
    directory = directory or FakeDirectory(profile("one"), profile("two"))
    for session in directory.sessions.values():
        session.go_live()
    async with desk(directory, themes, tmp_path / "window.ini", queue=queue) as window:
        window.window.go("uploads")
        view = window.find(UploadsView, "uploads.view")
        yield Uploads(window, view, queue)


def files(*urls: QUrl) -> QMimeData:
    data = QMimeData()
    data.setUrls(list(urls))
    return data


def drop(target: QWidget, data: QMimeData) -> tuple[bool, bool]:
    """Drag something over a widget and let it go; whether it was let in, and whether it was taken."""
    buttons, at = Qt.MouseButton.LeftButton, QPoint(200, 200)
    enter = QDragEnterEvent(at, COPY, data, buttons, NO_KEYS)
    QApplication.sendEvent(target, enter)
    move = QDragMoveEvent(at, COPY, data, buttons, NO_KEYS)
    QApplication.sendEvent(target, move)
    let_go = QDropEvent(QPointF(at), COPY, data, buttons, NO_KEYS)
    QApplication.sendEvent(target, let_go)
    return enter.isAccepted() and move.isAccepted(), let_go.isAccepted()


def one_of_each() -> tuple[UploadItem, ...]:
    return (
        failed(1, FailureClass.SERVICE),
        failed(2, FailureClass.UNDECIDED),
        item(3, UploadState.UPLOADING, attempts=1),
        item(4),
        item(5),
        item(6, UploadState.PAUSED),
        item(7, UploadState.DONE, document_id="doc-7"),
    )


async def test_groups_fold_by_mouse_and_key(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        heads = [row for row in uploads.rows() if " · " in row]
        assert [head.split(" · ")[:2] for head in heads] == [
            ["Failed", "1"], ["Needs you", "1"], ["Active", "1"], ["Waiting", "3"], ["Done", "1"],
        ]  # fmt: skip
        assert "7.pdf" not in uploads.rows()
        table = uploads.view.table
        last = table.model().index(table.model().rowCount() - 1, 0)
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, table.visualRect(last).center())
        assert uploads.rows()[-1] == "7.pdf"
        table.setCurrentIndex(table.model().index(0, 0))
        uploads.key(Qt.Key.Key_Left)
        assert "1.pdf" not in uploads.rows()
        uploads.key(Qt.Key.Key_Return)
        assert "1.pdf" in uploads.rows()
        assert uploads.text("uploads.summary") == "1 of 7 uploads done · 1 failed · 1 needs you"


async def test_the_rail_the_status_bar_and_the_overview_count(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        window = uploads.window
        assert "1 needs you" in window.find(QWidget, "nav.uploads").accessibleName()
        link = window.find(PlainLabel, "status.uploads")
        assert link.text() == "1 of 7 uploads"
        window.window.go("overview")
        tiles = window.find(QWidget, "overview.tiles")
        await until(lambda: "6 uploads" in str(tiles.model().index(0).data()))  # type: ignore[attr-defined]
        QTest.mouseClick(link, Qt.MouseButton.LeftButton)
        assert uploads.view.isVisible()
        uploads.queue.tell(items=())
        await until(lambda: not window.shown("status.uploads"))


async def test_each_failure_leads_on(themes: ThemeProvider, tmp_path: Path) -> None:
    lost = item(8, UploadState.NEEDS_FILE)
    gone = item(9, UploadState.NEEDS_SIGN_IN, profile="two")
    async with opened(themes, tmp_path, *one_of_each(), lost, gone) as uploads:
        shown, view = uploads.window.shown, uploads.view
        view.show_part("i1")
        assert "platform is well again" in uploads.text("uploads.detail.next")
        assert shown("uploads.detail.retry")
        assert not shown("uploads.detail.document")
        view.show_part("i2")
        await until(lambda: shown("uploads.detail.is_there"))
        uploads.window.find(QLineEdit, "uploads.detail.document").setText(" doc-2 ")
        uploads.press("uploads.detail.is_there")
        await until(lambda: ("decide", True, "doc-2") in uploads.queue.asked)
        view.show_part("i8")
        uploads.press("uploads.detail.find_file")
        await until(lambda: shown("uploads.find.dialog"))
        dialog = uploads.window.find(QDialog, "uploads.find.dialog")
        dialog.fileSelected.emit("/found/8.pdf")  # type: ignore[attr-defined]
        dialog.reject()
        await until(lambda: ("locate", "i8", "/found/8.pdf") in uploads.queue.asked)
        view.show_part("i9")
        uploads.press("uploads.detail.sign_in")
        await until(lambda: uploads.window.shell.state.current == "two")


async def test_what_arrived_leads_to_its_document(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        wanted: list[tuple[str, str]] = []
        uploads.view.document_wanted.disconnect()
        uploads.view.document_wanted.connect(lambda gateway, document: wanted.append((gateway, document)))
        uploads.view.presenter.fold(UploadGroup.DONE)
        menu = await uploads.menu("i7")
        assert entries(menu) == {"show", "remove", "path", "curl", "document"}
        await choose(menu, "uploads.menu.show")
        uploads.view.show_part("i7")
        uploads.press("uploads.detail.show")
        assert wanted == [("one", "doc-7")] * 2


async def test_documents_that_may_be_it_are_named(themes: ThemeProvider, tmp_path: Path) -> None:  # fault 78
    fitting = tuple(Document(id=f"doc-{name}", name=f"<b>{name}</b>.pdf", size_bytes=2048) for name in "ab")
    failure = UploadFailure(kind=FailureClass.UNDECIDED, text="2 documents fit it", candidates=fitting)
    undecided = item(1, UploadState.FAILED, failure=failure)
    async with opened(themes, tmp_path, undecided) as uploads:
        uploads.view.show_part("i1")
        offered = uploads.window.find(QComboBox, "uploads.detail.candidates")
        assert offered.itemText(2) == "<b>b</b>.pdf · 2 KiB · doc-b"
        assert not uploads.window.shown("uploads.detail.document")
        offered.setCurrentIndex(2)
        for name in ("is_there", "send_again", "look_up", "remove"):
            button = uploads.window.find(QPushButton, f"uploads.detail.{name}")
            assert button.width() >= button.sizeHint().width(), name
        uploads.press("uploads.detail.is_there")
        await until(lambda: ("decide", True, "doc-b") in uploads.queue.asked)


async def test_the_story_is_a_list_to_read_and_copy(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        uploads.queue.steps["i1"] = (
            UploadStep(at=NOON, state=UploadState.WAITING, text="Queued."),
            UploadStep(at=NOON, state=UploadState.FAILED, attempt=2, text="<b>broke off</b>", request_id="req-9"),
        )
        uploads.view.show_part("i1")
        story = uploads.window.find(QListWidget, "uploads.detail.story")
        await until(lambda: story.count() == 2)
        assert story.item(1).text() == "14 Mar 12:00:00  Failed, attempt 2\n<b>broke off</b> · request req-9"
        story.setFocus()
        QTest.keyClick(story, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert "req-9" in QGuiApplication.clipboard().text()
        uploads.view.grab()
        uploads.key(Qt.Key.Key_Escape)
        assert not uploads.window.shown("uploads.detail")


async def test_keys_do_what_the_menu_does(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        asked = uploads.queue.asked
        uploads.view.table.select_item("i4")
        uploads.key(Qt.Key.Key_Space)
        await until(lambda: ("pause", "i4") in asked)
        await until(lambda: uploads.view.presenter.item("i4").state is UploadState.PAUSED)  # type: ignore[union-attr]
        uploads.key(Qt.Key.Key_Space)
        await until(lambda: ("resume", "i4") in asked)
        uploads.key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        await until(lambda: ("move", ("i4",), "i6") in asked)
        uploads.key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text() == "/files/4.pdf"
        uploads.view.table.select_item("i1")
        uploads.key(Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
        await until(lambda: ("retry", "i1") in asked)
        uploads.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert uploads.window.focus() == "uploads.filter"
        QTest.keyClicks(uploads.view.header.filter, "nothing like it")
        assert uploads.text("uploads.face.headline") == "Nothing passes the filter"
        uploads.press("uploads.face.act")
        assert uploads.window.shown("uploads.table")


async def test_a_space_on_a_heading_never_pauses_a_group(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        uploads.view.table.setCurrentIndex(uploads.view.table.model().index(0, 0))
        uploads.key(Qt.Key.Key_Space)
        assert "1.pdf" not in uploads.rows()
        assert uploads.queue.asked == []


async def test_the_menu_offers_what_fits(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        menu = await uploads.menu("i4")
        assert entries(menu) == {"pause", "cancel", "up", "down", "priority", "path", "curl"}
        await choose(menu, "uploads.menu.priority.high")
        await until(lambda: ("prioritise", "i4", 1) in uploads.queue.asked)
        menu = await uploads.menu("i2")
        assert entries(menu) == {"is_there", "send_again", "look_up", "remove", "path", "curl", "request"}
        await choose(menu, "uploads.menu.request")
        assert QGuiApplication.clipboard().text() == "request-2"
        menu = await uploads.menu("i2")
        await choose(menu, "uploads.menu.curl")
        assert QGuiApplication.clipboard().text().startswith("curl -F")


@pytest.mark.parametrize("production", [False, True])
async def test_giving_up_many_is_asked_first(themes: ThemeProvider, tmp_path: Path, production: bool) -> None:
    directory = FakeDirectory(msgspec.structs.replace(profile("one"), production=production), profile("two"))
    async with opened(themes, tmp_path, *many(5), directory=directory) as uploads:
        shown = uploads.window.shown
        uploads.window.window.actions_registry.run("uploads.cancel")
        await until(lambda: shown("question"))
        go = uploads.window.find(QPushButton, "question.go")
        assert go.text() == "Cancel 5 uploads"
        assert go.isEnabled() is not production
        if production:
            uploads.window.find(QLineEdit, "question.typed").setText("one")
        go.click()
        await until(lambda: ("cancel", "i0", "i1", "i2", "i3", "i4") in uploads.queue.asked)


async def test_one_is_given_up_at_once(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        menu = await uploads.menu("i4")
        await choose(menu, "uploads.menu.cancel")
        await until(lambda: ("cancel", "i4") in uploads.queue.asked)
        assert not uploads.window.shown("question")


async def test_a_drop_of_many_files_is_counted_and_confirmed(
    themes: ThemeProvider, tmp_path: Path
) -> None:  # fault 125
    async with opened(themes, tmp_path) as uploads:
        queue, window = uploads.queue, uploads.window
        names = [f"/in/{number}.pdf" for number in range(10_000)]
        hidden = Refusal(path="/in/.hidden", kind=None, reason="hidden")
        queue.surveyed = Survey(files=tuple(names), total_bytes=10_000 << 10, refused=(hidden,))
        queue.refused = (Refusal(path="/in/7.pdf", kind=FailureClass.TOO_LARGE, reason="51 MiB; the limit is 50 MiB"),)
        assert drop(uploads.view, files(*map(QUrl.fromLocalFile, names))) == (True, True)
        await until(lambda: window.shown("uploads.add.dialog"))
        assert len(queue.asked[0]) == 1 + 10_000
        go = window.find(QPushButton, "uploads.add.go")
        assert go.text() == "Add 10,000 files"
        assert uploads.text("uploads.add.headline") == "Add 10,000 files, 9.77 MiB"
        assert "hidden" in window.find(QPlainTextEdit, "uploads.add.refused").toPlainText()
        assert uploads.text("uploads.add.limits") == "Files of up to 50 MiB. Types: PDF, PNG."
        window.find(QLineEdit, "uploads.add.agent").setText("a-1")
        assert not go.isEnabled()
        window.find(QCheckBox, "uploads.add.sure").setChecked(True)
        assert go.isEnabled()
        go.click()
        await until(lambda: window.shown("uploads.refused"))
        assert "51 MiB" in window.find(QPlainTextEdit, "uploads.refused.list").toPlainText()
        uploads.press("uploads.refused.close")
        assert queue.asked[1] == ("add", "one", tuple(names), {"agent": "a-1"}, 0)
        await until(lambda: len(uploads.rows()) == 1 + 9_999)


async def test_what_is_not_on_this_computer_is_refused_in_a_sentence(  # fault 125
    themes: ThemeProvider, tmp_path: Path
) -> None:
    async with opened(themes, tmp_path) as uploads:
        page = QMimeData()
        page.setHtml("<img src='https://example.org/a.png'>")
        page.setText("https://example.org/a.png")
        for data in (files(QUrl("https://example.org/a.png")), files(QUrl("file://other/share/a.pdf")), page):
            assert drop(uploads.view, data) == (True, False)
            assert "Only files and folders of this computer" in uploads.text("uploads.said")
            uploads.view.presenter.say("")
        assert uploads.queue.asked == []
        assert not uploads.window.shown("uploads.drop")
        both = files(QUrl.fromLocalFile("/in/a.pdf"), QUrl("https://example.org/b"))
        assert drop(uploads.view, both) == (True, True)
        await until(lambda: ("survey", "/in/a.pdf") in uploads.queue.asked)


async def test_the_overlay_says_what_will_happen(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        data = files(QUrl.fromLocalFile("/in/a"), QUrl.fromLocalFile("/in/b"))
        enter = QDragEnterEvent(QPoint(9, 9), COPY, data, Qt.MouseButton.LeftButton, NO_KEYS)
        QApplication.sendEvent(uploads.view, enter)
        assert uploads.text("uploads.drop.headline") == "Drop to add 2 files or folders"
        assert "choose the gateway" in uploads.text("uploads.drop.text")
        uploads.view.grab()
        QApplication.sendEvent(uploads.view, QDragLeaveEvent())
        assert not uploads.window.shown("uploads.drop")
        enter = QDragEnterEvent(QPoint(9, 9), COPY, data, Qt.MouseButton.LeftButton, NO_KEYS)
        QApplication.sendEvent(uploads.view.table.viewport(), enter)
        assert uploads.window.shown("uploads.drop")  # files go past the table to the view


async def test_a_single_file_needs_no_second_yes(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path) as uploads:
        window = uploads.window
        uploads.queue.surveyed = Survey(files=("/in/a.pdf",), total_bytes=10)
        window.uploads.offer([Path("/in/a.pdf")])
        await until(lambda: window.shown("uploads.add.dialog"))
        assert not window.shown("uploads.add.sure")
        gateway = window.find(QComboBox, "uploads.add.gateway")
        gateway.setCurrentIndex(gateway.findData("two"))
        await until(lambda: uploads.text("uploads.add.limits") == "Files of any size. Any type.")
        uploads.press("uploads.add.go")
        await until(lambda: ("add", "two", ("/in/a.pdf",), {}, 0) in uploads.queue.asked)
        window.uploads.offer([Path("/in/a.pdf")])
        await until(lambda: window.shown("uploads.add.dialog"))
        uploads.press("uploads.add.cancel")
        await until(lambda: not window.shown("uploads.add.dialog"))


async def test_nothing_to_add_says_so(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path) as uploads:
        uploads.window.uploads.offer([Path("/empty")])
        await until(lambda: "no file in it" in uploads.text("uploads.said"))
        uploads.queue.surveyed = Survey(files=("/in/a.pdf",), total_bytes=10)
        uploads.queue.rules_of.clear()
        uploads.window.uploads.offer([Path("/in")])
        await until(lambda: "None of your gateways" in uploads.text("uploads.said"))


async def test_waiting_ones_are_dragged_to_another_place(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *many(5)) as uploads:
        table, model = uploads.view.table, uploads.view.presenter.model
        data = model.mimeData([model.index(model.row_of("i4"), 0)])
        assert data.hasFormat(MOVED_TYPE)
        event = QDragEnterEvent(QPoint(9, 9), COPY, data, Qt.MouseButton.LeftButton, NO_KEYS)
        QApplication.sendEvent(table.viewport(), event)
        assert not event.isAccepted()  # another window's rows are no business of this one
        table.moved.emit(["i4"], "i1")
        await until(lambda: uploads.rows()[1:] == ["0.pdf", "4.pdf", "1.pdf", "2.pdf", "3.pdf"])


async def test_what_is_chosen_stays_chosen_while_rows_come_and_go(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *many(300)) as uploads:
        table, presenter = uploads.view.table, uploads.view.presenter
        table.select_item("i200")
        table.scrollTo(table.currentIndex())
        top = table.visualRect(table.currentIndex()).top()
        for number in range(20):
            uploads.queue.put(item(number, UploadState.DONE))
        await until(lambda: presenter.state.done == 20)
        assert table.currentIndex().data() == "200.pdf"
        assert [one.id for one in table.items] == ["i200"]
        assert table.visualRect(table.currentIndex()).top() == top
        uploads.queue.put(item(200, UploadState.UPLOADING))
        await until(lambda: uploads.rows()[1] == "200.pdf")
        assert [one.id for one in table.items] == ["i200"]
        assert presenter.state.chosen is not None
        uploads.queue.put(item(200, UploadState.DONE))
        await until(lambda: presenter.state.done == 21)
        assert table.items == ()
        assert presenter.state.chosen is not None  # its story is still told


async def test_every_state_of_the_view_is_said(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path) as uploads:
        queue, shown = uploads.queue, uploads.window.shown
        assert uploads.text("uploads.face.headline") == "No uploads"
        assert "Drop files or folders" in uploads.text("uploads.face.advice")
        queue.tell(loaded=False)
        await until(lambda: shown("uploads.loading"))
        queue.tell(loaded=True, items=many(3), holding={"one": "signed out"}, trouble=StoreFull("full"))
        await until(lambda: shown("uploads.trouble"))
        assert "Sending goes on after sign-in" in uploads.text("uploads.notes")
        queue.tell(trouble=None, holding={}, paused=True, bandwidth_bps=777)
        await until(lambda: not shown("uploads.trouble"))
        assert uploads.window.find(QPushButton, "uploads.hold").text() == "Resume all"
        assert uploads.window.find(QComboBox, "uploads.limit").currentText() == "At most 777 B/s"
        uploads.press("uploads.hold")
        await until(lambda: ("hold", False) in queue.asked)
        for choice in (Choice.DARK, Choice.HIGH_CONTRAST):
            themes.choose(choice)
            uploads.view.grab()
        queue.rules_of.clear()
        queue.tell(items=())
        await until(lambda: "None of your gateways" in uploads.text("uploads.face.advice"))


async def test_columns_give_way_where_there_is_little_room(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        uploads.window.window.resize(900, 640)
        table = uploads.view.table
        await until(lambda: table.isColumnHidden(Column.AGE))
        assert not table.isColumnHidden(Column.STATE)
        assert not table.horizontalScrollBar().isVisible()
        assert table.columnWidth(Column.FILE) >= 180


async def test_everything_has_a_name_for_those_who_listen(themes: ThemeProvider, tmp_path: Path) -> None:
    async with opened(themes, tmp_path, *one_of_each()) as uploads:
        uploads.view.show_part("i1")
        for kind in (QLineEdit, QComboBox, QListWidget):
            for widget in uploads.view.findChildren(kind):
                assert widget.accessibleName(), widget.objectName()


async def test_the_list_is_saved_for_spreadsheets_or_as_it_is(themes: ThemeProvider, tmp_path: Path) -> None:
    # fault 122
    hostile = item(8, UploadState.DONE, document_id="=1+1")
    async with opened(themes, tmp_path, *one_of_each(), hostile) as uploads:
        for number, (name, written) in enumerate((("sheet.csv", "'=1+1"), ("program.csv", "=1+1"))):
            uploads.press("uploads.save")
            await until(lambda: uploads.window.shown("uploads.save.dialog"))
            dialog = uploads.window.find(QFileDialog, "uploads.save.dialog")
            dialog.selectNameFilter(dialog.nameFilters()[number])
            dialog.fileSelected.emit(str(tmp_path / name))
            dialog.reject()
            await until(lambda file=name: uploads.text("uploads.said") == f"Saved as {tmp_path / file}.")  # type: ignore[misc]
            with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
                rows = {row["file"]: row for row in csv.DictReader(file)}
            assert len(rows) == len(one_of_each()) + 1, "also those of groups that are folded"
            assert rows["/files/8.pdf"]["document_id"] == written
            await until(lambda: not uploads.window.shown("uploads.save.dialog"))
        uploads.queue.tell(items=())
        await until(lambda: not uploads.window.find(QPushButton, "uploads.save").isEnabled())
