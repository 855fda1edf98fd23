"""The list of the notifications centre: goes by keyboard, keeps its choice while rows come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView

from console.i18n import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent

    from console.presenters.notice_model import NoticeModel
    from console.views.notices.row_delegate import NoticeRowDelegate


class NoticeList(QListView):
    """Says which row is chosen, which is to be shown, and that it is left."""

    chosen = Signal(object)  # the key of a row
    opened = Signal(object)  # a row
    left = Signal()  # Esc

    def __init__(self, model: NoticeModel, delegate: NoticeRowDelegate) -> None:
        super().__init__()
        self.setObjectName("notices.list")
        self.setAccessibleName(tr("Notifications"))
        self._rows = model
        self._key: tuple[str, ...] = ()
        self._settling = False
        self._left_px: int | None = None  # where the chosen row was, from the top, when the rows changed
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setItemDelegate(delegate)
        # Before the view's own: it drops the current row at a reset, which is nobody's choice.
        model.modelAboutToBeReset.connect(self._settle)
        self.setModel(model)
        model.modelReset.connect(self._choose_again)
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.doubleClicked.connect(self._open)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Enter shows, Esc leaves; arrows are Qt's own."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.currentIndex().isValid():
                self._open(self.currentIndex())
            case Qt.Key.Key_Escape:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        """Arriving by keyboard lands on a row, so that the ring is seen."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        ):
            self.setCurrentIndex(self._rows.index(0))

    def clear_choice(self) -> None:
        """Nothing is chosen any more."""
        self._key = ()
        self.selectionModel().clear()

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._rows.rows[index.row()])

    def _settle(self) -> None:
        self._settling = True
        current = self.currentIndex()
        self._left_px = self.visualRect(current).top() if current.isValid() else None

    def _choose_again(self) -> None:
        row = self._rows.row_of(self._key) if self._key else -1
        if row >= 0:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            index = self._rows.index(row)
            self.selectionModel().setCurrentIndex(index, flag)
            if row <= 1:
                self.scrollToTop()  # with the heading above it
            elif self._left_px is not None:  # what is looked at stays where it is, whatever came above it
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + self.visualRect(index).top() - self._left_px)
        self._settling = False

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if self._settling or not current.isValid():
            return
        self._key = self._rows.rows[current.row()].key
        self.chosen.emit(self._key)
