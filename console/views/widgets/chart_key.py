"""The key of a chart's lines, and the box that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.presenters.health_reading import Reading

_SWATCH = 22
_GAP = 6
_BETWEEN = 16
_PADDING = 10
_RADIUS = 6
_FROM_CURSOR = 12


class KeyEntry(NamedTuple):
    """One line of a chart: what it is called and how it is drawn."""

    title: str
    colour: QColor
    style: Qt.PenStyle


class SeriesKey(QWidget):
    """Names the lines of a chart, each beside a piece of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[KeyEntry] = ()
        self._ink = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: Sequence[KeyEntry], ink: QColor) -> None:
        """Replace the entries."""
        self._entries, self._ink = entries, ink
        self.setAccessibleName(", ".join(entry.title for entry in entries))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """As wide as the entries need."""
        metrics = self.fontMetrics()
        width = sum(_SWATCH + _GAP + metrics.horizontalAdvance(entry.title) + _BETWEEN for entry in self._entries)
        return QSize(max(0, width - _BETWEEN) + 2, metrics.height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        x = 0
        for entry in self._entries:
            draw_swatch(painter, x, self.height() / 2, entry)
            x += _SWATCH + _GAP
            painter.setPen(self._ink)
            width = metrics.horizontalAdvance(entry.title)
            painter.drawText(
                QRectF(x, 0, width + 2, self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                entry.title,
            )
            x += width + _BETWEEN
        painter.end()


def draw_swatch(painter: QPainter, x: float, y: float, entry: KeyEntry) -> None:
    """A piece of the line."""
    painter.setPen(QPen(entry.colour, 2, entry.style))
    painter.drawLine(QPointF(x, y), QPointF(x + _SWATCH, y))


class Readout(QWidget):
    """One box with the values of all series at the crosshair. Text is painted plain, never interpreted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("health.readout")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._reading: Reading | None = None
        self._swatches: Mapping[str, KeyEntry] = {}
        self._ink = self._secondary = self._surface = self._edge = QColor()

    @property
    def reading(self) -> Reading | None:
        """What is shown."""
        return self._reading

    def set_look(
        self, swatches: Mapping[str, KeyEntry], *, ink: QColor, secondary: QColor, surface: QColor, edge: QColor
    ) -> None:
        """Take other colours; `swatches` by column."""
        self._swatches = swatches
        self._ink, self._secondary, self._surface, self._edge = ink, secondary, surface, edge
        self.update()

    def show_reading(self, reading: Reading) -> None:
        """Show other values."""
        self._reading = reading
        words = [reading.time, *(f"{line.label} {line.value}" for line in reading.lines), reading.note]
        self.setAccessibleName(", ".join(filter(None, words)))
        self.resize(self.sizeHint())
        self.show()
        self.raise_()
        self.update()

    def place_beside(self, point: QPoint, width: int) -> None:
        """Stand right of the crosshair, or left of it where there is no room."""
        left = point.x() + _FROM_CURSOR
        if left + self.width() > width:
            left = point.x() - _FROM_CURSOR - self.width()
        self.move(max(0, left), point.y() + 4)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """As large as the reading needs."""
        if self._reading is None:
            return QSize(0, 0)
        metrics, bold = self.fontMetrics(), self.fontMetrics()
        lines = self._reading.lines
        label = max(metrics.horizontalAdvance(line.label) for line in lines)
        value = max(metrics.horizontalAdvance(line.value) for line in lines)
        time = bold.horizontalAdvance(f"{self._reading.time}   {self._reading.time_utc}") + 12
        note = metrics.horizontalAdvance(self._reading.note)
        width = max(_SWATCH + 2 * _GAP + label + _BETWEEN + value, time, note)
        rows = 1 + len(lines) + bool(self._reading.note)
        return QSize(width + 2 * _PADDING, rows * (metrics.height() + 3) + 2 * _PADDING)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        if self._reading is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._edge, 1))
        painter.setBrush(self._surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        height = self.fontMetrics().height() + 3
        left, right = _PADDING, self.width() - _PADDING
        row = QRectF(left, _PADDING, right - left, height)
        self._draw_time(painter, row)
        for line in self._reading.lines:
            row.translate(0, height)
            if line.column in self._swatches:
                draw_swatch(painter, row.left(), row.center().y(), self._swatches[line.column])
            painter.setPen(self._secondary)
            painter.drawText(row.adjusted(_SWATCH + 2 * _GAP, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, line.label)
            painter.setPen(self._ink)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, line.value)
        if self._reading.note:
            row.translate(0, height)
            painter.setPen(self._secondary)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, self._reading.note)
        painter.end()

    def _draw_time(self, painter: QPainter, row: QRectF) -> None:
        if self._reading is None:
            return
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._ink)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, self._reading.time)
        painter.setFont(self.font())
        painter.setPen(self._secondary)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._reading.time_utc)
