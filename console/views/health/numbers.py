"""The strip of numbers above the cards, with the ways to the deployments and to an empty cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.numbers import GAP_S, NumbersState
from console.views.health.look import quieten
from console.views.health.notices import NoticeBar
from console.views.health.number_tile import NumberButton
from console.views.widgets.label import ElidedLabel, PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from console.presenters.deployments import DeploymentsState
    from console.presenters.numbers import NumberTile
    from console.views.health.look import CardLook

_SIDE = 16
_SAID_LIMIT = 400


class NumbersStrip(QWidget):
    """Renders `NumbersState` and the button of `DeploymentsState`; hidden where the platform gives none of it."""

    number_asked = Signal(str)  # the metric's id
    deployments_asked = Signal()
    empty_asked = Signal()

    def __init__(
        self,
        look: CardLook,
        clock: Callable[[], datetime],
        series: Callable[[str], Sequence[tuple[datetime, float]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("health.numbers")
        self.setAccessibleName(tr("Numbers of this gateway"))
        self._look = look
        self._clock = clock
        self._series = series
        self._buttons: dict[str, NumberButton] = {}
        self._offered = self._lists = False
        self._build()
        self.set_look(look)
        self.hide()

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._look = look
        self._title.setFont(look.fonts["name"])
        for label in (self._said, self._none, self._verdicts):
            label.setFont(look.fonts["secondary"])
            quieten(label, look)
        self._failures.set_look(look)
        for button in self._buttons.values():
            button.set_look(look)
        self._fit()

    def render_state(self, state: NumbersState) -> None:
        """Show the numbers."""
        self._offered = state.offered or state.cache.offered
        self._title.setVisible(state.offered)
        self._verdicts.setText(state.verdicts if state.offered else "")
        self._show_tiles(state.tiles)
        self._failures.show_notices(state.failures if state.offered else ())
        self._none.setText(_instead(state))
        self._none.setVisible(bool(self._none.text()))
        cache = state.cache
        self._empty.setVisible(cache.offered)
        self._empty.setEnabled(not cache.refusal and not cache.busy)
        self._empty.setText(tr("Emptying") if cache.busy else tr("Empty cache"))
        said = printable(cache.said or cache.refusal, _SAID_LIMIT)
        self._said.setText(said if cache.offered else "")
        self._said.setToolTip("")
        self._show_or_hide()

    def render_deployments(self, state: DeploymentsState) -> None:
        """Show how many deployments are known."""
        self._lists = state.offered
        self._deployments.setVisible(state.offered)
        count = tr("Deployments {count}", count=f"{state.count:,}") if state.count else tr("Deployments")
        if count != self._deployments.text():
            self._deployments.setText(count)
        self._show_or_hide()

    def show_open(self, *, number: str, deployments: bool) -> None:
        """Mark what is open beside the cards."""
        for metric_id, button in self._buttons.items():
            button.setChecked(metric_id == number)
        self._deployments.setChecked(deployments)

    def show_age(self) -> None:
        """A second went by."""
        for button in self._buttons.values():
            button.show_age()

    def focus_number(self, metric_id: str) -> bool:
        """Give the keyboard to a number; False when it is not there."""
        if (button := self._buttons.get(metric_id)) is None:
            return False
        button.setFocus()
        return True

    def focus_deployments(self) -> None:
        """Give the keyboard to the button of the deployments."""
        self._deployments.setFocus()

    def _show_tiles(self, tiles: Sequence[NumberTile]) -> None:
        wanted = [tile.metric.id for tile in tiles]
        if wanted != list(self._buttons):
            self._rebuild(tiles)
            return
        for tile in tiles:
            button = self._buttons[tile.metric.id]
            if tile != button.tile:
                button.show_tile(tile)

    def _rebuild(self, tiles: Sequence[NumberTile]) -> None:
        """Tiles that stay keep their place in memory, and with it the keyboard."""
        former, self._buttons = self._buttons, {}
        for tile in tiles:
            metric_id = tile.metric.id
            button = former.pop(metric_id, None)
            if button is None:
                button = NumberButton(tile, self._look, self._clock, self._series, GAP_S)
                button.clicked.connect(lambda _checked, metric_id=metric_id: self.number_asked.emit(metric_id))
            else:
                self._row.removeWidget(button)
                button.show_tile(tile)
            self._row.insertWidget(len(self._buttons), button)
            self._buttons[metric_id] = button
        for button in former.values():
            self._row.removeWidget(button)
            button.deleteLater()
        self._fit()

    def _fit(self) -> None:
        self._area.setVisible(bool(self._buttons))
        height = max((button.sizeHint().height() for button in self._buttons.values()), default=0)
        self._area.setFixedHeight(height + self._area.horizontalScrollBar().sizeHint().height() + 2)

    def _show_or_hide(self) -> None:
        self.setVisible(self._offered or self._lists)

    def _build(self) -> None:
        self._title = PlainLabel(tr("Numbers"))
        self._verdicts = PlainLabel()
        self._verdicts.setObjectName("health.numbers.verdicts")
        self._said = ElidedLabel()
        self._said.setObjectName("health.cache.said")
        self._said.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._empty = QPushButton(tr("Empty cache"))
        self._empty.setObjectName("health.cache.empty")
        self._empty.clicked.connect(self.empty_asked)
        self._deployments = QPushButton(tr("Deployments"))
        self._deployments.setObjectName("health.deployments.open")
        self._deployments.setCheckable(True)
        self._deployments.clicked.connect(self.deployments_asked)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addWidget(self._verdicts)
        head.addWidget(self._said, 1)
        head.addWidget(self._empty)
        head.addWidget(self._deployments)
        self._none = PlainLabel()
        self._none.setObjectName("health.numbers.none")
        self._failures = NoticeBar(self._look)
        self._failures.setObjectName("health.numbers.failures")
        self._failures.setContentsMargins(-_SIDE, 0, -_SIDE, -8)  # it brings its own
        tiles = QWidget()
        self._row = QHBoxLayout(tiles)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._area = QScrollArea()
        self._area.setObjectName("health.numbers.tiles")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(tiles)
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE, 0, _SIDE, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._failures)
        column.addWidget(self._none)
        column.addWidget(self._area)


def _instead(state: NumbersState) -> str:
    """What stands in the place of the numbers."""
    if not state.offered or state.tiles:
        return ""
    if not state.loaded:
        return tr("Reading the numbers")
    return "" if state.failures else tr("The platform gave no numbers.")
