"""The outermost window: painted at once, where it was, closed on the program's own path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSettings
from PySide6.QtWidgets import QDialog, QWidget
from shiboken6 import isValid

from console.views.frame import FIRST, STATUS_PX, Frame

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent
    from pytestqt.qtbot import QtBot

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


class Content(QWidget):
    """What fills a frame: refuses to close, and counts the asking."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        self.asked += 1
        event.ignore()


@pytest.fixture
def memory(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def test_the_first_frame_has_the_shells_ground(qtbot: QtBot, themes: ThemeProvider, memory: QSettings) -> None:
    frame = Frame(themes, memory)
    qtbot.addWidget(frame)
    with qtbot.waitSignal(frame.painted):
        frame.show()
    image = frame.grab().toImage()
    assert image.pixelColor(4, 4) == themes.current.sunken
    assert image.pixelColor(frame.width() // 2, frame.height() - STATUS_PX // 2) == themes.current.sunken
    assert image.pixelColor(frame.width() // 2, 20) == themes.current.surface
    frame.hide()


def test_closing_asks_the_content_and_hides_nothing(
    qtbot: QtBot, themes: ThemeProvider, memory: QSettings
) -> None:  # fault 3
    frame, content = Frame(themes, memory), Content()
    content.setWindowTitle("one — Gatewatch")
    frame.adopt(content)
    frame.show()
    assert frame.windowTitle() == "one — Gatewatch"
    content.setWindowTitle("two — Gatewatch")
    assert frame.windowTitle() == "two — Gatewatch"
    frame.close()
    assert content.asked == 1
    assert frame.isVisible()
    frame.hide()
    frame.deleteLater()


def test_size_and_place_come_back(themes: ThemeProvider, memory: QSettings) -> None:
    first = Frame(themes, memory)
    first.setGeometry(10, 10, 780, 600)
    first.close()
    second = Frame(themes, memory)
    assert (second.width(), second.height()) == (780, 600)
    for frame in (first, second):
        frame.deleteLater()


@pytest.mark.parametrize(
    "content", [b"\x00\xff garbage [", b"[window]\ngeometry=12\n", b"[window]\ngeometry=@ByteArray(x)\n"]
)
def test_a_damaged_settings_file_gives_the_first_size(
    themes: ThemeProvider, tmp_path: Path, content: bytes
) -> None:  # fault 132
    file = tmp_path / "window.ini"
    file.write_bytes(content)
    frame = Frame(themes, QSettings(str(file), QSettings.Format.IniFormat))
    assert frame.size() == FIRST
    frame.deleteLater()


def test_a_window_that_was_off_every_screen_comes_back(themes: ThemeProvider, memory: QSettings) -> None:  # fault 132
    first = Frame(themes, memory)
    first.move(QPoint(-9000, -9000))
    first.close()
    second = Frame(themes, memory)
    assert second.screen().availableGeometry().intersects(second.frameGeometry())
    for frame in (first, second):
        frame.deleteLater()


def test_what_replaces_the_content_closes_its_dialogs(qtbot: QtBot, themes: ThemeProvider, memory: QSettings) -> None:
    frame = Frame(themes, memory)  # fault 108
    qtbot.addWidget(frame)
    frame.adopt(Content())
    frame.show()
    dialog = QDialog(frame)
    answers: list[int] = []
    dialog.finished.connect(answers.append)
    dialog.open()
    frame.adopt(Content())
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert answers == [QDialog.DialogCode.Rejected]
    frame.hide()
