"""A table's rows without content, while what belongs in them is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from console.views.theme import GAP_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from console.views.theme import Theme


class SkeletonRows(QWidget):
    """Nothing moves: what loads within a second needs no show."""

    def __init__(self, theme: Theme, row_px: int, name: str, meaning: str, bars: Sequence[float]) -> None:
        """`bars` are shares of the width, as the columns are; `name` is the object name."""
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(meaning)
        self.theme = theme
        self.row_px = row_px
        self._bars = tuple(bars)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.sunken)
        for top in range(self.row_px, self.height() - self.row_px, self.row_px):
            left = float(GAP_M)
            for share in self._bars:
                width = share * self.width()
                painter.drawRoundedRect(QRectF(left, top + self.row_px / 3, width * 0.8, self.row_px / 3), 3, 3)
                left += width
        painter.end()
