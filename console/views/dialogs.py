"""Questions that are awaited. Opened, never executed: a nested event loop loses other tasks' wake-ups."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.views.theme import GAP_L, GAP_XXL
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.views.theme import ThemeProvider


class Question(QDialog):
    """A headline, a consequence, a verb to go on with, and Cancel.

    With `typed` the verb works only once that text was typed: for what can't be undone on a production gateway.
    """

    def __init__(
        self, parent: QWidget, themes: ThemeProvider, *, headline: str, detail: str, verb: str, typed: str = ""
    ) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        self.setWindowTitle(headline)
        self.setMinimumWidth(420)
        self._typed = typed
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XXL, GAP_XXL, GAP_XXL, GAP_XXL)
        column.setSpacing(GAP_L)
        title = PlainLabel(headline)
        title.setFont(themes.current.title)
        title.setWordWrap(True)
        text = PlainLabel(detail)
        text.setWordWrap(True)
        column.addWidget(title)
        column.addWidget(text)
        buttons = QDialogButtonBox(Qt.Orientation.Horizontal)
        self._go = QPushButton(verb)
        self._go.setObjectName("question.go")
        cancel = QPushButton(tr("Cancel"))
        cancel.setObjectName("question.cancel")
        cancel.setDefault(True)
        buttons.addButton(self._go, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        if typed:
            line = QLineEdit()
            line.setObjectName("question.typed")
            line.setAccessibleName(tr("Type {text} to confirm", text=typed))
            line.setPlaceholderText(tr("Type {text} to confirm", text=typed))
            line.textChanged.connect(lambda text: self._go.setEnabled(text.strip() == typed))
            self._go.setEnabled(False)
            column.addWidget(line)
        column.addWidget(buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


async def ask(question: QDialog) -> bool:
    """Show a question, or another dialog, and wait for the answer; nothing else stops. Cancelling closes it."""
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def settle(code: int) -> None:
        if not answer.done():
            answer.set_result(code == QDialog.DialogCode.Accepted)

    question.finished.connect(settle)
    question.open()
    try:
        return await answer
    finally:
        if not answer.done() or answer.cancelled():
            question.close()
