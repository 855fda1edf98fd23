"""The Login view: the form that the moment asks for, in the middle of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from console.views.login.add_form import AddGatewayForm
from console.views.login.sign_in_form import SignInForm
from console.views.theme import GAP_XXL

if TYPE_CHECKING:
    from console.presenters.login import LoginPresenter
    from console.presenters.shell import ShellState
    from console.views.theme import ThemeProvider


class Page(QScrollArea):
    """Forms in the middle of a page that scrolls when the window is low."""

    def __init__(self, name: str, *forms: QWidget) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(GAP_XXL, GAP_XXL, GAP_XXL, GAP_XXL)
        column = QVBoxLayout()
        column.addStretch(2)
        for form in forms:
            column.addWidget(form)
        column.addStretch(3)
        row.addStretch(1)
        row.addLayout(column)
        row.addStretch(1)
        self.setWidget(body)


class LoginView(Page):
    """Signing in to the current gateway, or adding one. The list of gateways is the rail beside it."""

    record_wanted = Signal()
    removal_wanted = Signal(str)

    def __init__(self, presenter: LoginPresenter, themes: ThemeProvider) -> None:
        self.sign_in = SignInForm(themes)
        self.add = AddGatewayForm(themes)
        super().__init__("login", self.sign_in, self.add)
        self._presenter = presenter
        self._current: str | None = None
        presenter.sign_in_changed.connect(self.sign_in.render_state)
        presenter.add_changed.connect(self.add.render_state)
        self.sign_in.submitted.connect(self._submit)
        self.sign_in.cancelled.connect(presenter.cancel_sign_in)
        self.sign_in.record_wanted.connect(self.record_wanted)
        self.sign_in.answered.connect(presenter.answer)
        self.sign_in.removal_wanted.connect(lambda: self.removal_wanted.emit(self._current or ""))
        self.add.probe_wanted.connect(presenter.discover)
        self.add.changed.connect(presenter.begin_add)
        self.add.add_wanted.connect(self._add)
        self.sign_in.hide()

    def render_state(self, state: ShellState) -> None:
        """Show the form of the current gateway, or the one to add one."""
        item = state.gateway
        shown = item.name if item is not None else ""  # a gateway just added is chosen before it is listed
        changed = shown != self._current
        self._current = shown
        self.sign_in.setVisible(item is not None)
        self.add.setVisible(item is None)
        if item is not None:
            self.sign_in.show_gateway(item, state)
        if changed:
            self._presenter.begin_sign_in()
            self.take_focus()

    def take_focus(self) -> None:
        """To the first field that wants something."""
        (self.sign_in if self.sign_in.isVisibleTo(self) else self.add).take_focus()

    def _submit(self, username: str, password: str) -> None:
        self._presenter.sign_in(self._current or "", username, password)

    def _add(self, name: str, platform: str, label: str, production: bool, read_only: bool) -> None:
        self._presenter.add(name=name, platform=platform, label=label, production=production, read_only=read_only)
