"""The form of one gateway: who signs in, with what, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.connection import Phase
from console.presenters.display import printable
from console.views.login.providers import ProviderButtons
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.form import FORM_WIDTH_PX, ErrorLine, Field, Heading, Quiet, Tick, flat, primary

if TYPE_CHECKING:
    from console.presenters.login import SignInState
    from console.presenters.shell import GatewayItem, ShellState
    from console.views.theme import ThemeProvider


class SignInForm(QWidget):
    """E-mail and password for the chosen gateway."""

    submitted = Signal(str, str, bool)  # user name, password, whether to keep the sign-in
    answered = Signal(str)  # code
    cancelled = Signal()
    record_wanted = Signal()
    removal_wanted = Signal()

    def __init__(self, themes: ThemeProvider, below: QWidget) -> None:
        """`below` stands under the ways to sign in, before what else can be done with the gateway."""
        super().__init__()
        self.setObjectName("login.form")
        self._below = below
        self.setFixedWidth(FORM_WIDTH_PX)
        self._gateway = ("", 0)
        self._succeeded = 0
        self._refused_codes = 0
        self._code_wanted = False
        self._title = Heading(themes, name="login.title")
        self._where = Quiet(name="login.where")
        self._reason = ErrorLine(themes, "login.reason")
        self.username = Field(themes, "login.username", tr("E-mail"))
        self.password = Field(themes, "login.password", tr("Password"), secret=True)
        self.keep = Tick(themes, "login.keep", tr("Keep me signed in"))
        self.keep.setChecked(True)
        self.keep.setToolTip(tr("Otherwise the sign-in ends with the program."))
        self.code = Field(themes, "login.code", tr("Code"))
        self.code.line.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers | Qt.InputMethodHint.ImhNoPredictiveText)
        self._error = ErrorLine(themes, "login.error")
        self._submit = primary(tr("Sign in"), "login.submit")
        self._cancel = flat(tr("Cancel"), "login.cancel")
        self.providers = ProviderButtons(themes, self._cancel)
        self._record = flat(tr("Open offline record"), "login.record")
        self._remove = flat(tr("Remove gateway"), "login.remove")
        self._lay_out()
        self.username.entered.connect(self.password.line.setFocus)
        self.password.entered.connect(self._send)
        self.code.entered.connect(self._send)
        self._submit.clicked.connect(self._send)
        self._cancel.clicked.connect(self.cancelled)
        self._record.clicked.connect(self.record_wanted)
        self._remove.clicked.connect(self.removal_wanted)

    def show_gateway(self, item: GatewayItem, state: ShellState) -> None:
        """Which gateway the form is for."""
        if (item.name, item.incarnation) != self._gateway:
            self._gateway = (item.name, item.incarnation)
            self.username.line.setText(item.username)
            self.keep.setChecked(item.keep_signed_in)
            self.password.line.clear()
        self._title.setText(tr("Sign in to {name}", name=printable(item.name, 64)))
        marks = [
            item.platform,
            item.label,
            tr("production") if item.production else "",
            tr("plain http: others can read what is sent") if item.unprotected else "",
        ]
        self._where.setText(" · ".join(printable(mark, 60) for mark in marks if mark))
        needed = state.phase is Phase.SIGN_IN_NEEDED
        self._reason.say(printable(state.story) if needed else "")
        self._record.setVisible(state.offers_record)

    def render_state(self, state: SignInState) -> None:
        """What the attempt is doing, and under which field its problem stands."""
        asked = state.code_wanted and not self._code_wanted
        self._code_wanted = state.code_wanted
        for widget in (self.username, self.password, self.keep):
            widget.setVisible(not state.code_wanted)
            widget.setEnabled(not state.busy)
        self.code.setVisible(state.code_wanted)
        self.code.setEnabled(not state.busy)
        self.code.hint.setText(_code_hint(state.methods))
        self.code.hint.show()
        self._submit.setEnabled(not state.busy)
        self._submit.setText(tr("Signing in") if state.busy else tr("Sign in"))
        self._cancel.setVisible(state.busy or state.code_wanted)
        self.providers.setEnabled(not state.busy)
        self.providers.set_aside(state.code_wanted)
        problem = state.problem
        text = problem.text if problem is not None else ""
        if problem is not None and problem.request_id:
            text += " " + tr("Request {id}.", id=printable(problem.request_id, 64))
        field = problem.field if problem is not None else ""
        self.username.error.say(text if field == "username" else "")
        self.password.error.say(text if field == "password" else "")
        self.code.error.say(text if field == "code" else "")
        self._error.say(text if field not in ("username", "password", "code") else "")
        if asked or state.refused_codes != self._refused_codes:
            self._refused_codes = state.refused_codes
            self.code.line.clear()
        if state.succeeded != self._succeeded:
            self._succeeded = state.succeeded
            self.password.line.clear()
            self.code.line.clear()
        elif problem is not None or asked:
            self._focus(field)

    def take_focus(self) -> None:
        """To the first field that is empty."""
        if self._code_wanted:
            self.code.line.setFocus()
            return
        (self.password if self.username.text else self.username).line.setFocus()

    def _send(self) -> None:
        if self._code_wanted:
            self.answered.emit(self.code.text)
        else:
            self.submitted.emit(self.username.text, self.password.text, self.keep.isChecked())

    def _focus(self, field: str) -> None:
        if self._code_wanted:
            line = self.code.line
        else:
            line = self.username.line if field == "username" else self.password.line
        line.selectAll()
        line.setFocus()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addWidget(self._submit)
        buttons.addWidget(self._cancel)
        buttons.addStretch(1)
        more = QHBoxLayout()
        more.addWidget(self._record)
        more.addStretch(1)
        more.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        heading = QVBoxLayout()
        heading.setSpacing(GAP_S)
        heading.addWidget(self._title)
        heading.addWidget(self._where)
        column.addLayout(heading)
        for widget in (self._reason, self.username, self.password, self.keep, self.code, self._error):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.providers)
        column.addWidget(self._below)
        column.addLayout(more)
        self._cancel.hide()
        self.code.hide()


def _code_hint(methods: tuple[str, ...]) -> str:
    match [method.casefold() for method in methods]:
        case ["totp"]:
            return tr("The six digits that your authenticator app shows now, or a backup code.")
        case []:
            return tr("From your authenticator app or a message, or a backup code.")
        case named:
            return tr("By {methods}, or a backup code.", methods=", ".join(printable(name, 32) for name in named))
