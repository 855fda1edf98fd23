"""The large charts of one service: score, latency and availability on one time axis.

Imports pyqtgraph and numpy, which takes about half a second: import this module when the first chart is opened.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import DEGRADED_SCORE, HEALTHY_SCORE
from console.presenters.health_series import HealthSeries
from console.views.widgets.chart_curve import Line, Visible, latency_curves
from console.views.widgets.chart_items import Crosshair, Holes, LocalTimeAxis, Strip, still
from console.views.widgets.chart_key import KeyEntry, Readout, SeriesKey
from console.views.widgets.envelope import holes, worst_runs
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.presenters.health_reading import Reading
    from console.views.widgets.envelope import Floats

_AXIS_WIDTH = 44
_STRIP_HEIGHT = 18
_TIME_AXIS_HEIGHT = 22
_LEAST_SPAN_S = 15.0
_ZOOM_STEP = 0.7


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


class HealthChart(QWidget):
    """Follows the newest samples until the operator zooms or pans; then the view stays where it was put.

    Arrow keys move the crosshair from sample to sample, plus and minus zoom, Home goes back to live.
    """

    following_changed = Signal(bool)

    def __init__(
        self,
        look: ChartLook,
        read: Callable[[HealthSeries, int], Reading],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("health.chart")
        self.setAccessibleName(tr("Score, latency and availability over time"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._read = read
        self._series = HealthSeries()
        self._columns: dict[str, Floats] = {}
        self._at = np.zeros(0)
        self._severity = np.zeros(0, dtype=np.uint8)
        self._start = self._now = 0.0
        # The scene reckons from here: its coordinates keep 24 bits, and a second since 1970 needs more.
        self._base = 0.0
        self._gap_s = 60.0
        self._following = True
        self._latency_top = 0.0
        self._cursor: int | None = None
        self._build()
        self._redraw_soon = QTimer(self, interval=0, singleShot=True)
        self._redraw_soon.timeout.connect(self._redraw)
        self._connect()
        self.set_look(look)

    @property
    def following(self) -> bool:
        """Whether the right edge is now."""
        return self._following

    @property
    def visible_range(self) -> tuple[float, float]:
        """The stretch of time that is visible, as seconds since 1970."""
        low, high = self._score.plotItem.vb.viewRange()[0]
        return float(low) + self._base, float(high) + self._base

    @property
    def hatched(self) -> list[tuple[float, float]]:
        """The holes, as seconds since 1970."""
        return [(start + self._base, end + self._base) for start, end in self._holes[0].stretches]

    @property
    def reading(self) -> Reading | None:
        """What the crosshair reads; None while there is none."""
        return self._readout.reading if self._cursor is not None else None

    @property
    def latency_top(self) -> float:
        """Where the latency axis ends, in milliseconds."""
        return self._latency_top

    def score_points(self) -> tuple[Floats, Floats]:
        """The score line as drawn: seconds since 1970, and NaN in gaps."""
        xs, ys = self._score_line.points()
        return xs + self._base, ys

    def show_series(self, series: HealthSeries, *, start: float, now: float, gap_s: float) -> None:
        """Show a series whose chosen stretch reaches from `start` to `now` (seconds since 1970)."""
        arrived = series is not self._series or gap_s != self._gap_s
        other_span = abs((now - start) - (self._now - self._start)) > 1.0
        pixel_s = (now - start) / max(1, self._score.width())
        if not arrived and not other_span and abs(now - self._now) < pixel_s:
            return
        if not self._base:
            self._base = float(math.floor(now))
            for plot in self._plots:
                plot.getAxis("bottom").base = self._base
        if arrived:
            self._take(series)
        self._start, self._now, self._gap_s = start, now, gap_s
        if other_span:
            self._follow(following=True)
        if self._following:
            self._show_range(start, now)
        self._redraw()

    def back_to_live(self) -> None:
        """Follow the newest samples again, over the whole stretch."""
        self._follow(following=True)
        self._show_range(self._start, self._now)
        self._redraw()

    def set_look(self, look: ChartLook) -> None:
        """Take other colours and fonts."""
        self._look = look
        colours = {"total_ms": look.total, "gateway_ms": look.gateway, "upstream_ms": look.upstream}
        for plot in self._plots:
            plot.setBackground(look.surface)
            for name in ("left", "bottom"):
                axis = plot.getAxis(name)
                axis.setPen(QPen(look.grid, 0))
                axis.setTextPen(look.secondary)
                axis.setStyle(tickFont=look.caption_font)
        self._score_line.set_pen(look.score, Qt.PenStyle.SolidLine)
        for curve, line in self._latency_lines:
            line.set_pen(colours[curve.column], curve.style)
        for target in self._targets:
            target.setPen(QPen(look.secondary, 0, Qt.PenStyle.DashLine))
            target.label.setColor(look.secondary)
            target.label.setFont(look.caption_font)
        for hatch in self._holes:
            hatch.set_colour(look.hatch)
        self._strip.set_colours(look.severity)
        self._crosshair.set_colour(look.secondary)
        key = [KeyEntry(curve.title, colours[curve.column], curve.style) for curve in reversed(latency_curves())]
        self._key.show_entries(key, look.secondary)
        swatches = {"score": KeyEntry("", look.score, Qt.PenStyle.SolidLine)}
        swatches |= {curve.column: KeyEntry("", colours[curve.column], curve.style) for curve in latency_curves()}
        self._readout.set_look(swatches, ink=look.ink, secondary=look.secondary, surface=look.raised, edge=look.grid)
        for caption in self._captions:
            caption.setFont(look.caption_font)
            palette = caption.palette()
            palette.setColor(QPalette.ColorRole.WindowText, look.secondary)
            caption.setPalette(palette)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Crosshair, zoom and the way back, without a mouse."""
        match event.key():
            case Qt.Key.Key_Left:
                self._step(-1)
            case Qt.Key.Key_Right:
                self._step(1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom(_ZOOM_STEP)
            case Qt.Key.Key_Minus:
                self._zoom(1 / _ZOOM_STEP)
            case Qt.Key.Key_Home:
                self.back_to_live()
            case Qt.Key.Key_Escape if self._cursor is not None:
                self._hide_cursor()
            case _:
                super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """The crosshair goes when the pointer leaves a plot."""
        if event.type() == QEvent.Type.Leave:
            self._hide_cursor()
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self._score = _plot("score")
        self._latency = _plot("latency")
        self._availability = _plot("availability", time_axis=True)
        self._plots = (self._score, self._latency, self._availability)
        self._score_line = Line(self._score)
        self._latency_lines = [(curve, Line(self._latency)) for curve in latency_curves()]
        self._targets = [
            _target(HEALTHY_SCORE, tr("healthy from {score}", score=HEALTHY_SCORE)),
            _target(DEGRADED_SCORE, tr("degraded from {score}", score=DEGRADED_SCORE)),
        ]
        for target in self._targets:
            self._score.addItem(target, ignoreBounds=True)
        self._holes = [Holes() for _ in self._plots]
        for plot, hatch in zip(self._plots, self._holes, strict=True):
            plot.addItem(hatch, ignoreBounds=True)
        self._strip = Strip()
        self._availability.addItem(self._strip, ignoreBounds=True)
        self._score.setYRange(0, 1.05, padding=0)
        self._availability.setYRange(0, 1, padding=0)
        self._availability.getAxis("left").setStyle(showValues=False)
        self._availability.setFixedHeight(_STRIP_HEIGHT + _TIME_AXIS_HEIGHT)
        for plot in (self._latency, self._availability):
            plot.setXLink(self._score)
        self._crosshair = Crosshair([plot.plotItem for plot in self._plots])
        self._lay_out()

    def _lay_out(self) -> None:
        self._captions = [PlainLabel(tr("Score")), PlainLabel(tr("Latency, ms")), PlainLabel(tr("Availability"))]
        self._key = SeriesKey(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for caption, plot, stretch in zip(self._captions, self._plots, (4, 5, 0), strict=True):
            row = QHBoxLayout()
            row.addWidget(caption)
            row.addStretch(1)
            if plot is self._latency:
                row.addWidget(self._key)
            column.addLayout(row)
            column.addWidget(plot, stretch)
            column.addSpacing(4)
        self._readout = Readout(self)
        self._readout.hide()

    def _connect(self) -> None:
        for plot in self._plots:
            plot.plotItem.vb.sigRangeChangedManually.connect(self._moved_by_hand)
            plot.scene().sigMouseMoved.connect(lambda position, plot=plot: self._point_at(plot, position))
            plot.installEventFilter(self)
        self._score.plotItem.vb.sigXRangeChanged.connect(self._redraw_soon.start)
        self._score.plotItem.vb.sigResized.connect(self._redraw_soon.start)

    def _take(self, series: HealthSeries) -> None:
        self._series = series
        names = ("score", "total_ms", "gateway_ms", "upstream_ms")
        self._columns = {name: np.frombuffer(getattr(series, name), dtype=np.float64) for name in names}
        self._at = np.frombuffer(series.at, dtype=np.float64) - self._base
        self._severity = np.frombuffer(series.severity, dtype=np.uint8)
        self._cursor = None

    def _redraw(self) -> None:
        if not self._columns:
            return
        low, high = self._score.plotItem.vb.viewRange()[0]
        view = Visible(low=low, high=high, pixels=max(50, int(self._score.plotItem.vb.width())), gap=self._gap_s)
        self._score_line.show(self._at, self._columns["score"], view)
        tops = [line.show(self._at, self._columns[curve.column], view) for curve, line in self._latency_lines]
        self._fit_latency(max(tops))
        found = holes(self._at, gap=self._gap_s, end=self._now - self._base)
        for hatch in self._holes:
            hatch.fit()
            hatch.show(found)
        self._strip.fit()
        self._strip.show(worst_runs(self._at, self._severity, **view._asdict()))

    def _fit_latency(self, top: float) -> None:
        """Grow at once, shrink only when half would do: an axis that twitches can't be read."""
        wanted = round_up(top * 1.08)
        if wanted > self._latency_top or wanted <= self._latency_top / 2:
            self._latency_top = wanted
            self._latency.setYRange(0, wanted, padding=0)

    def _moved_by_hand(self, *_: object) -> None:
        self._follow(following=False)

    def _show_range(self, low: float, high: float) -> None:
        # The caller draws, so that range and lines are painted together, once.
        self._score.plotItem.vb.sigXRangeChanged.disconnect(self._redraw_soon.start)
        self._score.plotItem.setXRange(low - self._base, high - self._base, padding=0)
        self._score.plotItem.vb.sigXRangeChanged.connect(self._redraw_soon.start)

    def _follow(self, *, following: bool) -> None:
        if following is not self._following:
            self._following = following
            self.following_changed.emit(following)

    def _zoom(self, factor: float) -> None:
        low, high = self.visible_range
        centre = high if self._following else (low + high) / 2
        if self._cursor is not None:
            centre = self._series.at[self._cursor]
        span = min(max((high - low) * factor, _LEAST_SPAN_S), self._now - self._start)
        left = centre - (centre - low) / (high - low) * span
        self._follow(following=False)
        self._show_range(left, left + span)
        self._redraw()

    def _step(self, by: int) -> None:
        if not len(self._series):
            return
        last = len(self._series) - 1
        self._show_cursor(last if self._cursor is None else min(max(self._cursor + by, 0), last))

    def _point_at(self, plot: pg.PlotWidget, position: QPointF) -> None:
        box = plot.plotItem.vb
        if not len(self._series) or not box.sceneBoundingRect().contains(position):
            self._hide_cursor()
            return
        at = self._at
        x = box.mapSceneToView(position).x()
        after = int(np.searchsorted(at, x))
        nearest = min((i for i in (after - 1, after) if 0 <= i < len(at)), key=lambda i: abs(at[i] - x))
        if abs(at[nearest] - x) > self._gap_s:
            self._hide_cursor()  # a hole has nothing to read
            return
        self._show_cursor(nearest)

    def _show_cursor(self, index: int) -> None:
        self._cursor = index
        x = self._series.at[index] - self._base
        self._crosshair.show_at(x)
        self._readout.show_reading(self._read(self._series, index))
        box = self._score.plotItem.vb
        point = self._score.mapTo(self, self._score.mapFromScene(box.mapViewToScene(QPointF(x, 1.0))))
        self._readout.place_beside(point, self.width())

    def _hide_cursor(self) -> None:
        self._cursor = None
        self._crosshair.hide()
        self._readout.hide()


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten; at least 1."""
    if not math.isfinite(value) or value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 2.5, 5) if step * power >= value), 10 * power)


def _target(score: float, text: str) -> pg.InfiniteLine:
    line = pg.InfiniteLine(
        pos=score, angle=0, movable=False, label=text, labelOpts={"position": 0.01, "anchors": [(0, 0), (0, 0)]}
    )
    still(line)
    return line


def _plot(name: str, *, time_axis: bool = False) -> pg.PlotWidget:
    bottom = LocalTimeAxis(orientation="bottom")
    plot = pg.PlotWidget(axisItems={"bottom": bottom})
    plot.setObjectName(f"health.chart.{name}")
    plot.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    plot.setMinimumHeight(70 if not time_axis else _STRIP_HEIGHT + _TIME_AXIS_HEIGHT)
    item = plot.plotItem
    item.setMenuEnabled(False)
    item.hideButtons()
    item.setMouseEnabled(x=True, y=False)
    item.vb.setLimits(minXRange=_LEAST_SPAN_S)
    item.vb.disableAutoRange()
    item.getAxis("left").setWidth(_AXIS_WIDTH)
    item.getAxis("left").setStyle(tickLength=0, maxTickLevel=0)
    bottom.setStyle(tickLength=0, showValues=time_axis, maxTickLevel=0)
    bottom.setHeight(_TIME_AXIS_HEIGHT if time_axis else 1)
    item.showGrid(x=True, y=not time_axis, alpha=0.9)
    return plot
