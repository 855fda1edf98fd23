"""What pyqtgraph does not draw the way a calm instrument needs it: holes, the availability strip, local time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

_STRIP_SHARE = {0: 0.4, 1: 0.4, 2: 0.7, 3: 1.0}


class LocalTimeAxis(pg.DateAxisItem):  # type: ignore[misc]  (pyqtgraph is untyped)
    """Local times along an axis whose zero is `base`, in seconds since 1970."""

    base = 0.0

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802  (pyqtgraph's name)
        """Round local times."""
        levels = super().tickValues(low + self.base, high + self.base, size)
        return [(spacing, [value - self.base for value in values]) for spacing, values in levels]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802  (pyqtgraph's name)
        """What stands below the ticks."""
        strings: list[str] = super().tickStrings([value + self.base for value in values], scale, spacing)
        return strings


class Holes(pg.GraphicsObject):  # type: ignore[misc]  (pyqtgraph is untyped)
    """Hatches the stretches of time in which nothing was seen."""

    def __init__(self) -> None:
        super().__init__()
        self._stretches: Sequence[tuple[float, float]] = ()
        self._colour = QColor()
        self.setZValue(-10)

    def show(self, stretches: Sequence[tuple[float, float]]) -> None:
        """Replace the stretches, as seconds from and to."""
        if list(stretches) != list(self._stretches):
            self._stretches = stretches
            self.update()

    def set_colour(self, colour: QColor) -> None:
        """The colour of the hatching."""
        self._colour = colour
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802  (Qt's name)
        """As large as what is visible."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:  # noqa: N802  (pyqtgraph's name)
        """The visible stretch moved."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw in device pixels: a hatch in data units would be stretched beyond recognition."""
        visible = self.viewRect()
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        brush = QBrush(self._colour, Qt.BrushStyle.BDiagPattern)
        for start, end in self._stretches:
            left, right = max(start, visible.left()), min(end, visible.right())
            if left < right:
                painter.fillRect(
                    transform.mapRect(QRectF(QPointF(left, visible.top()), QPointF(right, visible.bottom()))), brush
                )
        painter.restore()


class Strip(pg.GraphicsObject):  # type: ignore[misc]  (pyqtgraph is untyped)
    """Availability over time: colour says the condition, and height says it again."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[tuple[float, float, int]] = ()
        self._colours: dict[int, QColor] = {}

    def show(self, runs: Sequence[tuple[float, float, int]]) -> None:
        """Replace the runs: seconds from and to, and the severity."""
        self._runs = runs
        self.update()

    def set_colours(self, colours: dict[int, QColor]) -> None:
        """Colours by severity."""
        self._colours = colours
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802  (Qt's name)
        """As large as what is visible."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:  # noqa: N802  (pyqtgraph's name)
        """The visible stretch moved."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw in device pixels, at least one wide: a short outage must not vanish in a long range."""
        visible = self.viewRect()
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for start, end, severity in self._runs:
            left, right = max(start, visible.left()), min(end, visible.right())
            if left >= right:
                continue
            area = transform.mapRect(QRectF(QPointF(left, visible.top()), QPointF(right, visible.bottom())))
            height = area.height() * _STRIP_SHARE[severity]
            area.setTop(area.bottom() - height)
            area.setWidth(max(1.0, area.width()))
            painter.fillRect(area, self._colours.get(severity, QColor(Qt.GlobalColor.gray)))
        painter.restore()


class Crosshair:
    """One vertical line through several plots."""

    def __init__(self, plots: Sequence[pg.PlotItem]) -> None:
        self._lines = [pg.InfiniteLine(angle=90, movable=False) for _ in plots]
        for plot, line in zip(plots, self._lines, strict=True):
            line.setZValue(20)
            line.hide()
            plot.addItem(line, ignoreBounds=True)

    def set_colour(self, colour: QColor) -> None:
        """The colour of the line."""
        for line in self._lines:
            line.setPen(QPen(colour, 0))

    def show_at(self, x: float) -> None:
        """Move to a time (seconds since 1970)."""
        for line in self._lines:
            line.setPos(x)
            line.show()

    def hide(self) -> None:
        """Take it away."""
        for line in self._lines:
            line.hide()


def still(item: QGraphicsItem) -> QGraphicsItem:
    """An item that takes no mouse: hovering a target line must not highlight it."""
    item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
    item.setAcceptHoverEvents(False)
    return item
