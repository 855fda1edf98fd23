"""One setting: caption, what it does, its editor, what is wrong with it, and the way back to the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.setting import Kind, Setting, Value, value_text
from console.presenters.display import printable
from console.presenters.settings_texts import choice_text, setting_text, unit_text
from console.views.theme import GAP_M, GAP_S, GAP_XXL
from console.views.widgets.form import Choices, ErrorLine, Quiet, Tick, flat
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent

    from console.presenters.settings import SettingRow
    from console.views.theme import ThemeProvider

_EDITOR_PX, _NUMBER_PX, _CAPTION_PX, _CAPTION_LEAST_PX = 180, 110, 300, 150
_SHOWN = 300


class SettingLine(QWidget):
    """Says what the operator wants; shows what holds."""

    typed = Signal(str, str)  # key, text
    chosen = Signal(str, object)  # key, value
    restored = Signal(str)  # key

    def __init__(self, themes: ThemeProvider, setting: Setting) -> None:
        super().__init__()
        self._setting = setting
        name = f"settings.{setting.key}"
        caption, hint = setting_text(setting.key)
        self._editor = _editor(self, themes, name, caption)
        self._restore = flat(tr("Restore default"), f"{name}.default")
        self._restore.setAccessibleName(tr("Restore the default of {what}", what=caption))
        self._restore.clicked.connect(lambda: self.restored.emit(setting.key))
        self._error = ErrorLine(themes, f"{name}.error")
        self._lay_out(caption, hint)

    @property
    def setting(self) -> Setting:
        """What it edits."""
        return self._setting

    def render_row(self, row: SettingRow) -> None:
        """Show what holds, or what was typed and can't."""
        self._editor.show_value(row.value, row.typed)
        self._restore.setVisible(row.is_set or bool(row.problem))
        self._error.say(printable(row.problem, _SHOWN) if row.problem else "")
        said = ". ".join(part for part in (setting_text(row.setting.key)[1], row.problem) if part)
        self._editor.describe(said)

    def _lay_out(self, caption: str, hint: str) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        words = QVBoxLayout()
        words.setSpacing(2)
        title = PlainLabel(caption)
        title.setBuddy(self._editor)
        words.addWidget(title)
        if hint:
            words.addWidget(Quiet(hint))
        words.addStretch(1)
        left = QWidget()
        left.setLayout(words)
        words.setContentsMargins(0, 0, 0, 0)
        left.setMinimumWidth(_CAPTION_LEAST_PX)
        left.setMaximumWidth(_CAPTION_PX)
        row = QHBoxLayout()
        row.setSpacing(GAP_XXL)
        row.addWidget(left, 1)
        right = QVBoxLayout()
        right.setSpacing(GAP_S)
        beside = QHBoxLayout()
        beside.setSpacing(GAP_M)
        beside.addWidget(self._editor)
        beside.addStretch(1)
        beside.addWidget(self._restore)
        right.addLayout(beside)
        right.addWidget(self._error)
        right.addStretch(1)
        row.addLayout(right, 1)
        column.addLayout(row)


class _Editor(QWidget):
    """What a line has at its right. `show_value` says nothing of it to anybody."""

    def __init__(self, line: SettingLine) -> None:
        super().__init__()
        self.showing = False
        self.box = QHBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(GAP_M)
        self.line = line

    def show_value(self, value: Value, typed: str) -> None:
        """Show what holds."""
        self.showing = True
        self.fill(value, typed)
        self.showing = False

    def fill(self, value: Value, typed: str) -> None:
        """Fill the widgets."""
        raise NotImplementedError

    def describe(self, text: str) -> None:
        """For those who hear instead of see."""
        if (inner := self.focusProxy()) is not None:
            inner.setAccessibleDescription(text)


