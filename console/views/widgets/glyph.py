"""The few pictures of the window, painted: sharp at every scale and in every theme."""

from __future__ import annotations

import enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

_ICON_SIZES_PX = (16, 24, 32, 48, 64, 128, 256)
_STROKE = 0.1


class Glyph(enum.Enum):
    """What a picture means. Each is a line of points in a unit square; None lifts the pen."""

    PULSE = ((0.0, 0.55), (0.26, 0.55), (0.42, 0.16), (0.6, 0.88), (0.74, 0.55), (1.0, 0.55))
    CHEVRON = ((0.1, 0.3), (0.5, 0.7), (0.9, 0.3))
    CHECK = ((0.12, 0.52), (0.4, 0.8), (0.88, 0.22))
    ACROSS = ((0.1, 0.5), (0.9, 0.5))
    DOWN = ((0.5, 0.1), (0.5, 0.9))
    SLIDERS = (
        (0.05, 0.2), (0.95, 0.2), None, (0.3, 0.08), (0.3, 0.32), None,
        (0.05, 0.5), (0.95, 0.5), None, (0.7, 0.38), (0.7, 0.62), None,
        (0.05, 0.8), (0.95, 0.8), None, (0.42, 0.68), (0.42, 0.92),
    )  # fmt: skip
    TILES = (
        (0.05, 0.05), (0.42, 0.05), (0.42, 0.42), (0.05, 0.42), (0.05, 0.05), None,
        (0.58, 0.05), (0.95, 0.05), (0.95, 0.42), (0.58, 0.42), (0.58, 0.05), None,
        (0.05, 0.58), (0.42, 0.58), (0.42, 0.95), (0.05, 0.95), (0.05, 0.58), None,
        (0.58, 0.58), (0.95, 0.58), (0.95, 0.95), (0.58, 0.95), (0.58, 0.58),
    )  # fmt: skip
    BELL = (
        (0.05, 0.78), (0.95, 0.78), None,
        (0.17, 0.78), (0.2, 0.44), (0.32, 0.2), (0.5, 0.12), (0.68, 0.2), (0.8, 0.44), (0.83, 0.78), None,
        (0.4, 0.94), (0.6, 0.94),
    )  # fmt: skip
    PAGE = (
        (0.2, 0.05), (0.6, 0.05), (0.84, 0.3), (0.84, 0.95), (0.2, 0.95), (0.2, 0.05), None,
        (0.6, 0.05), (0.6, 0.3), (0.84, 0.3), None,
        (0.36, 0.54), (0.68, 0.54), None, (0.36, 0.74), (0.68, 0.74),
    )  # fmt: skip
    LINES = ((0.05, 0.2), (0.95, 0.2), None, (0.05, 0.5), (0.7, 0.5), None, (0.05, 0.8), (0.85, 0.8))
    ARROW_UP = ((0.15, 0.45), (0.5, 0.08), (0.85, 0.45), None, (0.5, 0.08), (0.5, 0.95))
    TRAY_UP = (
        (0.22, 0.36), (0.5, 0.06), (0.78, 0.36), None, (0.5, 0.06), (0.5, 0.68), None,
        (0.06, 0.62), (0.06, 0.94), (0.94, 0.94), (0.94, 0.62),
    )  # fmt: skip
    PAUSE = ((0.3, 0.1), (0.3, 0.9), None, (0.7, 0.1), (0.7, 0.9))
    GATE = ((0.16, 0.92), (0.16, 0.46), (0.28, 0.2), (0.5, 0.1), (0.72, 0.2), (0.84, 0.46), (0.84, 0.92))

    def outline(self, box: QRectF) -> QPainterPath:
        """The line in a box."""
        path = QPainterPath()
        begins = True
        for point in self.value:
            if point is None:
                begins = True
                continue
            at = QPointF(box.left() + point[0] * box.width(), box.top() + point[1] * box.height())
            if begins:
                path.moveTo(at)
            else:
                path.lineTo(at)
            begins = False
        return path


PLUS = (Glyph.ACROSS, Glyph.DOWN)


def paint_glyph(painter: QPainter, box: QRectF, colour: QColor, *glyphs: Glyph, width_px: float = 1.6) -> None:
    """Paint pictures over one another into a box."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    for glyph in glyphs:
        painter.drawPath(glyph.outline(box))
    painter.restore()


def window_icon(ground: QColor, ink: QColor) -> QIcon:
    """A gate with a pulse in it."""
    icon = QIcon()
    for size in _ICON_SIZES_PX:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        whole = QRectF(0, 0, size, size)
        painter.drawRoundedRect(whole, size * 0.2, size * 0.2)
        inner = whole.adjusted(size * 0.16, size * 0.16, -size * 0.16, -size * 0.16)
        paint_glyph(painter, inner, ink, Glyph.GATE, width_px=size * _STROKE)
        pulse = inner.adjusted(
            inner.width() * 0.26, inner.height() * 0.4, -inner.width() * 0.26, -inner.height() * 0.06
        )
        paint_glyph(painter, pulse, ink, Glyph.PULSE, width_px=size * _STROKE * 0.7)
        painter.end()
        icon.addPixmap(pixmap)
    return icon
