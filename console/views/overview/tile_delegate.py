"""Paints one gateway's tile. All text goes through `drawText`: names and labels are never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.display import printable
from console.presenters.overview import TILE_ROLE
from console.presenters.overview_tiles import alerts_text, connection_text, name_text, seen_text, worst_text
from console.views.theme import GAP_L, GAP_M, GAP_S, RADIUS, mixed
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QColor

    from console.presenters.overview_tiles import Tile
    from console.views.theme import Theme, ThemeProvider

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MARK_PX, _SMALL_MARK_PX = 14, 10
_STRIPE_PX = 4
_LINES = 5
_LABEL = 40
_HOVER = 0.3
_Index = QModelIndex | QPersistentModelIndex


class TileDelegate(QStyledItemDelegate):
    """Draws tiles; a stale one is grey all over, its marks hollow, and says how old it is."""

    def __init__(self, themes: ThemeProvider, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._clock = clock
        self._cell = QSize(1, 1)

    @property
    def height(self) -> int:
        """Height of a cell of the grid, with the gap below it."""
        return _LINES * self._line_px + 2 * GAP_L + GAP_M + GAP_L

    def set_cell(self, size: QSize) -> None:
        """The size of a cell of the grid."""
        self._cell = size

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802  (Qt's name)
        """One size for all."""
        return self._cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a tile."""
        one: Tile | None = index.data(TILE_ROLE)
        if one is None:
            return
        theme = self._themes.current
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(option.rect).adjusted(GAP_S, GAP_S, -GAP_M, -GAP_M)
        self._paint_frame(painter, box, option.state, one, theme)
        line = QRect(box.left() + GAP_L + _STRIPE_PX, box.top() + GAP_L, 0, self._line_px)
        line.setRight(box.right() - GAP_L)
        self._paint_title(painter, line, one, theme)
        ink = theme.secondary if one.stale else theme.ink
        line.translate(0, self._line_px + GAP_S)
        self._draw(painter, line, worst_text(one), theme.body, ink, _LEFT)
        line.translate(0, self._line_px)
        self._paint_counts(painter, line, one, theme)
        line.translate(0, self._line_px)
        loud = (one.open_alerts or one.unread) and not one.stale
        self._draw(painter, line, alerts_text(one), theme.small, theme.ink if loud else theme.secondary, _LEFT)
        line.translate(0, self._line_px + GAP_S)
        width = self._draw(painter, line, seen_text(one, self._clock()), theme.caption, theme.secondary, _RIGHT)
        line.setRight(line.right() - width - GAP_M)
        self._draw(painter, line, connection_text(one), theme.caption, theme.secondary, _LEFT)
        painter.restore()

    def _paint_frame(self, painter: QPainter, box: QRect, state: QStyle.StateFlag, one: Tile, theme: Theme) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        edge, width = theme.hairline, float(theme.border_px)
        if selected:
            edge, width = theme.accent, 2.0
        elif state & QStyle.StateFlag.State_MouseOver:
            edge = mixed(theme.raised, theme.ink, _HOVER)
        area = QRectF(box).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(QPen(edge, width))
        painter.setBrush(theme.sunken if one.stale else theme.raised)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(box).adjusted(-2.5, -2.5, 2.5, 2.5), RADIUS + 2.5, RADIUS + 2.5)
        if one.label or one.production:
            stripe = QRectF(box.left() + GAP_S, box.top() + GAP_M, _STRIPE_PX, box.height() - 2 * GAP_M)
            painter.fillRect(stripe, theme.label_colour(one.label))

    def _paint_title(self, painter: QPainter, line: QRect, one: Tile, theme: Theme) -> None:
        mark = QRectF(line.left(), line.center().y() - _MARK_PX / 2 + 1, _MARK_PX, _MARK_PX)
        paint_mark(painter, mark, one.worst or HealthStatus.UNKNOWN, theme, stale=one.stale)
        rest = line.adjusted(_MARK_PX + GAP_M, 0, 0, 0)
        if one.production:
            width = self._draw(painter, rest, tr("PRODUCTION"), _bold(theme.caption), theme.ink, _RIGHT)
            rest.setRight(rest.right() - width - GAP_M)
        if one.label:
            half = QRect(rest.center().x(), rest.top(), rest.width() // 2, rest.height())
            width = self._draw(painter, half, printable(one.label, _LABEL), theme.caption, theme.secondary, _RIGHT)
            rest.setRight(rest.right() - width - GAP_M)
        ink = theme.secondary if one.stale else theme.ink
        self._draw(painter, rest, name_text(one), _bold(theme.body), ink, _LEFT)

    def _paint_counts(self, painter: QPainter, line: QRect, one: Tile, theme: Theme) -> None:
        rest = QRect(line)
        for status, count in one.counts:
            mark = QRectF(rest.left(), rest.center().y() - _SMALL_MARK_PX / 2 + 1, _SMALL_MARK_PX, _SMALL_MARK_PX)
            paint_mark(painter, mark, status, theme, stale=one.stale)
            rest.setLeft(rest.left() + _SMALL_MARK_PX + GAP_S)
            said = f"{count:,} {status.value}"
            rest.setLeft(rest.left() + self._draw(painter, rest, said, theme.small, theme.secondary, _LEFT) + GAP_L)

    @property
    def _line_px(self) -> int:
        return QFontMetrics(self._themes.current.body).height() + GAP_S // 2

    def _draw(
        self, painter: QPainter, area: QRect, text: str, font: QFont, colour: QColor, align: Qt.AlignmentFlag
    ) -> int:
        """Draw a line as far as it fits; the width that it took."""
        if area.width() < GAP_L or not text:
            return 0
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(area, align.value | Qt.TextFlag.TextSingleLine.value, shown)
        return metrics.horizontalAdvance(shown)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold
