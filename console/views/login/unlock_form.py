"""Opening the store: choose how its key is kept, or type its passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.views.theme import GAP_L, GAP_M
from console.views.widgets.form import FORM_WIDTH_PX, ErrorLine, Field, Heading, Quiet, flat, primary

if TYPE_CHECKING:
    from console.services.explain import Explanation
    from console.views.theme import ThemeProvider

PASSPHRASE_MINIMUM = 8


class UnlockForm(QWidget):
    """A page, not a message box: nothing else can be shown before this is settled."""

    passphrase_given = Signal(str)
    memory_chosen = Signal()
    retry_wanted = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("unlock")
        self.setFixedWidth(FORM_WIDTH_PX)
        self._needs = ""
        self._title = Heading(themes, name="unlock.title")
        self._text = Quiet(name="unlock.text")
        self._passphrase = Field(themes, "unlock.passphrase", tr("Passphrase"), secret=True)
        self._again = Field(themes, "unlock.again", tr("The same once more"), secret=True)
        self._error = ErrorLine(themes, "unlock.error")
        self._submit = primary(tr("Open"), "unlock.submit")
        self._memory = flat(tr("Keep nothing on this computer"), "unlock.memory")
        self._retry = flat(tr("Ask the keyring again"), "unlock.retry")
        self._lay_out()
        self._passphrase.entered.connect(self._send)
        self._again.entered.connect(self._send)
        self._submit.clicked.connect(self._send)
        self._memory.clicked.connect(self.memory_chosen)
        self._retry.clicked.connect(self.retry_wanted)

    def ask(self, needs: str, said: Explanation, *, wrong: bool) -> None:
        """Ask for what would open the store.

        Args:
            needs: `choice`, `passphrase` or `keyring`, as `StoreLocked.needs`; anything else can only be tried again.
            said: Why it is not open.
            wrong: A passphrase was typed and did not fit.
        """
        self._needs = needs
        choosing, typing = needs == "choice", needs in ("choice", "passphrase")
        self._title.setText(tr("Protect what is kept here") if choosing else tr("The local store is locked"))
        self._text.setText(said.text if not wrong else tr("The local store is protected by a passphrase."))
        self._passphrase.setVisible(typing)
        self._passphrase.line.clear()
        self._again.setVisible(choosing)
        self._again.line.clear()
        self._submit.setVisible(typing)
        self._submit.setText(tr("Protect with this passphrase") if choosing else tr("Open"))
        self._memory.setVisible(choosing)
        self._retry.setVisible(needs != "passphrase")
        self._retry.setText(tr("Try again") if needs not in ("choice", "keyring") else tr("Ask the keyring again"))
        self._error.say(printable(said.text) if wrong else "")
        self.set_busy(busy=False)
        (self._passphrase.line if typing else self._retry).setFocus()

    def set_busy(self, *, busy: bool) -> None:
        """Deriving a key takes a moment."""
        for widget in (self._passphrase, self._again, self._submit, self._memory, self._retry):
            widget.setEnabled(not busy)

    def _send(self) -> None:
        text = self._passphrase.text
        if self._needs == "choice":
            if len(text) < PASSPHRASE_MINIMUM:
                self._error.say(tr("Use {count} characters or more.", count=PASSPHRASE_MINIMUM))
                return
            if text != self._again.text:
                self._error.say(tr("The two passphrases differ."))
                return
        elif not text:
            self._error.say(tr("Type the passphrase."))
            return
        self.set_busy(busy=True)
        self.passphrase_given.emit(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        for widget in (self._title, self._text, self._passphrase, self._again, self._error):
            column.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_M)
        buttons.addWidget(self._submit)
        buttons.addWidget(self._memory)
        buttons.addWidget(self._retry)
        buttons.addStretch(1)
        column.addLayout(buttons)
