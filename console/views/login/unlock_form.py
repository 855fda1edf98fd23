"""Opening the store: choose how its key is kept, or type its passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.unlock import PASSPHRASE_MINIMUM
from console.views.theme import GAP_L, GAP_M
from console.views.widgets.form import FORM_WIDTH_PX, ErrorLine, Field, Heading, Quiet, flat, primary

if TYPE_CHECKING:
    from console.presenters.unlock import UnlockPresenter, UnlockState
    from console.views.theme import ThemeProvider


class UnlockForm(QWidget):
    """A page, not a message box: nothing else can be shown before this is settled."""

    renewal_wanted = Signal()  # put the store aside; wants to be asked twice

    def __init__(self, presenter: UnlockPresenter, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("unlock")
        self.setFixedWidth(FORM_WIDTH_PX)
        self._presenter = presenter
        self._choosing = False
        self._title = Heading(themes, name="unlock.title")
        self._text = Quiet(name="unlock.text")
        self._passphrase = Field(themes, "unlock.passphrase", tr("Passphrase"), secret=True)
        self._again = Field(themes, "unlock.again", tr("The same once more"), secret=True)
        self._error = ErrorLine(themes, "unlock.error")
        self._submit = primary(tr("Open"), "unlock.submit")
        self._retry = flat("", "unlock.retry")
        self._memory = flat(tr("Keep nothing on this computer"), "unlock.memory")
        self._memory.setToolTip(tr("What is seen and signed in to is forgotten when the window closes."))
        self._renew = flat(tr("Begin with an empty store"), "unlock.renew")
        self._lay_out()
        self._passphrase.entered.connect(self._passphrase_entered)
        self._again.entered.connect(self._send)
        self._submit.clicked.connect(self._send)
        self._memory.clicked.connect(presenter.keep_nothing)
        self._retry.clicked.connect(presenter.try_again)
        self._renew.clicked.connect(self.renewal_wanted)
        presenter.state_changed.connect(self.render_state)

    def render_state(self, state: UnlockState) -> None:
        """Ask for what would open the store."""
        self._choosing = state.choosing
        types = state.choosing or state.typing
        self._title.setText(_title(state))
        self._text.setText(tr("It is protected by a passphrase.") if state.typing else printable(state.said.text))
        self._passphrase.setVisible(types)
        self._again.setVisible(state.choosing)
        self._submit.setVisible(types)
        self._submit.setText(tr("Protect with this passphrase") if state.choosing else tr("Open"))
        self._memory.setVisible(state.choosing)
        self._retry.setVisible(state.retrying)
        self._retry.setText(tr("Ask the keyring again") if state.choosing else tr("Try again"))
        self._renew.setVisible(state.renewable)
        self._error.say(printable(state.said.text) if state.wrong else "")
        for widget in (self._passphrase, self._again, self._submit, self._memory, self._retry, self._renew):
            widget.setEnabled(not state.busy)
        if not state.busy:
            self._passphrase.line.clear()
            self._again.line.clear()
            (self._passphrase.line if types else self._retry).setFocus()

    def _passphrase_entered(self) -> None:
        if self._choosing and not self._again.text:
            self._again.line.setFocus()
        else:
            self._send()

    def _send(self) -> None:
        text = self._passphrase.text
        if self._choosing and len(text) < PASSPHRASE_MINIMUM:
            self._error.say(tr("Use {count} characters or more.", count=PASSPHRASE_MINIMUM))
        elif self._choosing and text != self._again.text:
            self._error.say(tr("The two passphrases differ."))
        elif not text:
            self._error.say(tr("Type the passphrase."))
        else:
            self._error.say("")
            self._presenter.give_passphrase(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        fields: tuple[QWidget, ...] = (self._title, self._text, self._passphrase, self._again, self._error)
        for widget in fields:
            column.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.addWidget(self._submit)
        buttons.addStretch(1)
        ways = QHBoxLayout()
        ways.setSpacing(GAP_M)
        for way in (self._retry, self._memory):
            ways.addWidget(way)
        ways.addStretch(1)
        ways.addWidget(self._renew)
        column.addLayout(buttons)
        column.addLayout(ways)


def _title(state: UnlockState) -> str:
    if state.choosing:
        return tr("Protect what is kept here")
    return tr("The local store is locked") if state.typing else tr("The local store can't be opened")
