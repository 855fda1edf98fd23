"""Where an upload is, as a shape and a colour, to stand beside its word: never colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from console.model.health import HealthStatus
from console.model.upload import UploadItem, UploadState
from console.presenters.upload_rows import is_undecided
from console.views.widgets.glyph import Glyph, paint_glyph
from console.views.widgets.state_mark import paint_mark, shape

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QPainter

    from console.views.theme import Theme

_LINE = 1.6


def paint_upload_mark(  # noqa: C901  (one case a state)
    painter: QPainter, box: QRectF, item: UploadItem, theme: Theme, *, held: bool, sent: bool
) -> None:
    """Paint the state of an item into a box; `held` ones don't move, of `sent` ones the answer is waited for."""
    match item.state:
        case UploadState.FAILED if is_undecided(item):
            paint_mark(painter, box, HealthStatus.DEGRADED, theme, stale=False)
        case UploadState.FAILED if item.needs_operator:
            paint_mark(painter, box, HealthStatus.UNHEALTHY, theme, stale=False)
        case UploadState.FAILED:  # tried again by itself: the same shape, hollow
            outline = shape(HealthStatus.UNHEALTHY, box.adjusted(1, 1, -1, -1))
            painter.strokePath(outline, QPen(theme.states[HealthStatus.UNHEALTHY], _LINE))
        case UploadState.NEEDS_FILE | UploadState.NEEDS_SIGN_IN:
            paint_mark(painter, box, HealthStatus.DEGRADED, theme, stale=False)
        case UploadState.WAITING:
            paint_mark(painter, box, HealthStatus.UNKNOWN, theme, stale=held)
        case UploadState.PAUSED:
            paint_glyph(painter, box.adjusted(1, 1, -1, -1), theme.secondary, Glyph.PAUSE, width_px=2.2)
        case UploadState.UPLOADING if not sent:
            paint_glyph(painter, box.adjusted(1, 0, -1, 0), theme.link, Glyph.ARROW_UP, width_px=_LINE)
        case UploadState.CHECKING | UploadState.VERIFYING | UploadState.UPLOADING:
            _ring(painter, box, theme.link, whole=item.state is not UploadState.CHECKING)
        case UploadState.DONE:
            paint_glyph(painter, box, theme.states[HealthStatus.HEALTHY], Glyph.CHECK, width_px=2.0)
        case UploadState.CANCELLED:
            paint_glyph(painter, box, theme.secondary, Glyph.ACROSS, width_px=_LINE)


def _ring(painter: QPainter, box: QRectF, colour: QColor, *, whole: bool) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, _LINE))
    inner = box.adjusted(1, 1, -1, -1)
    painter.drawEllipse(inner)
    if whole:  # everything is sent: the ring has a core
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(inner.center(), 2.0, 2.0)
