"""A line of a few hundred pixels: light enough for a card in a grid of thousands."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from console.presenters.health_series import plotted_score

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from console.model.health import HealthSample

T = TypeVar("T")

WINDOW_S = 15 * 60.0
_BUCKET_S = 5.0
_SLOT_S = 4.0
_FRAME_S = 0.05
_DRAWN_AT_ONCE = 3
_MAY_WAIT = (1, 2)  # slots; what is older would be seen
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
    """Line and base line, as `#aarrggbb`: a value, so that it can be part of a cache's key.

    Attributes:
        fill: How much of the line's colour the ground below it has, 0 to 1.
    """

    line: str
    base: str
    fill: float = 0.1


class _Kept(NamedTuple):
    """A drawing, and what it is valid for: a time slot, and a size, ratio and gap."""

    slot: int
    form: tuple[float, ...]
    drawing: QPixmap


class SparklinePainter:
    """Draws sparklines of scores and keeps them as pixmaps.

    A pixel is four seconds wide, so that one drawing in so long is enough however fast samples arrive; each service
    has its own moment for that, and what is to be drawn again waits for the next frame when some were drawn in this.
    Another colour is shown at once, and costs no drawing: a service may waver between two states many times a second.
    """

    def __init__(self) -> None:
        self._shapes: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._coloured: OrderedDict[Hashable, tuple[_Kept, QPixmap]] = OrderedDict()
        self._drawn, self._drawn_since = 0, 0.0  # how many in this frame

    def clear(self) -> None:
        """Forget every drawing."""
        self._shapes.clear()
        self._coloured.clear()

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
        slot, form = int((now + moment) / _SLOT_S), (size.width(), size.height(), ratio, gap_s, colours.fill)
        shape = self._shapes.get(service_id)
        if shape is None or shape.form != form or self._is_due(slot - shape.slot):
            drawing = _transparent(size, ratio)
            start = now - WINDOW_S
            buckets = buckets_of(samples(), start=start, gap_s=gap_s)
            painter = QPainter(drawing)
            _draw(painter, [((bucket.at - start) / WINDOW_S, bucket) for bucket in buckets], size, colours)
            painter.end()
            shape = _Kept(slot, form, drawing)
            _keep(self._shapes, service_id, shape)
            self._count_drawn()
        place = (service_id, colours)
        found = self._coloured.get(place)
        if found is None or found[0] is not shape:
            found = (shape, _worn(shape.drawing, size, colours))
            _keep(self._coloured, place, found)
        return found[1]

    def _is_due(self, slots: int) -> bool:
        waits = self._drawn >= _DRAWN_AT_ONCE and time.monotonic() - self._drawn_since < _FRAME_S
        return bool(slots) and not (slots in _MAY_WAIT and waits)

    def _count_drawn(self) -> None:
        now = time.monotonic()
        if now - self._drawn_since >= _FRAME_S:
            self._drawn, self._drawn_since = 0, now
        self._drawn += 1


def _transparent(size: QSize, ratio: float) -> QPixmap:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _keep(kept: OrderedDict[Hashable, T], place: Hashable, value: T) -> None:
    kept[place] = value
    kept.move_to_end(place)
    while len(kept) > _KEPT:
        kept.popitem(last=False)


def _worn(shape: QPixmap, size: QSize, colours: SparklineColours) -> QPixmap:
    """The shape in its colour, on the base line."""
    area = QRect(QPoint(), size)
    coloured = QPixmap(shape)
    painter = QPainter(coloured)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(area, QColor(colours.line))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    painter.fillRect(QRect(0, size.height() - 1, size.width(), 1), QColor(colours.base))
    painter.end()
    return coloured


def _draw(painter: QPainter, buckets: list[tuple[float, Bucket]], size: QSize, colours: SparklineColours) -> None:
    width, height = float(size.width()), size.height() - 2 * _MARGIN

    def y_of(score: float) -> float:
        return _MARGIN + (1.0 - min(1.0, max(0.0, score))) * height

    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(colours.line)  # any would do: the shape is what counts
    ink.setAlphaF(1.0)
    pen = QPen(ink, 1)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    ground = QColor(ink)
    ground.setAlphaF(colours.fill)
    painter.setBrush(ground)
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
