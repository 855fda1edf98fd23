"""Lines above the view: what happened once and can be put away, and what stays true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.display import printable
from console.views.theme import GAP_L, GAP_M, GAP_S, mixed
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent

    from console.views.theme import ThemeProvider

_TINT = 0.14
_TEXT_LIMIT = 400
_SHOWN = 4


class Line(QWidget):
    """One sentence on a tinted ground. `put_away` is set once the operator has read it."""

    closed = Signal()

    def __init__(self, themes: ThemeProvider, text: str, name: str, *, dismissible: bool) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._themes = themes
        self.put_away = False
        self.label = PlainLabel(printable(text, _TEXT_LIMIT))
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_L, GAP_S, GAP_M, GAP_S)
        row.addWidget(self.label, 1)
        if dismissible:
            close = QPushButton(tr("Dismiss"))
            close.setObjectName(f"{name}.dismiss")
            close.setProperty("flat", True)
            close.clicked.connect(self.close)
            row.addWidget(close)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        """Say that there is room again."""
        super().closeEvent(event)
        self.put_away = True
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The ground, with a bar in the colour of what needs a look."""
        theme = self._themes.current
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(theme.surface, theme.states[HealthStatus.DEGRADED], _TINT))
        painter.fillRect(0, 0, 3, self.height(), theme.states[HealthStatus.DEGRADED])


class Banners(QWidget):
    """Lines, newest below; the oldest that can be put away gives way to a fifth."""

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("banners")
        self._themes = themes
        self._count = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self._sandbox = Line(
            themes, tr("Sandbox: this gateway runs on this machine, and nothing here is real."), "banner.sandbox",
            dismissible=False,
        )  # fmt: skip
        self._column.addWidget(self._sandbox)
        self._sandbox.hide()
        self._told: list[Line] = []

    def set_sandbox(self, *, shown: bool) -> None:
        """Whether the current gateway is the embedded one."""
        self._sandbox.setVisible(shown)

    def tell(self, text: str) -> None:
        """Say something until it is put away. What is said already is not said again."""
        if any(line.label.text() == printable(text, _TEXT_LIMIT) for line in self._told):
            return
        self._count += 1
        line = Line(self._themes, text, f"banner.{self._count}", dismissible=True)
        line.closed.connect(self._tidy)
        self._told.append(line)
        self._column.addWidget(line)
        line.show()
        if len(self._told) > _SHOWN:
            self._told[0].close()

    def _tidy(self) -> None:
        # Not a slot per line that holds it: see `console.instance`.
        self._told = [line for line in self._told if not line.put_away]
