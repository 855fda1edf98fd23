"""One button for everybody who vouches for users of a gateway; nothing where nobody does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import menu_text, printable
from console.views.theme import GAP_M
from console.views.widgets.form import ErrorLine, Quiet

if TYPE_CHECKING:
    from console.model.oauth import Provider
    from console.presenters.browser_sign_in import BrowserSignInState
    from console.views.theme import ThemeProvider

_TITLE_CHARS = 40


class ProviderButtons(QWidget):
    """Below the password: sign in with somebody else's word for it."""

    chosen = Signal(str)  # id of the provider

    def __init__(self, themes: ThemeProvider, after: QWidget) -> None:
        """`after` is what the Tab key comes from."""
        super().__init__()
        self.setObjectName("login.oauth")
        self._after = after
        self._providers: tuple[Provider, ...] = ()
        self._aside = False
        self._error = ErrorLine(themes, "login.oauth.error")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP_M)
        self._column.addWidget(Quiet(tr("Or in the browser:")))
        self._column.addWidget(self._error)
        self.hide()

    def set_aside(self, aside: bool) -> None:
        """Whether something else is asked for just now."""
        self._aside = aside
        self._show()

    def render_state(self, state: BrowserSignInState) -> None:
        """What the gateway offers, and why the last attempt failed."""
        if state.providers != self._providers:
            self._providers = state.providers
            self._make_buttons()
        problem = state.problem
        text = problem.text if problem is not None else ""
        if problem is not None and problem.request_id:
            text += " " + tr("Request {id}.", id=printable(problem.request_id, 64))
        self._error.say(printable(text))
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._providers) and not self._aside)

    def _make_buttons(self) -> None:
        for button in self.findChildren(QPushButton):
            self._column.removeWidget(button)
            button.setParent(None)
            button.deleteLater()
        before = self._after
        for place, provider in enumerate(self._providers, start=1):
            title = printable(provider.title, _TITLE_CHARS)
            button = QPushButton(menu_text(tr("Sign in with {provider}", provider=title)))
            button.setObjectName(f"login.oauth.{provider.id}")
            button.clicked.connect(partial(self._choose, provider.id))
            self._column.insertWidget(place, button)
            self.setTabOrder(before, button)
            before = button

    def _choose(self, provider: str, _checked: bool = False) -> None:
        self.chosen.emit(provider)
