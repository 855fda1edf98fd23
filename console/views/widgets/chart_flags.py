"""Deployments as thin flags on a time axis."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from console.views.widgets.chart_items import Backdrop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from console.presenters.deployments import Flag

_PENNANT = 6.0
_ALPHA = 0.6


class Flags(Backdrop):
    """A dotted line where something was rolled out; with `pennants` a small flag on top, hollow for what failed.

    However many there are, one is drawn for each pixel of the axis.
    """

    def __init__(self, *, pennants: bool) -> None:
        super().__init__()
        self._pennants = pennants
        self._at: Sequence[float] = ()
        self._failed: Sequence[bool] = ()
        self._colour = QColor()
        self.setZValue(-8)

    def show(self, flags: Sequence[Flag], base: float) -> None:
        """Replace them (oldest first); the plot's time begins at `base`."""
        self._at = [flag.at - base for flag in flags]
        self._failed = [flag.failed for flag in flags]
        self.update()

    def set_colour(self, colour: QColor) -> None:
        """The colour of line and flag."""
        self._colour = colour
        self.update()

    def drawn(self, per_pixel: float) -> list[tuple[float, bool]]:
        """Where lines are drawn in the plot's time, and whether any of what stands there failed."""
        first = bisect_left(self._at, self.boundingRect().left())
        end = bisect_right(self._at, self.boundingRect().right())
        lines: list[tuple[float, bool]] = []
        for at, failed in zip(self._at[first:end], self._failed[first:end], strict=True):
            if lines and at - lines[-1][0] < per_pixel:
                lines[-1] = (lines[-1][0], lines[-1][1] or failed)
            else:
                lines.append((at, failed))
        return lines

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw in device pixels, so that a flag keeps its shape."""
        transform = painter.transform()
        bounds = self.boundingRect()
        top, bottom = transform.map(bounds.topLeft()).y(), transform.map(bounds.bottomLeft()).y()
        top, bottom = min(top, bottom), max(top, bottom)
        lines = [
            (transform.map(QPointF(at, 0.0)).x(), failed) for at, failed in self.drawn(1 / max(transform.m11(), 1e-9))
        ]
        painter.save()
        painter.resetTransform()
        line = QColor(self._colour)
        line.setAlphaF(_ALPHA)
        for x, failed in lines:
            painter.setPen(QPen(line, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            if self._pennants:
                painter.setPen(QPen(self._colour, 1))
                painter.setBrush(Qt.BrushStyle.NoBrush if failed else self._colour)
                painter.drawPolygon(
                    QPolygonF([QPointF(x, top), QPointF(x + _PENNANT, top + _PENNANT / 2), QPointF(x, top + _PENNANT)])
                )
        painter.restore()
