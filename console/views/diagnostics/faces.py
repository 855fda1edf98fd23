"""What stands in the table's place when it has no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.views.theme import GAP_M
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.views.theme import Theme

_TEXT_WIDTH = 480


class EmptyPage(QWidget):
    """One sentence, the way on, and a button for it."""

    again_asked = Signal()
    clear_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("diagnostics.face")
        self._headline = PlainLabel()
        self._headline.setObjectName("diagnostics.face.headline")
        self._advice = PlainLabel()
        self._again = QPushButton(tr("Read the record again"))
        self._again.setObjectName("diagnostics.face.again")
        self._again.clicked.connect(self.again_asked)
        self._clear = QPushButton(tr("Clear the filter"))
        self._clear.setObjectName("diagnostics.face.clear")
        self._clear.clicked.connect(self.clear_asked)
        column = QVBoxLayout(self)
        column.setSpacing(GAP_M)
        column.addStretch(2)
        for label in (self._headline, self._advice):
            label.setWordWrap(True)
            label.setFixedWidth(_TEXT_WIDTH)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._again)
        buttons.addWidget(self._clear)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(3)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._headline.setFont(theme.title)
        quiet = self._advice.palette()
        quiet.setColor(self._advice.foregroundRole(), theme.secondary)
        self._advice.setPalette(quiet)

    def say(self, headline: str, advice: str = "", *, can_read: bool = False, can_clear: bool = False) -> None:
        """Show another page."""
        self._headline.setText(headline)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._again.setVisible(can_read)
        self._clear.setVisible(can_clear)
