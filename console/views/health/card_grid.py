"""The grid of cards: fills its width, goes by keyboard, keeps selection and scroll position while values change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView

from console.i18n import tr
from console.views.health.card_layout import cell_width, columns

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from console.presenters.health_cards_model import HealthCardsModel
    from console.views.health.card_delegate import CardDelegate


class CardGrid(QListView):
    """Cards beside and below each other; says which one is chosen and which one is to be opened."""

    chosen = Signal(str)  # service id
    opened = Signal(str)  # service id
    left = Signal()  # Esc

    def __init__(self, model: HealthCardsModel, delegate: CardDelegate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.cards")
        self.setAccessibleName(tr("Services"))
        self._cards = model
        self._delegate = delegate
        self._chosen = ""
        self._settling = False
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)  # cards lie on the window's ground
        self.setMouseTracking(True)
        self.setItemDelegate(delegate)
        # Before the view's own: it moves the current index off a row that leaves, which is nobody's choice.
        model.rowsAboutToBeRemoved.connect(self._settle)
        model.modelAboutToBeReset.connect(self._settle)
        self.setModel(model)
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.doubleClicked.connect(self._open)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._rows_changed)

    def choose(self, service_id: str) -> None:
        """Make a service the current one, if it is shown."""
        self._chosen = service_id
        row = self._cards.row_of(service_id)
        if row >= 0 and self.currentIndex().row() != row:
            self.selectionModel().setCurrentIndex(
                self._cards.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def fit(self) -> None:
        """Give the cells their size for the present width: the cards fill the row."""
        bar = self.verticalScrollBar().sizeHint().width()
        width = self.contentsRect().width()
        rows = -(-self._cards.rowCount() // columns(width))
        scrolls = rows * self._delegate.height > self.contentsRect().height()
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOn if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        cell = QSize(cell_width(width - bar if scrolls else width), self._delegate.height)
        self._delegate.set_cell(cell)
        self.setGridSize(cell)
        self.verticalScrollBar().setSingleStep(cell.height() // 3)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """The width changed."""
        self.fit()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Enter opens, Esc leaves; arrows are Qt's own."""
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.currentIndex().isValid():
                self._open(self.currentIndex())
            case Qt.Key.Key_Escape:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        """Arriving by keyboard lands on a card, so that the ring is seen."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._cards.rowCount():
            self.setCurrentIndex(self._cards.index(0))

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row = current.row()
        if not self._settling and current.isValid() and row < len(self._cards.cards):
            self._chosen = self._cards.cards[row].id
            self.chosen.emit(self._chosen)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._cards.cards[index.row()].id)

    def _settle(self) -> None:
        self._settling = True

    def _rows_changed(self) -> None:
        self.fit()
        if self._cards.row_of(self._chosen) >= 0:
            self.choose(self._chosen)
        else:
            self.selectionModel().clear()
        self._settling = False
