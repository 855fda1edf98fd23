"""One notification in full, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.notice_rows import Group
from console.presenters.notice_texts import (
    body_text,
    counted,
    detail_lines,
    source_text,
    title_text,
    unread_text,
)
from console.views.theme import GAP_L, GAP_M
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from datetime import datetime

    from PySide6.QtWidgets import QMenu

    from console.presenters.notice_rows import Row
    from console.views.theme import Theme

_LEAST_PX = 320


class NoticeDetail(QWidget):
    """Renders a row; says what is wanted."""

    show_wanted = Signal()
    read_wanted = Signal()
    copy_wanted = Signal()
    closed = Signal()

    def __init__(self, mute_menu: QMenu) -> None:
        super().__init__()
        self.setObjectName("notices.detail")
        self.setMinimumWidth(_LEAST_PX)
        self._title = PlainLabel()
        self._title.setObjectName("notices.detail.title")
        self._title.setWordWrap(True)
        self._body = QPlainTextEdit()
        self._body.setObjectName("notices.detail.text")
        self._body.setAccessibleName(tr("What it says"))
        self._body.setReadOnly(True)
        self._body.setTabChangesFocus(True)
        self._facts = QWidget()
        self._form = QFormLayout(self._facts)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._said: tuple[tuple[str, str], ...] = ()
        self._theme: Theme | None = None
        self._show = _button(tr("Show"), "notices.show", self.show_wanted)
        self._read = _button(tr("Mark read"), "notices.read", self.read_wanted)
        self._copy = _button(tr("Copy text"), "notices.copy", self.copy_wanted)
        self._close = _button(tr("Close"), "notices.detail.close", self.closed)
        self._mute = QPushButton(tr("Mute"))
        self._mute.setObjectName("notices.mute")
        self._mute.setMenu(mute_menu)
        self._lay_out()

    def render_row(self, row: Row, now: datetime) -> None:
        """Show a heading or an entry."""
        if isinstance(row, Group):
            self._title.setText(source_text(row.gateway, row.source))
            said = [(tr("Held"), counted(row.count)), (tr("Unread"), unread_text(row.unread))]
            self._fill(tuple((caption, text) for caption, text in said if text))
            self._body.setVisible(False)
        else:
            self._title.setText(title_text(row))
            body = body_text(row)
            if self._body.toPlainText() != body:
                self._body.setPlainText(body)
            self._body.setVisible(bool(body) and body != row.title)
            self._fill(tuple(detail_lines(row, now)))
        is_entry = not isinstance(row, Group)
        self._read.setVisible(is_entry)
        self._copy.setVisible(is_entry)
        self._read.setEnabled(is_entry and bool(row.unread))

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._theme = theme
        self._title.setFont(theme.title)
        self._said = ()

    def _fill(self, lines: tuple[tuple[str, str], ...]) -> None:
        """Anew only where captions differ: a label that is selected from stays."""
        if [caption for caption, _text in lines] != [caption for caption, _text in self._said]:
            while self._form.rowCount():
                self._form.removeRow(0)
            for caption, text in lines:
                self._form.addRow(self._caption(caption), self._value(text))
        else:
            for number, (_caption, text) in enumerate(lines):
                item = self._form.itemAt(number, QFormLayout.ItemRole.FieldRole)
                label = item.widget() if item is not None else None
                if isinstance(label, PlainLabel) and label.text() != text:
                    label.setText(text)
        self._said = lines

    def _caption(self, text: str) -> PlainLabel:
        label = PlainLabel(text)
        if self._theme is not None:
            label.setFont(self._theme.small)
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        return label

    def _value(self, text: str) -> PlainLabel:
        label = PlainLabel(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if self._theme is not None:
            label.setFont(self._theme.small)
        return label

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_L, 0, 0, 0)
        column.setSpacing(GAP_L)
        column.addWidget(self._title)
        column.addWidget(self._body, 1)
        column.addWidget(self._facts)
        column.addStretch(0)
        first, second = QHBoxLayout(), QHBoxLayout()
        for line, buttons in ((first, (self._show, self._read, self._mute)), (second, (self._copy, self._close))):
            line.setSpacing(GAP_M)
            for button in buttons:
                line.addWidget(button)
            line.addStretch(1)
            column.addLayout(line)
        column.addStretch(1)


def _button(text: str, name: str, signal: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.clicked.connect(signal)
    return button
