"""Ctrl+K: every command, found by a few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console.i18n import tr
from console.presenters.display import printable
from console.views.popup import Popup
from console.views.theme import GAP_M, RADIUS
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.views.actions import ActionRegistry, Command
    from console.views.theme import ThemeProvider

_ROWS_SHOWN = 10
_ID, _KEYS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS_SHOWN, Qt.Key.Key_PageUp: -_ROWS_SHOWN}


def found(commands: Iterable[Command], typed: str) -> list[Command]:
    """The commands that fit what was typed, best first.

    Best is a text that begins with it, then one that holds every typed word, then one that has its letters in order.
    """
    wanted = " ".join(typed.casefold().split())
    ranked = [(rank, command) for command in commands if (rank := _rank(command, wanted)) is not None]
    return [command for _rank_, command in sorted(ranked, key=lambda pair: (pair[0], pair[1].weight))]


def _rank(command: Command, wanted: str) -> int | None:
    text = command.text.casefold()
    if text.startswith(wanted):
        return 0
    if all(word in f"{text} {command.group.casefold()}" for word in wanted.split()):
        return 1
    letters = iter(text)
    return 2 if all(letter in letters for letter in wanted.replace(" ", "")) else None


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
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setItemDelegate(_CommandRow(themes, self._list))
        self._list.setFixedHeight(_ROWS_SHOWN * themes.row_px)
        self._none = PlainLabel(tr("No command fits."))
        self._none.setObjectName("palette.none")
        self._none.setForegroundRole(self._none.palette().ColorRole.PlaceholderText)
        self.column.setSpacing(GAP_M)
        self.column.addWidget(self._line)
        self.column.addWidget(self._none)
        self.column.addWidget(self._list)
        self._line.textChanged.connect(self._fill)
        self._line.returnPressed.connect(self._run)
        self._line.installEventFilter(self)
        self._list.itemClicked.connect(lambda _item: self._run())
        self._fill("")

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
        for command in found((one for one in self._actions.all() if one.listed and one.enabled()), typed):
            keys = command.keys[0] if command.keys else ""
            shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(command.text)
            item.setData(_ID, command.id)
            item.setData(_KEYS, shown)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{command.text}, {shown}" if shown else command.text)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._none.setVisible(not self._list.count())
        self._list.setVisible(bool(self._list.count()))
        if self.isVisible():
            self.fit()

    def _run(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        command_id = item.data(_ID)
        self.leave()
        self._actions.run(command_id)


class _CommandRow(QStyledItemDelegate):
    """A command on the left, its keys on the right."""

    def __init__(self, themes: ThemeProvider, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002, N802  (Qt's name)
        """One row."""
        return QSize(0, self._themes.row_px)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The ground of the chosen one, the text, the keys."""
        theme = self._themes.current
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        inner = box.adjusted(GAP_M, 0, -GAP_M, 0)
        painter.setFont(theme.small)
        painter.setPen(theme.on_accent if chosen else theme.secondary)
        keys = index.data(_KEYS) or ""
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, keys)
        inner.adjust(0, 0, -painter.fontMetrics().horizontalAdvance(keys) - GAP_M, 0)
        painter.setFont(theme.body)
        painter.setPen(theme.on_accent if chosen else theme.ink)
        text = painter.fontMetrics().elidedText(
            printable(index.data() or ""), Qt.TextElideMode.ElideRight, int(inner.width())
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()
