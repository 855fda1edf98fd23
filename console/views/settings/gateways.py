"""The gateways' section: which one, and the form that changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.capability import Capability
from console.presenters.display import printable
from console.presenters.gateway_editor import GatewayDraft, GatewayEditor, GatewayEditorState
from console.views.settings.section import SectionPage
from console.views.theme import GAP_L, GAP_M, GAP_XXL
from console.views.widgets.extra_fields import ExtraFields
from console.views.widgets.file_field import FileField
from console.views.widgets.form import Choices, ErrorLine, Field, Quiet, Tick, flat, primary
from console.views.widgets.network_fields import NetworkFields

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.views.theme import ThemeProvider

_NAME_LIMIT, _TEXT_LIMIT = 64, 200
_CHECK, _CROSS = "\N{CHECK MARK}", "\N{MULTIPLICATION X}"
_FORM_PX = 520


class GatewaysPage(QWidget):
    """A list to choose from, the form below it, and what can be done with it at the foot. Save keeps it."""

    removal_wanted = Signal(str)
    addition_wanted = Signal()

    def __init__(self, themes: ThemeProvider, editor: GatewayEditor) -> None:
        super().__init__()
        self._page = SectionPage(themes, "gateways")
        self._themes = themes
        self._editor = editor
        self._version = -1
        self._names: tuple[str, ...] = ()
        self._which = Choices(themes, "settings.gateway", tr("Gateway"))
        self._none = Quiet(tr("No gateways yet."), "settings.gateway.none")
        self._add = QPushButton(tr("Add a gateway"))
        self._add.setObjectName("settings.gateway.add")
        self._add.clicked.connect(self.addition_wanted)
        self._form = QWidget()
        self._foot = QWidget()
        self._platform = Quiet(name="settings.gateway.platform")
        self.url = Field(themes, "settings.gateway.url", tr("Address"))
        self._moves = Quiet(
            tr("A sign-in belongs to its address: saving another one signs out of this gateway."),
            "settings.gateway.moves",
        )
        self.label = Field(themes, "settings.gateway.label", tr("Label (optional)"))
        self._production = Tick(
            themes, "settings.gateway.production", tr("Production: framed, destructive acts ask twice")
        )
        self._read_only = Tick(
            themes, "settings.gateway.read_only", tr("Read only: refuse everything that changes something")
        )
        self.extras = ExtraFields(themes, "settings.gateway")
        self.watch_folder = FileField(themes, "settings.gateway.watch_folder", tr("Watch folder (optional)"))
        self._watch_hint = Quiet(tr("What is put into this folder is uploaded, once; nothing is moved."))
        self.network = NetworkFields(themes, "settings.gateway.network")
        self._layers = Quiet(name="settings.gateway.layers")
        self._note = Quiet(name="settings.gateway.note")
        self._error = ErrorLine(themes, "settings.gateway.error")
        self._save = primary(tr("Save"), "settings.gateway.save")
        self._test = QPushButton(tr("Test connection"))
        self._test.setObjectName("settings.gateway.test")
        self._discard = flat(tr("Discard changes"), "settings.gateway.discard")
        self._remove = flat(tr("Remove this gateway"), "settings.gateway.remove")
        self._lay_out()
        self._connect()

    def render_state(self, state: GatewayEditorState) -> None:
        """Show the list, the draft where it is another than the form's, and what came of the last test or save."""
        self._list(state)
        current = state.current
        self._form.setVisible(current is not None)
        self._foot.setVisible(current is not None)
        self._none.setVisible(current is None)
        self._which.setVisible(current is not None)
        if current is None:
            return
        if state.version != self._version:
            self._version = state.version
            self._fill(state.draft)
            self._platform.setText(tr("Platform: {platform}", platform=printable(current.platform, _NAME_LIMIT)))
        self.extras.show_for(state.offered)
        for widget in (self.watch_folder, self._watch_hint):
            widget.setVisible(Capability.DOCUMENTS in state.offered)
        self._moves.setVisible(state.moves)
        self._save.setEnabled(state.changed and not state.busy)
        self._discard.setVisible(state.changed)
        self._test.setEnabled(not state.busy)
        self._layers.setText(
            "\n".join(f"{_CHECK if ok else _CROSS} {printable(text, _TEXT_LIMIT)}" for text, ok in state.layers)
        )
        self._layers.setVisible(bool(state.layers))
        self._note.setText(state.note)
        self._note.setVisible(bool(state.note))
        problem = state.problem
        text = problem.text if problem is not None else ""
        lines = {"url": self.url.error, "admin_url": self.extras.admin_url.error}
        place = lines.get(problem.field, self._error) if problem is not None else self._error
        for line in (*lines.values(), self._error):
            line.say(text if line is place else "")

    def _list(self, state: GatewayEditorState) -> None:
        names = tuple(profile.name for profile in state.gateways)
        with QSignalBlocker(self._which):
            if names != self._names:
                self._names = names
                self._which.clear()
                for name in names:
                    self._which.addItem(printable(name, _NAME_LIMIT), name)
            if state.current is not None:
                self._which.setCurrentIndex(self._which.findData(state.current.name))

    def _fill(self, draft: GatewayDraft) -> None:
        widgets = (self.url.line, self.label.line, self.watch_folder, self._production, self._read_only)
        blockers = [QSignalBlocker(widget) for widget in widgets]
        self.url.line.setText(draft.url)
        self.label.line.setText(draft.label)
        self.watch_folder.show_text(draft.watch_folder)
        self._production.setChecked(draft.production)
        self._read_only.setChecked(draft.read_only)
        for blocker in blockers:
            blocker.unblock()
        self.extras.show_texts(draft.admin_url, draft.services)
        self.network.show_draft(draft.network)

    def _edited(self) -> None:
        self._editor.edit(
            GatewayDraft(
                url=self.url.text,
                label=self.label.text,
                production=self._production.isChecked(),
                read_only=self._read_only.isChecked(),
                network=self.network.draft,
                admin_url=self.extras.admin_url.text,
                services=self.extras.services.text,
                watch_folder=self.watch_folder.text,
            )
        )

    def _connect(self) -> None:
        editor = self._editor
        self._which.currentIndexChanged.connect(lambda _row: editor.open(self._which.currentData() or ""))
        for line in (self.url.line, self.label.line):
            line.textChanged.connect(self._edited)
        self.watch_folder.changed.connect(self._edited)
        for tick in (self._production, self._read_only):
            tick.toggled.connect(self._edited)
        self.extras.changed.connect(self._edited)
        self.network.changed.connect(self._edited)
        self._save.clicked.connect(editor.save)
        self._test.clicked.connect(editor.test)
        self._discard.clicked.connect(editor.discard)
        self._remove.clicked.connect(lambda: self.removal_wanted.emit(self._which.currentData() or ""))
        editor.state_changed.connect(self.render_state)
        self.render_state(editor.state)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GAP_M)
        top.addWidget(self._which, 1)
        top.addWidget(self._none, 1)
        top.addWidget(self._add)
        above = QWidget()
        above.setLayout(top)
        top.setContentsMargins(0, 0, 0, 0)
        above.setMaximumWidth(_FORM_PX)
        self._page.column.addWidget(above)
        self._form.setMaximumWidth(_FORM_PX)
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(GAP_L)
        parts: tuple[QWidget, ...] = (
            self._platform, self.url, self._moves, self.label, self._production, self._read_only, self.extras,
            self.watch_folder, self._watch_hint, self.network,
        )  # fmt: skip
        for part in parts:
            form.addWidget(part)
        self._page.column.addWidget(self._form)
        self._page.column.addStretch(1)
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(GAP_XXL, GAP_M, GAP_XXL, GAP_M)
        foot.setSpacing(GAP_M)
        for part in (self._layers, self._note, self._error):
            part.setMaximumWidth(_FORM_PX)
            foot.addWidget(part)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_L)
        for button in (self._save, self._test, self._discard):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self._remove)
        row = QWidget()
        row.setLayout(buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        row.setMaximumWidth(_FORM_PX)
        foot.addWidget(row)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._page, 1)
        whole.addWidget(self._foot)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """A hairline above the foot."""
        if not self._foot.isHidden():
            QPainter(self).fillRect(0, self._foot.y(), self.width(), 1, self._themes.current.hairline)