class _CalmChoices(Choices):
    """A page is scrolled with the wheel: what it passes over must not be changed by that."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  (Qt's name)
        """Only a list that has the keyboard turns."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _ChoiceEditor(_Editor):
    def __init__(self, line: SettingLine, themes: ThemeProvider, name: str, caption: str) -> None:
        super().__init__(line)
        setting = line.setting
        self._choices = _CalmChoices(themes, name, caption)
        self._choices.setFixedWidth(_EDITOR_PX)
        for choice in setting.choices:
            self._choices.addItem(choice_text(setting.key, choice), choice)
        self._choices.currentIndexChanged.connect(self._changed)
        self.box.addWidget(self._choices)
        self.setFocusProxy(self._choices)

    def _changed(self) -> None:
        if not self.showing:
            self.line.chosen.emit(self.line.setting.key, self._choices.currentData())

    def fill(self, value: Value, typed: str) -> None:  # noqa: ARG002  (nothing is typed)
        self._choices.setCurrentIndex(self._choices.findData(value))


class _SwitchEditor(_Editor):
    def __init__(self, line: SettingLine, themes: ThemeProvider, name: str, caption: str) -> None:
        super().__init__(line)
        self._tick = Tick(themes, name, tr("On"))
        self._tick.setAccessibleName(caption)
        self._tick.toggled.connect(self._changed)
        self.box.addWidget(self._tick)
        self.setFocusProxy(self._tick)

    def _changed(self, on: bool) -> None:
        if not self.showing:
            self.line.chosen.emit(self.line.setting.key, on)

    def fill(self, value: Value, typed: str) -> None:  # noqa: ARG002  (nothing is typed)
        self._tick.setChecked(value is True)


class _StatesEditor(_Editor):
    def __init__(self, line: SettingLine, themes: ThemeProvider, name: str, caption: str) -> None:
        super().__init__(line)
        self._ticks: dict[str, Tick] = {}
        column = QVBoxLayout()
        column.setSpacing(GAP_S)
        for choice in line.setting.choices:
            tick = Tick(themes, f"{name}.{choice}", choice_text(line.setting.key, choice))
            tick.setAccessibleName(tr("{what} {state}", what=caption, state=choice_text(line.setting.key, choice)))
            tick.toggled.connect(self._changed)
            column.addWidget(tick)
            self._ticks[choice] = tick
        self.box.addLayout(column)
        self.setFocusProxy(next(iter(self._ticks.values())))

    def _changed(self) -> None:
        if not self.showing:
            chosen = tuple(choice for choice, tick in self._ticks.items() if tick.isChecked())
            self.line.chosen.emit(self.line.setting.key, chosen)

    def fill(self, value: Value, typed: str) -> None:  # noqa: ARG002  (nothing is typed)
        for choice, tick in self._ticks.items():
            tick.setChecked(isinstance(value, tuple) and choice in value)


class _TextEditor(_Editor):
    def __init__(self, line: SettingLine, name: str, caption: str) -> None:
        super().__init__(line)
        self._edit = QLineEdit()
        self._edit.setObjectName(name)
        self._edit.setAccessibleName(caption)
        self._edit.setFixedWidth(_EDITOR_PX if line.setting.kind is Kind.WAITS else _NUMBER_PX)
        self._edit.editingFinished.connect(self._finished)
        self._shown = ""
        self.box.addWidget(self._edit)
        if unit := unit_text(line.setting.key):
            self.box.addWidget(PlainLabel(unit))
        self.setFocusProxy(self._edit)

    def _finished(self) -> None:
        if self._edit.text() != self._shown:
            self._shown = self._edit.text()
            self.line.typed.emit(self.line.setting.key, self._shown)

    def fill(self, value: Value, typed: str) -> None:
        text = typed or value_text(value)
        if self._edit.text() == self._shown or not self._edit.hasFocus():  # nobody is typing
            self._edit.setText(text)
        self._shown = text


def _editor(line: SettingLine, themes: ThemeProvider, name: str, caption: str) -> _Editor:
    match line.setting.kind:
        case Kind.CHOICE:
            return _ChoiceEditor(line, themes, name, caption)
        case Kind.SWITCH:
            return _SwitchEditor(line, themes, name, caption)
        case Kind.STATES:
            return _StatesEditor(line, themes, name, caption)
        case Kind.NUMBER | Kind.SIZE | Kind.CLOCK | Kind.WAITS:
            return _TextEditor(line, name, caption)
