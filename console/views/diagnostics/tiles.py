"""Figures side by side: a caption, a shape with a value, a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.presenters.display import escaped
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.label import ElidedLabel
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from console.model.health import HealthStatus
    from console.presenters.diagnostics_tiles import Tile
    from console.views.theme import Theme

_ACROSS = 4
_SHAPE_PX = 12


class _Shape(QWidget):
    """A condition's shape; nothing while there is no condition."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.status: HealthStatus | None = None
        self.setFixedSize(QSize(_SHAPE_PX, _SHAPE_PX))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        if self.status is not None:
            painter = QPainter(self)
            paint_mark(painter, QRectF(self.rect()), self.status, self.theme, stale=False)
            painter.end()


class _TileBox(QWidget):
    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setObjectName(f"diagnostics.tile.{name}")
        self._caption = ElidedLabel()
        self._value = ElidedLabel()
        self._value.setObjectName(f"diagnostics.tile.{name}.value")
        self._note = ElidedLabel()
        self._note.setObjectName(f"diagnostics.tile.{name}.note")
        self._shape = _Shape(theme)
        for label in (self._caption, self._value, self._note):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line = QHBoxLayout()
        line.setSpacing(GAP_S)
        line.addWidget(self._shape)
        line.addWidget(self._value, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addLayout(line)
        column.addWidget(self._note)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        strong = QFont(theme.body)
        strong.setWeight(QFont.Weight.DemiBold)
        self._value.setFont(strong)
        quiet = self.palette()
        quiet.setColor(self.foregroundRole(), theme.secondary)
        for label in (self._caption, self._note):
            label.setFont(theme.caption)
            label.setPalette(quiet)
        self._shape.theme = theme
        self._shape.update()

    def render_tile(self, tile: Tile) -> None:
        """Show it."""
        self._caption.setText(tile.caption)
        self._value.setText(tile.value)
        self._note.setText(tile.note)
        self._shape.setVisible(tile.status is not None)
        if tile.status is not self._shape.status:
            self._shape.status = tile.status
            self._shape.update()
        said = f"{tile.caption}: {tile.value}, {tile.note}"
        self.setAccessibleName(said)
        self.setToolTip(escaped(said))


class TileRow(QWidget):
    """All figures, four in a row."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("diagnostics.summary")
        self._theme = theme
        self._boxes: dict[str, _TileBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP_L)
        self._grid.setVerticalSpacing(GAP_M)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._theme = theme
        for box in self._boxes.values():
            box.wear(theme)

    def render_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these, in this order; always the same ones."""
        for place, tile in enumerate(tiles):
            if tile.name not in self._boxes:
                box = self._boxes[tile.name] = _TileBox(tile.name, self._theme)
                box.wear(self._theme)
                row, column = divmod(place, _ACROSS)
                self._grid.addWidget(box, row, column)
                self._grid.setColumnStretch(column, 1)
            self._boxes[tile.name].render_tile(tile)
