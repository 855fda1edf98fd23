"""While somebody signs in in the browser: where it leads, and every way on when it does not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.views.clipboard import secret_clipboard
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.form import FORM_WIDTH_PX, Field, Heading, Quiet, flat, primary
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from console.presenters.browser_sign_in import BrowserSignInState
    from console.views.theme import ThemeProvider


class _Address(QLineEdit):
    """Can be copied from by hand too, and no other way than the button does it."""

    def __init__(self) -> None:
        super().__init__()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # its "Copy" would be Qt's own

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Copy what is selected as the secret it is."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.hasSelectedText():
            secret_clipboard().copy(self.selectedText())
        else:
            super().keyPressEvent(event)


class BrowserPanel(QWidget):
    """Takes the place of the sign-in form while an attempt is under way."""

    cancelled = Signal()
    open_wanted = Signal()
    paste_wanted = Signal()
    pasted = Signal(str)

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("login.oauth.waiting")
        self.setFixedWidth(FORM_WIDTH_PX)
        self._pasting = False
        self._title = Heading(themes, name="login.oauth.title")
        self._where = Quiet(name="login.oauth.where")
        self._notice = PlainLabel()
        self._notice.setObjectName("login.oauth.notice")
        self._notice.setWordWrap(True)
        self.url = _Address()
        self.url.setObjectName("login.oauth.url")
        self.url.setAccessibleName(tr("Address to open in the browser"))
        self.url.setReadOnly(True)
        self._copy = flat(tr("Copy address"), "login.oauth.copy")
        self._open = flat(tr("Open again"), "login.oauth.open")
        self.code = Field(themes, "login.oauth.code", tr("Code, or address of the page you end on"))
        self._submit = primary(tr("Sign in"), "login.oauth.submit")
        self._paste = flat(tr("Paste the code instead"), "login.oauth.paste")
        self._cancel = flat(tr("Cancel"), "login.oauth.cancel")
        self._lay_out()
        self._copy.clicked.connect(self._copy_url)
        self._open.clicked.connect(self.open_wanted)
        self._paste.clicked.connect(self.paste_wanted)
        self._cancel.clicked.connect(self.cancelled)
        self._submit.clicked.connect(self._send)
        self.code.entered.connect(self._send)

    def render_state(self, state: BrowserSignInState) -> None:
        """How far the attempt is."""
        if state.provider is None:
            self.code.line.clear()
            self.url.clear()
            return
        waiting = bool(state.url) and not state.finishing
        self._title.setText(
            tr("Waiting for the browser\N{HORIZONTAL ELLIPSIS}") if waiting else tr("Signing in\N{HORIZONTAL ELLIPSIS}")
        )
        provider = printable(state.provider.title, 64)
        if state.host:
            self._where.setText(tr("Sign in with {provider} at {host}.", provider=provider, host=printable(state.host)))
        else:
            self._where.setText(tr("Asking the gateway where to sign in with {provider}.", provider=provider))
        self._notice.setText(_notice(state))
        self._notice.setVisible(bool(self._notice.text()))
        if self.url.text() != state.url:
            self.url.setText(state.url)
            self.url.setCursorPosition(0)
        for widget in (self.url, self._copy, self._open):
            widget.setVisible(waiting)
        began = state.pasting and not self._pasting
        self._pasting = state.pasting
        self.code.setVisible(state.pasting)
        self.code.setEnabled(not state.finishing)
        self.code.error.say(printable(state.paste_problem.text) if state.paste_problem is not None else "")
        self._submit.setVisible(state.pasting)
        self._submit.setEnabled(not state.finishing)
        self._paste.setVisible(waiting and not state.pasting)
        if began:
            self.code.line.setFocus()

    def take_focus(self) -> None:
        """To the field to paste into, or to the way out."""
        (self.code.line if self._pasting else self._cancel).setFocus()

    def _send(self) -> None:
        self.pasted.emit(self.code.text)

    def _copy_url(self) -> None:
        secret_clipboard().copy(self.url.text())  # its state and nonce are this attempt's alone

    def _lay_out(self) -> None:
        address = QHBoxLayout()
        address.setSpacing(GAP_M)
        address.addWidget(self._copy)
        address.addWidget(self._open)
        address.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        for button in (self._submit, self._paste, self._cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        heading = QVBoxLayout()
        heading.setSpacing(GAP_S)
        heading.addWidget(self._title)
        heading.addWidget(self._where)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        column.addLayout(heading)
        column.addWidget(self._notice)
        column.addWidget(self.url)
        column.addLayout(address)
        column.addWidget(self.code)
        column.addLayout(buttons)
        self.hide()


def _notice(state: BrowserSignInState) -> str:
    """What keeps the browser from coming back by itself, or what else came."""
    if state.finishing:
        return tr("The browser came back. The gateway is asked for the sign-in.") if not state.pasting else ""
    if not state.returns_here:
        return tr(
            "This gateway does not send the browser back here. Copy the code, or the address of the page, from it."
        )
    if state.opened is False:
        return tr("No browser could be opened. Copy the address and open it yourself.")
    if state.strangers:
        return tr(
            "An answer came that does not belong to this sign-in. It was refused; the right one is still awaited."
        )
    return tr("This window goes on by itself when you are done there.") if state.opened else ""
