"""A line of a few hundred pixels: light enough for a card in a grid of thousands."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from console.presenters.health_series import plotted_score

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from console.model.health import HealthSample

WINDOW_S = 15 * 60.0
_BUCKET_S = 5.0
_SLOT_S = 2.0
_KEPT = 400
_MARGIN = 2.0


class Bucket(msgspec.Struct):
    """The lowest and the highest score within five seconds; a hole may precede them."""

    at: float
    low: float
    high: float
    after_gap: bool


def buckets_of(samples: Iterable[HealthSample], *, start: float, gap_s: float) -> list[Bucket]:
    """What to draw of samples (oldest first) from `start` on, in seconds since 1970. Peaks and gaps survive."""
    buckets: list[Bucket] = []
    last = float("-inf")
    current = -1
    for sample in samples:
        at, score = sample.at.timestamp(), plotted_score(sample)
        if at < start or math.isnan(score):
            continue
        key = int(at // _BUCKET_S)
        if key != current or at - last > gap_s:
            buckets.append(Bucket(at=at, low=score, high=score, after_gap=at - last > gap_s))
            current = key
        else:
            bucket = buckets[-1]
            bucket.low = min(bucket.low, score)
            bucket.high = max(bucket.high, score)
        last = at
    return buckets


class SparklineColours(msgspec.Struct, frozen=True, kw_only=True):
    """Line, the ground below it and base line, as `#aarrggbb`: a value, so that it can be part of a cache's key."""

    line: str
    fill: str
    base: str


class SparklinePainter:
    """Draws sparklines of scores and keeps them as pixmaps.

    A pixel is four seconds wide, so that one drawing in two seconds is enough however fast samples arrive; each service
    has its own moment for that, or all would be drawn within one frame. Other colours are drawn at once and kept beside
    the former: a service may waver between two states many times a second.
    """

    def __init__(self) -> None:
        self._pixmaps: OrderedDict[Hashable, tuple[Hashable, QPixmap]] = OrderedDict()

    def clear(self) -> None:
        """Forget every pixmap."""
        self._pixmaps.clear()

    def pixmap(
        self,
        service_id: str,
        samples: Callable[[], Iterable[HealthSample]],
        *,
        now: float,
        gap_s: float,
        size: QSize,
        ratio: float,
        colours: SparklineColours,
    ) -> QPixmap:
        """The last fifteen minutes before `now` (seconds since 1970) in `size` logical pixels at a device ratio."""
        moment = hash(service_id) % 1024 / 1024 * _SLOT_S
        place = (service_id, colours)
        key = (int((now + moment) / _SLOT_S), size.width(), size.height(), ratio, gap_s)
        found = self._pixmaps.get(place)
        if found is not None and found[0] == key:
            return found[1]
        start = now - WINDOW_S
        buckets = buckets_of(samples(), start=start, gap_s=gap_s)
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        _draw(painter, [((bucket.at - start) / WINDOW_S, bucket) for bucket in buckets], size, colours)
        painter.end()
        self._pixmaps[place] = (key, pixmap)
        self._pixmaps.move_to_end(place)
        while len(self._pixmaps) > _KEPT:
            self._pixmaps.popitem(last=False)
        return pixmap


def _draw(painter: QPainter, buckets: list[tuple[float, Bucket]], size: QSize, colours: SparklineColours) -> None:
    width, height = float(size.width()), size.height() - 2 * _MARGIN

    def y_of(score: float) -> float:
        return _MARGIN + (1.0 - min(1.0, max(0.0, score))) * height

    painter.setPen(QPen(QColor(colours.base), 1))
    painter.drawLine(QPointF(0, size.height() - 0.5), QPointF(width, size.height() - 0.5))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colours.line), 1)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
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
            painter.drawLine(only, only + QPointF(1.5, 0))
        case [first, *_, last]:
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.drawPolygon(QPolygonF([*points, QPointF(last.x(), floor), QPointF(first.x(), floor)]))
            painter.restore()
            painter.drawPolyline(QPolygonF(points))
