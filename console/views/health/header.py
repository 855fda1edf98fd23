"""Above the cards: what they add up to, narrowing them, and asking anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.health_reading import status_word
from console.views.health.look import quieten
from console.views.widgets.label import PlainLabel
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from console.presenters.health_cards import Totals
    from console.presenters.health_state import HealthState
    from console.views.health.look import CardLook

_CHIP_HEIGHT = 26
_CHIP_PADDING = 10
_MARK = 10
_FILTER_WIDTH = 240
_WORST_FIRST = sorted(HealthStatus, key=lambda status: -status.severity)


class StatusChip(QAbstractButton):
    """Narrows the cards to one condition, and says how many have it."""

    def __init__(self, status: HealthStatus, look: CardLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.status = status
        self._look = look
        self._count = 0
        self.setObjectName(f"health.filter.{status.value}")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._look = look
        self.updateGeometry()
        self.update()

    def show_count(self, totals: Totals) -> None:
        """Show how many services have the condition, stale ones counted as what they were."""
        count = totals.last_known[self.status]
        stale = count - totals.fresh[self.status]
        word = status_word(self.status)
        self.setToolTip(
            tr("{word}: {count}, {stale} of them stale", word=word, count=f"{count:,}", stale=f"{stale:,}")
            if stale
            else tr("{word}: {count}", word=word, count=f"{count:,}")
        )
        self.setAccessibleName(tr("Show {word} only, {count}", word=word.lower(), count=f"{count:,}"))
        text = f"{word} {count:,}"
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
        self.setVisible(bool(count) or self.isChecked() or self.status is not HealthStatus.UNKNOWN)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """As wide as mark and text."""
        self.ensurePolished()
        width = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(2 * _CHIP_PADDING + _MARK + 6 + width + 2, max(_CHIP_HEIGHT, self.fontMetrics().height() + 8))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = look.edge_hover if self.underMouse() else look.edge
        if self.isChecked() or self.hasFocus():
            edge = look.accent
        painter.setPen(QPen(edge, 2 if self.hasFocus() else 1))
        painter.setBrush(look.selected if self.isChecked() else look.surface)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        mark = QRectF(_CHIP_PADDING, (self.height() - _MARK) / 2, _MARK, _MARK)
        paint_mark(painter, mark, self.status, look.theme, stale=False)
        painter.setPen(look.ink)
        painter.drawText(
            area.adjusted(_CHIP_PADDING + _MARK + 5, 0, -4, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            self.text(),
        )
        painter.end()


class HealthHeader(QWidget):
    """Title, totals, filter, chips and the refresh button."""

    text_changed = Signal(str)
    statuses_changed = Signal(frozenset)
    refresh_asked = Signal()

    def __init__(self, look: CardLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = PlainLabel(tr("Health"))
        self._totals = PlainLabel("")
        self._totals.setObjectName("health.totals")
        self.filter = QLineEdit()
        self.filter.setObjectName("health.filter")
        self.filter.setPlaceholderText(tr("Filter by name, version or host"))
        self.filter.setAccessibleName(tr("Filter services"))
        self.filter.setClearButtonEnabled(True)
        for button in self.filter.findChildren(QAbstractButton):
            button.setAccessibleName(tr("Clear the filter"))
        self.filter.setFixedWidth(_FILTER_WIDTH)
        self.filter.textChanged.connect(self.text_changed)
        self._refresh = QPushButton()
        self._refresh.setObjectName("health.refresh")
        self._refresh.setAccessibleName(tr("Ask the gateway now"))
        self._refresh.setToolTip(tr("Ask the gateway now"))
        self._refresh.clicked.connect(self.refresh_asked)
        self._chips = [StatusChip(status, look) for status in _WORST_FIRST]
        for chip in self._chips:
            chip.toggled.connect(self._chips_changed)
        self._shown = PlainLabel("")
        self._shown.setObjectName("health.shown")
        self._lay_out()
        self.set_look(look)

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._title.setFont(look.fonts["title"])
        quieten(self._totals, look)
        quieten(self._shown, look)
        for chip in self._chips:
            chip.set_look(look)

    def render_state(self, state: HealthState, age: str) -> None:
        """Show totals, counts and the age of what is shown."""
        self._totals.setText(state.totals.sentence)
        for chip in self._chips:
            chip.show_count(state.totals)
        self._chip_row.setVisible(bool(state.totals.count))
        narrowed = state.shown < state.totals.count
        text = tr("{shown} of {count} shown", shown=f"{state.shown:,}", count=f"{state.totals.count:,}")
        self._shown.setText(text if narrowed else "")
        self.show_age(age)

    def show_age(self, age: str) -> None:
        """How old the newest value is."""
        self._refresh.setText(f"⟳ {age}" if age else "⟳")

    def clear_filter(self) -> None:
        """Show everything again."""
        self.filter.clear()
        for chip in self._chips:
            chip.setChecked(False)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._title)
        top.addWidget(self._totals, 1)
        top.addWidget(self.filter)
        top.addWidget(self._refresh)
        self._chip_row = QWidget()
        chips = QHBoxLayout(self._chip_row)
        chips.setContentsMargins(0, 0, 0, 0)
        chips.setSpacing(8)
        for chip in self._chips:
            chips.addWidget(chip)
        chips.addStretch(1)
        chips.addWidget(self._shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._chip_row)

    def _chips_changed(self) -> None:
        self.statuses_changed.emit(frozenset(chip.status for chip in self._chips if chip.isChecked()))
