"""Paints one card of the Health view's grid. All text goes through `drawText`: what a server says is never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from console.i18n import tr
from console.presenters.health_cards_model import CARD_ROLE, RATES_ROLE, SAMPLES_ROLE
from console.presenters.health_texts import age_of, facts_text, latency_text, name_text, ratio_text, status_text
from console.views.health.card_layout import CardLayout, LineHeights, card_height
from console.views.widgets.sparkline import SparklineColours, SparklinePainter
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from PySide6.QtCore import QObject

    from console.model.health import Rates
    from console.presenters.health_cards import Card
    from console.views.health.look import CardLook

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BETWEEN = 8
_RING = 2.5
_ELIDED_KEPT = 2000
_Index = QModelIndex | QPersistentModelIndex


class CardDelegate(QStyledItemDelegate):
    """Draws cards; a stale one is grey all over, its mark hollow, and says how old it is."""

    def __init__(self, look: CardLook, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._sparklines = SparklinePainter()
        self._cell = QSize(1, 1)
        self._elided: dict[tuple[str, str, Qt.TextElideMode, int], str] = {}
        self.gap_s = 60.0
        self.set_look(look)

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts; what was painted in the old ones is forgotten."""
        self._look = look
        self._metrics = {font: QFontMetrics(font_of) for font, font_of in look.fonts.items()}
        self._sparklines.clear()
        self._elided.clear()

    @property
    def height(self) -> int:
        """Height of a cell of the grid."""
        return card_height(self._heights)

    def set_cell(self, size: QSize) -> None:
        """The size of a cell of the grid."""
        self._cell = size

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802  (Qt's name)
        """One size for all."""
        return self._cell

    def layout(self, cell: QRect) -> CardLayout:
        """Where the parts stand in a cell."""
        return CardLayout.of(cell, self._heights)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a card."""
        card: Card | None = index.data(CARD_ROLE)
        if card is None:
            return
        layout = self.layout(option.rect)
        painter.save()
        self._draw_frame(painter, layout, option.state, stale=card.stale)
        self._draw_title(painter, layout, card)
        self._draw_sparkline(painter, layout, card, index)
        self._draw_metrics(painter, layout, card, index.data(RATES_ROLE))
        self._draw_foot(painter, layout, card)
        painter.restore()

    @property
    def _heights(self) -> LineHeights:
        return LineHeights(
            body=self._metrics["name"].height(),
            secondary=self._metrics["number"].height(),
            caption=self._metrics["caption"].height(),
        )

    def _draw_frame(self, painter: QPainter, layout: CardLayout, state: QStyle.StateFlag, *, stale: bool) -> None:
        look = self._look
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        edge, width = look.edge, look.edge_width
        if selected:
            edge, width = look.accent, 2.0
        elif hovered:
            edge = look.edge_hover
        fill = look.surface_stale if stale else look.surface
        inset = width / 2
        area = QRectF(layout.card).adjusted(inset, inset, -inset, -inset)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(edge, width))
        painter.setBrush(fill)
        painter.drawRoundedRect(area, look.radius, look.radius)
        if focused:
            painter.setPen(QPen(look.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(layout.card).adjusted(-_RING, -_RING, _RING, _RING)
            painter.drawRoundedRect(ring, look.radius + _RING, look.radius + _RING)

    def _draw_title(self, painter: QPainter, layout: CardLayout, card: Card) -> None:
        look = self._look
        paint_mark(painter, QRectF(layout.mark), card.status, look.theme, stale=card.stale)
        word = status_text(card)
        width = self._metrics["secondary"].horizontalAdvance(word) + 2
        # The mark has the colour; a word in amber would be too pale to read on white.
        ink = look.secondary if card.stale else look.ink
        self._text(painter, layout.title, word, "secondary", ink, _RIGHT)
        name = layout.title.adjusted(layout.mark.width() + _BETWEEN, 0, -width - _BETWEEN, 0)
        self._text(painter, name, name_text(card.service), "name", ink, _LEFT)

    def _draw_sparkline(self, painter: QPainter, layout: CardLayout, card: Card, index: _Index) -> None:
        look = self._look
        line = look.secondary if card.stale else look.states[card.status]
        area = layout.sparkline
        pixmap = self._sparklines.pixmap(
            card.id,
            lambda: index.data(SAMPLES_ROLE),
            now=self._clock().timestamp(),
            gap_s=self.gap_s,
            size=area.size(),
            ratio=painter.device().devicePixelRatioF(),
            colours=SparklineColours(
                line=line.name(QColor.NameFormat.HexArgb),
                base=look.edge.name(QColor.NameFormat.HexArgb),
            ),
        )
        painter.drawPixmap(area.topLeft(), pixmap)

    def _draw_metrics(self, painter: QPainter, layout: CardLayout, card: Card, rates: Rates) -> None:
        look = self._look
        ink = look.secondary if card.stale else look.ink
        half = layout.metrics.width() // 2
        left = QRect(layout.metrics.topLeft(), QSize(half, layout.metrics.height()))
        right = left.translated(half, 0)
        for area, label, value in (
            (left, tr("p95"), latency_text(rates.p95_ms)),
            (right, tr("errors"), ratio_text(rates.error_ratio)),
        ):
            self._text(painter, area, label, "caption", look.secondary, _LEFT)
            offset = self._metrics["caption"].horizontalAdvance(label) + 6
            self._text(painter, area.adjusted(offset, 0, 0, 0), value, "number", ink, _LEFT)

    def _draw_foot(self, painter: QPainter, layout: CardLayout, card: Card) -> None:
        age = age_of(card, self._clock())
        width = self._metrics["caption"].horizontalAdvance(age) + 2
        self._text(painter, layout.foot, age, "caption", self._look.secondary, _RIGHT)
        facts = layout.foot.adjusted(0, 0, -width - _BETWEEN, 0)
        middle = Qt.TextElideMode.ElideMiddle
        self._text(painter, facts, facts_text(card.service), "caption", self._look.secondary, _LEFT, middle)

    def _text(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        font: str,
        colour: QColor,
        alignment: Qt.AlignmentFlag,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        painter.setFont(self._look.fonts[font])
        painter.setPen(colour)
        key = (text, font, elide, area.width())
        if (shown := self._elided.get(key)) is None:
            if len(self._elided) >= _ELIDED_KEPT:
                self._elided.clear()
            shown = self._elided[key] = self._metrics[font].elidedText(text, elide, area.width())
        painter.drawText(area, alignment.value | Qt.TextFlag.TextSingleLine.value, shown)
