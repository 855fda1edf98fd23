"""The store's passphrase: its place in the Security section, and the form over the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.passphrase import PassphraseStep
from console.views.popup import Popup
from console.views.theme import GAP_L, GAP_M, GAP_XL
from console.views.widgets.form import FORM_WIDTH_PX, ErrorLine, Field, Heading, Quiet, flat, primary

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from console.presenters.passphrase import PassphrasePresenter, PassphraseState
    from console.views.theme import ThemeProvider

_FIELDS = {
    PassphraseStep.SET: ("new", "again"),
    PassphraseStep.CHANGE: ("old", "new", "again"),
    PassphraseStep.REMOVE: ("old",),
}


class PassphraseBlock(QWidget):
    """How the store's key is kept, and what can be done about it."""

    wanted = Signal()  # the form, for the presenter's step

    def __init__(self, themes: ThemeProvider, presenter: PassphrasePresenter) -> None:
        super().__init__()
        self.setObjectName("settings.passphrase")
        self._presenter = presenter
        self._about = Quiet(name="settings.passphrase.about")
        self._note = Quiet(name="settings.passphrase.note")
        self._buttons: dict[PassphraseStep, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_M)
        column.addWidget(Heading(themes, tr("Passphrase")))
        column.addWidget(self._about)
        row = QHBoxLayout()
        row.setSpacing(GAP_M)
        for step, text in (
            (PassphraseStep.SET, tr("Set a passphrase…")),
            (PassphraseStep.CHANGE, tr("Change the passphrase…")),
            (PassphraseStep.REMOVE, tr("Remove the passphrase…")),
        ):
            button = QPushButton(text)
            button.setObjectName(f"settings.passphrase.{step.value}")
            button.clicked.connect(lambda _checked=False, step=step: self._begin(step))
            self._buttons[step] = button
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._note)
        presenter.state_changed.connect(self.render_state)
        self.render_state(presenter.state)

    def render_state(self, state: PassphraseState) -> None:
        """Show how it is kept, and what was done."""
        self._about.setText(printable(state.about))
        for step, button in self._buttons.items():
            button.setVisible(step in state.offered)
        # A form that was put away can't say what became of its answer.
        said = state.done or (state.problem if state.step is None else "")
        self._note.setText(printable(said))
        self._note.setVisible(bool(said))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """The command line may have changed it since."""
        super().showEvent(event)
        self._presenter.look()

    def _begin(self, step: PassphraseStep) -> None:
        self._presenter.begin(step)
        self.wanted.emit()


class PassphraseSheet(Popup):
    """Old, new, and new once more, as the step takes them. Closes when it is done."""

    def __init__(self, window: QWidget, themes: ThemeProvider, presenter: PassphrasePresenter) -> None:
        super().__init__(window, themes, width_px=FORM_WIDTH_PX + 2 * GAP_XL)
        self.setObjectName("passphrase")
        self._presenter = presenter
        self._step = presenter.state.step or PassphraseStep.SET
        self._busy = False
        title, about, verb = _texts(self._step)
        text = Quiet(about, "passphrase.text")
        self._fields = {
            "old": Field(themes, "passphrase.old", tr("Present passphrase"), secret=True),
            "new": Field(themes, "passphrase.new", tr("New passphrase"), secret=True),
            "again": Field(themes, "passphrase.again", tr("The same once more"), secret=True),
        }
        self._shown = _FIELDS[self._step]
        self._error = ErrorLine(themes, "passphrase.error")
        self._verb = verb
        self._submit = primary(verb, "passphrase.submit")
        cancel = flat(tr("Cancel"), "passphrase.cancel")
        self.column.setSpacing(GAP_L)
        self.column.addWidget(Heading(themes, title, "passphrase.title"))
        self.column.addWidget(text)
        for name, field in self._fields.items():
            self.column.addWidget(field)
            field.setVisible(name in self._shown)  # not before it has a parent: it would be a window of its own
            field.entered.connect(self._entered)
        self.column.addWidget(self._error)
        row = QHBoxLayout()
        row.addWidget(self._submit)
        row.addStretch(1)
        row.addWidget(cancel)
        self.column.addLayout(row)
        self._submit.clicked.connect(self._send)
        cancel.clicked.connect(self.leave)
        presenter.state_changed.connect(self.render_state)
        self.render_state(presenter.state)

    def open(self) -> None:
        """Show it, ready to type."""
        super().open()
        self._fields[self._shown[0]].line.setFocus()

    def leave(self) -> None:
        """Close; what was typed is gone with it."""
        self._presenter.state_changed.disconnect(self.render_state)
        for field in self._fields.values():
            field.line.clear()
        self._presenter.leave()
        super().leave()

    def render_state(self, state: PassphraseState) -> None:
        """Show what is wrong; close when it is done."""
        if state.step is None:
            self.leave()
            return
        ready, self._busy = self._busy and not state.busy, state.busy
        for name, field in self._fields.items():
            field.setEnabled(not state.busy)
            field.error.say(printable(state.fields.get(name, "")))
        self._error.say(printable(state.problem))
        self._submit.setEnabled(not state.busy)
        self._submit.setText(tr("One moment") if state.busy else self._verb)
        if ready or (state.fields and not state.busy):
            name = next((name for name in self._shown if name in state.fields), self._shown[0])
            self._fields[name].line.setFocus()
            self._fields[name].line.selectAll()
        if self.isVisible():
            self.fit()

    def _entered(self) -> None:
        for name in self._shown:
            if not self._fields[name].text:
                self._fields[name].line.setFocus()
                return
        self._send()

    def _send(self) -> None:
        self._presenter.submit(*(self._fields[name].text for name in ("old", "new", "again")))


def _texts(step: PassphraseStep) -> tuple[str, str, str]:
    match step:
        case PassphraseStep.SET:
            about = tr(
                "It is asked at every start and after a lock. Nobody can recover it: without it the store is lost."
            )
            return tr("Set a passphrase"), about, tr("Set it")
        case PassphraseStep.CHANGE:
            about = tr("From the next start or lock on, only the new one opens the store.")
            return tr("Change the passphrase"), about, tr("Change it")
        case PassphraseStep.REMOVE:
            about = tr(
                "The system's keyring keeps the key instead: who is signed in to this computer can open the store."
            )
            return tr("Remove the passphrase"), about, tr("Remove it")
