"""A page over the whole window, where there is no passphrase that a lock could ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from console.i18n import tr
from console.views.login.view import Page
from console.views.theme import GAP_L
from console.views.widgets.form import FORM_WIDTH_PX, Heading, Quiet, primary

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from console.views.frame import Frame
    from console.views.theme import ThemeProvider


class Curtain(Page):
    """Covers a frame from the moment it is made until it is drawn back, then deletes itself.

    Says that it protects nothing. Questions that were open are answered with Cancel: they would stand before it.
    `problem` is why there could be no lock, where that is not for want of a passphrase.
    """

    def __init__(self, frame: Frame, themes: ThemeProvider, problem: str = "") -> None:
        form = QWidget()
        form.setFixedWidth(FORM_WIDTH_PX)
        title = Heading(themes, tr("Screen curtain"), "curtain.title")
        text = Quiet(_text(problem), "curtain.text")
        self._back = primary(tr("Go on"), "curtain.back")
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        column.addWidget(title)
        column.addWidget(text)
        row = QHBoxLayout()
        row.addWidget(self._back)
        row.addStretch(1)
        column.addLayout(row)
        super().__init__("curtain", form)
        self.setAccessibleName(title.text())
        self._frame = frame
        self._before = QApplication.focusWidget()
        self._back.clicked.connect(self.draw_back)
        frame.shut_others()
        frame.cover(self)
        self._back.setFocus()
        if (application := QCoreApplication.instance()) is not None:
            application.installEventFilter(self)

    def draw_back(self) -> None:
        """Show the window's content again."""
        if (application := QCoreApplication.instance()) is not None:
            application.removeEventFilter(self)
        self._frame.uncover()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Enter goes on: outside of dialogs Qt's buttons take the space bar alone."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.draw_back()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """What opens later, such as the answer to something that was begun before, must not stand before it."""
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget):
            QTimer.singleShot(0, watched, lambda: self._shut(watched))
        return super().eventFilter(watched, event)

    def _shut(self, window: QWidget) -> None:
        if window.isWindow() and window.isVisible() and window is not self._frame:
            window.close()


def _text(problem: str) -> str:
    if problem:
        return tr("This only hides the window, and anybody can go on here: it could not be locked. {why}", why=problem)
    return tr(
        "This only hides the window: the store has no passphrase, so sign-ins and records stay in memory and anybody"
        " can go on here. A passphrase makes it a lock: Settings, Security."
    )
