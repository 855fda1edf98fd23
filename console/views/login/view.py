"""The Login view: the form that the moment asks for, in the middle of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from console.presenters.accounts import AccountPage
from console.views.login.account_form import AccountForm, AccountLinks
from console.views.login.add_form import AddGatewayForm
from console.views.login.browser_panel import BrowserPanel
from console.views.login.sign_in_form import SignInForm
from console.views.login.tenant_form import TenantForm
from console.views.login.web_page import open_web_page
from console.views.theme import GAP_XXL

if TYPE_CHECKING:
    from console.presenters.accounts import AccountState
    from console.presenters.browser_sign_in import BrowserSignInPresenter, BrowserSignInState
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
    tenant_left = Signal()
    sign_out_wanted = Signal()

    def __init__(self, presenter: LoginPresenter, themes: ThemeProvider) -> None:
        self.links = AccountLinks()
        self.sign_in = SignInForm(themes, self.links)
        self.add = AddGatewayForm(themes)
        self.browser = BrowserPanel(themes)
        self.tenant = TenantForm(themes)
        self.account = AccountForm(presenter.accounts, themes)
        super().__init__("login", self.sign_in, self.account, self.browser, self.tenant, self.add)
        self._presenter = presenter
        self._current: str | None = None
        self._incarnation = 0
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
        self._connect_browser(presenter.browser)
        self._choosing = False
        self._listed = False
        self.tenant.chosen.connect(presenter.tenants.choose)
        self.tenant.left.connect(self.tenant_left)
        self.tenant.sign_out_wanted.connect(self.sign_out_wanted)
        presenter.tenants.state_changed.connect(self.tenant.render_state)
        self.links.wanted.connect(self._show_account_page)
        self.account.left.connect(presenter.accounts.leave)
        presenter.accounts.state_changed.connect(self._render_account)
        for form in (self.sign_in, self.tenant, self.links, self.account):
            form.hide()

    def _connect_browser(self, browser: BrowserSignInPresenter) -> None:
        browser.open_url = open_web_page
        browser.changed.connect(self._render_browser)
        self.sign_in.providers.chosen.connect(
            lambda provider: browser.begin(provider, remember=self.sign_in.keep.isChecked())
        )
        self.browser.cancelled.connect(browser.cancel)
        self.browser.open_wanted.connect(browser.open_again)
        self.browser.paste_wanted.connect(browser.want_paste)
        self.browser.pasted.connect(browser.paste)

    def _render_browser(self, state: BrowserSignInState) -> None:
        """Waiting for the browser takes the place of the form."""
        began_or_ended = state.waiting != self.browser.isVisibleTo(self)
        self.sign_in.providers.render_state(state)
        self.browser.render_state(state)
        self.browser.setVisible(state.waiting)
        self._show_forms()
        if began_or_ended and self._current:
            self.take_focus()

    def render_state(self, state: ShellState) -> None:
        """Show the form of the current gateway, or the one to add one."""
        item = state.gateway
        shown = item.name if item is not None else ""  # a gateway just added is chosen before it is listed
        choosing = item is not None and state.wants_tenant
        incarnation = item.incarnation if item is not None else 0
        another = (shown, incarnation) != (self._current, self._incarnation)
        changed = another or choosing != self._choosing
        self._current, self._incarnation, self._choosing = shown, incarnation, choosing
        if changed:
            self._presenter.tenants.leave()
        self._listed = item is not None
        self._show_forms()
        self.tenant.setVisible(choosing)
        self.add.setVisible(item is None)
        if item is not None:
            self.sign_in.show_gateway(item, state)
            self.tenant.show_gateway(item.name, switching=bool(state.tenant))
            self._presenter.tenants.show(item.name, state.standing)
        if another:  # the page of its tenants is no other gateway: the sign-in that led there may still be ending
            self._presenter.begin_sign_in()
            self._presenter.browser.choose(shown)
        if another or self._presenter.accounts.profile != shown:  # a sheet over another gateway asked there
            self._presenter.accounts.choose(shown)
        if changed:
            self.take_focus()

    def take_focus(self) -> None:
        """To the first field that wants something."""
        if self.browser.isVisibleTo(self):
            self.browser.take_focus()
            return
        forms = (self.tenant, self.account, self.sign_in, self.add)
        next((form for form in forms if form.isVisibleTo(self)), self.add).take_focus()

    def _show_forms(self) -> None:
        """The sign-in form, unless something else has its place."""
        account = self._presenter.accounts.state
        free = self._listed and not self._choosing and not self._presenter.browser.state.waiting
        paged = account.page is not AccountPage.NONE
        self.sign_in.setVisible(free and not paged)
        self.links.setVisible(free and not paged and account.offered)
        self.account.setVisible(free and paged)

    def _show_account_page(self, page: str) -> None:
        self._presenter.accounts.show(AccountPage(page), self.sign_in.username.text)

    def _render_account(self, state: AccountState) -> None:
        turned = (state.page is not AccountPage.NONE) != self.account.isVisibleTo(self)
        self.links.render_state(state)
        self._show_forms()
        if turned and self._listed:
            self.take_focus()

    def _submit(self, username: str, password: str, remember: bool) -> None:
        self._presenter.sign_in(self._current or "", username, password, remember=remember)

    def _add(  # the signal's order
        self, name: str, platform: str, label: str, production: bool, read_only: bool, admin_url: str, services: str
    ) -> None:
        self._presenter.add(
            name=name,
            platform=platform,
            label=label,
            production=production,
            read_only=read_only,
            admin_url=admin_url,
            services=services,
        )
