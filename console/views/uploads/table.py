"""The table of uploads: groups that fold, items that are chosen, moved by keys and dragged to another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from console.i18n import tr
from console.presenters.upload_model import MOVED_TYPE, Column, movable
from console.presenters.upload_rows import Heading, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import (
        QDragEnterEvent,
        QDragLeaveEvent,
        QDragMoveEvent,
        QDropEvent,
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
    )

    from console.model.upload import UploadItem
    from console.presenters.upload_model import UploadModel
    from console.views.theme import ThemeProvider
    from console.views.uploads.row_delegate import UploadRowDelegate

_WIDTHS = {
    Column.SIZE: 82, Column.GATEWAY: 122, Column.STATE: 194, Column.PROGRESS: 104, Column.RATE: 86,
    Column.REMAINING: 96, Column.ATTEMPTS: 84, Column.AGE: 56,
}  # fmt: skip
_FILE_PX = 180
_GIVING_WAY = (Column.AGE, Column.ATTEMPTS, Column.RATE, Column.REMAINING, Column.SIZE, Column.GATEWAY)
_DROP_PX = 2
_FLAG = QItemSelectionModel.SelectionFlag


class UploadTable(QTableView):
    """Says what is chosen and wanted. What is chosen stays so while rows come and go."""

    chosen = Signal(str)  # an item's id; empty for a heading
    folded = Signal(object)  # an `UploadGroup`
    moved = Signal(object, str)  # ids, and before which item; empty for the end
    held = Signal()  # Space: pause or resume
    left = Signal()  # Esc

    def __init__(self, model: UploadModel, delegate: UploadRowDelegate, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("uploads.table")
        self.setAccessibleName(tr("Uploads"))
        self._rows = model
        self._themes = themes
        self._key = ""
        self._selected: tuple[str, ...] = ()
        self._anchor: tuple[str, int] = ("", 0)
        self._settling = False
        self._pressed_heading = False
        self._drop_row = -1
        self.setModel(model)
        self.setItemDelegate(delegate)
        self._behave()
        self._arrange()
        model.rearranging.connect(self._remember)
        model.rearranged.connect(self._choose_again)
        self.selectionModel().currentChanged.connect(self._current_changed)

    @property
    def items(self) -> tuple[UploadItem, ...]:
        """The items that are selected, top to bottom. A heading stands for none."""
        return self._rows.items_at(self._selected_rows())

    @property
    def heading(self) -> Heading | None:
        """The heading that is current; None when an item is, or nothing."""
        current = self.currentIndex()
        row = self._rows.rows[current.row()] if current.isValid() else None
        return row if isinstance(row, Heading) else None

    def wear(self) -> None:
        """Rows may be higher now."""
        self.verticalHeader().setDefaultSectionSize(self._themes.row_px)
        self.horizontalHeader().setFont(self._themes.current.caption)

    def clear_choice(self) -> None:
        """Nothing is chosen any more."""
        self._key = ""
        self.selectionModel().clear()

    def select_item(self, item_id: str) -> None:
        """Choose one, if it is shown."""
        if (row := self._rows.row_of(item_id)) >= 0:
            self.setCurrentIndex(self._rows.index(row, Column.FILE))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Enter and the arrows fold a heading, Esc leaves; what else there is, is Qt's own."""
        heading = self.heading
        match event.key():
            case Qt.Key.Key_Escape:
                self.left.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if heading is not None:
                self.folded.emit(heading.group)  # never a whole group paused by one key
            case Qt.Key.Key_Space:
                self.held.emit()
            case Qt.Key.Key_Left if heading is not None and not heading.collapsed:
                self.folded.emit(heading.group)
            case Qt.Key.Key_Right if heading is not None and heading.collapsed:
                self.folded.emit(heading.group)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                pass  # whole rows are chosen: there is no cell to go to
            case _:
                super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802  (Qt's name)
        """Letters are for the filter: jumping through ten thousand names helps nobody."""

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        """Arriving by keyboard lands on a row, so that the focus is seen."""
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_key and not self.currentIndex().isValid() and self._rows.rowCount():
            self.setCurrentIndex(self._rows.index(0, Column.FILE))
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        """The frame around the current row goes."""
        super().focusOutEvent(event)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        """A click on a heading folds it, when it ends there too."""
        super().mousePressEvent(event)
        plain = event.button() is Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed_heading = plain and self._heading_at(event.position().toPoint()) is not None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        """See `mousePressEvent`."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed_heading = self._pressed_heading, False
        if pressed and (heading := self._heading_at(event.position().toPoint())) is not None:
            self.folded.emit(heading.group)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """Where there is little room, columns give way to the file's name."""
        super().resizeEvent(event)
        room = self.viewport().width() - _FILE_PX - sum(_WIDTHS.values())
        for column in _GIVING_WAY:
            self.setColumnHidden(column, room < 0)
            room += _WIDTHS[column] if room < 0 else 0

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  (Qt's name)
        """Only its own rows; files are for the view around it."""
        self._weigh(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802  (Qt's name)
        """Show where they would go."""
        self._weigh(event)
        if event.isAccepted():
            self._drop_row = self._gap_at(event.position().toPoint())
            event.setAccepted(self._drop_row >= 0)
            self.viewport().update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802  (Qt's name)
        """They go nowhere."""
        super().dragLeaveEvent(event)
        self._drop_row = -1
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  (Qt's name)
        """They are to stand here."""
        self._weigh(event)
        gap, self._drop_row = self._gap_at(event.position().toPoint()), -1
        self.viewport().update()
        if event.isAccepted() and gap >= 0:
            ids = event.mimeData().data(MOVED_TYPE).toStdString().splitlines()
            self.moved.emit(ids, self._first_after(gap, ids))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """The rows, and the line where what is dragged would go."""
        super().paintEvent(event)
        if self._drop_row >= 0:
            painter = QPainter(self.viewport())
            top = self.rowViewportPosition(self._drop_row - 1) + self.rowHeight(self._drop_row - 1)
            painter.fillRect(0, top - 1, self.viewport().width(), _DROP_PX, self._themes.current.accent)

    # How it is made

    def _behave(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)

    def _arrange(self) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setProperty("plain", True)
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setMinimumSectionSize(40)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        head.setSectionResizeMode(Column.FILE, QHeaderView.ResizeMode.Stretch)
        self.wear()

    # While rows come and go

    def _remember(self) -> None:
        self._settling = True
        self._selected = tuple(key_of(self._rows.rows[row]) for row in self._selected_rows())
        current, top = self.currentIndex(), self.rowAt(0)
        kept = current.row() if current.isValid() and self._in_sight(current.row()) else top
        scrolled = self.verticalScrollBar().value() > 0
        self._anchor = (
            (key_of(self._rows.rows[kept]), self.rowViewportPosition(kept)) if scrolled and kept >= 0 else ("", 0)
        )

    def _choose_again(self) -> None:
        selection = QItemSelection()
        for first, last in _runs(self._rows.row_of(key) for key in self._selected):
            selection.select(self._rows.index(first, 0), self._rows.index(last, self._rows.columnCount() - 1))
        row = self._rows.row_of(self._key) if self._key else -1
        current = self._rows.index(row, Column.FILE) if row >= 0 else QModelIndex()
        self.selectionModel().setCurrentIndex(current, _FLAG.NoUpdate)
        self.selectionModel().select(selection, _FLAG.ClearAndSelect)
        key, at = self._anchor
        if (kept := self._rows.row_of(key)) >= 0:  # what is looked at stays where it is, whatever came above it
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.rowViewportPosition(kept) - at)
        self._settling = False

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.viewport().update()  # the frame is around whole rows
        if self._settling or not current.isValid():
            return
        row = self._rows.rows[current.row()]
        self._key = key_of(row)
        self.chosen.emit("" if isinstance(row, Heading) else row.id)

    def _selected_rows(self) -> list[int]:
        parts = self.selectionModel().selection().toList()
        return sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})

    def _in_sight(self, row: int) -> bool:
        return 0 <= self.rowViewportPosition(row) < self.viewport().height()

    def _heading_at(self, at: QPoint) -> Heading | None:
        index = self.indexAt(at)
        row = self._rows.rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Heading) else None

    # Dragging

    def _weigh(self, event: QDropEvent) -> None:
        own = event.source() is self and event.mimeData().hasFormat(MOVED_TYPE)
        event.setDropAction(Qt.DropAction.MoveAction)
        event.setAccepted(own)

    def _gap_at(self, at: QPoint) -> int:
        """Before which row a drop would go; -1 where it can't. Only among those that can be moved there is an order."""
        index = self.indexAt(at)
        if not index.isValid() or not movable(self._rows.rows[index.row()]):
            return -1
        below = at.y() > self.rowViewportPosition(index.row()) + self.rowHeight(index.row()) // 2
        return index.row() + below

    def _first_after(self, gap: int, moved: Iterable[str]) -> str:
        taken = set(moved)
        for row in self._rows.rows[gap:]:
            if not movable(row):
                break
            if (key := key_of(row)) not in taken:
                return key
        return ""


def _runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Rows that follow one another as first and last; -1 is none."""
    found: list[tuple[int, int]] = []
    for row in sorted(row for row in rows if row >= 0):
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
