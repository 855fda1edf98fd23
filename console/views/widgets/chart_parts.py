"""What every chart is made of: its look, plots without pyqtgraph's own manners, target lines, round axis ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPen
from PySide6.QtWidgets import QSizePolicy

from console.views.widgets.chart_items import LocalTimeAxis, still

LEAST_SPAN_S = 15.0
_AXIS_WIDTH = 44
_TIME_AXIS_HEIGHT = 22


@dataclass(frozen=True, kw_only=True)
class ChartLook:
    """Colours and fonts of a chart, out of the theme's tokens."""

    surface: QColor
    ink: QColor
    secondary: QColor
    grid: QColor
    hatch: QColor
    raised: QColor
    score: QColor
    total: QColor
    gateway: QColor
    upstream: QColor
    severity: dict[int, QColor]
    caption_font: QFont


def round_up(value: float, least: float = 1.0) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten; at least `least`."""
    if not math.isfinite(value) or value <= least:
        return least
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 2.5, 5) if step * power >= value), 10 * power)


def target_line(at: float, text: str) -> pg.InfiniteLine:
    """A horizontal line with its label, dashed once it is given a pen by `wear_target`."""
    line = pg.InfiniteLine(
        pos=at, angle=0, movable=False, label=text, labelOpts={"position": 0.01, "anchors": [(0, 0), (0, 0)]}
    )
    still(line)
    return line


def wear_target(line: pg.InfiniteLine, look: ChartLook) -> None:
    """Colours and fonts of a target line."""
    line.setPen(QPen(look.secondary, 0, Qt.PenStyle.DashLine))
    line.label.setColor(look.secondary)
    line.label.setFont(look.caption_font)


def plot_widget(name: str, *, time_axis: bool = False, grid: bool = True, least_height: int = 70) -> pg.PlotWidget:
    """A plot that moves along the time axis alone, without pyqtgraph's own menus and buttons."""
    bottom = LocalTimeAxis(orientation="bottom")
    plot = pg.PlotWidget(axisItems={"bottom": bottom})
    plot.setObjectName(name)
    plot.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    plot.setMinimumHeight(least_height + (_TIME_AXIS_HEIGHT if time_axis else 0))
    item = plot.plotItem
    item.setMenuEnabled(False)
    item.hideButtons()
    item.setMouseEnabled(x=True, y=False)
    item.vb.setLimits(minXRange=LEAST_SPAN_S)
    item.vb.disableAutoRange()
    item.getAxis("left").setWidth(_AXIS_WIDTH)
    item.getAxis("left").setStyle(tickLength=0, maxTickLevel=0)
    bottom.setStyle(tickLength=0, showValues=time_axis, maxTickLevel=0)
    bottom.setHeight(_TIME_AXIS_HEIGHT if time_axis else 1)
    item.showGrid(x=True, y=grid, alpha=0.9)
    return plot
