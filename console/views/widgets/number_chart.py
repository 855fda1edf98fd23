"""The large chart of one number, with what the platform promises as a line. See `time_chart` for the import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.number_detail import NumberSeries, number_reading
from console.presenters.number_texts import axis_unit, target_text
from console.views.widgets.chart_curve import Line
from console.views.widgets.chart_key import KeyEntry
from console.views.widgets.chart_parts import ChartLook, plot_widget, round_up, target_line, wear_target
from console.views.widgets.label import PlainLabel
from console.views.widgets.time_chart import TimeChart

if TYPE_CHECKING:
    from console.model.metrics import Metric
    from console.presenters.health_reading import Reading
    from console.views.widgets.chart_curve import Visible
    from console.views.widgets.envelope import Floats

_ROOM = 1.08  # above the highest value
_LEAST_TOP = 1e-6


class NumberChart(TimeChart):
    """One line from zero up, and a dashed one where the target is."""

    def __init__(self, metric: Metric, look: ChartLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.number.chart")
        self.setAccessibleName(tr("{name} over time", name=metric.name))
        self._metric = metric
        self._series = NumberSeries()
        self._value: Floats = np.zeros(0)
        self._top = self._floor = 0.0
        self._scale = 1.0
        self._plot = plot_widget("health.number.chart.value", time_axis=True)
        self._line = Line(self._plot)
        self._target = target_line(0.0, "") if metric.target is not None else None
        if self._target is not None:
            self._plot.addItem(self._target, ignoreBounds=True)
        self._begin((self._plot,))
        self._caption = PlainLabel()
        self._captions = [self._caption]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._caption)
        column.addWidget(self._plot, 1)
        self._readout.raise_()
        self._rescale()
        self.set_look(look)

    @property
    def target_at(self) -> float | None:
        """Where the target's line is, in the metric's unit; None where nothing is promised."""
        return float(self._target.value()) * self._scale if self._target is not None else None

    @property
    def top(self) -> float:
        """Where the axis ends, in the metric's unit."""
        return self._top * self._scale

    def points(self) -> tuple[Floats, Floats]:
        """The line as drawn: seconds since 1970 and values in the metric's unit, NaN in gaps."""
        xs, ys = self._line.points()
        return xs + self._base, ys * self._scale

    def show_series(self, series: NumberSeries, *, start: float, now: float, gap_s: float) -> None:
        """Show a series whose chosen stretch reaches from `start` to `now` (seconds since 1970)."""
        arrived = series is not self._series or gap_s != self._gap_s
        if not self._needs_drawing(start, now, arrived=arrived):
            return
        self._begin_time(now)
        if arrived:
            self._series = series
            self._take(np.frombuffer(series.at, dtype=np.float64) - self._base)
            self._rescale()
        self._show_stretch(start, now, gap_s)

    def set_look(self, look: ChartLook) -> None:
        """Take other colours and fonts."""
        self._wear(look)
        self._line.set_pen(look.total, Qt.PenStyle.SolidLine)
        if self._target is not None:
            wear_target(self._target, look)
        swatches = {"value": KeyEntry("", look.total, Qt.PenStyle.SolidLine)}
        self._readout.set_look(swatches, ink=look.ink, secondary=look.secondary, surface=look.raised, edge=look.grid)

    def _rescale(self) -> None:
        """Count in a size of the unit that fits what is known."""
        target = self._metric.target
        highest = max((*self._series.value, target.limit if target is not None else 0.0))
        self._scale, unit = axis_unit(self._metric.unit, highest)
        self._value = np.frombuffer(self._series.value, dtype=np.float64) / self._scale
        name = printable(self._metric.name)
        self._caption.setText(f"{name}, {unit}" if unit else name)
        if self._target is not None and target is not None:
            self._target.setPos(target.limit / self._scale)
            self._target.label.setFormat(tr("target {target}", target=target_text(target, self._metric.unit)))

    def _draw(self, view: Visible) -> None:
        highest = self._line.show(self._at, self._value, view)
        if self._target is not None:
            highest = max(highest, float(self._target.value()))
        wanted = round_up(highest * _ROOM, _LEAST_TOP)
        floor = min(0.0, float(np.nanmin(self._value))) if len(self._value) else 0.0
        if wanted > self._top or wanted <= self._top / 2 or floor != self._floor:
            self._top, self._floor = wanted if highest > 0 else 1.0, floor
            self._plot.setYRange(self._floor, self._top, padding=0)

    def _reading_at(self, index: int) -> Reading:
        return number_reading(self._metric, self._series.at[index], self._series.value[index])
