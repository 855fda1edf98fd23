"""The grid of gateways: fills its width, goes by keyboard, keeps its choice while tiles change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView

from console.i18n import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent

    from console.presenters.overview import TilesModel
    from console.views.overview.tile_delegate import TileDelegate

_LEAST_PX = 290


class TileGrid(QListView):
    """Says which gateway is to be opened: by one click, or by Enter."""

    opened = Signal(str)  # name of a profile

    def __init__(self, model: TilesModel, delegate: TileDelegate) -> None:
        super().__init__()
        self.setObjectName("overview.tiles")
        self.setAccessibleName(tr("All gateways"))
        self._tiles = model
        self._delegate = delegate
        self._chosen = ""
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)  # tiles lie on the window's ground
        self.setMouseTracking(True)
        self.setItemDelegate(delegate)
        # Before the view's own: it drops the current tile at a reset, which is nobody's choice.
        model.modelAboutToBeReset.connect(self._note_chosen)
        self.setModel(model)
        model.modelReset.connect(self._choose_again)
        self.clicked.connect(self._open)

    def fit(self) -> None:
        """Give the cells their size for the present width: the tiles fill the row."""
        width = self.contentsRect().width()
        height = self._delegate.height
        across = max(1, width // _LEAST_PX)
        rows = -(-self._tiles.rowCount() // across)
        scrolls = rows * height > self.contentsRect().height()
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        if scrolls:
            width -= self.verticalScrollBar().sizeHint().width()
            across = max(1, width // _LEAST_PX)
        cell = QSize((width - 1) // across, height)
        if cell != self.gridSize():
            self._delegate.set_cell(cell)
            self.setGridSize(cell)
            self.verticalScrollBar().setSingleStep(height // 3)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """The width changed."""
        self.fit()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Enter opens; arrows are Qt's own."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        """Arriving by keyboard lands on a tile, so that the ring is seen."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._tiles.rowCount():
            self.setCurrentIndex(self._tiles.index(0))

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._tiles.tiles[index.row()].name)

    def _note_chosen(self) -> None:
        row = self.currentIndex().row()
        self._chosen = self._tiles.tiles[row].name if 0 <= row < len(self._tiles.tiles) else ""

    def _choose_again(self) -> None:
        self.fit()
        if (row := self._tiles.row_of(self._chosen)) >= 0:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(self._tiles.index(row), flag)
