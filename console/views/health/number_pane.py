"""One number in detail: what it is, what is promised, and its chart."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.health_detail import TimeRange
from console.presenters.number_detail import RANGES, NumberDetailState, span_text
from console.views.health.chart_loader import ChartLoader
from console.views.health.detail import RANGE_WORDS
from console.views.health.look import chart_look, quieten
from console.views.widgets.label import ElidedLabel, PlainLabel
from console.views.widgets.state_mark import StateMark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from PySide6.QtGui import QKeyEvent

    from console.presenters.deployments import Flag
    from console.presenters.numbers import NumberTile
    from console.views.health.look import CardLook
    from console.views.widgets.number_chart import NumberChart

_CHART_MODULE = "console.views.widgets.number_chart"


class NumberPane(QWidget):
    """Renders `NumberDetailState`; each number has a chart of its own."""

    range_chosen = Signal(TimeRange)
    closed = Signal()

    def __init__(self, look: CardLook, clock: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.number")
        self.setAccessibleName(tr("Number in detail"))
        self._look = look
        self._clock = clock
        self._state = NumberDetailState()
        self._flags: Sequence[Flag] = ()
        self._chart: NumberChart | None = None
        self._charted = ""
        self._loaded = False
        self._loader = ChartLoader(_CHART_MODULE, self)
        self._loader.loaded.connect(self._charts_loaded)
        self._build()
        self.set_look(look)

    @property
    def chart(self) -> NumberChart | None:
        """The chart, once it is built."""
        return self._chart

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._look = look
        self._mark.set_theme(look.theme)
        self._name.setFont(look.fonts["title"])
        self._value.setFont(look.theme.number)
        for label in (self._status, self._target, self._note, self._waiting):
            quieten(label, look)
        if self._chart is not None:
            self._chart.set_look(chart_look(look.theme))

    def render_state(self, state: NumberDetailState) -> None:
        """Show a state."""
        self._state = state
        if state.tile is None:
            return
        self._show_identity(state.tile)
        self._buttons[state.range].setChecked(True)
        self._note.setText(_note(state))
        if not self._loaded:
            self._loader.load()
        else:
            self._show_series()

    def show_flags(self, flags: Sequence[Flag]) -> None:
        """What was rolled out, oldest first, for the time axis."""
        self._flags = flags
        if self._chart is not None:
            self._chart.show_flags(flags)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _show_identity(self, tile: NumberTile) -> None:
        self._name.setText(tile.name)
        self._value.setText(tile.value)
        self._status.setText(tr("{age} ago", age=tile.age(self._clock())))
        self._mark.setVisible(bool(tile.verdict))
        self._mark.set_status(HealthStatus.DEGRADED if tile.metric.missed else HealthStatus.HEALTHY, stale=tile.stale)
        target = tr("target {target}", target=tile.target) if tile.target else ""
        self._target.setText(" · ".join(filter(None, (tile.verdict, target))))

    def _charts_loaded(self) -> None:
        self._loaded = True
        self._show_series()

    def _show_series(self) -> None:
        state = self._state
        if state.tile is None or state.now is None or state.since is None:
            return
        if self._chart is None or self._charted != state.tile.metric.id:
            self._build_chart(state.tile)
        if self._chart is not None:
            self._chart.show_series(
                state.series, start=state.since.timestamp(), now=state.now.timestamp(), gap_s=state.gap_s
            )

    def _build_chart(self, tile: NumberTile) -> None:
        if self._chart is not None:
            self._place.removeWidget(self._chart)
            self._chart.hide()
            self._chart.deleteLater()
        module: Any = importlib.import_module(_CHART_MODULE)
        chart: NumberChart = module.NumberChart(tile.metric, chart_look(self._look.theme), self)
        chart.following_changed.connect(lambda following: self._live.setVisible(not following))
        chart.show_flags(self._flags)
        self._live.hide()
        self._chart, self._charted = chart, tile.metric.id
        self._waiting.hide()
        self._place.addWidget(chart, 1)

    def _back_to_live(self) -> None:
        if self._chart is not None:
            self._chart.back_to_live()

    def _build(self) -> None:
        self._mark = StateMark(self._look.theme)
        self._name = ElidedLabel()
        self._name.setObjectName("health.number.name")
        self._value = PlainLabel()
        self._value.setObjectName("health.number.value")
        self._status = PlainLabel()
        self._status.setObjectName("health.number.age")
        self._target = PlainLabel()
        self._target.setObjectName("health.number.target")
        self._note = PlainLabel()
        self._note.setObjectName("health.number.note")
        self._note.setWordWrap(True)
        self._waiting = PlainLabel(tr("Loading the charts"))
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._live = QPushButton(tr("Back to live"))
        self._live.setObjectName("health.number.live")
        self._live.clicked.connect(self._back_to_live)
        self._live.hide()
        close = QPushButton(tr("Close"))
        close.setObjectName("health.number.close")
        close.clicked.connect(self.closed)
        self._buttons = {chosen: self._range_button(chosen) for chosen in RANGES}
        self._lay_out(close)

    def _range_button(self, chosen: TimeRange) -> QToolButton:
        button = QToolButton()
        button.setText(RANGE_WORDS[chosen]())
        button.setObjectName(f"health.number.range.{chosen.value}")
        button.setCheckable(True)
        button.clicked.connect(lambda: self.range_chosen.emit(chosen))
        return button

    def _lay_out(self, close: QPushButton) -> None:
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._name, 1)
        title.addWidget(self._status)
        title.addSpacing(8)
        title.addWidget(close)
        verdict = QHBoxLayout()
        verdict.setSpacing(8)
        verdict.addWidget(self._value)
        verdict.addSpacing(8)
        verdict.addWidget(self._mark)
        verdict.addWidget(self._target)
        verdict.addStretch(1)
        ranges = QHBoxLayout()
        ranges.setSpacing(4)
        group = QButtonGroup(self)
        for button in self._buttons.values():
            group.addButton(button)
            ranges.addWidget(button)
        ranges.addSpacing(8)
        ranges.addWidget(self._note, 1)
        ranges.addWidget(self._live)
        self._place = QVBoxLayout()
        self._place.addWidget(self._waiting, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addLayout(title)
        column.addLayout(verdict)
        column.addLayout(ranges)
        column.addLayout(self._place, 1)


def _note(state: NumberDetailState) -> str:
    if not state.listed:
        return tr("The gateway no longer gives this number.")
    return span_text(state.series, state.now, state.range.span) if state.now is not None else ""
