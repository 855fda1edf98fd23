"""One registry of commands."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from console.views.actions import ActionRegistry, Command

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


def test_a_key_runs_its_command(qtbot: QtBot) -> None:
    window, ran = QWidget(), []
    qtbot.addWidget(window)
    registry = ActionRegistry(window)
    registry.add(Command(id="go", text="Go", keys=("Ctrl+G",), handler=lambda: ran.append("go")))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert ran == ["go"]
    assert registry.action("go").objectName() == "action.go"


def test_a_disabled_command_does_nothing(qtbot: QtBot) -> None:
    window, ran = QWidget(), []
    qtbot.addWidget(window)
    registry = ActionRegistry(window)
    registry.add(Command(id="go", text="Go", handler=lambda: ran.append("go"), enabled=lambda: False))
    registry.run("go")
    registry.run("unknown")
    assert ran == []


def test_an_id_is_taken_once_and_free_again_when_removed(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    registry = ActionRegistry(window)
    command = Command(id="gateway.go.one", text="Go to one", handler=lambda: None)
    registry.add(command)
    with pytest.raises(ValueError, match="registered already"):
        registry.add(command)
    registry.remove("gateway.go.")
    assert registry.all() == ()
    assert window.actions() == []
    registry.add(command)


@pytest.mark.expects_logs
def test_a_bug_in_a_handler_is_said_and_logged_with_one_id(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:  # fault 6
    window, failed = QWidget(), []
    qtbot.addWidget(window)
    registry = ActionRegistry(window)
    registry.failed.connect(lambda text, incident: failed.append((text, incident)))

    def bug() -> None:
        raise ZeroDivisionError

    registry.add(Command(id="bug", text="Do it", handler=bug))
    with caplog.at_level(logging.ERROR):
        registry.run("bug")
    assert [text for text, _incident in failed] == ["Do it"]
    assert failed[0][1] in caplog.text
