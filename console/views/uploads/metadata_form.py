"""What a platform may be told with a document, as a form, with the limits it has for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.document import FieldKind
from console.presenters.display import printable
from console.presenters.upload_texts import NAME, rules_text
from console.views.theme import GAP_L, GAP_S
from console.views.widgets.form import Choices, Field, Quiet, Tick
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.model.document import UploadField, UploadRules
    from console.views.theme import ThemeProvider

_TRUE = "true"


class MetadataForm(QWidget):
    """Made anew for each platform; keeps what was typed where the next one has the same field."""

    changed = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self._themes = themes
        self._fields: dict[str, Field | Choices | Tick] = {}
        self._required: tuple[str, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP_L)
        self._body = QWidget()
        self._column.addWidget(self._body)

    @property
    def values(self) -> dict[str, str]:
        """What is filled in, by `UploadField.id`; what is empty is missing."""
        found = {name: _value(field) for name, field in self._fields.items()}
        return {name: value for name, value in found.items() if value}

    @property
    def complete(self) -> bool:
        """Whether all that the platform asks for is filled in."""
        values = self.values
        return all(name in values for name in self._required)

    def show_rules(self, rules: UploadRules, known: Mapping[str, str] | None = None) -> None:
        """The form of another platform."""
        values = {**self.values, **(known or {})}
        self._column.removeWidget(self._body)
        self._body.hide()
        self._body.deleteLater()
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        limits = Quiet(rules_text(rules), "uploads.add.limits")
        limits.setFont(self._themes.current.small)
        column.addWidget(limits)
        self._required = tuple(field.id for field in rules.fields if field.required)
        self._fields = {field.id: self._add(column, field, values.get(field.id, "")) for field in rules.fields}
        self._column.addWidget(self._body)
        self.changed.emit()

    def _add(self, column: QVBoxLayout, field: UploadField, value: str) -> Field | Choices | Tick:
        caption, name = _caption(field), f"uploads.add.{field.id}"
        if field.kind is FieldKind.FLAG:
            tick = Tick(self._themes, name, caption)
            tick.setChecked(value == _TRUE)
            tick.toggled.connect(self.changed)
            column.addWidget(tick)
            return tick
        if field.kind is FieldKind.CHOICE and field.choices:
            choices = Choices(self._themes, name, caption)
            choices.addItem("" if field.required else tr("None"), "")
            for choice in field.choices:
                choices.addItem(printable(choice, NAME), choice)
            choices.setCurrentIndex(max(0, choices.findData(value)))
            choices.currentIndexChanged.connect(self.changed)
            column.addLayout(captioned(caption, choices))
            return choices
        line = Field(self._themes, name, caption)
        line.line.setText(value)
        line.line.textChanged.connect(self.changed)
        column.addWidget(line)
        return line


def captioned(caption: str, widget: QWidget) -> QLayout:
    """A caption above something to choose from."""
    label = PlainLabel(caption)
    label.setBuddy(widget)
    column = QVBoxLayout()
    column.setSpacing(GAP_S)
    column.addWidget(label)
    column.addWidget(widget)
    return column


def _caption(field: UploadField) -> str:
    caption = tr(field.caption)
    return caption if field.required or field.kind is FieldKind.FLAG else tr("{field} (optional)", field=caption)


def _value(field: Field | Choices | Tick) -> str:
    match field:
        case Tick():
            return _TRUE if field.isChecked() else ""
        case Choices():
            return str(field.currentData() or "")
        case Field():
            return field.text.strip()
