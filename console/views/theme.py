"""Design tokens, read once from `resources/themes`, and who hands them out."""

from __future__ import annotations

import enum
import functools
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from console import assets
from console.model.health import HealthStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

GAP_S, GAP_M, GAP_L, GAP_XL, GAP_XXL = 4, 8, 12, 16, 24
RADIUS = 6
ROW_HEIGHT = 28


class Choice(enum.StrEnum):
    """What the operator may choose; `system` follows the operating system."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Every colour and font that a view may use.

    Attributes:
        name: Of its file.
        dark: Whether light ink stands on dark surfaces.
        surface: Of the window.
        raised: Of cards and fields.
        sunken: Of what lies deeper, and of stale cards.
        ink: Text.
        secondary: Text that matters less.
        disabled: Text that can't be used.
        hairline: Lines between things.
        accent: Focus, selection, the one important button.
        on_accent: Text on accent.
        states: Colour of each condition; always with its shape and its word.
        border_px: Width of borders.
        body: Text.
        small: Secondary text.
        caption: Captions and ages.
        title: A view's title.
        number: Big numbers.
        fixed: Ids, hashes, JSON.
    """

    name: str
    dark: bool
    surface: QColor
    raised: QColor
    sunken: QColor
    ink: QColor
    secondary: QColor
    disabled: QColor
    hairline: QColor
    accent: QColor
    on_accent: QColor
    states: Mapping[HealthStatus, QColor]
    border_px: int = 1
    body: QFont = field(default_factory=lambda: font(13))
    small: QFont = field(default_factory=lambda: font(12))
    caption: QFont = field(default_factory=lambda: font(11))
    title: QFont = field(default_factory=lambda: font(16, QFont.Weight.DemiBold))
    number: QFont = field(default_factory=lambda: font(22, QFont.Weight.DemiBold))
    fixed: QFont = field(default_factory=lambda: _fixed_font(12))

    @classmethod
    def load(cls, name: str) -> Theme:
        """The theme of that name in the resources."""
        tokens = tomllib.loads(assets.text(f"themes/{name}.toml"))
        colours = {key: QColor(tokens[key]) for key in ("surface", "raised", "sunken", "ink", "accent", "on_accent")}
        mixes = {
            key: mixed(colours["surface"], colours["ink"], tokens[f"{key}_ratio"])
            for key in ("secondary", "disabled", "hairline")
        }
        return cls(
            name=name,
            dark=tokens["dark"],
            states={status: QColor(tokens["states"][status.value]) for status in HealthStatus},
            border_px=tokens["border_px"],
            **colours,
            **mixes,
        )

    def palette(self) -> QPalette:
        """Qt's palette made of the tokens, for Fusion."""
        palette = QPalette()
        role = QPalette.ColorRole
        for colour, roles in (
            (self.surface, (role.Window,)),
            (self.raised, (role.Base, role.Button, role.ToolTipBase)),
            (self.sunken, (role.AlternateBase, role.Midlight)),
            (self.ink, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText)),
            (self.secondary, (role.PlaceholderText, role.Dark)),
            (self.hairline, (role.Mid, role.Light)),
            (self.accent, (role.Highlight, role.Link, role.LinkVisited, role.Accent)),
            (self.on_accent, (role.HighlightedText,)),
        ):
            for one in roles:
                palette.setColor(one, colour)
        for one in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, one, self.disabled)
        return palette

    def style_sheet(self) -> str:
        """The small rest that a palette can't say."""
        values = {
            name: value.name() for name, value in vars(self).items() if isinstance(value, QColor)
        }
        sheet = assets.text("themes/widgets.qss")
        for name in sorted(values, key=len, reverse=True):
            sheet = sheet.replace(f"${name}", values[name])
        return sheet.replace("$border", f"{self.border_px}px").replace("$radius", f"{RADIUS}px")


class ThemeProvider(QObject):
    """Hands out the current theme and says when it changes. One for the application; tests make their own."""

    changed = Signal()

    def __init__(self, choice: Choice = Choice.SYSTEM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        self.current = _loaded(self._wanted())

    @property
    def choice(self) -> Choice:
        """What was chosen."""
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Use this theme from now on."""
        self._choice = choice
        self._follow()

    def _follow(self) -> None:
        theme = _loaded(self._wanted())
        if theme is not self.current:
            self.current = theme
            self.changed.emit()

    def _wanted(self) -> str:
        if self._choice is not Choice.SYSTEM:
            return self._choice.value
        scheme = QGuiApplication.styleHints().colorScheme()
        return Choice.DARK.value if scheme is Qt.ColorScheme.Dark else Choice.LIGHT.value


@functools.cache
def _loaded(name: str) -> Theme:
    return Theme.load(name)


def mixed(under: QColor, over: QColor, ratio: float) -> QColor:
    """`over` at `ratio` (0 to 1) on `under`, opaque."""
    parts = (
        round(low * (1 - ratio) + high * ratio)
        for low, high in zip(under.getRgb()[:3], over.getRgb()[:3], strict=True)  # type: ignore[index]
    )
    return QColor(*parts)


def font(size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The system's font with digits of equal width, where it has them."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(size_px)
    made.setWeight(weight)
    made.setFeature(QFont.Tag.fromString("tnum"), 1)  # type: ignore[arg-type]
    return made


def _fixed_font(size_px: int) -> QFont:
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(size_px)
    return made
