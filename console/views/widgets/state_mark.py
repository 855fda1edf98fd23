"""A condition as a shape and a colour, to stand beside its word: never colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.model.health import HealthStatus

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.views.theme import Theme

SIZE_PX = 14


def shape(status: HealthStatus, box: QRectF) -> QPainterPath:
    """The outline: a disc for healthy, a triangle for degraded, a square for unhealthy, a diamond for unknown."""
    path = QPainterPath()
    match status:
        case HealthStatus.HEALTHY:
            path.addEllipse(box)
        case HealthStatus.DEGRADED:
            path.addPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
            path.closeSubpath()
        case HealthStatus.UNHEALTHY:
            path.addRect(box)  # sharp corners: rounded ones make it a disc at small sizes
        case HealthStatus.UNKNOWN:
            middle = box.center()
            path.addPolygon(
                QPolygonF(
                    [
                        QPointF(middle.x(), box.top()),
                        QPointF(box.right(), middle.y()),
                        QPointF(middle.x(), box.bottom()),
                        QPointF(box.left(), middle.y()),
                    ]
                )
            )
            path.closeSubpath()
    return path


def paint_mark(painter: QPainter, box: QRectF, status: HealthStatus, theme: Theme, *, stale: bool) -> None:
    """Paint a condition into a box; stale is the same shape hollow, hatched and grey."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = shape(status, box.adjusted(1, 1, -1, -1))
    if stale:
        painter.fillPath(outline, QBrush(theme.secondary, Qt.BrushStyle.BDiagPattern))
        painter.strokePath(outline, QPen(theme.secondary, 1.2))
    elif status is HealthStatus.UNKNOWN:
        painter.strokePath(outline, QPen(theme.states[status], 1.6))
    else:
        painter.fillPath(outline, theme.states[status])
    painter.restore()


class StateMark(QWidget):
    """A mark as a widget. Its word stands in the label beside it, and in its accessible name."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = HealthStatus.UNKNOWN
        self._stale = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Paint with these tokens from now on."""
        self._theme = theme
        self.update()

    def set_status(self, status: HealthStatus, *, stale: bool) -> None:
        """Show this condition."""
        self._status, self._stale = status, stale
        self.setAccessibleName(f"{status.value}, stale" if stale else status.value)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """A small square."""
        return QSize(SIZE_PX, SIZE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """Paint the mark."""
        paint_mark(QPainter(self), QRectF(self.rect()), self._status, self._theme, stale=self._stale)
