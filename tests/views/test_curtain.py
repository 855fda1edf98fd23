"""The curtain leaves no way to what is behind it: keys, drops, windows, titles, screen readers, notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAction, QCloseEvent, QDragEnterEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QSystemTrayIcon, QVBoxLayout, QWidget
from shiboken6 import isValid

from console.presenters.alerts import Alert
from console.views.alert_tray import AlertTray
from console.views.curtain import Curtain
from console.views.frame import Frame
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import desk

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
SECRET = "kong-prod"


class Content(QWidget):
    """A window's content with one of everything that could be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(SECRET)
        self.setAcceptDrops(True)
        self.line = QLineEdit()
        self.line.setAccessibleName(SECRET)
        self.line.setToolTip(SECRET)
        self.done: list[str] = []
        self.dropped: list[str] = []
        self.asked_to_close = 0
        action = QAction(SECRET, self)
        action.setShortcut(QKeySequence("Ctrl+K"))
        action.triggered.connect(lambda: self.done.append("key"))
        self.addAction(action)
        QVBoxLayout(self).addWidget(self.line)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  (Qt's name)
        self.dropped.append(event.mimeData().text())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        self.asked_to_close += 1
        event.ignore()


@pytest.fixture
def frame(qtbot: QtBot, themes: ThemeProvider, tmp_path: Path) -> Frame:
    frame = Frame(themes, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(frame)
    frame.show()
    frame.activateWindow()
    return frame


def told(interface: QAccessibleInterface | None) -> list[str]:
    """Every name and value below a part of the accessible tree, hidden ones too."""
    if interface is None:
        return []
    own = [interface.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Value)]
    return own + [text for index in range(interface.childCount()) for text in told(interface.child(index))]


def all_told() -> list[str]:
    application = QApplication.instance()
    assert application is not None
    return told(QAccessible.queryAccessibleInterface(application))


def test_nothing_behind_it_is_reached(qtbot: QtBot, frame: Frame, themes: ThemeProvider) -> None:  # fault 108
    content = Content()
    frame.adopt(content)
    content.line.setText(SECRET)
    content.line.setFocus()
    assert SECRET in all_told()
    curtain = Curtain(frame, themes)
    assert frame.windowTitle() == "Gatewatch"
    assert not content.isVisible()
    assert not any(SECRET in text for text in all_told())
    assert any("only hides" in text for text in all_told())
    content.setWindowTitle(f"{SECRET} is lost")
    content.line.setFocus()  # as a view does that changes meanwhile
    assert frame.windowTitle() == "Gatewatch"
    for key in (Qt.Key.Key_K, Qt.Key.Key_A, Qt.Key.Key_Tab, Qt.Key.Key_Escape):
        QTest.keyClick(frame.focusWidget(), key, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(frame.focusWidget(), "typed")
    assert content.done == []
    assert content.line.text() == SECRET
    at = QPoint(frame.width() // 2, frame.height() // 2)
    mime = QMimeData()
    mime.setText("a file")
    drag = QDragEnterEvent(at, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    QApplication.sendEvent(frame.windowHandle(), drag)
    assert content.dropped == []
    QTest.keyClick(frame.focusWidget(), Qt.Key.Key_Return)
    assert content.isVisible()
    assert frame.windowTitle() == f"{SECRET} is lost"
    assert frame.focusWidget() is content.line
    assert SECRET in all_told()
    qtbot.waitUntil(lambda: not isValid(curtain))
    QTest.keyClick(content.line, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert content.done == ["key"]


def test_no_window_stands_before_it(qtbot: QtBot, frame: Frame, themes: ThemeProvider) -> None:
    content = Content()
    frame.adopt(content)
    open_before, opened_later = QDialog(content), QDialog(content)
    for dialog in (open_before, opened_later):
        dialog.setWindowTitle(SECRET)
    answers: list[int] = []
    open_before.finished.connect(answers.append)
    open_before.open()
    curtain = Curtain(frame, themes)
    assert not open_before.isVisible()
    assert answers == [QDialog.DialogCode.Rejected]
    opened_later.open()
    qtbot.waitUntil(lambda: not opened_later.isVisible())
    assert curtain.isVisible()
    curtain.draw_back()
    opened_later.open()
    qtbot.wait(20)
    assert opened_later.isVisible()
    opened_later.close()


async def test_a_notification_does_not_say_what_it_hides(
    themes: ThemeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _self, _title, text, _icon: shown.append(text))
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda _self: None)
    async with desk(FakeDirectory(profile("one")), themes, tmp_path / "window.ini") as at:
        tray = AlertTray(at.window)
        at.window.hide()
        tray.show_alert(Alert(gateway="one", text="a of one turned unhealthy."))
    assert len(shown) == 1
    assert "one" not in shown[0]


def test_what_is_covered_still_decides_about_closing(frame: Frame, themes: ThemeProvider) -> None:
    content = Content()
    frame.adopt(content)
    Curtain(frame, themes)
    frame.close()
    assert content.asked_to_close == 1
    assert frame.isVisible()
    assert frame.covered
