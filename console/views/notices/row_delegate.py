"""Paints one row of the notifications centre. All text goes through `drawText`: what a server says is never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from console.i18n import tr
from console.model.health import HealthStatus
from console.model.notice import Severity
from console.presenters.display import printable
from console.presenters.notice_model import ROW_ROLE
from console.presenters.notice_rows import Group
from console.presenters.notice_texts import (
    ago_text,
    counted,
    resolved_text,
    source_text,
    times_text,
    title_text,
    unread_text,
)
from console.views.theme import GAP_L, GAP_M, GAP_S, RADIUS, mixed
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QColor

    from console.model.noticed import Entry
    from console.presenters.notice_rows import Row
    from console.views.theme import Theme, ThemeProvider

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MARK_PX, _DOT_PX = 12, 6
_AGE_PX = 64
_CHOSEN = 0.14
_STATUS = {Severity.CRITICAL: HealthStatus.UNHEALTHY, Severity.WARNING: HealthStatus.DEGRADED}
_Index = QModelIndex | QPersistentModelIndex


class NoticeRowDelegate(QStyledItemDelegate):
    """Headings and entries. What is unread is bold and has a dot; what is muted is grey."""

    def __init__(self, themes: ThemeProvider, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._clock = clock

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802  (Qt's name)
        """One height for all."""
        return QSize(200, self._themes.row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row."""
        row: Row | None = index.data(ROW_ROLE)
        if row is None:
            return
        theme, state = self._themes.current, option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(option.rect)
        self._paint_ground(painter, area, state, theme)
        if isinstance(row, Group):
            self._paint_group(painter, area, row, theme)
        else:
            self._paint_entry(painter, area, row, theme)
        painter.restore()

    def _paint_ground(self, painter: QPainter, area: QRect, state: QStyle.StateFlag, theme: Theme) -> None:
        box = QRectF(area).adjusted(1, 1, -1, -1)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(theme.raised, theme.accent, _CHOSEN))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.accent, theme.border_px + 0.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, RADIUS, RADIUS)

    def _paint_group(self, painter: QPainter, area: QRect, group: Group, theme: Theme) -> None:
        painter.fillRect(QRect(area.left(), area.top(), area.width(), 1), theme.hairline)
        inner = area.adjusted(GAP_M, 0, -GAP_M, 0)
        said = " · ".join(
            part
            for part in (tr("muted") if group.muted else "", unread_text(group.unread), counted(group.count))
            if part
        )
        width = self._draw(painter, inner, said, theme.caption, theme.secondary, _RIGHT)
        name = source_text(group.gateway, group.source)
        inner.setRight(inner.right() - width - GAP_L)
        self._draw(painter, inner, name, _bold(theme.small), theme.secondary if group.muted else theme.ink, _LEFT)

    def _paint_entry(self, painter: QPainter, area: QRect, entry: Entry, theme: Theme) -> None:
        ink = theme.secondary if entry.muted else theme.ink
        inner = area.adjusted(GAP_M, 0, -GAP_M, 0)
        if entry.unread:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.secondary if entry.muted else theme.accent)
            painter.drawEllipse(QRectF(inner.left(), inner.center().y() - _DOT_PX / 2 + 1, _DOT_PX, _DOT_PX))
        inner.setLeft(inner.left() + _DOT_PX + GAP_M)
        mark = QRectF(inner.left(), inner.center().y() - _MARK_PX / 2 + 1, _MARK_PX, _MARK_PX)
        over = entry.resolved_at is not None
        if (status := _STATUS.get(entry.severity)) is not None:
            paint_mark(painter, mark, status, theme, stale=entry.muted or over)
        else:
            painter.setPen(QPen(theme.secondary, 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(mark.adjusted(2, 2, -2, -2))
        inner.setLeft(inner.left() + _MARK_PX + GAP_M)
        self._draw(painter, inner, ago_text(entry.last_at, self._clock()), theme.caption, theme.secondary, _RIGHT)
        inner.setRight(inner.right() - _AGE_PX)
        said = " · ".join(part for part in (times_text(entry), resolved_text(entry)) if part)
        if said:
            width = self._draw(painter, inner, said, theme.caption, theme.secondary, _RIGHT)
            inner.setRight(inner.right() - width - GAP_M)
        title = _bold(theme.body) if entry.unread else theme.body
        width = self._draw(painter, inner, title_text(entry), title, ink, _LEFT)
        inner.setLeft(inner.left() + width + GAP_L)
        rest = entry.text.replace("\n", " ")
        if rest and rest != entry.title and inner.width() > _AGE_PX:
            self._draw(painter, inner, printable(rest), theme.small, theme.secondary, _LEFT)

    def _draw(
        self, painter: QPainter, area: QRect, text: str, font: QFont, colour: QColor, align: Qt.AlignmentFlag
    ) -> int:
        """Draw a line as far as it fits; the width that it took."""
        if area.width() < GAP_S or not text:
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
