"""A line of a few hundred pixels: light enough for a card in a grid of thousands."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from console.presenters.health_series import plotted_score

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from console.model.health import HealthSample

WINDOW_S = 15 * 60.0
_BUCKETS = 180
_BUCKET_S = WINDOW_S / _BUCKETS
_CHEAP = 400
_KEPT = 400
_MARGIN = 2.0


class Bucket(msgspec.Struct):
    """The lowest and the highest score within five seconds, and whether a hole precedes them."""

    low: float
    high: float
    last_at: float
    after_gap: bool


class Trace:
    """The samples of one service, thinned to a few pixels' worth as they arrive.

    A busy feed keeps tens of thousands of samples in memory for the fifteen minutes that a sparkline shows: only those
    that are new are looked at. A short list is read anew each time, so that samples told afterwards find their place.
    """

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._buckets: dict[int, Bucket] = {}
        self._end = float("-inf")
        self.version = 0

    def take(self, samples: Sequence[HealthSample]) -> None:
        """Take the samples of the window, oldest first."""
        if len(samples) <= _CHEAP:
            self._buckets.clear()
            self._end = float("-inf")
            newer: Iterable[HealthSample] = samples
        else:
            fresh = []
            for sample in reversed(samples):
                if sample.at.timestamp() <= self._end:
                    break
                fresh.append(sample)
            newer = reversed(fresh)
        for sample in newer:
            self._add(sample.at.timestamp(), plotted_score(sample))
        self.version += 1

    def buckets(self, now: float) -> list[tuple[float, Bucket]]:
        """What lies in the window that ends at `now` (seconds since 1970), by position from 0 (left) to 1 (right)."""
        start = now - WINDOW_S
        first = int(start // _BUCKET_S)
        for key in [key for key in self._buckets if key < first]:
            del self._buckets[key]
        return [((bucket.last_at - start) / WINDOW_S, bucket) for _, bucket in sorted(self._buckets.items())]

    def _add(self, at: float, score: float) -> None:
        if score != score:  # noqa: PLR0124  (NaN: nothing known, a gap)
            return
        after_gap = at - self._end > self._gap_s
        self._end = max(self._end, at)
        key = int(at // _BUCKET_S)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = Bucket(low=score, high=score, last_at=at, after_gap=after_gap)
        else:
            bucket.low = min(bucket.low, score)
            bucket.high = max(bucket.high, score)
            bucket.last_at = at


class SparklineColours(msgspec.Struct, frozen=True, kw_only=True):
    """Line, the ground below it and base line, as `#aarrggbb`: a value, so that it can be part of a cache's key."""

    line: str
    fill: str
    base: str


class SparklinePainter:
    """Draws sparklines of scores and keeps them as pixmaps until something in them changes."""

    def __init__(self) -> None:
        self._pixmaps: OrderedDict[str, tuple[Hashable, QPixmap]] = OrderedDict()
        self._traces: OrderedDict[str, tuple[Hashable, Trace]] = OrderedDict()

    def clear(self) -> None:
        """Forget every pixmap: the theme changed."""
        self._pixmaps.clear()

    def pixmap(
        self,
        service_id: str,
        samples: Sequence[HealthSample],
        *,
        now: float,
        gap_s: float,
        size: QSize,
        ratio: float,
        colours: SparklineColours,
    ) -> QPixmap:
        """The last fifteen minutes before `now` (seconds since 1970) in `size` logical pixels at a device ratio."""
        trace = self._trace(service_id, samples, gap_s)
        pixel_s = WINDOW_S / max(1, size.width())
        key = (trace.version, int(now / pixel_s), size.width(), size.height(), ratio, colours)
        found = self._pixmaps.get(service_id)
        if found is not None and found[0] == key:
            return found[1]
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        _draw(painter, trace.buckets(now), size, colours)
        painter.end()
        self._pixmaps[service_id] = (key, pixmap)
        self._pixmaps.move_to_end(service_id)
        while len(self._pixmaps) > _KEPT:
            self._pixmaps.popitem(last=False)
        return pixmap

    def _trace(self, service_id: str, samples: Sequence[HealthSample], gap_s: float) -> Trace:
        seen = (len(samples), samples[0].at, samples[-1].at, gap_s) if samples else (0, gap_s)
        known = self._traces.get(service_id)
        if known is not None and known[0] == seen:
            self._traces.move_to_end(service_id)
            return known[1]
        trace = known[1] if known is not None else Trace(gap_s)
        trace.take(samples)
        self._traces[service_id] = (seen, trace)
        self._traces.move_to_end(service_id)
        while len(self._traces) > _KEPT:
            self._traces.popitem(last=False)
        return trace


def _draw(
    painter: QPainter, buckets: list[tuple[float, Bucket]], size: QSize, colours: SparklineColours
) -> None:
    width, height = float(size.width()), size.height() - 2 * _MARGIN

    def y_of(score: float) -> float:
        return _MARGIN + (1.0 - min(1.0, max(0.0, score))) * height

    painter.setPen(QPen(QColor(colours.base), 1))
    painter.drawLine(QPointF(0, size.height() - 0.5), QPointF(width, size.height() - 0.5))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colours.line), 1.5)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(QColor(colours.fill))
    floor = float(size.height())
    stretch: list[QPointF] = []
    for position, bucket in buckets:
        if bucket.after_gap:
            _draw_stretch(painter, stretch, floor)
            stretch = []
        x = position * width
        stretch.append(QPointF(x, y_of(bucket.high)))
        if bucket.low < bucket.high:
            stretch.append(QPointF(x, y_of(bucket.low)))
    _draw_stretch(painter, stretch, floor)


def _draw_stretch(painter: QPainter, points: list[QPointF], floor: float) -> None:
    match points:
        case []:
            return
        case [only]:
            painter.drawPoint(only)
        case [first, *_, last]:
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPolygon(QPolygonF([*points, QPointF(last.x(), floor), QPointF(first.x(), floor)]))
            painter.restore()
            painter.drawPolyline(QPolygonF(points))
