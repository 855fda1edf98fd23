"""What pyqtgraph does not draw the way a calm instrument needs it: holes, the availability strip, local time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from console.model import zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

_STRIP_SHARE = {0: 0.4, 1: 0.4, 2: 0.7, 3: 1.0}


class LocalTimeAxis(pg.DateAxisItem):  # type: ignore[misc]  # pyqtgraph is untyped
    """Times, local or in UTC as the operator prefers, along an axis whose zero is `base`, in seconds since 1970."""

    base = 0.0

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802  (Qt's name)
        """Round times in the zone that is shown."""
        self.utcOffset = 0 if zone.shows_utc() else None
        levels = super().tickValues(low + self.base, high + self.base, size)
        return [(spacing, [value - self.base for value in values]) for spacing, values in levels]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802  (Qt's name)
        """What stands below the ticks."""
        self.utcOffset = 0 if zone.shows_utc() else None
        strings: list[str] = super().tickStrings([value + self.base for value in values], scale, spacing)
        return strings


class Backdrop(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph is untyped
    """Something that is as large as what is visible, and is drawn in device pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()

    def boundingRect(self) -> QRectF:  # noqa: N802  (Qt's name)
        """What was visible when `fit` was last called."""
        return self._bounds

    def fit(self) -> None:
        """Take the size of what is visible. pyqtgraph's own notice comes before the view knows its new range."""
        visible = self.getViewBox().viewRect()
        if visible != self._bounds:
            self.prepareGeometryChange()
            self._bounds = QRectF(visible)
            self.update()

    def device_rect(self, painter: QPainter, left: float, right: float) -> QRectF | None:
        """A stretch of time over the whole height, clipped to what is visible; None when nothing of it is."""
        left, right = max(left, self._bounds.left()), min(right, self._bounds.right())
        if left >= right:
            return None
        return painter.transform().mapRect(
            QRectF(QPointF(left, self._bounds.top()), QPointF(right, self._bounds.bottom()))
        )


class Holes(Backdrop):
    """Hatches the stretches of time in which nothing was seen."""

    def __init__(self) -> None:
        super().__init__()
        self._stretches: Sequence[tuple[float, float]] = ()
        self._colour = QColor()
        self.setZValue(-10)

    @property
    def stretches(self) -> Sequence[tuple[float, float]]:
        """What is hatched, from and to in the plot's time."""
        return self._stretches

    def show(self, stretches: Sequence[tuple[float, float]]) -> None:
        """Replace the stretches, from and to in the plot's time."""
        if list(stretches) != list(self._stretches):
            self._stretches = stretches
            self.update()

    def set_colour(self, colour: QColor) -> None:
        """The colour of the hatching."""
        self._colour = colour
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw in device pixels: a hatch in the plot's units would be stretched beyond recognition."""
        areas = [self.device_rect(painter, start, end) for start, end in self._stretches]
        brush = QBrush(self._colour, Qt.BrushStyle.BDiagPattern)
        painter.save()
        painter.resetTransform()
        for area in areas:
            if area is not None:
                painter.fillRect(area, brush)
        painter.restore()


class Strip(Backdrop):
    """Availability over time: colour says the condition, and height says it again."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[tuple[float, float, int]] = ()
        self._colours: dict[int, QColor] = {}

    def show(self, runs: Sequence[tuple[float, float, int]]) -> None:
        """Replace the runs: from and to in the plot's time, and the severity."""
        self._runs = runs
        self.update()

    def set_colours(self, colours: dict[int, QColor]) -> None:
        """Colours by severity."""
        self._colours = colours
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw at least a pixel for each run: a short outage must not vanish in a long range."""
        areas = [(self.device_rect(painter, start, end), severity) for start, end, severity in self._runs]
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for area, severity in areas:
            if area is None or severity not in self._colours:
                continue
            area.setTop(area.bottom() - area.height() * _STRIP_SHARE[severity])
            area.setWidth(max(1.0, area.width()))
            painter.fillRect(area, self._colours[severity])
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
