"""Paints the cells of the upload queue. All text goes through `drawText`: a file's name is never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from console.model.health import HealthStatus
from console.presenters.upload_model import HELD_ROLE, NOTE_ROLE, RATIO_ROLE, RIGHT_ALIGNED, ROW_ROLE, Column
from console.presenters.upload_rows import Heading, UploadGroup, group_of
from console.presenters.upload_texts import heading_text
from console.views.theme import GAP_M, GAP_S, mixed
from console.views.uploads.mark import paint_upload_mark
from console.views.widgets.glyph import Glyph, paint_glyph

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QColor

    from console.model.upload import UploadItem
    from console.presenters.upload_rows import Row
    from console.views.theme import Theme, ThemeProvider

_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value | Qt.TextFlag.TextSingleLine.value
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value | Qt.TextFlag.TextSingleLine.value
_MOVING = frozenset({Column.PROGRESS, Column.RATE, Column.REMAINING})  # empty unless something is under way
_MARK_PX, _CARET_PX, _BAR_PX, _PERCENT_PX = 12, 9, 4, 38
INDENT_PX = 16
_CHOSEN, _FOCUS_PX, _TRACK = 0.16, 2, 0.16
_NAME_SHARE = 0.4  # of its cell is a name's, whatever stands behind it
_Index = QModelIndex | QPersistentModelIndex


class UploadRowDelegate(QStyledItemDelegate):
    """Headings across the whole row, items cell by cell."""

    def __init__(self, themes: ThemeProvider, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802  (Qt's name)
        """One height for all."""
        return QSize(80, self._themes.row_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a cell."""
        row: Row | None = index.data(ROW_ROLE)
        if row is None:
            return
        theme, column = self._themes.current, index.column()
        painter.save()
        self._paint_ground(painter, option, index, theme)
        if isinstance(row, Heading):
            self._paint_heading(painter, QRect(option.rect), _whole_row(option), row, theme)
        elif column not in _MOVING or row.state.held:
            self._paint_item(painter, QRect(option.rect), row, index, theme)
        painter.restore()

    def _paint_item(self, painter: QPainter, area: QRect, item: UploadItem, index: _Index, theme: Theme) -> None:
        match index.column():
            case Column.FILE:
                self._paint_file(painter, area, index, theme)
            case Column.STATE:
                self._paint_state(painter, area, item, index, theme)
            case Column.PROGRESS:
                self._paint_progress(painter, area, index, theme)
            case column:
                inner = area.adjusted(GAP_M, 0, -GAP_M, 0)
                align = _RIGHT if column in RIGHT_ALIGNED else _LEFT
                _draw(painter, inner, str(index.data()), theme.small, theme.secondary, align)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, theme: Theme) -> None:
        area, table = QRect(option.rect), option.widget
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, mixed(theme.raised, theme.accent, _CHOSEN))
        if isinstance(table, QTableView) and table.hasFocus() and table.currentIndex().row() == index.row():
            painter.fillRect(area.left(), area.top(), area.width(), _FOCUS_PX, theme.accent)
            painter.fillRect(area.left(), area.bottom() - _FOCUS_PX + 1, area.width(), _FOCUS_PX, theme.accent)

    def _paint_heading(self, painter: QPainter, cell: QRect, row: QRect, heading: Heading, theme: Theme) -> None:
        painter.setClipRect(cell)
        painter.fillRect(QRect(row.left(), row.bottom(), row.width(), 1), theme.hairline)
        caret = QRectF(row.left() + GAP_S, row.center().y() - _CARET_PX / 2 + 1, _CARET_PX, _CARET_PX)
        painter.save()
        if heading.collapsed:
            painter.translate(caret.center())
            painter.rotate(-90)
            painter.translate(-caret.center())
        paint_glyph(painter, caret, theme.secondary, Glyph.CHEVRON)
        painter.restore()
        inner = row.adjusted(GAP_S + _CARET_PX + GAP_M, 0, -GAP_M, 0)
        _draw(
            painter, inner, heading_text(heading), _bold(theme.small), _ink_of(heading.group, theme, theme.ink), _LEFT
        )

    def _paint_file(self, painter: QPainter, area: QRect, index: _Index, theme: Theme) -> None:
        inner = area.adjusted(GAP_M + INDENT_PX, 0, -GAP_M, 0)
        note = str(index.data(NOTE_ROLE) or "")
        if note:
            room = QRect(inner)
            room.setLeft(inner.left() + round(inner.width() * _NAME_SHARE))
            width = _draw(painter, room, note, theme.caption, theme.secondary, _RIGHT)
            inner.setRight(inner.right() - width - GAP_M)
        _draw(painter, inner, str(index.data()), theme.body, theme.ink, _LEFT, Qt.TextElideMode.ElideMiddle)

    def _paint_state(self, painter: QPainter, area: QRect, item: UploadItem, index: _Index, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = area.left() + GAP_M
        mark = QRectF(left, area.center().y() - _MARK_PX / 2 + 1, _MARK_PX, _MARK_PX)
        paint_upload_mark(
            painter, mark, item, theme, held=bool(index.data(HELD_ROLE)), sent=index.data(RATIO_ROLE) == 1
        )
        inner = area.adjusted(GAP_M + _MARK_PX + GAP_M, 0, -GAP_S, 0)
        colour = _ink_of(group_of(item), theme, theme.secondary)
        _draw(painter, inner, str(index.data()), theme.small, colour, _LEFT)

    def _paint_progress(self, painter: QPainter, area: QRect, index: _Index, theme: Theme) -> None:
        ratio: float | None = index.data(RATIO_ROLE)
        if ratio is None:
            return
        inner = area.adjusted(GAP_M, 0, -GAP_M, 0)
        _draw(painter, inner, str(index.data()), theme.small, theme.secondary, _RIGHT)
        bar = QRectF(inner.left(), inner.center().y() - _BAR_PX / 2 + 1, inner.width() - _PERCENT_PX - GAP_S, _BAR_PX)
        paint_bar(painter, bar, ratio, theme)


def paint_bar(painter: QPainter, bar: QRectF, ratio: float, theme: Theme) -> None:
    """A thin bar that is filled to a ratio."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(theme.surface, theme.ink, _TRACK))
    painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
    if ratio > 0:
        filled = QRectF(bar)
        filled.setWidth(max(bar.height(), bar.width() * ratio))
        painter.setBrush(theme.accent)
        painter.drawRoundedRect(filled, bar.height() / 2, bar.height() / 2)


def _whole_row(option: QStyleOptionViewItem) -> QRect:
    """A heading is drawn by each of its cells, clipped: so it stands whole whatever part is painted anew."""
    area, table = QRect(option.rect), option.widget
    if not isinstance(table, QTableView):
        return area
    left = table.columnViewportPosition(Column.FILE)
    return QRect(left, area.top(), max(table.horizontalHeader().length(), table.viewport().width()), area.height())


def _ink_of(group: UploadGroup, theme: Theme, other: QColor) -> QColor:
    match group:
        case UploadGroup.FAILED:
            return theme.words[HealthStatus.UNHEALTHY]
        case UploadGroup.NEEDS_YOU:
            return theme.words[HealthStatus.DEGRADED]
        case _:
            return other


def _draw(
    painter: QPainter,
    area: QRect,
    text: str,
    font: QFont,
    colour: QColor,
    align: int,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> int:
    """Draw a line as far as it fits; the width that it took."""
    if area.width() < GAP_S or not text:
        return 0
    metrics = QFontMetrics(font)
    width = metrics.horizontalAdvance(text)
    if width > area.width():
        text, width = metrics.elidedText(text, elide, area.width()), area.width()
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, align, text)
    return width


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold
