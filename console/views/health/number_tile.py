"""One number as a tile: value, target, age, and the last quarter of an hour as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.model.health import HealthStatus
from console.presenters.display import escaped
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from console.presenters.numbers import NumberTile
    from console.views.health.look import CardLook

WINDOW_S = 900.0
_WIDTH, _PADDING, _MARK, _GAP = 176, 9, 10, 6
_LINE_SHARE = 0.46
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class NumberButton(QAbstractButton):
    """Shows a number and opens its chart."""

    def __init__(
        self,
        tile: NumberTile,
        look: CardLook,
        clock: Callable[[], datetime],
        series: Callable[[str], Sequence[tuple[datetime, float]]],
        gap_s: float,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"health.numbers.tile.{tile.metric.id}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCheckable(True)
        self._look = look
        self._clock = clock
        self._series = series
        self._gap_s = gap_s
        self._tile = tile
        self.show_tile(tile)

    @property
    def tile(self) -> NumberTile:
        """What is shown."""
        return self._tile

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._look = look
        self.updateGeometry()
        self.update()

    def show_tile(self, tile: NumberTile) -> None:
        """Show another reading."""
        self._tile = tile
        self.setToolTip(escaped(tile.hover()))
        self.show_age()

    def show_age(self) -> None:
        """A second went by."""
        self.setAccessibleName(self._tile.sentence(self._clock()))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """Three lines of text."""
        return QSize(_WIDTH, 2 * _PADDING + sum(self._heights()) + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        look, tile = self._look, self._tile
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = look.edge_hover if self.underMouse() else look.edge
        if self.hasFocus() or self.isChecked():
            edge = look.accent
        painter.setPen(QPen(edge, 2 if self.hasFocus() else look.edge_width))
        painter.setBrush(look.surface_stale if tile.stale else look.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), look.radius, look.radius)
        area = QRectF(self.rect()).adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        first, second, third = self._heights()
        self._paint_caption(painter, QRectF(area.left(), area.top(), area.width(), first))
        value = QRectF(area.left(), area.top() + first, area.width() * (1 - _LINE_SHARE) - _GAP, second)
        painter.setFont(look.fonts["title"])
        painter.setPen(look.secondary if tile.stale else look.ink)
        painter.drawText(value, _LEFT, painter.fontMetrics().elidedText(tile.value, _ELIDE, int(value.width())))
        line = QRectF(value.right() + _GAP, value.top() + 3, area.width() * _LINE_SHARE, second - 6)
        self._paint_line(painter, line)
        self._paint_target(painter, QRectF(area.left(), value.bottom() + 2, area.width(), third))
        painter.end()

    def _heights(self) -> tuple[int, int, int]:
        fonts = self._look.fonts
        self.setFont(fonts["caption"])
        caption = self.fontMetrics().height()
        self.setFont(fonts["title"])
        return caption, self.fontMetrics().height() + 6, caption

    def _paint_caption(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(self._look.fonts["caption"])
        painter.setPen(self._look.secondary)
        age = self._tile.age(self._clock())
        painter.drawText(area, _RIGHT, age)
        metrics = painter.fontMetrics()
        width = area.width() - metrics.horizontalAdvance(age) - _GAP
        painter.drawText(area, _LEFT, metrics.elidedText(self._tile.name, _ELIDE, int(width)))

    def _paint_target(self, painter: QPainter, area: QRectF) -> None:
        tile = self._tile
        if not tile.target:
            return
        left = area.left()
        if tile.verdict:
            status = HealthStatus.DEGRADED if tile.metric.missed else HealthStatus.HEALTHY
            mark = QRectF(left, area.center().y() - _MARK / 2, _MARK, _MARK)
            paint_mark(painter, mark, status, self._look.theme, stale=False)
            left += _MARK + 4
        painter.setFont(self._look.fonts["caption"])
        emphasised = bool(tile.verdict) and tile.metric.missed
        painter.setPen(self._look.ink if emphasised else self._look.secondary)
        text = " · ".join(filter(None, (tile.verdict, tile.target)))
        rest = area.adjusted(left - area.left(), 0, 0, 0)
        painter.drawText(rest, _LEFT, painter.fontMetrics().elidedText(text, _ELIDE, int(rest.width())))

    def _paint_line(self, painter: QPainter, area: QRectF) -> None:
        metric, now = self._tile.metric, self._clock().timestamp()
        start = now - WINDOW_S
        points = [(at, value) for when, value in self._series(metric.id) if (at := when.timestamp()) >= start]
        limit = metric.target.limit if metric.target is not None else None
        values = [value for _at, value in points] + ([limit] if limit is not None else [])
        if not values:
            return
        low, high = min(0.0, *values), max(values)
        height = (high - low) or 1.0

        def place(at: float, value: float) -> QPointF:
            return QPointF(
                area.left() + (at - start) / WINDOW_S * area.width(),
                area.bottom() - (value - low) / height * area.height(),
            )

        if limit is not None:
            painter.setPen(QPen(self._look.secondary, 1, Qt.PenStyle.DashLine))
            painter.drawLine(place(start, limit), place(now, limit))
        painter.setPen(QPen(self._look.secondary if self._tile.stale else self._look.accent, 1.4))
        for stretch in _stretches(points, self._gap_s):
            places = [place(at, value) for at, value in stretch]
            if len(places) == 1:  # a single value is a dot
                places.append(places[0] + QPointF(1.5, 0))
            painter.drawPolyline(QPolygonF(places))


_ELIDE = Qt.TextElideMode.ElideRight


def _stretches(points: Sequence[tuple[float, float]], gap_s: float) -> list[list[tuple[float, float]]]:
    """The values between holes."""
    stretches: list[list[tuple[float, float]]] = []
    for point in points:
        if stretches and point[0] - stretches[-1][-1][0] <= gap_s:
            stretches[-1].append(point)
        else:
            stretches.append([point])
    return stretches
