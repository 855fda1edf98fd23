"""Plots stacked on one time axis: following, zoom, crosshair, holes and flags. What the lines are, subclasses know.

Imports pyqtgraph and numpy, which takes about half a second: import this module when the first chart is opened.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from console.i18n import tr
from console.presenters.display import escaped
from console.views.widgets.chart_curve import Visible
from console.views.widgets.chart_flags import Flags
from console.views.widgets.chart_items import Crosshair, Holes
from console.views.widgets.chart_key import Readout
from console.views.widgets.chart_parts import LEAST_SPAN_S
from console.views.widgets.envelope import holes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyqtgraph as pg

    from console.presenters.deployments import Flag
    from console.presenters.health_reading import Reading
    from console.views.widgets.chart_parts import ChartLook
    from console.views.widgets.envelope import Floats
    from console.views.widgets.label import PlainLabel

_ZOOM_STEP = 0.7
_FLAG_REACH_PX = 5
_FLAGS_READ = 4


class TimeChart(QWidget):
    """Follows the newest samples until the operator zooms or pans; then the view stays where it was put.

    Arrow keys move the crosshair from sample to sample, with Ctrl from flag to flag; plus and minus zoom, Home goes
    back to live. A subclass gives its plots to `_begin`, its samples' times to `_take`, and draws in `_draw`.
    """

    following_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._plots: tuple[pg.PlotWidget, ...] = ()
        self._captions: Sequence[PlainLabel] = ()
        self._at: Floats = np.zeros(0)
        self._start = self._now = 0.0
        # The scene reckons from here: its coordinates keep 24 bits, and a second since 1970 needs more.
        self._base = 0.0
        self._gap_s = 60.0
        self._following = True
        self._cursor: int | None = None
        self._flags: Sequence[Flag] = ()
        self._flag_times: Sequence[float] = ()
        self._flag_at: int | None = None
        self._readout = Readout(self)
        self._readout.hide()
        self._redraw_soon = QTimer(self, interval=0, singleShot=True)
        self._redraw_soon.timeout.connect(self._redraw)

    @property
    def following(self) -> bool:
        """Whether the right edge is now."""
        return self._following

    @property
    def visible_range(self) -> tuple[float, float]:
        """The stretch of time that is visible, as seconds since 1970."""
        low, high = self._plots[0].plotItem.vb.viewRange()[0]
        return float(low) + self._base, float(high) + self._base

    @property
    def hatched(self) -> list[tuple[float, float]]:
        """The holes, as seconds since 1970."""
        return [(start + self._base, end + self._base) for start, end in self._holes[0].stretches]

    @property
    def flagged(self) -> list[float]:
        """Where flags are drawn, as seconds since 1970."""
        pixel = self._visible().high - self._visible().low
        return [at + self._base for at, _failed in self._flag_items[0].drawn(pixel / self._visible().pixels)]

    @property
    def reading(self) -> Reading | None:
        """What the crosshair reads; None while there is none."""
        return self._readout.reading if self._cursor is not None else None

    def show_flags(self, flags: Sequence[Flag]) -> None:
        """Show what was rolled out, oldest first."""
        if flags is self._flags:
            return
        self._flags = flags
        self._flag_times = [flag.at for flag in flags]
        self._flag_at = None
        for item in self._flag_items:
            item.show(flags, self._base)

    def back_to_live(self) -> None:
        """Follow the newest samples again, over the whole stretch."""
        self._follow(following=True)
        self._show_range(self._start, self._now)
        self._redraw()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Crosshair, flags, zoom and the way back, without a mouse."""
        by_flag = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                by = 1 if event.key() == Qt.Key.Key_Right else -1
                self._step_flag(by) if by_flag else self._step(by)
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

    # What a subclass does

    def _draw(self, view: Visible) -> None:
        """Draw the lines of what is visible."""
        raise NotImplementedError

    def _reading_at(self, index: int) -> Reading:
        """What the crosshair reads at a sample."""
        raise NotImplementedError

    # What a subclass calls

    def _begin(self, plots: tuple[pg.PlotWidget, ...]) -> None:
        """Put what every plot has into these; they scroll together, and the last one carries the axis."""
        self._plots = plots
        self._holes = [Holes() for _ in plots]
        self._flag_items = [Flags(pennants=plot is plots[0]) for plot in plots]
        for plot, *items in zip(plots, self._holes, self._flag_items, strict=True):
            for item in items:
                plot.addItem(item, ignoreBounds=True)
            if plot is not plots[0]:
                plot.setXLink(plots[0])
            plot.plotItem.vb.sigRangeChangedManually.connect(self._moved_by_hand)
            plot.scene().sigMouseMoved.connect(lambda position, plot=plot: self._point_at(plot, position))
            plot.installEventFilter(self)
        self._crosshair = Crosshair([plot.plotItem for plot in plots])
        self._first_box.sigXRangeChanged.connect(self._redraw_soon.start)
        self._first_box.sigResized.connect(self._redraw_soon.start)

    def _wear(self, look: ChartLook) -> None:
        """Take the colours and fonts that every chart has."""
        for plot in self._plots:
            plot.setBackground(look.surface)
            for name in ("left", "bottom"):
                axis = plot.getAxis(name)
                axis.setPen(QPen(look.grid, 0))
                axis.setTextPen(look.secondary)
                axis.setStyle(tickFont=look.caption_font)
        for hatch in self._holes:
            hatch.set_colour(look.hatch)
        for flags in self._flag_items:
            flags.set_colour(look.secondary)
        self._crosshair.set_colour(look.secondary)
        for caption in self._captions:
            caption.setFont(look.caption_font)
            palette = caption.palette()
            palette.setColor(QPalette.ColorRole.WindowText, look.secondary)
            caption.setPalette(palette)

    def _needs_drawing(self, start: float, now: float, *, arrived: bool) -> bool:
        """Whether a stretch from `start` to `now` looks different; `arrived`: the samples are others."""
        other_span = abs((now - start) - (self._now - self._start)) > 1.0
        pixel_s = (now - start) / max(1, self._plots[0].width())
        return arrived or other_span or abs(now - self._now) >= pixel_s

    def _begin_time(self, now: float) -> None:
        """Reckon from about now, from the first time on."""
        if not self._base:
            self._base = float(math.floor(now))
            for plot in self._plots:
                plot.getAxis("bottom").base = self._base
            for item in self._flag_items:
                item.show(self._flags, self._base)

    def _take(self, at: Floats) -> None:
        """The samples are others now; `at` are their times, from the base on."""
        self._at = at
        self._cursor = None

    def _show_stretch(self, start: float, now: float, gap_s: float) -> None:
        """Draw, and follow where that is wanted."""
        other_span = abs((now - start) - (self._now - self._start)) > 1.0
        self._start, self._now, self._gap_s = start, now, gap_s
        if other_span:
            self._follow(following=True)
        if self._following:
            self._show_range(start, now)
        self._redraw()

    # Drawing

    @property
    def _first_box(self) -> pg.ViewBox:
        return self._plots[0].plotItem.vb

    def _visible(self) -> Visible:
        low, high = self._first_box.viewRange()[0]
        return Visible(low=low, high=high, pixels=max(50, int(self._first_box.width())), gap=self._gap_s)

    def _redraw(self) -> None:
        if not self._base:
            return
        self._draw(self._visible())
        found = holes(self._at, gap=self._gap_s, end=self._now - self._base)
        for hatch in self._holes:
            hatch.fit()
            hatch.show(found)
        for flags in self._flag_items:
            flags.fit()
        for plot in self._plots:
            plot.scene().prepareForPaint()  # done while it paints, it would have everything painted once more

    def _moved_by_hand(self, *_: object) -> None:
        self._follow(following=False)

    def _show_range(self, low: float, high: float) -> None:
        # The caller draws, so that range and lines are painted together, once.
        self._first_box.sigXRangeChanged.disconnect(self._redraw_soon.start)
        self._plots[0].plotItem.setXRange(low - self._base, high - self._base, padding=0)
        self._first_box.sigXRangeChanged.connect(self._redraw_soon.start)

    def _follow(self, *, following: bool) -> None:
        if following is not self._following:
            self._following = following
            self.following_changed.emit(following)

    def _zoom(self, factor: float) -> None:
        low, high = self.visible_range
        centre = high if self._following else (low + high) / 2
        if self._cursor is not None:
            centre = float(self._at[self._cursor]) + self._base
        span = min(max((high - low) * factor, LEAST_SPAN_S), self._now - self._start)
        left = centre - (centre - low) / (high - low) * span
        self._follow(following=False)
        self._show_range(left, left + span)
        self._redraw()

    # The crosshair

    def _step(self, by: int) -> None:
        if len(self._at):
            last = len(self._at) - 1
            self._show_cursor(last if self._cursor is None else min(max(self._cursor + by, 0), last))

    def _step_flag(self, by: int) -> None:
        """To the next flag in sight; what it says is read by the box at the nearest sample."""
        low, high = self.visible_range
        first, end = bisect_left(self._flag_times, low), bisect_right(self._flag_times, high)
        if first == end or not len(self._at):
            return
        wanted = (end - 1 if by < 0 else first) if self._flag_at is None else self._flag_at + by
        chosen = min(max(wanted, first), end - 1)
        x = self._flag_times[chosen] - self._base
        nearest = min(int(np.searchsorted(self._at, x)), len(self._at) - 1)
        self._show_cursor(nearest, x=x, flags=(self._flags[chosen],))
        self._flag_at = chosen

    def _point_at(self, plot: pg.PlotWidget, position: QPointF) -> None:
        box = plot.plotItem.vb
        if not box.sceneBoundingRect().contains(position):
            self._hide_cursor()
            return
        x = box.mapSceneToView(position).x()
        self._tell_flags(plot, position, x)
        if not len(self._at):
            return
        at = self._at
        after = int(np.searchsorted(at, x))
        nearest = min((i for i in (after - 1, after) if 0 <= i < len(at)), key=lambda i: abs(at[i] - x))
        if abs(at[nearest] - x) > self._gap_s:
            self._hide_cursor()  # a hole has nothing to read
            return
        self._show_cursor(nearest)

    def _tell_flags(self, plot: pg.PlotWidget, position: QPointF, x: float) -> None:
        view = self._visible()
        reach = _FLAG_REACH_PX * (view.high - view.low) / view.pixels
        near = self._flags_between(x - reach + self._base, x + reach + self._base)
        if near:
            QToolTip.showText(plot.mapToGlobal(plot.mapFromScene(position)), escaped(_flags_text(near)), plot)
        else:
            QToolTip.hideText()

    def _flags_between(self, low: float, high: float) -> Sequence[Flag]:
        return self._flags[bisect_left(self._flag_times, low) : bisect_right(self._flag_times, high)]

    def _show_cursor(self, index: int, *, x: float | None = None, flags: Sequence[Flag] = ()) -> None:
        self._cursor, self._flag_at = index, None
        at = float(self._at[index])
        if not flags and index:  # what was rolled out since the sample before belongs to this one
            flags = self._flags_between(max(float(self._at[index - 1]), at - self._gap_s) + self._base, at + self._base)
        place = at if x is None else x
        self._crosshair.show_at(place)
        reading = self._reading_at(index)
        if flags:
            reading = msgspec.structs.replace(reading, note=" · ".join(filter(None, (reading.note, _brief(flags)))))
        self._readout.show_reading(reading)
        plot, box = self._plots[0], self._first_box
        point = plot.mapTo(self, plot.mapFromScene(box.mapViewToScene(QPointF(place, box.viewRange()[1][1]))))
        self._readout.place_beside(point, self.width())

    def _hide_cursor(self) -> None:
        self._cursor = self._flag_at = None
        self._crosshair.hide()
        self._readout.hide()


def _flags_text(flags: Sequence[Flag]) -> str:
    lines = [flag.text for flag in flags[-_FLAGS_READ:]]
    if len(flags) > len(lines):
        lines.append(tr("and {count} more", count=f"{len(flags) - len(lines):,}"))
    return "\n".join(lines)


def _brief(flags: Sequence[Flag]) -> str:
    newest = flags[-1].text
    return newest if len(flags) == 1 else tr("{what}, and {count} more", what=newest, count=f"{len(flags) - 1:,}")
