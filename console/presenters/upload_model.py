"""The rows of the upload queue for Qt. Only what differs is told, so that a choice and the scrolling stay."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from console.i18n import tr
from console.model.upload import UploadItem, UploadState
from console.presenters.display import escaped, exact_time, printable
from console.presenters.row_changes import changes
from console.presenters.upload_rows import Heading, key_of
from console.presenters.upload_texts import (
    NAME,
    age_of,
    heading_text,
    name_text,
    path_text,
    percent_text,
    rate_text,
    ratio_of,
    remaining_text,
    size_text,
    spoken,
    state_word,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from PySide6.QtCore import QObject

    from console.model.upload import UploadProgress
    from console.presenters.upload_rows import Row

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
RATIO_ROLE = ROW_ROLE + 1
NOTE_ROLE = ROW_ROLE + 2
HELD_ROLE = ROW_ROLE + 3
MOVED_TYPE = "application/x-gatewatch-uploads"
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
# Asked for at every cell that is painted.
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_MOVABLE_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
_MOVABLE = frozenset({UploadState.WAITING, UploadState.PAUSED})


class Column(enum.IntEnum):
    """What stands where."""

    FILE = 0
    SIZE = 1
    GATEWAY = 2
    STATE = 3
    PROGRESS = 4
    RATE = 5
    REMAINING = 6
    ATTEMPTS = 7
    AGE = 8


RIGHT_ALIGNED = frozenset({Column.SIZE, Column.RATE, Column.REMAINING, Column.ATTEMPTS, Column.AGE})


class UploadModel(QAbstractTableModel):
    """Headings and items in one flat list: ten thousand of them open and scroll like a hundred."""

    rearranging = Signal()  # rows are about to come or go
    rearranged = Signal()

    def __init__(
        self, clock: Callable[[], datetime], note: Callable[[UploadItem], str], parent: QObject | None = None
    ) -> None:
        """`note` is what stands in few words behind an item's name; empty for nothing."""
        super().__init__(parent)
        self._clock = clock
        self._note = note
        self._rows: list[Row] = []
        self._keys: list[str] = []
        self._places: dict[str, int] = {}
        self._progress: Mapping[str, UploadProgress] = {}
        self._holding: Mapping[str, str] = {}
        self._captions = (
            tr("File"), tr("Size"), tr("Gateway"), tr("State"), tr("Progress"), tr("Rate"), tr("Remaining"),
            tr("Attempts"), tr("Age"),
        )  # fmt: skip

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown, top to bottom."""
        return self._rows

    def row_of(self, key: str) -> int:
        """Where something is; -1 when it is not shown."""
        return self._places.get(key, -1)

    def items_at(self, rows: Collection[int]) -> tuple[UploadItem, ...]:
        """The items in these rows, top to bottom."""
        found = (self._rows[row] for row in sorted(rows))
        return tuple(row for row in found if isinstance(row, UploadItem))

    def show(self, rows: Sequence[Row], progress: Mapping[str, UploadProgress], holding: Mapping[str, str]) -> None:
        """Show these instead."""
        keys = [key_of(row) for row in rows]
        held_otherwise = holding != self._holding
        self._holding = holding
        if keys == self._keys:
            self._renew(rows, progress)
        else:
            self._rearrange(rows, keys, progress)
        if held_otherwise and rows:
            self.dataChanged.emit(self.index(0, Column.STATE), self.index(len(rows) - 1, Column.STATE))

    def show_progress(self, progress: Mapping[str, UploadProgress]) -> None:
        """Only bytes went on their way."""
        touched = {*self._progress, *progress}
        self._progress = progress
        for row in sorted(self._places[key] for key in touched if key in self._places):
            self.dataChanged.emit(self.index(row, Column.STATE), self.index(row, Column.REMAINING))

    def _renew(self, rows: Sequence[Row], progress: Mapping[str, UploadProgress]) -> None:
        before, self._rows = self._rows, list(rows)
        last = len(self._captions) - 1
        for number, (new, old) in enumerate(zip(self._rows, before, strict=True)):
            if new is not old and new != old:
                self.dataChanged.emit(self.index(number, 0), self.index(number, last))
        self.show_progress(progress)

    def _rearrange(self, rows: Sequence[Row], keys: list[str], progress: Mapping[str, UploadProgress]) -> None:
        self.rearranging.emit()
        wanted = changes(self._keys, keys)
        for leaving in wanted.leaving:
            self.beginRemoveRows(_NO_INDEX, leaving.first, leaving.last)
            del self._rows[leaving.first : leaving.last + 1]
            del self._keys[leaving.first : leaving.last + 1]
            self.endRemoveRows()
        for entering in wanted.entering:
            self.beginInsertRows(_NO_INDEX, entering.first, entering.last)
            self._rows[entering.first : entering.first] = rows[entering.first : entering.last + 1]
            self._keys[entering.first : entering.first] = keys[entering.first : entering.last + 1]
            self.endInsertRows()
        self._places = {key: place for place, key in enumerate(keys)}
        self._renew(rows, progress)
        self.rearranged.emit()

    # Qt's side

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
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._captions[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in RIGHT_ALIGNED else _LEFT
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """A heading is chosen too: its menu is for the whole group. Only what waits can be dragged elsewhere."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _MOVABLE_FLAGS if movable(self._rows[index.row()]) else _FLAGS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row) if column == Column.FILE else self._text(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in RIGHT_ALIGNED else _LEFT
            case Qt.ItemDataRole.ToolTipRole if isinstance(row, UploadItem):
                return escaped(self._hint(row, column))
            case _:
                pass
        if role == ROW_ROLE:
            return row
        if role == RATIO_ROLE and isinstance(row, UploadItem):
            return self._ratio(row)
        if role == NOTE_ROLE and isinstance(row, UploadItem):
            return self._note(row)
        if role == HELD_ROLE and isinstance(row, UploadItem):
            return bool(self._holding.get(row.profile))
        return None

    def mimeTypes(self) -> list[str]:  # noqa: N802  (Qt's name)
        """Our own, which no other program takes."""
        return [MOVED_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802  (Qt's name)
        """The ids of what is dragged, top to bottom."""
        ids = [item.id for item in self.items_at({index.row() for index in indexes}) if movable(item)]
        data = QMimeData()
        data.setData(MOVED_TYPE, "\n".join(ids).encode())
        return data

    def _text(self, row: Row, column: int) -> str:
        if isinstance(row, Heading):
            return heading_text(row) if column == Column.FILE else ""
        progress = self._progress.get(row.id)
        match column:
            case Column.FILE:
                return name_text(row)
            case Column.SIZE:
                return size_text(row.size_bytes)
            case Column.GATEWAY:
                return printable(row.profile, NAME)
            case Column.STATE:
                return state_word(row, self._holding.get(row.profile, ""), progress)
            case Column.PROGRESS:
                return percent_text(self._ratio(row))
            case Column.RATE:
                return rate_text(progress)
            case Column.REMAINING:
                return remaining_text(progress)
            case Column.ATTEMPTS:
                return str(row.attempts or "")
            case _:
                return age_of(row, self._clock())

    def _ratio(self, item: UploadItem) -> float | None:
        if item.state is UploadState.VERIFYING:
            return 1.0
        return ratio_of(self._progress.get(item.id)) if item.state is UploadState.UPLOADING else None

    def _spoken(self, row: Row) -> str:
        if isinstance(row, Heading):
            return spoken(row, None, self._clock())
        said = spoken(row, self._progress.get(row.id), self._clock(), self._holding.get(row.profile, ""))
        return ", ".join(part for part in (said, self._note(row)) if part)

    def _hint(self, item: UploadItem, column: int) -> str:
        match column:
            case Column.FILE:
                return path_text(item)
            case Column.AGE:
                return exact_time(item.created_at)
            case Column.STATE if item.failure is not None:
                return "\n".join((self._text(item, column), printable(item.failure.text)))
            case _:
                return self._text(item, column)


def movable(row: Row) -> bool:
    """Whether its place in the queue can be changed."""
    return isinstance(row, UploadItem) and row.state in _MOVABLE
