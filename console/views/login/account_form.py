"""The account pages: one form, with the fields that the moment asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.account import Registration
from console.presenters.accounts import AccountPage
from console.presenters.display import printable
from console.views.theme import GAP_L, GAP_M
from console.views.widgets.form import FORM_WIDTH_PX, ErrorLine, Field, Heading, Quiet, Tick, flat, primary

if TYPE_CHECKING:
    from console.presenters.accounts import AccountPresenter, AccountState
    from console.views.theme import ThemeProvider

_SHOWN = {
    AccountPage.NONE: (),
    AccountPage.FORGOT: ("email",),
    AccountPage.RESET: ("token", "password", "again"),
    AccountPage.REGISTER: ("first_name", "last_name", "email", "password", "again"),
    AccountPage.VERIFY: ("token",),
    AccountPage.CHANGE: ("current", "password", "again"),
}


class AccountLinks(QWidget):
    """What stands below the sign-in form where people may help themselves; and what came of it."""

    wanted = Signal(str)  # an AccountPage

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("account.links")
        self.notice = Quiet(name="account.done")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        for page, text in (
            (AccountPage.FORGOT, tr("Forgot your password?")),
            (AccountPage.REGISTER, tr("Create an account")),
            (AccountPage.VERIFY, tr("I have a code")),
        ):
            link = flat(text, f"account.{page.value}")
            link.clicked.connect(lambda _checked=False, page=page: self.wanted.emit(page.value))
            row.addWidget(link)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.notice)
        column.addLayout(row)

    def render_state(self, state: AccountState) -> None:
        """What was done last."""
        self.notice.setText(printable(state.notice))
        self.notice.setVisible(bool(state.notice))


class AccountForm(QWidget):
    """Says what was typed to the presenter, and shows under each field what is wrong with it."""

    left = Signal()

    def __init__(self, presenter: AccountPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("account")
        self.setFixedWidth(FORM_WIDTH_PX)
        self._presenter = presenter
        self._page = AccountPage.NONE
        self._finished = presenter.state.finished
        self._title = Heading(themes, name="account.title")
        self._notice = Quiet(name="account.notice")
        self._fields = {
            "first_name": Field(themes, "account.first_name", tr("First name")),
            "last_name": Field(themes, "account.last_name", tr("Last name")),
            "email": Field(themes, "account.email", tr("E-mail")),
            "token": Field(themes, "account.token", tr("Code from the message")),
            "current": Field(themes, "account.current", tr("Present password"), secret=True),
            "password": Field(themes, "account.password", tr("New password"), secret=True),
            "again": Field(themes, "account.again", tr("The same once more"), secret=True),
        }
        self._terms = Tick(themes, "account.terms", tr("I accept the terms of the platform"))
        self._terms_error = ErrorLine(themes, "account.terms.error")
        self._error = ErrorLine(themes, "account.error")
        self._submit = primary("", "account.submit")
        self._back = flat(tr("Back"), "account.back")
        self._resend = flat(tr("Send the code again"), "account.resend")
        self._lay_out()
        for field in self._fields.values():
            field.entered.connect(self._entered)
        self._submit.clicked.connect(self._send)
        self._back.clicked.connect(self.left)
        self._resend.clicked.connect(lambda: presenter.resend(presenter.state.email))
        presenter.state_changed.connect(self.render_state)
        self.render_state(presenter.state)

    def render_state(self, state: AccountState) -> None:
        """Show the page, what was done, and what is wrong."""
        turned = state.page is not self._page
        self._page = state.page
        shown = _SHOWN[state.page]
        self._title.setText(_title(state.page))
        self._notice.setText(printable(state.notice or _text(state.page)))
        self._notice.setVisible(bool(self._notice.text()))
        for name, field in self._fields.items():
            field.setVisible(name in shown)
            field.setEnabled(not state.busy)
            field.error.say(printable(state.fields.get(name, "")))
        registering = state.page is AccountPage.REGISTER
        self._terms.setVisible(registering)
        self._terms.setEnabled(not state.busy)
        self._terms_error.say(printable(state.fields.get("terms", "")) if registering else "")
        hidden = [text for name, text in state.fields.items() if name not in (*shown, "terms")]
        problem = state.problem.text if state.problem is not None else " ".join(hidden)
        self._error.say(printable(problem))
        self._submit.setText(tr("One moment") if state.busy else _verb(state.page))
        self._submit.setEnabled(not state.busy)
        self._resend.setVisible(state.page is AccountPage.VERIFY and bool(state.email))
        self._back.setText(tr("Close") if state.page is AccountPage.CHANGE else tr("Back"))
        if turned and "email" in shown:
            self._fields["email"].line.setText(state.email)
        finished = state.finished != self._finished
        if finished or turned:
            self._finished = state.finished
            for name in ("token", "current", "password", "again"):
                self._fields[name].line.clear()
        if finished:
            self._terms.setChecked(False)  # accepted once, for one platform
        if state.fields:
            self._focus_first(state.fields)
        elif turned and shown:
            self.take_focus()

    def take_focus(self) -> None:
        """To the first field that is empty."""
        shown = _SHOWN[self._page]
        empty = next((name for name in shown if not self._fields[name].text), shown[0] if shown else "")
        if empty:
            self._fields[empty].line.setFocus()

    def _focus_first(self, wrong: dict[str, str]) -> None:
        name = next((name for name in _SHOWN[self._page] if name in wrong), "")
        if name:
            self._fields[name].line.selectAll()
            self._fields[name].line.setFocus()

    def _entered(self) -> None:
        """Enter goes on to the next empty field, and submits from the last."""
        shown = _SHOWN[self._page]
        empty = next((name for name in shown if not self._fields[name].text), "")
        if empty and not self._fields[empty].line.hasFocus():
            self._fields[empty].line.setFocus()
        else:
            self._send()

    def _send(self) -> None:
        typed = {name: field.text for name, field in self._fields.items()}
        match self._page:
            case AccountPage.FORGOT:
                self._presenter.forgot(typed["email"])
            case AccountPage.RESET:
                self._presenter.reset(typed["token"], typed["password"], typed["again"])
            case AccountPage.REGISTER:
                wanted = Registration(
                    first_name=typed["first_name"].strip(),
                    last_name=typed["last_name"].strip(),
                    email=typed["email"].strip(),
                    password=typed["password"],
                    accepts_terms=self._terms.isChecked(),
                )
                self._presenter.register(wanted, typed["again"])
            case AccountPage.VERIFY:
                self._presenter.verify(typed["token"])
            case AccountPage.CHANGE:
                self._presenter.change_password(typed["current"], typed["password"], typed["again"])
            case AccountPage.NONE:
                pass

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addWidget(self._submit)
        buttons.addWidget(self._back)
        buttons.addStretch(1)
        buttons.addWidget(self._resend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        column.addWidget(self._title)
        column.addWidget(self._notice)
        for field in self._fields.values():
            column.addWidget(field)
        for widget in (self._terms, self._terms_error, self._error):
            column.addWidget(widget)
        column.addLayout(buttons)


def _title(page: AccountPage) -> str:
    match page:
        case AccountPage.FORGOT:
            return tr("Forgot your password?")
        case AccountPage.RESET:
            return tr("Choose a new password")
        case AccountPage.REGISTER:
            return tr("Create an account")
        case AccountPage.VERIFY:
            return tr("Confirm your address")
        case AccountPage.CHANGE:
            return tr("Change your password")
        case AccountPage.NONE:
            return ""


def _text(page: AccountPage) -> str:
    match page:
        case AccountPage.FORGOT:
            return tr("The platform sends you a code to choose a new one with.")
        case AccountPage.REGISTER:
            return tr("The platform's own rules for passwords hold; it says so when one does not fit.")
        case AccountPage.VERIFY:
            return tr("Type the code that the platform sent to your address.")
        case AccountPage.CHANGE:
            return tr("You stay signed in here.")
        case _:
            return ""


def _verb(page: AccountPage) -> str:
    match page:
        case AccountPage.FORGOT:
            return tr("Send a code")
        case AccountPage.REGISTER:
            return tr("Create the account")
        case AccountPage.VERIFY:
            return tr("Confirm")
        case _:
            return tr("Change the password")
