"""Parts of forms: a field with its caption above and its error below, and the column they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import HealthStatus
from console.views.theme import GAP_L, GAP_S
from console.views.widgets.glyph import Glyph, paint_glyph
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent

    from console.views.theme import ThemeProvider

FORM_WIDTH_PX = 420
_ARROW_PX = 10
_TICK_INSET_PX = 4


class ErrorLine(PlainLabel):
    """What is wrong, in the colour of what is unhealthy and with a shape of its own. Takes no room while nothing is."""

    def __init__(self, themes: ThemeProvider, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._themes = themes
        themes.changed.connect(self._paint)
        self._paint()
        self.hide()

    def say(self, text: str) -> None:
        """Show a text, or nothing."""
        self.setText(f"\N{BLACK SQUARE} {text}" if text else "")
        self.setVisible(bool(text))

    def _paint(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, self._themes.current.words[HealthStatus.UNHEALTHY])
        self.setPalette(palette)
        self.setFont(self._themes.current.small)


class Field(QWidget):
    """A caption, a line, and under it what is wrong with it."""

    entered = Signal()

    def __init__(self, themes: ThemeProvider, name: str, caption: str, *, secret: bool = False) -> None:
        super().__init__()
        self.line = SecretLine() if secret else QLineEdit()
        self.line.setObjectName(name)
        self.line.setAccessibleName(caption)
        self.line.returnPressed.connect(self.entered)
        self._caption = PlainLabel(caption)
        self._caption.setBuddy(self.line)
        self.error = ErrorLine(themes, f"{name}.error")
        self.hint = PlainLabel()
        self.hint.setObjectName(f"{name}.hint")
        self.hint.setWordWrap(True)
        self.hint.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_S)
        for widget in (self._caption, self.line, self.hint, self.error):
            column.addWidget(widget)
        if isinstance(self.line, SecretLine):
            self.line.caps_lock.connect(self._say_caps_lock)
        self.setFocusProxy(self.line)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.line.text()

    def _say_caps_lock(self, on: bool) -> None:
        self.hint.setText(tr("Caps Lock is on.") if on else "")
        self.hint.setVisible(on)


class SecretLine(QLineEdit):
    """Hides what is typed, and notices Caps Lock by what it does to letters."""

    caps_lock = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Qt has no portable way to ask for Caps Lock: a letter tells."""
        text = event.text()
        if len(text) == 1 and text.isalpha() and text.upper() != text.lower():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_lock.emit(text.isupper() != shifted)
        super().keyPressEvent(event)


class Choices(QComboBox):
    """A list to choose one of. The style sheet takes the style's arrow away: this paints ours."""

    def __init__(self, themes: ThemeProvider, name: str, caption: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(caption)
        self._themes = themes

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """The box, and the arrow."""
        super().paintEvent(event)
        place = QRectF(self.width() - _ARROW_PX - GAP_L, (self.height() - _ARROW_PX) / 2, _ARROW_PX, _ARROW_PX)
        paint_glyph(QPainter(self), place, self._themes.current.secondary, Glyph.CHEVRON)


class Tick(QCheckBox):
    """A box to tick. The style sheet draws the box: this paints what is in it."""

    def __init__(self, themes: ThemeProvider, name: str, text: str) -> None:
        super().__init__(text)
        self.setObjectName(name)
        self._themes = themes

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """The box, and the tick."""
        super().paintEvent(event)
        if self.isChecked():
            place = QRectF(_TICK_INSET_PX, (self.height() - _ARROW_PX) / 2, _ARROW_PX, _ARROW_PX)
            paint_glyph(QPainter(self), place, self._themes.current.on_accent, Glyph.CHECK)


def primary(text: str, name: str) -> QPushButton:
    """The one important button of a form."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setProperty("primary", True)
    return button


def flat(text: str, name: str) -> QPushButton:
    """A button that looks like a link."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setProperty("flat", True)
    return button


class Heading(PlainLabel):
    """A title that follows the theme's title font."""

    def __init__(self, themes: ThemeProvider, text: str = "", name: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setWordWrap(True)
        self._themes = themes
        self.setFont(themes.current.title)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  (Qt's name)
        """A style sheet resets fonts: take ours again."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and self.font() != self._themes.current.title:
            self.setFont(self._themes.current.title)


class Quiet(PlainLabel):
    """Secondary text."""

    def __init__(self, text: str = "", name: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
