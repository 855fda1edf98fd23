"""One row of the rail, painted, so that long names elide and nothing is rich text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.model.health import HealthStatus
from console.presenters.display import escaped
from console.views.frame import RAIL_NARROW_PX as NARROW_PX
from console.views.theme import GAP_L, GAP_M, GAP_S, RADIUS, ROW_HEIGHT
from console.views.widgets.glyph import Glyph, paint_glyph
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.views.theme import Theme, ThemeProvider

ROW_PX, LOW_ROW_PX = 44, 32
_MARK_PX, _GLYPH_PX = 12, 14
_STRIPE_PX = 3
_CALL_PX = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a row shows.

    Attributes:
        name: In the first line.
        line: In the second, small one; may be empty.
        hint: For the tooltip, beside the two.
        status: A condition in front of the name.
        stale: Whether that is old.
        glyph: A picture in front of the name, instead of a condition.
        count: A number at the end of the first line, such as what is unread; empty for none.
        calls: Something waits for the operator: a mark stands before the number.
        stripe: The label whose colour stands at the edge; None for no stripe.
    """

    name: str
    line: str = ""
    hint: str = ""
    status: HealthStatus | None = None
    stale: bool = False
    glyph: tuple[Glyph, ...] = ()
    count: str = ""
    calls: bool = False
    stripe: str | None = None


class RailButton(QAbstractButton):
    """A row that is chosen by mouse or keyboard."""

    def __init__(self, themes: ThemeProvider, row: Row, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._row = row
        self._narrow = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._describe()

    def say(self, row: Row) -> None:
        """Show this from now on."""
        if row != self._row:
            self._row = row
            self._describe()
            self.updateGeometry()
            self.update()

    def set_narrow(self, *, narrow: bool) -> None:
        """Only the picture, and what fits below it."""
        self._narrow = narrow
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """Lower without a second line."""
        more_px = self._themes.row_px - ROW_HEIGHT
        return QSize(NARROW_PX, more_px + (ROW_PX if self._row.line or self._narrow else LOW_ROW_PX))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """Ground, stripe, picture, texts."""
        theme = self._themes.current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        self._paint_ground(painter, box, theme)
        if self._row.stripe is not None:
            height = box.height() / 2 - GAP_M if self._narrow else box.height() - 2 * GAP_M
            stripe = QRectF(box.left() + 1, box.top() + GAP_M, _STRIPE_PX, height)
            painter.fillRect(stripe, theme.label_colour(self._row.stripe))
        if self._narrow:
            self._paint_narrow(painter, box, theme)
        else:
            self._paint_wide(painter, box, theme)

    def _describe(self) -> None:
        row = self._row
        condition = row.status.value if row.status is not None else ""
        said = [part for part in (row.name, row.line, condition, row.hint) if part]
        self.setAccessibleName(", ".join(said))
        self.setToolTip(escaped("\n".join(said)))

    def _paint_ground(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        if self.isChecked() or (self.underMouse() and self.isEnabled()):
            painter.setPen(QPen(theme.hairline, theme.border_px) if self.isChecked() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.raised if self.isChecked() else theme.surface)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(theme.accent, theme.border_px + 0.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, RADIUS, RADIUS)

    def _paint_picture(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        if self._row.status is not None:
            paint_mark(painter, box, self._row.status, theme, stale=self._row.stale)
        else:
            paint_glyph(painter, box, theme.secondary if self.isEnabled() else theme.disabled, *self._row.glyph)

    def _paint_narrow(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        size = self._picture_px
        self._paint_picture(painter, QRectF(box.center().x() - size / 2, box.top() + GAP_S + 2, size, size), theme)
        painter.setFont(theme.caption)
        painter.setPen(theme.ink if self.isEnabled() else theme.disabled)
        if self._row.count:
            corner = QRectF(box.center().x() + size / 2, box.top() + 1, box.right() - box.center().x() - size / 2, size)
            self._paint_count(painter, corner, theme, Qt.AlignmentFlag.AlignLeft)
            painter.setFont(theme.caption)
            painter.setPen(theme.ink if self.isEnabled() else theme.disabled)
        below = QRectF(box.left(), box.center().y(), box.width(), box.height() / 2 - 2)
        shown = painter.fontMetrics().elidedText(self._row.name, Qt.TextElideMode.ElideRight, int(below.width()))
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_wide(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        size = self._picture_px
        left = box.left() + GAP_L
        self._paint_picture(painter, QRectF(left, box.center().y() - size / 2, size, size), theme)
        left += _GLYPH_PX + GAP_M
        width = box.right() - left - GAP_S
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        first = QRectF(left, box.top(), width, box.height())
        if self._row.line:
            first.setHeight(box.height() / 2)
            first.translate(0, 3)
        if self._row.count:
            taken = self._paint_count(painter, first, theme, Qt.AlignmentFlag.AlignRight)
            width -= taken + GAP_S
            first.setWidth(width)
        painter.setFont(theme.body)
        painter.setPen(theme.ink if self.isEnabled() else theme.disabled)
        metrics = painter.fontMetrics()
        painter.drawText(first, align, metrics.elidedText(self._row.name, Qt.TextElideMode.ElideMiddle, int(width)))
        if self._row.line:
            painter.setFont(theme.caption)
            painter.setPen(theme.secondary)
            second = QRectF(left, box.center().y(), width, box.height() / 2 - 3)
            metrics = painter.fontMetrics()
            painter.drawText(second, align, metrics.elidedText(self._row.line, Qt.TextElideMode.ElideRight, int(width)))

    def _paint_count(self, painter: QPainter, area: QRectF, theme: Theme, side: Qt.AlignmentFlag) -> float:
        """Paint the number on a ground of its own; the width that it took."""
        painter.setFont(theme.caption)
        metrics = painter.fontMetrics()
        height = metrics.height() + 2.0
        width = max(height, metrics.horizontalAdvance(self._row.count) + 2.0 * GAP_S)
        left = area.left() if side is Qt.AlignmentFlag.AlignLeft else area.right() - width
        pill = QRectF(left, area.center().y() - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(theme.on_accent)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._row.count)
        return width + (self._paint_call(painter, pill, theme, side) if self._row.calls else 0.0)

    def _paint_call(self, painter: QPainter, pill: QRectF, theme: Theme, side: Qt.AlignmentFlag) -> float:
        """Mark that something waits for the operator: before the number, or below it; the width that it took."""
        mark = QRectF(pill.left() - GAP_S - _CALL_PX, pill.center().y() - _CALL_PX / 2, _CALL_PX, _CALL_PX)
        if side is Qt.AlignmentFlag.AlignLeft:
            mark.moveTo(pill.center().x() - _CALL_PX / 2, pill.bottom() + 1)
        paint_mark(painter, mark, HealthStatus.DEGRADED, theme, stale=False)
        return GAP_S + _CALL_PX

    @property
    def _picture_px(self) -> int:
        return _MARK_PX if self._row.status is not None else _GLYPH_PX
