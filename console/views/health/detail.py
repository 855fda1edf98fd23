"""One service in detail: what it is, and its charts."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import exact_time, printable
from console.presenters.health_detail import DetailState, TimeRange
from console.presenters.health_reading import reading_at
from console.presenters.health_texts import address_text, age_of, name_text, status_text, traffic_text
from console.views.health.chart_loader import ChartLoader
from console.views.health.look import chart_look, quieten
from console.views.widgets.label import ElidedLabel, PlainLabel
from console.views.widgets.state_mark import StateMark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from console.presenters.deployments import Flag
    from console.presenters.health_cards import Card
    from console.views.health.look import CardLook
    from console.views.widgets.chart import HealthChart

_CHART_MODULE = "console.views.widgets.chart"
_FACT_LIMIT = 300


class Fact(QWidget):
    """A value with its caption, and a button that copies it."""

    def __init__(self, caption: str, name: str, *, copies: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = PlainLabel(caption)
        self._value = PlainLabel("")
        self._value.setObjectName(f"health.detail.{name}")
        self._value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copied = ""
        self._copy = QPushButton(tr("Copy"))
        self._copy.setObjectName(f"health.detail.{name}.copy")
        self._copy.setAccessibleName(tr("Copy {what}", what=caption.lower()))
        self._copy.setFlat(True)
        if not copies:  # showing it before it has a parent would make it a window
            self._copy.hide()
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._copied))
        self._value.setMinimumHeight(self._copy.sizeHint().height())
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._value)
        row.addWidget(self._copy)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addLayout(row)

    def set_look(self, look: CardLook) -> None:
        """Take other fonts."""
        self._caption.setFont(look.fonts["caption"])
        quieten(self._caption, look)
        self._value.setFont(look.fonts["text"])

    def show_value(self, text: str, *, exact: str = "") -> None:
        """Show a value; `exact` is what is copied, when it is not what is shown."""
        self._copied = exact or text
        self._value.setText(text or tr("not given"))
        self._copy.setEnabled(bool(text))


class DetailPane(QWidget):
    """Renders `DetailState`; the charts are built when the pane is opened for the first time."""

    range_chosen = Signal(TimeRange)
    retry_asked = Signal()
    closed = Signal()

    def __init__(self, look: CardLook, clock: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.detail")
        self.setAccessibleName(tr("Service in detail"))
        self._look = look
        self._clock = clock
        self._state = DetailState()
        self._chart: HealthChart | None = None
        self._flags: Sequence[Flag] = ()
        self._loader = ChartLoader(_CHART_MODULE, self)
        self._loader.loaded.connect(self._build_chart)
        self._build()
        self.set_look(look)

    @property
    def chart(self) -> HealthChart | None:
        """The charts, once they are built."""
        return self._chart

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._look = look
        self._mark.set_theme(look.theme)
        self._name.setFont(look.fonts["title"])
        for label in (self._status, self._note, self._waiting):
            quieten(label, look)
        for fact in self._facts.values():
            fact.set_look(look)
        if self._chart is not None:
            self._chart.set_look(chart_look(look.theme))

    def render_state(self, state: DetailState) -> None:
        """Show a state."""
        self._state = state
        if state.card is None:
            return
        self._show_identity(state.card)
        self._buttons[state.range].setChecked(True)
        self._note.setText(_note(state))
        self._retry.setVisible(state.explanation is not None)
        if self._chart is not None:
            self._show_series()
        else:
            self._loader.load()

    def show_flags(self, flags: Sequence[Flag]) -> None:
        """What was rolled out, oldest first, for the time axis."""
        self._flags = flags
        if self._chart is not None:
            self._chart.show_flags(flags)

    def show_age(self) -> None:
        """A second went by."""
        if self._state.card is not None:
            self._show_identity(self._state.card)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _show_identity(self, card: Card) -> None:
        service, now = card.service, self._clock()
        self._mark.set_status(card.status, stale=card.stale)
        self._name.setText(name_text(service))
        self._status.setText(tr("{status} · {age}", status=status_text(card), age=age_of(card, now)))
        self._facts["version"].show_value(printable(service.version, _FACT_LIMIT))
        self._facts["address"].show_value(address_text(service))
        self._facts["id"].show_value(printable(service.id, _FACT_LIMIT), exact=service.id)
        checked = service.last_check
        self._facts["checked"].show_value(exact_time(checked) if checked is not None else "")
        self._facts["traffic"].show_value(traffic_text(service.traffic) if service.traffic is not None else "")
        self._facts["traffic"].setVisible(service.traffic is not None)

    def _show_series(self) -> None:
        state = self._state
        if self._chart is None or state.now is None:
            return
        start = (state.now - state.range.span).timestamp()
        self._chart.show_series(state.series, start=start, now=state.now.timestamp(), gap_s=state.gap_s)

    def _build_chart(self) -> None:
        module: Any = importlib.import_module(_CHART_MODULE)
        chart: HealthChart = module.HealthChart(chart_look(self._look.theme), reading_at, self)
        chart.following_changed.connect(lambda following: self._live.setVisible(not following))
        self._live.clicked.connect(chart.back_to_live)
        self._chart = chart
        chart.show_flags(self._flags)
        self._place.addWidget(chart, 1)
        self._waiting.hide()
        self._show_series()

    def _build(self) -> None:
        self._mark = StateMark(self._look.theme)
        self._name = ElidedLabel()
        self._name.setObjectName("health.detail.name")
        self._status = PlainLabel("")
        self._status.setObjectName("health.detail.status")
        close = QPushButton(tr("Close"))
        close.setObjectName("health.detail.close")
        close.clicked.connect(self.closed)
        self._facts = {
            "version": Fact(tr("Version"), "version"),
            "address": Fact(tr("Address"), "address", copies=True),
            "id": Fact(tr("Id"), "id", copies=True),
            "checked": Fact(tr("Checked by the platform"), "checked"),
            "traffic": Fact(tr("Observed by this console, last 5 min"), "traffic"),
        }
        self._buttons = {chosen: self._range_button(chosen) for chosen in TimeRange}
        self._live = QPushButton(tr("Back to live"))
        self._live.setObjectName("health.live")
        self._live.hide()
        self._note = PlainLabel("")
        self._note.setObjectName("health.detail.note")
        self._retry = QPushButton(tr("Try again"))
        self._retry.setObjectName("health.detail.retry")
        self._retry.clicked.connect(self.retry_asked)
        self._retry.hide()
        self._waiting = PlainLabel(tr("Loading the charts"))
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out(close)

    def _range_button(self, chosen: TimeRange) -> QToolButton:
        button = QToolButton()
        button.setText(RANGE_WORDS[chosen]())
        button.setObjectName(f"health.range.{chosen.value}")
        button.setCheckable(True)
        button.clicked.connect(lambda: self.range_chosen.emit(chosen))
        return button

    def _lay_out(self, close: QPushButton) -> None:
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._mark)
        title.addWidget(self._name, 1)
        title.addWidget(self._status)
        title.addSpacing(8)
        title.addWidget(close)
        facts = QGridLayout()
        facts.setHorizontalSpacing(24)
        facts.setVerticalSpacing(8)
        *pairs, traffic = self._facts.values()
        for number, fact in enumerate(pairs):
            facts.addWidget(fact, number // 2, number % 2, Qt.AlignmentFlag.AlignTop)
        facts.addWidget(traffic, len(pairs) // 2, 0, 1, 2, Qt.AlignmentFlag.AlignTop)
        facts.setColumnStretch(0, 1)
        facts.setColumnStretch(1, 1)
        ranges = QHBoxLayout()
        ranges.setSpacing(4)
        group = QButtonGroup(self)
        for button in self._buttons.values():
            group.addButton(button)
            ranges.addWidget(button)
        ranges.addSpacing(8)
        ranges.addWidget(self._note, 1)
        ranges.addWidget(self._retry)
        ranges.addWidget(self._live)
        self._place = QVBoxLayout()
        self._place.addWidget(self._waiting, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addLayout(title)
        column.addLayout(facts)
        column.addLayout(ranges)
        column.addLayout(self._place, 1)


RANGE_WORDS: dict[TimeRange, Callable[[], str]] = {
    TimeRange.QUARTER: lambda: tr("15 min"),
    TimeRange.HOUR: lambda: tr("1 h"),
    TimeRange.DAY: lambda: tr("24 h"),
}


def _note(state: DetailState) -> str:
    if state.explanation is not None:
        return state.explanation.headline
    if not state.listed:
        return tr("The gateway no longer lists this service.")
    if state.loading:
        return tr("Reading the record")
    return "" if len(state.series) else tr("Nothing was recorded in this time.")
