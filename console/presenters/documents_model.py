"""One page of documents as rows, in the server's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from console.i18n import tr
from console.presenters.display import escaped, exact_time, printable
from console.presenters.document_texts import document_age, name_text, size_text, state_mark, state_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from PySide6.QtCore import QObject

    from console.model.document import Document

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
DOCUMENT_ROLE = Qt.ItemDataRole.UserRole
STATUS_ROLE = Qt.ItemDataRole.UserRole + 1  # the mark that stands before the state's word
NAME, SIZE, STATE, AGE, TYPE = range(5)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_LIMIT = 200


class DocumentsModel(QAbstractTableModel):
    """The rows of the page that is shown."""

    def __init__(self, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._rows: Sequence[Document] = ()
        self._captions = (tr("Name"), tr("Size"), tr("State"), tr("Age"), tr("Media type"))

    @property
    def rows(self) -> Sequence[Document]:
        """All, in their order."""
        return self._rows

    def show(self, rows: Sequence[Document]) -> None:
        """Replace them; the same documents keep their selection."""
        if [one.id for one in rows] == [one.id for one in self._rows]:
            self._rows = rows
            self.tell_changed(NAME, TYPE)
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_of(self, document_id: str) -> int:
        """Where a document stands; -1 when it is not on this page."""
        return next((row for row, one in enumerate(self._rows) if one.id == document_id), -1)

    def tell_changed(self, first: int = AGE, last: int = AGE) -> None:
        """Columns are to be painted anew, by default the one that the clock moves."""
        if self._rows:
            self.dataChanged.emit(self.index(0, first), self.index(len(self._rows) - 1, last))

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        """See Qt."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        """See Qt."""
        return 0 if parent.isValid() else len(self._captions)

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """See Qt."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (SIZE, AGE) else _LEFT
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._captions[section] if shown else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid():
            return None
        one, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(one, column)
            case Qt.ItemDataRole.ToolTipRole:
                at = one.created_at if column == AGE else None
                return escaped(exact_time(at) if at is not None else self._text(one, column))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in (SIZE, AGE) else _LEFT
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._captions[column]}: {self._text(one, column)}"
            case _ if role == DOCUMENT_ROLE:
                return one
            case _ if role == STATUS_ROLE and column == STATE:
                return state_mark(one)
            case _:
                return None

    def _text(self, one: Document, column: int) -> str:
        match column:
            case 0:
                return name_text(one)
            case 1:
                return size_text(one)
            case 2:
                return state_text(one)
            case 3:
                return document_age(one, self._clock())
            case _:
                return printable(one.media_type, _LIMIT)
