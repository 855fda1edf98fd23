"""When the first cards are on screen, for those who measure the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from console.marks import mark

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractItemView


class PaintWatch(QObject):
    """Marks the first time that cards are painted."""

    def __init__(self, grid: QAbstractItemView) -> None:
        super().__init__(grid)
        self._grid = grid
        grid.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """Painting with cards to paint is what is waited for."""
        if event.type() is QEvent.Type.Paint and self._grid.model().rowCount():
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, lambda: mark("health"))
        return False
