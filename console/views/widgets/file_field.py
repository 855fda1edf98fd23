"""A field for the path of a file, with a button that lets one choose it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.views.theme import GAP_M
from console.views.widgets.form import Field

if TYPE_CHECKING:
    from console.views.theme import ThemeProvider


class FileField(QWidget):
    """The path can be typed, too. The dialog is opened, never executed. Without kinds of files it is for a folder."""

    changed = Signal()

    def __init__(self, themes: ThemeProvider, name: str, caption: str, kinds: str = "") -> None:
        super().__init__()
        self._caption = caption
        self._kinds = kinds
        self.field = Field(themes, name, caption)
        self.choose = QPushButton(tr("Choose file") if kinds else tr("Choose folder"))
        self.choose.setObjectName(f"{name}.choose")
        said = tr("Choose file: {what}", what=caption) if kinds else tr("Choose folder: {what}", what=caption)
        self.choose.setAccessibleName(said)
        self.choose.clicked.connect(self._choose)
        self.field.line.textChanged.connect(lambda _text: self.changed.emit())
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP_M)
        line.addWidget(self.field, 1)
        beside = QVBoxLayout()
        beside.addStretch(1)
        beside.addWidget(self.choose)
        line.addLayout(beside)
        self.setFocusProxy(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def text(self) -> str:
        """The path; empty for none."""
        return self.field.text.strip()

    def show_text(self, text: str) -> None:
        """Another path."""
        if text != self.field.text:
            self.field.line.setText(text)

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), self._caption)
        dialog.setObjectName(f"{self.field.line.objectName()}.dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._kinds:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters([self._kinds, tr("All files (*)")])
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        if self.text:
            chosen = Path(self.text).expanduser()
            if (folder := chosen.parent if self._kinds else chosen).is_dir():
                dialog.setDirectory(str(folder))
        dialog.fileSelected.connect(self.field.line.setText)
        dialog.open()
