"""What a support bundle holds, to be read and thinned out before it is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from console.i18n import tr
from console.services.exchange_file import save_bytes
from console.services.support_bundle import zipped
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = (820, 520)


class BundleDialog(QDialog):
    """Files with a tick and a size left, the text of the chosen one right. Nothing is written before Save."""

    def __init__(self, parent: QWidget, collect: Callable[[bool], dict[str, str]]) -> None:
        """`collect` gives the files by name; asked with whether addresses are left out."""
        super().__init__(parent)
        self.setObjectName("diagnostics.bundle.dialog")
        self.setWindowTitle(tr("Support bundle"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*_SIZE)
        self._collect = collect
        self._files: dict[str, str] = {}
        self.list = QListWidget()
        self.list.setObjectName("diagnostics.bundle.files")
        self.list.setAccessibleName(tr("Files of the bundle"))
        self.list.currentItemChanged.connect(self._show)
        self._text = QPlainTextEdit()
        self._text.setObjectName("diagnostics.bundle.text")
        self._text.setAccessibleName(tr("Text of the file"))
        self._text.setReadOnly(True)
        self.hide_addresses = QCheckBox(tr("Hide addresses"))
        self.hide_addresses.setObjectName("diagnostics.bundle.hide")
        self.hide_addresses.toggled.connect(self._fill)
        self._said = PlainLabel(tr("Only the ticked files are saved. Secrets are masked."))
        self._said.setWordWrap(True)
        save = QPushButton(tr("Save"))
        save.setObjectName("diagnostics.bundle.save")
        save.clicked.connect(self._choose)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.reject)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.addWidget(self.list)
        halves.addWidget(self._text)
        halves.setStretchFactor(1, 1)
        line = QHBoxLayout()
        line.addWidget(self.hide_addresses)
        line.addWidget(self._said, 1)
        line.addWidget(save)
        line.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(halves, 1)
        column.addLayout(line)
        self._fill()

    def chosen(self) -> dict[str, str]:
        """The ticked files."""
        items = (self.list.item(row) for row in range(self.list.count()))
        names = [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() is Qt.CheckState.Checked]
        return {name: self._files[name] for name in names}

    def write(self, path: str) -> None:
        """Save the ticked files, and say what became of it."""
        self._said.setText(save_bytes(Path(path), zipped(self.chosen())))

    def _fill(self) -> None:
        had, kept = set(self._files), set(self.chosen())
        self._files = self._collect(self.hide_addresses.isChecked())
        self.list.clear()
        for name, text in self._files.items():
            item = QListWidgetItem(tr("{name}, {size} bytes", name=name, size=f"{len(text.encode()):,}"))
            item.setData(Qt.ItemDataRole.UserRole, name)
            ticked = name in kept or name not in had
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _show(self, item: QListWidgetItem | None) -> None:
        self._text.setPlainText(self._files[item.data(Qt.ItemDataRole.UserRole)] if item is not None else "")

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Save the support bundle"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.fileSelected.connect(self.write)
        dialog.open()
