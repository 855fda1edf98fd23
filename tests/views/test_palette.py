"""Ctrl+K and `?`, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget, QVBoxLayout, QWidget

from console.views.actions import ActionRegistry, Command
from console.views.palette import CommandPalette, found
from console.views.shortcut_sheet import ShortcutSheet
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

TEXTS = ("Go to Health", "Sign out", "Add a gateway", "Next gateway", "Health of all")
COMMANDS = tuple(Command(id=text, text=text, group="Gateway", handler=lambda: None) for text in TEXTS)


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("", TEXTS),
        ("health", ("Health of all", "Go to Health")),
        ("HEALTH go", ("Go to Health",)),
        ("gth", ("Go to Health",)),
        ("zzz", ()),
    ],
)
def test_what_fits_and_in_which_order(typed: str, texts: tuple[str, ...]) -> None:
    assert tuple(command.text for command in found(COMMANDS, typed)) == texts


@given(st.text(max_size=12))
def test_typing_never_finds_what_is_not_there(typed: str) -> None:
    results = found(COMMANDS, typed)
    assert set(results) <= set(COMMANDS)
    assert len(results) == len(set(results))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    window.resize(800, 600)
    line = QLineEdit()
    QVBoxLayout(window).addWidget(line)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    line.setFocus()
    return window


def test_letters_arrows_and_enter_run_a_command(window: QWidget, themes: ThemeProvider) -> None:
    ran: list[str] = []
    registry = ActionRegistry(window)
    for text in TEXTS:
        registry.add(Command(id=text, text=text, handler=lambda text=text: ran.append(text)))  # type: ignore[misc]
    registry.add(Command(id="self", text="Gateways of all", handler=lambda: None, listed=False))
    registry.add(Command(id="off", text="Gateway off", handler=lambda: None, enabled=lambda: False))
    before = window.focusWidget()
    palette = CommandPalette(window, themes, registry)
    palette.open()
    line, rows = palette.findChild(QLineEdit), palette.findChild(QListWidget)
    assert isinstance(line, QLineEdit)
    assert isinstance(rows, QListWidget)
    assert line.hasFocus()
    QTest.keyClicks(line, "gateway")
    assert [rows.item(row).text() for row in range(rows.count())] == ["Add a gateway", "Next gateway"]
    QTest.keyClick(line, Qt.Key.Key_Down)
    QTest.keyClick(line, Qt.Key.Key_Down)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert ran == ["Next gateway"]
    assert window.focusWidget() is before


def test_nothing_that_fits_is_said_and_escape_leaves(window: QWidget, themes: ThemeProvider) -> None:
    palette = CommandPalette(window, themes, ActionRegistry(window))
    closed: list[bool] = []
    palette.closed.connect(lambda: closed.append(True))
    palette.open()
    none = palette.findChild(PlainLabel, "palette.none")
    assert isinstance(none, PlainLabel)
    assert none.isVisible()
    line = palette.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    QTest.keyClick(line, Qt.Key.Key_Return)
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert closed == [True]


def test_the_sheet_names_every_key(window: QWidget, themes: ThemeProvider) -> None:
    registry = ActionRegistry(window)
    registry.add(Command(id="a", text="Find", keys=("Ctrl+K",), group="Window", handler=lambda: None))
    registry.add(Command(id="b", text="Refresh", keys=("F5", "Ctrl+R"), group="Gateway", handler=lambda: None))
    registry.add(Command(id="c", text="Keyless", group="Gateway", handler=lambda: None))
    sheet = ShortcutSheet(window, themes, registry)
    sheet.open()
    texts = {label.text() for label in sheet.findChildren(PlainLabel)}
    assert {"Find", "Ctrl+K", "Refresh", "F5 / Ctrl+R", "Window", "Gateway"} <= texts
    assert "Keyless" not in texts
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
