"""What a click on the status bar opens: the whole story of the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.views.popup import Popup
from console.views.theme import GAP_L, GAP_M, GAP_XL
from console.views.widgets.form import Heading
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.presenters.shell import ShellPresenter
    from console.views.theme import ThemeProvider

_TEXT_LIMIT = 400


class ConnectionSheet(Popup):
    """Captions and texts of the current gateway's connection, kept up to date while it is open."""

    def __init__(self, window: QWidget, themes: ThemeProvider, shell: ShellPresenter) -> None:
        super().__init__(window, themes, width_px=600)
        self.setObjectName("connection")
        self._shell = shell
        self._rows: list[tuple[PlainLabel, PlainLabel]] = []
        self._title = Heading(themes, name="connection.title")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GAP_XL)
        self._grid.setVerticalSpacing(GAP_M)
        self._grid.setColumnStretch(1, 1)
        self._again = QPushButton(tr("Try now"))
        self._again.setObjectName("connection.try")
        self._again.clicked.connect(shell.try_now)
        self._done = QPushButton(tr("Close"))
        self._done.setObjectName("connection.close")
        self._done.clicked.connect(self.leave)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addStretch(1)
        buttons.addWidget(self._again)
        buttons.addWidget(self._done)
        self.column.setSpacing(GAP_L)
        self.column.addWidget(self._title)
        self.column.addLayout(self._grid)
        self.column.addLayout(buttons)
        shell.state_changed.connect(self._render)
        self._render()

    def open(self) -> None:
        """Show it; Enter and Escape close."""
        super().open()
        self._done.setFocus(Qt.FocusReason.PopupFocusReason)

    def _render(self) -> None:
        state = self._shell.state
        self._title.setText(tr("Connection to {name}", name=printable(state.current, 64)))
        self._again.setVisible(not state.wants_sign_in)
        lines = self._shell.story_lines()
        while len(self._rows) < len(lines):
            self._rows.append(self._new_row(len(self._rows)))
        for number, (caption, text) in enumerate(self._rows):
            shown = number < len(lines)
            caption.setVisible(shown)
            text.setVisible(shown)
            if shown:
                caption.setText(lines[number][0])
                text.setText(printable(lines[number][1], _TEXT_LIMIT))
        if self.isVisible():
            self.fit()

    def _new_row(self, row: int) -> tuple[PlainLabel, PlainLabel]:
        caption, text = PlainLabel(), PlainLabel()
        caption.setForegroundRole(caption.palette().ColorRole.PlaceholderText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(text, row, 1)
        return caption, text
