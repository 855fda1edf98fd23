"""The status bar: where the connection stands, in one sentence, and how old what is shown is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from console.i18n import tr
from console.model.connection import Phase
from console.model.health import HealthStatus
from console.presenters.display import escaped, printable, zone_text
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.label import ElidedLabel, PlainLabel
from console.views.widgets.state_mark import StateMark

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.shell import ShellState
    from console.views.theme import ThemeProvider

HEIGHT_PX = 32
_MARKS = {
    Phase.SIGNED_OUT: (HealthStatus.UNKNOWN, False),
    Phase.SIGN_IN_NEEDED: (HealthStatus.DEGRADED, False),
    Phase.CONNECTING: (HealthStatus.UNKNOWN, False),
    Phase.LIVE: (HealthStatus.HEALTHY, False),
    Phase.PARTIAL: (HealthStatus.DEGRADED, False),
    Phase.LOST: (HealthStatus.UNHEALTHY, True),
}


class StatusBar(QWidget):
    """One line at the foot of the window."""

    try_now = Signal()
    sign_in_wanted = Signal()
    palette_wanted = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("status")
        self._themes = themes
        self.setFixedHeight(HEIGHT_PX)
        self._mark = StateMark(themes.current)
        self._story = ElidedLabel()
        self._story.setObjectName("status.story")
        self._story.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._act = QPushButton()
        self._act.setObjectName("status.act")
        self._act.setProperty("flat", True)
        self._act.clicked.connect(self._acted)
        self._feed = PlainLabel()
        self._feed.setObjectName("status.feed")
        self._age = PlainLabel()
        self._age.setObjectName("status.age")
        self._zone = PlainLabel(zone_text(datetime.now(UTC)))
        self._zone.setObjectName("status.zone")
        palette = QToolButton()
        palette.setObjectName("status.palette")
        palette.setText("Ctrl+K")
        palette.setAccessibleName(tr("Commands"))
        palette.setToolTip(tr("Every command"))
        palette.clicked.connect(self.palette_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_L, 0, GAP_S, 0)
        row.setSpacing(GAP_M)
        for widget in (self._mark, self._story, self._act, self._feed, self._age, self._zone, palette):
            row.addWidget(widget)
        self._phase = Phase.SIGNED_OUT
        self.set_theme()

    def render_state(self, state: ShellState) -> None:
        """Show the story of the current gateway."""
        self._phase = state.phase
        status, stale = _MARKS[state.phase]
        self._mark.set_status(status, stale=stale)
        self._mark.setVisible(bool(state.current))
        story = (
            f"{printable(state.current, 40)}: {printable(state.story)}" if state.current else tr("No gateway chosen.")
        )
        self._story.setText(story)
        self._story.setToolTip(escaped(story))
        self._act.setVisible(bool(state.current) and state.phase in (Phase.LOST, Phase.PARTIAL, *_WANTS_SIGN_IN))
        self._act.setText(tr("Sign in") if state.phase in _WANTS_SIGN_IN else tr("Try now"))
        self._feed.setText(state.feed)
        self._feed.setVisible(bool(state.feed))
        self._age.setText(tr("last heard {age} ago", age=state.age) if state.age else "")
        self._age.setToolTip(escaped(state.exact))

    def set_theme(self) -> None:
        """Take the theme's tokens."""
        theme = self._themes.current
        self._mark.set_theme(theme)
        for label in (self._feed, self._age, self._zone):
            label.setFont(theme.small)
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        self._story.setFont(theme.small)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """Sunken, with a line above."""
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(self.rect(), self._themes.current.sunken)
        painter.fillRect(QRectF(0, 0, self.width(), 1), self._themes.current.hairline)

    def _acted(self) -> None:
        (self.sign_in_wanted if self._phase in _WANTS_SIGN_IN else self.try_now).emit()


_WANTS_SIGN_IN = (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED)
