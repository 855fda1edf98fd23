"""The slim rail: gateways on top, the views that are built below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.connection import Phase
from console.model.health import HealthStatus
from console.presenters.display import escaped, printable
from console.views.theme import GAP_L, GAP_M, GAP_S, RADIUS
from console.views.widgets.label import PlainLabel
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.shell import GatewayItem, ShellState
    from console.views.theme import ThemeProvider

WIDE_PX, NARROW_PX = 184, 60
_ROW_PX = 44
_MARK_PX = 12
_INITIALS = 2
_PHASES = {
    Phase.SIGNED_OUT: lambda: tr("signed out"),
    Phase.SIGN_IN_NEEDED: lambda: tr("sign in again"),
    Phase.CONNECTING: lambda: tr("connecting"),
    Phase.LIVE: lambda: tr("live"),
    Phase.PARTIAL: lambda: tr("live, feed lost"),
    Phase.LOST: lambda: tr("offline"),
}


@dataclass(frozen=True)
class Destination:
    """A view that is built. `key` names it, `text` is shown."""

    key: str
    text: str


class RailButton(QAbstractButton):
    """One row: a mark, a name, a small line below. Painted, so that long names elide and nothing is rich text."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = ""
        self._line = ""
        self._stripe = False
        self._mark: tuple[HealthStatus, bool] | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def say(self, name: str, line: str = "", *, mark: tuple[HealthStatus, bool] | None = None, stripe: bool = False) -> None:
        """What the row shows: name, small line, condition with its staleness, and the production stripe."""
        if (name, line, mark, stripe) == (self._name, self._line, self._mark, self._stripe):
            return
        self._name, self._line, self._mark, self._stripe = name, line, mark, stripe
        condition = f", {mark[0].value}" if mark is not None else ""
        self.setAccessibleName(f"{name}, {line}{condition}" if line else name)
        self.setToolTip(escaped(f"{name}\n{line}{condition}".strip()))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        """A row, lower without a second line."""
        return QSize(NARROW_PX, _ROW_PX if self._line else _ROW_PX - GAP_L)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """Ground, stripe, mark, texts."""
        theme = self._themes.current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(QPen(theme.hairline, theme.border_px) if self.isChecked() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.raised if self.isChecked() else theme.surface)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(theme.accent, theme.border_px + 0.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self._stripe:
            painter.fillRect(QRectF(box.left(), box.top() + GAP_M, 3, box.height() - 2 * GAP_M), theme.accent)
        self._paint_texts(painter, box)

    def _paint_texts(self, painter: QPainter, box: QRectF) -> None:
        theme = self._themes.current
        narrow = self.width() < WIDE_PX // 2
        left = box.left() + GAP_M + GAP_S
        if self._mark is not None:
            top = box.center().y() - _MARK_PX / 2 - (GAP_L if narrow else 0)
            place = box.center().x() - _MARK_PX / 2 if narrow else left
            paint_mark(painter, QRectF(place, top, _MARK_PX, _MARK_PX), self._mark[0], theme, stale=self._mark[1])
            left += _MARK_PX + GAP_M
        painter.setFont(theme.small if narrow else theme.body)
        painter.setPen(theme.ink)
        if narrow:
            below = box.adjusted(2, _MARK_PX + GAP_S if self._mark is not None else 0, -2, 0)
            name = self._name if self._mark is None else self._name[:_INITIALS]
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(below.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)
            return
        width = box.right() - left - GAP_S
        first = QRectF(left, box.top() + GAP_S, width, box.height() / 2 - GAP_S) if self._line else QRectF(
            left, box.top(), width, box.height()
        )
        shown = painter.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if self._line:
            painter.setFont(theme.caption)
            painter.setPen(theme.secondary)
            second = QRectF(left, box.center().y(), width, box.height() / 2 - GAP_S)
            shown = painter.fontMetrics().elidedText(self._line, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(second, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


class Rail(QWidget):
    """Gateways and views. Says what was chosen; shows what it is told."""

    gateway_chosen = Signal(str)  # a profile's name; empty is "add a gateway"
    view_chosen = Signal(str)  # a destination's key

    def __init__(self, themes: ThemeProvider, destinations: tuple[Destination, ...]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._themes = themes
        self._gateways: dict[str, RailButton] = {}
        self._exclusive = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(GAP_M, GAP_L, GAP_M, GAP_M)
        self._column.setSpacing(GAP_S)
        self._caption = self._heading(tr("Gateways"))
        self._column.addWidget(self._caption)
        self._place = QVBoxLayout()
        self._place.setSpacing(GAP_S)
        self._column.addLayout(self._place)
        self._add = RailButton(themes)
        self._add.say(tr("Add a gateway"))
        self._add.setObjectName("rail.add")
        self._add.clicked.connect(lambda: self.gateway_chosen.emit(""))
        self._exclusive.addButton(self._add)
        self._column.addWidget(self._add)
        self._column.addSpacing(GAP_L)
        self._views_caption = self._heading(tr("Views"))
        self._column.addWidget(self._views_caption)
        self._views = {one.key: self._view(one) for one in destinations}
        self._column.addStretch(1)
        self.set_narrow(narrow=False)

    def set_narrow(self, *, narrow: bool) -> None:
        """Icons only, where the window has little room."""
        self.setFixedWidth(NARROW_PX if narrow else WIDE_PX)
        self._caption.setVisible(not narrow)
        self._views_caption.setVisible(not narrow)
        self._add.say("+" if narrow else tr("Add a gateway"))
        self._add.setAccessibleName(tr("Add a gateway"))
        self._add.setToolTip(tr("Add a gateway"))

    def render_state(self, state: ShellState, view: str) -> None:
        """Show the gateways and which view is open."""
        names = [item.name for item in state.gateways]
        if list(self._gateways) != names:
            self._rebuild(names)
        for item in state.gateways:
            self._show(self._gateways[item.name], item)
            self._gateways[item.name].setChecked(item.name == state.current)
        self._add.setChecked(not state.current)
        for key, button in self._views.items():
            button.setEnabled(bool(state.current))
            button.setChecked(key == view and bool(state.current))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The rail lies deeper than the views."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._themes.current.sunken)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), self._themes.current.hairline)

    def _heading(self, text: str) -> PlainLabel:
        label = PlainLabel(text)
        label.setFont(self._themes.current.caption)
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        label.setContentsMargins(GAP_S, 0, 0, 0)
        return label

    def _view(self, destination: Destination) -> RailButton:
        button = RailButton(self._themes)
        button.say(destination.text)
        button.setObjectName(f"nav.{destination.key}")
        button.clicked.connect(lambda: self.view_chosen.emit(destination.key))
        self._column.addWidget(button)
        return button

    def _rebuild(self, names: list[str]) -> None:
        for button in self._gateways.values():
            self._exclusive.removeButton(button)
            self._place.removeWidget(button)
            button.deleteLater()
        self._gateways = {}
        for name in names:
            button = RailButton(self._themes)
            button.setObjectName(f"rail.gateway.{name}")
            button.clicked.connect(lambda _checked=False, name=name: self.gateway_chosen.emit(name))
            self._exclusive.addButton(button)
            self._place.addWidget(button)
            self._gateways[name] = button

    def _show(self, button: RailButton, item: GatewayItem) -> None:
        line = " · ".join(part for part in (printable(item.label, 40), _PHASES[item.phase]()) if part)
        button.say(
            printable(item.name, 64),
            line,
            mark=(item.worst or HealthStatus.UNKNOWN, item.stale),
            stripe=item.production,
        )
