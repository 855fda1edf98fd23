"""One document in full, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.document import DocumentAction
from console.presenters.document_texts import detail_lines, name_text
from console.views.theme import GAP_L, GAP_M
from console.views.widgets.label import PlainLabel
from console.views.widgets.thumbnail import ThumbnailLabel

if TYPE_CHECKING:
    from console.model.document import Document
    from console.presenters.documents_state import DocumentsState
    from console.views.theme import Theme

_LEAST_PX = 380
_WORD_CHARS = 38
_STEPS = 1000


class DocumentDetail(QWidget):
    """Renders the chosen document; says what is wanted."""

    download_wanted = Signal()
    process_wanted = Signal()
    delete_wanted = Signal()
    cancel_wanted = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("documents.detail")
        self.setMinimumWidth(_LEAST_PX)
        self._theme: Theme | None = None
        self._told: tuple[tuple[str, str], ...] = ()
        self._name = PlainLabel()
        self._name.setObjectName("documents.detail.name")
        self._name.setWordWrap(True)
        self._note = PlainLabel()
        self._note.setObjectName("documents.detail.note")
        self._note.setWordWrap(True)
        self.thumbnail = ThumbnailLabel("documents.detail.thumbnail")
        self._facts = QWidget()
        self._form = QFormLayout(self._facts)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._download = _button(tr("Download"), "documents.download", self.download_wanted)
        self._process = _button(tr("Process"), "documents.process", self.process_wanted)
        self._delete = _button(tr("Delete"), "documents.delete", self.delete_wanted)
        self._copy = QPushButton(tr("Copy details"))
        self._copy.setObjectName("documents.detail.copy")
        self._copy.clicked.connect(self._copy_details)
        self._close = _button(tr("Close"), "documents.detail.close", self.closed)
        self._progress = QProgressBar()
        self._progress.setObjectName("documents.progress")
        self._progress.setAccessibleName(tr("How much is downloaded"))
        self._progress.setTextVisible(False)
        self._far = PlainLabel()
        self._far.setObjectName("documents.progress.text")
        self._far.setWordWrap(True)
        self._cancel = _button(tr("Cancel the download"), "documents.progress.cancel", self.cancel_wanted)
        self._lay_out()

    def render_state(self, state: DocumentsState) -> None:
        """Show the document that is chosen, if there is one."""
        if (document := state.chosen) is None:
            return
        self._name.setText(name_text(document))
        self._note.setText(state.working or state.chosen_note or (_read_only() if state.read_only else ""))
        self._note.setVisible(bool(self._note.text()))
        self._fill(document)
        free = not state.working
        for button, action in (
            (self._process, DocumentAction.PROCESS),
            (self._delete, DocumentAction.DELETE),
        ):
            button.setVisible(action in state.actions)
            button.setEnabled(free)
        self._download.setVisible(DocumentAction.DOWNLOAD in state.actions)
        self._download.setEnabled(state.fetching is None)
        self._fetched.setVisible(state.fetching is not None)
        if state.fetching is not None:
            ratio = state.fetching.ratio
            self._progress.setMaximum(_STEPS if ratio is not None else 0)
            self._progress.setValue(round(_STEPS * ratio) if ratio is not None else 0)
            name, far = state.fetching.name, state.fetching.text
            self._far.setText(tr("{name}: {far}", name=name, far=far) if far else name)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._theme = theme
        self._name.setFont(theme.title)
        self._note.setFont(theme.body)
        self.thumbnail.setFont(theme.small)
        self._far.setFont(theme.small)
        self._told = ()

    def _fill(self, document: Document) -> None:
        """Anew only where something differs: a text that is selected from stays."""
        lines = detail_lines(document)
        if lines == self._told:
            return
        self._told = lines
        while self._form.rowCount():
            self._form.removeRow(0)
        for caption, text in lines:
            left, right = PlainLabel(caption), PlainLabel(broken(text))
            right.setWordWrap(True)
            right.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            right.setAccessibleName(caption)
            left.setForegroundRole(left.palette().ColorRole.PlaceholderText)
            if self._theme is not None:
                left.setFont(self._theme.small)
                right.setFont(self._theme.fixed if caption in ("SHA-256", tr("Id")) else self._theme.body)
            self._form.addRow(left, right)

    def _copy_details(self) -> None:
        lines = (self._name.text(), *(f"{caption}: {text}" for caption, text in self._told))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._facts)
        self._fetched = QWidget()
        fetched = QVBoxLayout(self._fetched)
        fetched.setContentsMargins(0, 0, 0, 0)
        fetched.setSpacing(GAP_M)
        fetched.addWidget(self._far)
        fetched.addWidget(self._progress)
        fetched.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignLeft)
        self._fetched.hide()
        first, second = QHBoxLayout(), QHBoxLayout()
        for button in (self._download, self._process, self._delete):
            first.addWidget(button)
        first.addStretch(1)
        for button in (self._copy, self._close):
            second.addWidget(button)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_L, 0, 0, 0)
        column.setSpacing(GAP_M)
        column.addWidget(self._name)
        column.addWidget(self._note)
        column.addWidget(self.thumbnail)
        column.addWidget(scroll, 1)
        column.addWidget(self._fetched)
        column.addLayout(first)
        column.addLayout(second)


def broken(text: str) -> str:
    """Lines that fit: hashes and addresses have no blank where a label could wrap them."""
    return " ".join(
        "\n".join(word[at : at + _WORD_CHARS] for at in range(0, len(word), _WORD_CHARS)) for word in text.split(" ")
    )


def _read_only() -> str:
    return tr("This profile is read-only: documents are shown, not changed.")


def _button(text: str, name: str, wanted: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.clicked.connect(wanted)
    return button
