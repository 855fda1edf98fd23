"""What the command to change one's password opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.presenters.accounts import AccountPage
from console.views.login.account_form import AccountForm
from console.views.popup import Popup
from console.views.theme import GAP_XL
from console.views.widgets.form import FORM_WIDTH_PX

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from console.presenters.accounts import AccountPresenter
    from console.views.theme import ThemeProvider


class PasswordSheet(Popup):
    """The account form on its page for a new password."""

    def __init__(self, window: QWidget, themes: ThemeProvider, accounts: AccountPresenter) -> None:
        super().__init__(window, themes, width_px=FORM_WIDTH_PX + 2 * GAP_XL)
        self.setObjectName("password")
        self._accounts = accounts
        accounts.show(AccountPage.CHANGE)
        self._form = AccountForm(accounts, themes)
        self._form.left.connect(self.leave)
        self.column.addWidget(self._form)
        accounts.state_changed.connect(self._refit)

    def open(self) -> None:
        """Show it, ready to type."""
        super().open()
        self._form.take_focus()

    def leave(self) -> None:
        """Close; what was typed is gone with it."""
        self._accounts.leave()
        super().leave()

    def _refit(self) -> None:
        if self.isVisible():
            self.fit()
