"""The rows of the notifications centre for Qt. What is chosen stays chosen while others come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.presenters.display import escaped
from console.presenters.notice_rows import Group
from console.presenters.notice_texts import spoken, tooltip

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from console.presenters.notice_rows import Row

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class NoticeModel(QAbstractListModel):
    """Groups and entries in one flat list, so that ten thousand of them scroll like ten."""

    def __init__(self, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self.rows: tuple[Row, ...] = ()

    def show(self, rows: tuple[Row, ...]) -> None:
        """Show these instead; only what differs is told where the rows are the same ones."""
        before = self.rows
        if rows == before:
            return
        if [row.key for row in rows] == [row.key for row in before]:
            self.rows = rows
            for number, (new, old) in enumerate(zip(rows, before, strict=True)):
                if new != old:
                    self.dataChanged.emit(self.index(number), self.index(number))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row_of(self, key: tuple[str, ...]) -> int:
        """Where something is; -1 when it is not shown."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), -1)

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        """See Qt."""
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """A heading is chosen too: its menu mutes the source."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return spoken(row, self._clock())
        if role == Qt.ItemDataRole.ToolTipRole and not isinstance(row, Group):
            return escaped(tooltip(row))
        return None
