"""The large charts of one service: score, latency and availability on one time axis. Import: see `time_chart`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import DEGRADED_SCORE, HEALTHY_SCORE
from console.presenters.health_series import HealthSeries
from console.views.widgets.chart_curve import Line, latency_curves
from console.views.widgets.chart_items import Strip
from console.views.widgets.chart_key import KeyEntry, SeriesKey
from console.views.widgets.chart_parts import ChartLook, plot_widget, round_up, target_line, wear_target
from console.views.widgets.envelope import worst_runs
from console.views.widgets.label import PlainLabel
from console.views.widgets.time_chart import TimeChart

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.presenters.health_reading import Reading
    from console.views.widgets.chart_curve import Visible
    from console.views.widgets.envelope import Floats

_STRIP_HEIGHT = 18


class HealthChart(TimeChart):
    """Score, latency and availability of one service."""

    def __init__(
        self,
        look: ChartLook,
        read: Callable[[HealthSeries, int], Reading],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("health.chart")
        self.setAccessibleName(tr("Score, latency and availability over time"))
        self._read = read
        self._series = HealthSeries()
        self._columns: dict[str, Floats] = {}
        self._severity = np.zeros(0, dtype=np.uint8)
        self._latency_top = 0.0
        self._build()
        self.set_look(look)

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
        if not self._needs_drawing(start, now, arrived=arrived):
            return
        self._begin_time(now)
        if arrived:
            self._take_series(series)
        self._show_stretch(start, now, gap_s)

    def set_look(self, look: ChartLook) -> None:
        """Take other colours and fonts."""
        self._wear(look)
        colours = {"total_ms": look.total, "gateway_ms": look.gateway, "upstream_ms": look.upstream}
        self._score_line.set_pen(look.score, Qt.PenStyle.SolidLine)
        for curve, line in self._latency_lines:
            line.set_pen(colours[curve.column], curve.style)
        for target in self._targets:
            wear_target(target, look)
        self._strip.set_colours(look.severity)
        key = [KeyEntry(curve.title, colours[curve.column], curve.style) for curve in reversed(latency_curves())]
        self._key.show_entries(key, look.secondary)
        swatches = {"score": KeyEntry("", look.score, Qt.PenStyle.SolidLine)}
        swatches |= {curve.column: KeyEntry("", colours[curve.column], curve.style) for curve in latency_curves()}
        self._readout.set_look(swatches, ink=look.ink, secondary=look.secondary, surface=look.raised, edge=look.grid)

    def _build(self) -> None:
        score, latency = plot_widget("health.chart.score"), plot_widget("health.chart.latency")
        availability = plot_widget("health.chart.availability", time_axis=True, grid=False, least_height=_STRIP_HEIGHT)
        self._latency = latency
        self._score_line = Line(score)
        self._latency_lines = [(curve, Line(latency)) for curve in latency_curves()]
        self._targets = [
            target_line(HEALTHY_SCORE, tr("healthy from {score}", score=HEALTHY_SCORE)),
            target_line(DEGRADED_SCORE, tr("degraded from {score}", score=DEGRADED_SCORE)),
        ]
        for target in self._targets:
            score.addItem(target, ignoreBounds=True)
        self._strip = Strip()
        availability.addItem(self._strip, ignoreBounds=True)
        score.setYRange(0, 1.05, padding=0)
        availability.setYRange(0, 1, padding=0)
        availability.getAxis("left").setStyle(showValues=False)
        availability.setFixedHeight(availability.minimumHeight())
        self._begin((score, latency, availability))
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
        self._readout.raise_()

    def _take_series(self, series: HealthSeries) -> None:
        self._series = series
        names = ("score", "total_ms", "gateway_ms", "upstream_ms")
        self._columns = {name: np.frombuffer(getattr(series, name), dtype=np.float64) for name in names}
        self._severity = np.frombuffer(series.severity, dtype=np.uint8)
        self._take(np.frombuffer(series.at, dtype=np.float64) - self._base)

    def _draw(self, view: Visible) -> None:
        if not self._columns:
            return
        self._score_line.show(self._at, self._columns["score"], view)
        tops = [line.show(self._at, self._columns[curve.column], view) for curve, line in self._latency_lines]
        self._fit_latency(max(tops))
        self._strip.fit()
        self._strip.show(worst_runs(self._at, self._severity, **view._asdict()))

    def _fit_latency(self, top: float) -> None:
        """Grow at once, shrink only when half would do: an axis that twitches can't be read."""
        wanted = round_up(top * 1.08)
        if wanted > self._latency_top or wanted <= self._latency_top / 2:
            self._latency_top = wanted
            self._latency.setYRange(0, wanted, padding=0)

    def _reading_at(self, index: int) -> Reading:
        return self._read(self._series, index)
