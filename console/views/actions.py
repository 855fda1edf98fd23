"""One registry of everything the operator can do: shortcuts, menus, palette and the sheet of keys read from it."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something the operator can do.

    Attributes:
        id: Stable, such as `view.health`.
        text: As shown.
        handler: Does it; a bug in it is shown once and logged, the program goes on.
        keys: Shortcuts, the first one is shown.
        group: Heading in the sheet of keys.
        enabled: Asked when shown and when triggered.
        listed: In the palette; not for the palette itself.
        weight: Heavier ones stand lower in the palette.
    """

    id: str
    text: str
    handler: Callable[[], object]
    keys: tuple[str, ...] = ()
    group: str = ""
    enabled: Callable[[], bool] = field(default=lambda: True)
    listed: bool = True
    weight: int = 0


class ActionRegistry(QObject):
    """Holds the commands of a window and keeps their shortcuts alive on it."""

    failed = Signal(str, str)  # the command's text, the id under which the failure is logged

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}

    def add(self, command: Command) -> QAction:
        """Register a command; its shortcuts work from now on."""
        if command.id in self._commands:
            raise ValueError(f"the command {command.id} is registered already")
        action = QAction(command.text, self._window)
        action.setObjectName(f"action.{command.id}")
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.triggered.connect(lambda: self.run(command.id))
        self._window.addAction(action)
        self._commands[command.id] = command
        self._actions[command.id] = action
        return action

    def remove(self, prefix: str) -> None:
        """Forget the commands whose id begins so."""
        for command_id in [known for known in self._commands if known.startswith(prefix)]:
            del self._commands[command_id]
            action = self._actions.pop(command_id)
            self._window.removeAction(action)
            action.deleteLater()

    def all(self) -> tuple[Command, ...]:
        """Every command, in the order of registration."""
        return tuple(self._commands.values())

    def action(self, command_id: str) -> QAction:
        """The command as Qt's action, for buttons and menus."""
        return self._actions[command_id]

    def run(self, command_id: str) -> None:
        """Do it, if it is there and enabled."""
        command = self._commands.get(command_id)
        if command is None or not command.enabled():
            return
        try:
            command.handler()
        except Exception:  # noqa: BLE001  (a bug in one command must not take the window down)
            incident = uuid.uuid4().hex[:8]
            _log.exception("command %s failed, incident %s", command_id, incident)
            self.failed.emit(command.text, incident)
