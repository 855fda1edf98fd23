"""What a support bundle holds, to be read and thinned out before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
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
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.presenters.bundle import BundlePresenter, BundleState

_SIZE = (860, 520)
_HALVES = [300, 560]


class BundleDialog(QDialog):
    """Files with a tick and a size left, the text of the chosen one right. Nothing is written before Save."""

    def __init__(self, parent: QWidget, presenter: BundlePresenter) -> None:
        """Takes the presenter over, and starts it."""
        super().__init__(parent)
        self.setObjectName("diagnostics.bundle.dialog")
        self.setWindowTitle(tr("Support bundle"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*_SIZE)
        presenter.setParent(self)
        self._presenter = presenter
        self._files: dict[str, str] = {}
        self.list = QListWidget()
        self.list.setObjectName("diagnostics.bundle.files")
        self.list.setAccessibleName(tr("Files of the bundle"))
        self.list.currentItemChanged.connect(self._show)
        self._text = QPlainTextEdit()
        self._text.setObjectName("diagnostics.bundle.text")
        self._text.setAccessibleName(tr("Text of the file"))
        self._text.setReadOnly(True)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.hide_addresses = QCheckBox(tr("Hide addresses"))
        self.hide_addresses.setObjectName("diagnostics.bundle.hide")
        self.hide_addresses.toggled.connect(lambda hiding: presenter.hide_addresses(hiding=hiding))
        self._said = PlainLabel()
        self._said.setWordWrap(True)
        self._said.setObjectName("diagnostics.bundle.said")
        self._save = QPushButton(tr("Save"))
        self._save.setObjectName("diagnostics.bundle.save")
        self._save.clicked.connect(self._choose)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.reject)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.addWidget(self.list)
        halves.addWidget(self._text)
        halves.setStretchFactor(1, 1)
        halves.setSizes(_HALVES)
        line = QHBoxLayout()
        line.addWidget(self.hide_addresses)
        line.addWidget(self._said, 1)
        line.addWidget(self._save)
        line.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(halves, 1)
        column.addLayout(line)
        presenter.state_changed.connect(self._render)
        self._render(presenter.state)
        presenter.start()

    def chosen(self) -> frozenset[str]:
        """Names of the ticked files."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return frozenset(
            item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() is Qt.CheckState.Checked
        )

    def write(self, path: str) -> None:
        """Save the ticked files."""
        self._presenter.save(path, self.chosen())

    def _render(self, state: BundleState) -> None:
        about = tr("Only the ticked files are saved. Secrets are masked.")
        self._said.setText(f"{about} {state.said}".strip() if state.files is not None else tr("Collecting."))
        self._save.setEnabled(state.files is not None)
        if state.files is not None and state.files != self._files:
            self._fill(state.files)

    def _fill(self, files: dict[str, str]) -> None:
        """What was ticked, chosen and scrolled to stays so."""
        had, kept = set(self._files), self.chosen()
        row = max(0, self.list.currentRow())
        self._files = files
        self.list.clear()
        for name, text in files.items():
            item = QListWidgetItem(tr("{name}, {size} bytes", name=name, size=f"{len(text.encode()):,}"))
            item.setData(Qt.ItemDataRole.UserRole, name)
            ticked = name in kept or name not in had
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, self.list.count() - 1))

    def _show(self, item: QListWidgetItem | None) -> None:
        self._text.setPlainText(self._files[item.data(Qt.ItemDataRole.UserRole)] if item is not None else "")

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Save the support bundle"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.fileSelected.connect(self.write)
        dialog.open()
