"""The status bar: where the connection stands, in one sentence, and how old what is shown is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from console.i18n import tr
from console.model.connection import Phase
from console.model.health import HealthStatus
from console.presenters.display import escaped, printable, zone_text
from console.presenters.shell import HOME
from console.views.frame import STATUS_PX
from console.views.theme import GAP_L, GAP_M, GAP_S, GAP_XL
from console.views.widgets.label import LinkLabel, PlainLabel
from console.views.widgets.state_mark import StateMark

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.shell import ShellState
    from console.views.theme import ThemeProvider

_CHIP_PX = 18
_NAME_LIMIT = 40
_MARKS = {
    Phase.SIGNED_OUT: (HealthStatus.UNKNOWN, False),
    Phase.SIGN_IN_NEEDED: (HealthStatus.DEGRADED, False),
    Phase.CONNECTING: (HealthStatus.UNKNOWN, False),
    Phase.LIVE: (HealthStatus.HEALTHY, False),
    Phase.PARTIAL: (HealthStatus.DEGRADED, False),
    Phase.LOST: (HealthStatus.UNHEALTHY, True),
}
_TRIES_AGAIN = (Phase.LOST, Phase.PARTIAL)
_WANTS_SIGN_IN = (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED)


class StatusBar(QWidget):
    """One line at the foot of the window. Every part of it leads to its story."""

    try_now = Signal()
    sign_in_wanted = Signal()
    story_wanted = Signal()
    palette_wanted = Signal()
    uploads_wanted = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setFixedHeight(STATUS_PX)
        self._themes = themes
        self._phase = Phase.SIGNED_OUT
        self._mark = StateMark(themes.current)
        self._production = PlainLabel(tr("PRODUCTION"))
        self._production.setObjectName("status.production")
        self._production.setProperty("chip", True)
        self._production.setFixedHeight(_CHIP_PX)
        self._unprotected = PlainLabel(tr("PLAIN HTTP"))
        self._unprotected.setObjectName("status.unprotected")
        self._unprotected.setProperty("chip", True)
        self._unprotected.setFixedHeight(_CHIP_PX)
        self._unprotected.setToolTip(tr("Nothing on the way to this gateway is protected: others can read it."))
        self._story = _link("status.story", self.story_wanted)
        self._story.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._act = QPushButton()
        self._act.setObjectName("status.act")
        self._act.setProperty("flat", True)
        self._act.clicked.connect(self._acted)
        self._feed = _link("status.feed", self.story_wanted)
        self._age = _link("status.age", self.story_wanted)
        self._uploads = _link("status.uploads", self.uploads_wanted)
        self._zone = PlainLabel(zone_text(datetime.now(UTC)))
        self._zone.setObjectName("status.zone")
        self._zone.setToolTip(tr("Times are shown in this zone; the exact time under the pointer has UTC beside it."))
        self._commands = QToolButton()
        self._commands.setObjectName("status.palette")
        self._commands.setText("Ctrl+K")
        self._commands.setAccessibleName(tr("Commands"))
        self._commands.setToolTip(tr("Every command"))
        self._commands.clicked.connect(self.palette_wanted)
        self._lay_out()
        hidden = (self._mark, self._production, self._unprotected, self._act, self._feed, self._age, self._uploads)
        for widget in hidden:
            widget.hide()
        self._story.setText(tr("Starting"))
        themes.changed.connect(self._dress)
        self._dress()

    def render_state(self, state: ShellState) -> None:
        """Show the story of the current gateway."""
        item = state.gateway
        self._phase = state.phase
        self._zone.setText(zone_text(datetime.now(UTC)))
        status, stale = _MARKS[state.phase]
        self._mark.set_status(status, stale=stale)
        self._mark.setVisible(item is not None)
        self._production.setVisible(item is not None and item.production)
        self._unprotected.setVisible(item is not None and item.unprotected)
        story = (
            f"{printable(item.name, _NAME_LIMIT)}: {printable(state.story)}"
            if item is not None
            else tr("No gateway chosen.")
        )
        self._story.setText(story)
        self._story.setAccessibleName(story)
        self._story.setToolTip(escaped(story))
        acts = state.phase in (*_TRIES_AGAIN, *_WANTS_SIGN_IN)
        form = state.wants_sign_in and state.destination == HOME  # it is there already
        self._act.setVisible(acts and not form)
        self._act.setText(tr("Sign in") if state.phase in _WANTS_SIGN_IN else tr("Try now"))
        self._feed.setText(state.feed)
        told = state.phase is Phase.LOST  # the sentence says both
        self._feed.setVisible(bool(state.feed) and not told)
        self._age.setText(tr("heard {age} ago", age=state.age) if state.age else "")
        self._age.setVisible(bool(state.age) and not state.feed and not told)
        for label in (self._feed, self._age):
            label.setAccessibleName(label.text())
            label.setToolTip(escaped(state.exact))

    def show_uploads(self, text: str, meaning: str) -> None:
        """How far the upload queue is; the empty text for nothing to do."""
        self._uploads.setText(text)
        self._uploads.setAccessibleName(meaning)
        self._uploads.setToolTip(escaped(meaning))
        self._uploads.setVisible(bool(text))

    def say(self, text: str) -> None:
        """A sentence while there is no connection to tell of."""
        self._story.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """Sunken, with a line above."""
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(self.rect(), self._themes.current.sunken)
        painter.fillRect(QRectF(0, 0, self.width(), 1), self._themes.current.hairline)

    def _dress(self) -> None:
        theme = self._themes.current
        self._mark.set_theme(theme)
        bold = QFont(theme.caption)
        bold.setWeight(QFont.Weight.DemiBold)
        self._production.setFont(bold)
        self._unprotected.setFont(bold)
        for label in (self._feed, self._age, self._uploads, self._zone):
            label.setFont(theme.small)
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        for widget in (self._story, self._act, self._commands):
            widget.setFont(theme.small)
        self.update()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_L, 1, GAP_S, 0)
        row.setSpacing(GAP_M)
        for widget in (self._mark, self._production, self._unprotected, self._story, self._act):
            row.addWidget(widget)
        for label in (self._feed, self._age, self._uploads, self._zone):
            row.addSpacing(GAP_XL - GAP_M)
            row.addWidget(label)
        row.addWidget(self._commands)

    def _acted(self) -> None:
        (self.sign_in_wanted if self._phase in _WANTS_SIGN_IN else self.try_now).emit()


def _link(name: str, leads: object) -> LinkLabel:
    label = LinkLabel()
    label.setObjectName(name)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    label.clicked.connect(leads)
    return label
