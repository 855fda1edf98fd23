"""Where files are queued for a gateway: how many, to which, told what with them. And what was not taken, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.upload_texts import (
    NAME,
    counted_files,
    refusal_lines,
    size_text,
)
from console.views.theme import GAP_L, GAP_XXL
from console.views.uploads.metadata_form import MetadataForm, captioned
from console.views.widgets.form import Choices, Heading, Quiet, Tick, primary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from console.model.document import UploadRules
    from console.services.upload_ports import Refusal, Survey
    from console.views.theme import ThemeProvider

MANY = 100
_WIDTH_PX, _LINES, _LISTED = 480, 5, 100


class Chosen(NamedTuple):
    """Where files go and what is told with them.

    Attributes:
        profile: Name of the gateway's profile.
        metadata: By `UploadField.id`.
        priority: Higher goes first.
    """

    profile: str
    metadata: dict[str, str]
    priority: int


class AddDialog(QDialog):
    """Opened and awaited, see `console.views.dialogs.ask`; accepted, `chosen` is what was chosen."""

    def __init__(
        self,
        parent: QWidget,
        themes: ThemeProvider,
        survey: Survey,
        gateways: Sequence[tuple[str, UploadRules]],
        preferred: str,
    ) -> None:
        """`gateways` are those that take documents; `preferred` is proposed when it is one of them."""
        super().__init__(parent)
        self.setObjectName("uploads.add.dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH_PX)
        self.chosen: Chosen | None = None
        self._rules = dict(gateways)
        files = counted_files(len(survey.files))
        self.setWindowTitle(tr("Add {files}", files=files))
        headline = Heading(themes, tr("Add {files}, {size}", files=files, size=size_text(survey.total_bytes)))
        headline.setObjectName("uploads.add.headline")
        self._gateway = Choices(themes, "uploads.add.gateway", tr("Gateway"))
        for name in self._rules:
            self._gateway.addItem(printable(name, NAME), name)
        self._gateway.setCurrentIndex(max(0, self._gateway.findData(preferred)))
        self._gateway.currentIndexChanged.connect(self._show_rules)
        self._form = MetadataForm(themes)
        self._form.changed.connect(self._weigh)
        self._priority = Choices(themes, "uploads.add.priority", tr("Priority"))
        for text, priority in (
            (tr("Normal"), 0),
            (tr("High: before all others"), 1),
            (tr("Low: after all others"), -1),
        ):
            self._priority.addItem(text, priority)
        self._sure = Tick(themes, "uploads.add.sure", tr("Yes, all {files}", files=files))
        self._sure.toggled.connect(self._weigh)
        self._go = primary(tr("Add {files}", files=files), "uploads.add.go")
        self._lay_out(headline, survey)
        self._show_rules()
        self._gateway.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Keep what was chosen: whoever waited looks when the fields are gone."""
        self.chosen = Chosen(self._profile, self._form.values, int(self._priority.currentData()))
        super().accept()

    @property
    def _profile(self) -> str:
        return str(self._gateway.currentData() or "")

    def _show_rules(self) -> None:
        if self._profile:
            self._form.show_rules(self._rules[self._profile])
        self._weigh()

    def _weigh(self) -> None:
        sure = self._sure.isHidden() or self._sure.isChecked()
        self._go.setEnabled(bool(self._profile) and self._form.complete and sure)

    def _lay_out(self, headline: Heading, survey: Survey) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XXL, GAP_XXL, GAP_XXL, GAP_XXL)
        column.setSpacing(GAP_L)
        column.addWidget(headline)
        listed = "\n".join(printable(path) for path in survey.files[:_LISTED])
        if (more := len(survey.files) - _LISTED) > 0:
            listed += "\n" + tr("and {count} more", count=f"{more:,}")
        column.addWidget(text_list("uploads.add.files", tr("Files"), listed))
        if survey.refused:
            column.addWidget(
                Quiet(tr("Left out: {files}", files=counted_files(len(survey.refused))), "uploads.add.out")
            )
            column.addWidget(text_list("uploads.add.refused", tr("Left out"), refusal_lines(survey.refused)))
        column.addLayout(captioned(tr("Gateway"), self._gateway))
        column.addWidget(self._form)
        column.addLayout(captioned(tr("Priority"), self._priority))
        column.addWidget(self._sure)
        self._sure.setVisible(len(survey.files) > MANY)  # not before it has a parent: it would be a window
        buttons = QDialogButtonBox(Qt.Orientation.Horizontal)
        cancel = QPushButton(tr("Cancel"))
        cancel.setObjectName("uploads.add.cancel")
        buttons.addButton(self._go, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)


class RefusalsDialog(QDialog):
    """What was not taken, file by file."""

    def __init__(self, parent: QWidget, themes: ThemeProvider, headline: str, refused: Sequence[Refusal]) -> None:
        super().__init__(parent)
        self.setObjectName("uploads.refused")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH_PX)
        self.setWindowTitle(headline)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_XXL, GAP_XXL, GAP_XXL, GAP_XXL)
        column.setSpacing(GAP_L)
        column.addWidget(Heading(themes, headline, "uploads.refused.headline"))
        column.addWidget(text_list("uploads.refused.list", tr("Not taken"), refusal_lines(refused)))
        buttons = QDialogButtonBox(Qt.Orientation.Horizontal)
        close = QPushButton(tr("Close"))
        close.setObjectName("uploads.refused.close")
        buttons.addButton(close, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        column.addWidget(buttons)


def text_list(name: str, meaning: str, text: str) -> QPlainTextEdit:
    """Lines to read and copy; a few are seen at once."""
    lines = QPlainTextEdit(text)
    lines.setObjectName(name)
    lines.setAccessibleName(meaning)
    lines.setReadOnly(True)
    lines.setTabChangesFocus(True)
    lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    shown = min(text.count("\n") + 1, _LINES)
    height_px = shown * lines.fontMetrics().lineSpacing() + GAP_L
    lines.setStyleSheet(f"min-height: {height_px}px; max-height: {height_px}px")  # the theme's own is for one line
    return lines
