"""Ctrl+K: every command, found by a few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from console.i18n import tr
from console.views.popup import Popup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.views.actions import ActionRegistry, Command
    from console.views.theme import ThemeProvider

_ROWS_SHOWN = 10
_ID = Qt.ItemDataRole.UserRole
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS_SHOWN, Qt.Key.Key_PageUp: -_ROWS_SHOWN}


def found(commands: Iterable[Command], typed: str) -> list[Command]:
    """The commands that hold every typed word, those that begin with the first one on top."""
    words = typed.casefold().split()
    fitting = [one for one in commands if all(word in f"{one.text} {one.group}".casefold() for word in words)]
    if not words:
        return fitting
    return sorted(fitting, key=lambda one: not one.text.casefold().startswith(words[0]))


class CommandPalette(Popup):
    """A line to type in, and the commands that fit."""

    def __init__(self, window: QWidget, themes: ThemeProvider, actions: ActionRegistry) -> None:
        super().__init__(window, themes, width_px=560)
        self.setObjectName("palette")
        self._actions = actions
        self._line = QLineEdit()
        self._line.setObjectName("palette.line")
        self._line.setPlaceholderText(tr("What do you want to do?"))
        self._line.setAccessibleName(tr("Find a command"))
        self._list = QListWidget()
        self._list.setObjectName("palette.list")
        self._list.setAccessibleName(tr("Commands"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self.column.addWidget(self._line)
        self.column.addWidget(self._list)
        self._line.textChanged.connect(self._fill)
        self._line.returnPressed.connect(self._run)
        self._line.installEventFilter(self)
        self._list.itemClicked.connect(lambda _item: self._run())
        self._fill("")
        self._list.setFixedHeight(_ROWS_SHOWN * max(24, self._list.sizeHintForRow(0)))
        self._line.setFocus()

    def open(self) -> None:
        """Show it, ready to type."""
        super().open()
        self._line.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """The arrows move through the list while the line keeps the focus."""
        if watched is self._line and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                row = self._list.currentRow() + step
                self._list.setCurrentRow(max(0, min(self._list.count() - 1, row)))
                return True
        return super().eventFilter(watched, event)

    def _fill(self, typed: str) -> None:
        self._list.clear()
        for command in found((one for one in self._actions.all() if one.enabled()), typed):
            keys = (
                QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if command.keys else ""
            )
            item = QListWidgetItem(f"{command.text}    {keys}".rstrip())
            item.setData(_ID, command.id)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _run(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        command_id = item.data(_ID)
        self.leave()
        self._actions.run(command_id)
