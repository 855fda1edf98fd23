"""Labels show what a server sent, literally."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from console.views.widgets.label import ElidedLabel, LinkLabel, PlainLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.mark.parametrize("kind", [PlainLabel, ElidedLabel, LinkLabel])
def test_markup_stays_text(qtbot: QtBot, kind: type[PlainLabel]) -> None:  # fault 115
    label = kind("<b>bold</b>")
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    plain = PlainLabel("<b>bold</b>")
    qtbot.addWidget(plain)
    assert plain.sizeHint().width() >= plain.fontMetrics().horizontalAdvance("<b>bold</b>")


def test_an_elided_label_gives_way_and_still_knows_its_text(qtbot: QtBot) -> None:
    label = ElidedLabel("a very long sentence about a gateway " * 20)
    qtbot.addWidget(label)
    label.resize(120, 24)
    label.show()
    assert label.width() == 120
    assert label.minimumSizeHint().width() < 60
    assert label.text().startswith("a very long")
    assert not label.grab().isNull()


def test_a_link_is_clicked_by_mouse_and_keyboard(qtbot: QtBot) -> None:
    link, clicks = LinkLabel("story"), []
    qtbot.addWidget(link)
    link.clicked.connect(lambda: clicks.append(True))
    link.resize(100, 20)
    link.show()
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    QTest.mouseClick(link, Qt.MouseButton.RightButton)
    QTest.mousePress(link, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(link, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(500, 500))
    assert len(clicks) == 1
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Enter):
        QTest.keyClick(link, key)
    QTest.keyClick(link, Qt.Key.Key_A)
    assert len(clicks) == 4
