"""What stands in the place of a list that has nothing to show: one sentence, the way on, and a button for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.views.theme import GAP_M
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from console.views.theme import Theme

_TEXT_PX = 480


class Face(QWidget):
    """`name` begins the object names of its parts."""

    act_wanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._theme: Theme | None = None
        self._headline = PlainLabel()
        self._headline.setObjectName(f"{name}.headline")
        self._advice = PlainLabel()
        self._advice.setObjectName(f"{name}.advice")
        self._act = QPushButton()
        self._act.setObjectName(f"{name}.act")
        self._act.clicked.connect(self.act_wanted)
        column = QVBoxLayout(self)
        column.setSpacing(GAP_M)
        column.addStretch(2)
        for label in (self._headline, self._advice):
            label.setWordWrap(True)
            label.setFixedWidth(_TEXT_PX)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addLayout(centred(label))
        column.addWidget(self._act, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._theme = theme
        self._headline.setFont(theme.title)
        self._advice.setFont(theme.body)
        self._advice.setForegroundRole(self._advice.palette().ColorRole.PlaceholderText)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Fonts that were set before a widget was first shown give way to the application's."""
        super().showEvent(event)
        if self._theme is not None:
            self.wear(self._theme)

    def say(self, headline: str, advice: str = "", act: str = "") -> None:
        """Show another page; `act` is what the button says, empty for none."""
        self._headline.setText(headline)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._act.setText(act)
        self._act.setVisible(bool(act))


def centred(label: QWidget) -> QHBoxLayout:
    """A text of fixed width in the middle. Aligned in a column it would be as high as it is where it is as wide."""
    line = QHBoxLayout()
    line.addStretch(1)
    line.addWidget(label)
    line.addStretch(1)
    return line
