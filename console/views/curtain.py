"""A page over the whole window, where there is no passphrase that a lock could ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shiboken6 import isValid

from console.i18n import tr
from console.views.theme import GAP_L
from console.views.widgets.form import FORM_WIDTH_PX, Heading, Quiet, primary

if TYPE_CHECKING:
    from console.views.theme import ThemeProvider


class Curtain(QWidget):
    """Hides what the window shows; says that it protects nothing. Deletes itself when it is drawn back.

    `problem` is why there could be no lock, where that is not for want of a passphrase.
    """

    def __init__(self, window: QWidget, themes: ThemeProvider, problem: str = "") -> None:
        super().__init__(window)
        self.setObjectName("curtain")
        self.setAutoFillBackground(True)
        self._covered = [
            child
            for child in window.children()
            if isinstance(child, QWidget) and child is not self and not child.isHidden()
        ]
        self._before = QApplication.focusWidget()
        self._actions = [action for action in window.actions() if action.isEnabled()]
        title = Heading(themes, tr("Screen curtain"), "curtain.title")
        text = Quiet(name="curtain.text")
        text.setText(
            tr("This only hides the window, and anybody can go on here: it could not be locked. {why}", why=problem)
            if problem
            else tr(
                "This only hides the window: the store has no passphrase, so sign-ins and records stay in memory and"
                " anybody can go on here. A passphrase makes it a lock: Settings, Security."
            )
        )
        text.setWordWrap(True)
        text.setFixedWidth(FORM_WIDTH_PX)
        back = primary(tr("Go on"), "curtain.back")
        back.clicked.connect(self.draw_back)
        column = QVBoxLayout(self)
        column.setSpacing(GAP_L)
        column.addStretch(1)
        for widget in (title, text, back):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        for child in self._covered:
            child.hide()  # also from screen readers and the keyboard
        for action in self._actions:
            action.setEnabled(False)  # a key must not act on what nobody sees
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        back.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """As large as the window."""
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def draw_back(self) -> None:
        """Show the window's content again."""
        for child in self._covered:
            child.show()
        for action in self._actions:
            action.setEnabled(True)
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()
        self.deleteLater()
