"""Where the parts of a card stand, from its rectangle and the heights of its fonts."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect

CARD_MIN_WIDTH = 240
CARD_MIN_HEIGHT = 132
CARD_GAP = 12
PADDING = 12
MARK = 12
_SPARK_HEIGHT = 36
_BETWEEN = 6


class LineHeights(NamedTuple):
    """Heights in pixels of a line of body, secondary and caption text."""

    body: int
    secondary: int
    caption: int


class CardLayout(NamedTuple):
    """The rectangles of a card's parts."""

    card: QRect
    mark: QRect
    title: QRect
    sparkline: QRect
    metrics: QRect
    foot: QRect

    @classmethod
    def of(cls, cell: QRect, heights: LineHeights) -> CardLayout:
        """Lay out a card in a cell of the grid; half of the gap between cards lies on each side."""
        half = CARD_GAP // 2
        card = cell.adjusted(half, half, -half, -half)
        left, width = card.left() + PADDING, card.width() - 2 * PADDING
        title = QRect(left, card.top() + PADDING - 2, width, heights.body)
        mark = QRect(left, title.top() + (title.height() - MARK) // 2, MARK, MARK)
        foot = QRect(left, card.bottom() - PADDING + 3 - heights.caption, width, heights.caption)
        metrics = QRect(left, foot.top() - _BETWEEN + 1 - heights.secondary, width, heights.secondary)
        top = title.bottom() + _BETWEEN
        sparkline = QRect(left, top, width, max(8, metrics.top() - _BETWEEN - top))
        return cls(card, mark, title, sparkline, metrics, foot)


def card_height(heights: LineHeights) -> int:
    """The height of a cell, gap included: larger fonts make larger cards."""
    content = heights.body + _SPARK_HEIGHT + heights.secondary + heights.caption + 3 * _BETWEEN + 2 * PADDING
    return max(CARD_MIN_HEIGHT, content) + CARD_GAP


def columns(width: int) -> int:
    """How many cards fit beside each other."""
    return max(1, width // (CARD_MIN_WIDTH + CARD_GAP))


def cell_width(width: int) -> int:
    """The width of a cell, so that the cards fill the row."""
    return max(1, (width - 1) // columns(width))
