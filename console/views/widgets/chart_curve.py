"""A curve of a chart: what it shows, and how it is drawn thinned to the pixels there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from console.i18n import tr
from console.views.widgets.envelope import envelope, mean_line

if TYPE_CHECKING:
    from console.views.widgets.envelope import Floats

_BAND_ALPHA = 0.3
_PIXELS_OF_MEAN = 3


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One line: which column of the series it shows, and how it is told from the others without its colour."""

    column: str
    title: str
    style: Qt.PenStyle


def latency_curves() -> tuple[Curve, ...]:
    """The lines of the latency chart, in the order in which they are drawn."""
    return (
        Curve(column="upstream_ms", title=tr("upstream"), style=Qt.PenStyle.DotLine),
        Curve(column="gateway_ms", title=tr("gateway"), style=Qt.PenStyle.DashLine),
        Curve(column="total_ms", title=tr("total"), style=Qt.PenStyle.SolidLine),
    )


class Visible(NamedTuple):
    """What is visible: the arguments by which series are thinned."""

    low: float
    high: float
    pixels: int
    gap: float


class Line:
    """A series in a plot: its mean, and behind it the band between lowest and highest where pixels hold several."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._band = pg.PlotDataItem(connect="finite", antialias=False)
        self._mean = pg.PlotDataItem(connect="finite", antialias=True)
        self._band.setZValue(-5)
        plot.addItem(self._band, ignoreBounds=True)
        plot.addItem(self._mean, ignoreBounds=True)

    def set_pen(self, colour: QColor, style: Qt.PenStyle) -> None:
        """Colour, and the style that tells it from others without the colour."""
        pale = QColor(colour)
        pale.setAlphaF(_BAND_ALPHA)
        self._band.setPen(QPen(pale, 0))
        pen = pg.mkPen(colour, width=1)
        pen.setStyle(style)
        self._mean.setPen(pen)

    def points(self) -> tuple[Floats, Floats]:
        """What is drawn."""
        xs, ys = self._mean.getData()
        return (np.zeros(0), np.zeros(0)) if xs is None else (xs, ys)

    def show(self, x: Floats, y: Floats, view: Visible) -> float:
        """Draw what is visible; gives the highest value of it, 0 when there is none."""
        xs, ys = envelope(x, y, **view._asdict())
        dense = len(xs) > view.pixels
        self._band.setData(xs, ys) if dense else self._band.clear()
        coarse = view._replace(pixels=view.pixels // _PIXELS_OF_MEAN) if dense else view
        self._mean.setData(*mean_line(x, y, **coarse._asdict()))
        finite = ys[np.isfinite(ys)]
        return float(finite.max()) if len(finite) else 0.0
