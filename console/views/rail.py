"""The slim rail: gateways on top, the views that are built below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.connection import Phase
from console.model.health import HealthStatus
from console.presenters.availability import Explained, Hidden
from console.presenters.display import printable
from console.views.frame import RAIL_NARROW_PX, RAIL_WIDE_PX
from console.views.rail_button import ROW_PX, RailButton, Row
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.glyph import PLUS
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.shell import GatewayItem, ShellState
    from console.views.destinations import Destination
    from console.views.theme import ThemeProvider

_NAME_LIMIT, _LABEL_LIMIT = 64, 40


class Rail(QWidget):
    """Gateways and views. Says what was chosen; shows what it is told."""

    gateway_chosen = Signal(str)  # a profile's name; empty is "add a gateway"
    view_chosen = Signal(str)  # a destination's key

    def __init__(self, themes: ThemeProvider, destinations: tuple[Destination, ...]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._themes = themes
        self._narrow = False
        self._gateways: dict[str, RailButton] = {}
        self._add = RailButton(themes, Row(name=tr("Add a gateway"), glyph=PLUS))
        self._add.setObjectName("rail.add")
        self._add.clicked.connect(lambda: self.gateway_chosen.emit(""))
        self._exclusive = QButtonGroup(self)
        self._exclusive.addButton(self._add)
        self._shown = ""
        self._captions = (PlainLabel(tr("Gateways")), PlainLabel(tr("Views")))
        self._destinations = destinations
        self._counts: dict[str, tuple[str, str, bool]] = {}
        self._views = {one.key: self._view(one) for one in destinations}
        self._lay_out()
        themes.changed.connect(self._dress)
        self._dress()
        self.set_narrow(narrow=False)

    def set_narrow(self, *, narrow: bool) -> None:
        """Pictures with what fits below them, where the window has little room."""
        self._narrow = narrow
        self.setFixedWidth(RAIL_NARROW_PX if narrow else RAIL_WIDE_PX)
        side = GAP_S if narrow else GAP_M  # the words below the pictures need the room
        if (column := self.layout()) is not None:
            column.setContentsMargins(side, GAP_L, side, GAP_M)
        for caption in self._captions:
            caption.setVisible(not narrow)
        self._add.say(Row(name=tr("Add") if narrow else tr("Add a gateway"), glyph=PLUS))
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if narrow else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self._scroll.setVerticalScrollBarPolicy(policy)  # narrow: wheel and arrows still scroll
        for button in (*self._gateways.values(), self._add, *self._views.values()):
            button.set_narrow(narrow=narrow)

    def render_state(self, state: ShellState, view: str) -> None:
        """Show the gateways, and which view is open; the empty name for none."""
        names = [item.name for item in state.gateways]
        if list(self._gateways) != names:
            self._rebuild(names)
        for item in state.gateways:
            self._gateways[item.name].say(gateway_row(item))
            self._gateways[item.name].setChecked(item.name == state.current)
        self._add.setChecked(not state.current)
        self._shown = view
        for destination in self._destinations:
            button = self._views[destination.key]
            found = state.availability(destination.capability)
            why_not = found.text if isinstance(found, Explained) else ""
            self._say(destination, why_not)
            button.setVisible(not isinstance(found, Hidden))
            button.setEnabled((bool(state.current) or not destination.of_gateway) and not why_not)
            button.setChecked(destination.key == view)

    def set_count(self, view: str, count: str, meaning: str, *, calls: bool = False) -> None:
        """Show a number beside a view, with its meaning for the tooltip; both empty for none.

        `calls` marks it: something there waits for the operator.
        """
        if self._counts.get(view) != (count, meaning, calls):
            self._counts[view] = (count, meaning, calls)
            self._say(next(one for one in self._destinations if one.key == view), "")

    def parts(self) -> tuple[QWidget, ...]:
        """Its buttons from top to bottom."""
        top = [self._views[one.key] for one in self._destinations if one.on_top]
        views = sorted((one for one in self._destinations if not one.on_top), key=lambda one: not one.of_gateway)
        return (*top, *self._gateways.values(), self._add, *(self._views[one.key] for one in views))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The rail lies deeper than the views."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._themes.current.sunken)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), self._themes.current.hairline)

    def _say(self, destination: Destination, why_not: str) -> None:
        count, meaning, calls = self._counts.get(destination.key, ("", "", False))
        row = Row(name=destination.text, glyph=(destination.glyph,), hint=why_not or meaning, count=count, calls=calls)
        self._views[destination.key].say(row)

    def _view(self, destination: Destination) -> RailButton:
        button = RailButton(self._themes, Row(name=destination.text, glyph=(destination.glyph,)))
        button.setObjectName(f"nav.{destination.key}")
        button.clicked.connect(lambda: self._choose_view(destination.key))
        return button

    def _choose_view(self, key: str) -> None:
        self.view_chosen.emit(key)
        self._views[key].setChecked(key == self._shown)  # Qt marked it at the click, whatever came of that

    def _rebuild(self, names: list[str]) -> None:
        for button in self._gateways.values():
            self._exclusive.removeButton(button)
            self._place.removeWidget(button)
            button.deleteLater()
        self._gateways = {}
        for row, name in enumerate(names):
            button = RailButton(self._themes, Row(name=name))
            button.setObjectName(f"rail.gateway.{name}")
            button.set_narrow(narrow=self._narrow)
            button.clicked.connect(lambda _checked=False, name=name: self.gateway_chosen.emit(name))
            self._exclusive.addButton(button)
            self._place.insertWidget(row, button)
            self._gateways[name] = button

    def _dress(self) -> None:
        for caption in self._captions:
            caption.setFont(self._themes.current.caption)
            caption.setForegroundRole(caption.palette().ColorRole.PlaceholderText)
            caption.setContentsMargins(GAP_S, 0, 0, 0)
        self.update()

    def _lay_out(self) -> None:
        many = QWidget()
        self._place = QVBoxLayout(many)
        self._place.setContentsMargins(0, 0, 0, 0)
        self._place.setSpacing(GAP_S)
        self._place.addWidget(self._add)
        self._scroll = _GatewayScroll(many)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_M, GAP_L, GAP_M, GAP_M)
        column.setSpacing(GAP_S)
        for destination in self._destinations:
            if destination.on_top:
                column.addWidget(self._views[destination.key])
        column.addSpacing(GAP_M)
        column.addWidget(self._captions[0])
        column.addWidget(self._scroll)
        column.addSpacing(GAP_L)
        column.addWidget(self._captions[1])
        for destination in self._destinations:
            if destination.of_gateway:
                column.addWidget(self._views[destination.key])
        column.addStretch(1)
        for destination in self._destinations:
            if not destination.of_gateway and not destination.on_top:
                column.addWidget(self._views[destination.key])


class _GatewayScroll(QScrollArea):
    """As high as the gateways need while there is room; scrolls when there is not."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidgetResizable(True)
        self.setWidget(content)
        content.setAutoFillBackground(False)  # setWidget asks for it
        self.viewport().setAutoFillBackground(False)
        content.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """Gateways come and go: the height is theirs."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """All of it."""
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """One gateway, and the way to add another."""
        return QSize(RAIL_NARROW_PX, min(2 * ROW_PX, self.sizeHint().height()))


def gateway_row(item: GatewayItem) -> Row:
    """A gateway as a row of the rail. While it is signed out, what it is matters more than how it does."""
    parts = [printable(item.label, _LABEL_LIMIT), _phase_text(item.phase)]
    if item.phase is Phase.SIGNED_OUT and not item.label:
        parts[0] = printable(item.platform, _LABEL_LIMIT)
    return Row(
        name=printable(item.name, _NAME_LIMIT),
        line=" · ".join(part for part in parts if part),
        hint=" · ".join((printable(item.platform, _LABEL_LIMIT), *((tr("production"),) if item.production else ()))),
        status=item.worst or HealthStatus.UNKNOWN,
        stale=item.stale,
        stripe=item.label if item.label or item.production else None,
    )


def _phase_text(phase: Phase) -> str:
    match phase:
        case Phase.SIGNED_OUT:
            return tr("signed out")
        case Phase.SIGN_IN_NEEDED:
            return tr("sign in again")
        case Phase.CONNECTING:
            return tr("connecting")
        case Phase.LIVE:
            return tr("live")
        case Phase.PARTIAL:
            return tr("live, feed lost")
        case Phase.LOST:
            return tr("offline")
