"""Design tokens, read once from `resources/themes`, and who hands them out."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from console import assets
from console.model.appearance import Density, ThemeChoice
from console.model.health import HealthStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GAP_S, GAP_M, GAP_L, GAP_XL, GAP_XXL = 4, 8, 12, 16, 24
RADIUS = 6
ROW_HEIGHT = 28
_ROW_PX = {Density.COMPACT: 24, Density.NORMAL: ROW_HEIGHT, Density.TOUCH: 36}
_PAD_PX = {Density.COMPACT: 2, Density.NORMAL: 4, Density.TOUCH: 8}
TEXT_CONTRAST = 4.5
_STEPS = 40

Choice = ThemeChoice


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
        outline: Borders of what can be typed into or ticked; 3:1 against what surrounds it.
        accent: Focus, selection, the one important button.
        on_accent: Text on accent.
        link: Text that can be clicked, readable on every surface.
        states: Colour of each condition's shape; always with its word.
        words: The same colours deepened where a word in them would be hard to read.
        labels: Colours that tell the operator's labels apart.
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
    outline: QColor
    accent: QColor
    on_accent: QColor
    link: QColor
    states: Mapping[HealthStatus, QColor]
    words: Mapping[HealthStatus, QColor]
    labels: Sequence[QColor]
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
        surface, raised, sunken, ink = (QColor(tokens[key]) for key in ("surface", "raised", "sunken", "ink"))
        grounds = (surface, raised, sunken)
        accent = QColor(tokens["accent"])
        states = {status: QColor(tokens["states"][status.value]) for status in HealthStatus}
        return cls(
            name=name,
            dark=tokens["dark"],
            surface=surface,
            raised=raised,
            sunken=sunken,
            ink=ink,
            secondary=mixed(surface, ink, tokens["secondary_ratio"]),
            disabled=mixed(surface, ink, tokens["disabled_ratio"]),
            hairline=mixed(surface, ink, tokens["hairline_ratio"]),
            outline=mixed(surface, ink, tokens["outline_ratio"]),
            accent=accent,
            on_accent=QColor(tokens["on_accent"]),
            link=readable(accent, ink, grounds),
            states=states,
            words={status: readable(colour, ink, grounds) for status, colour in states.items()},
            labels=tuple(QColor(colour) for colour in tokens["labels"]),
            border_px=tokens["border_px"],
        )

    def label_colour(self, label: str) -> QColor:
        """The colour of a label: the same at every start, the accent for none."""
        if not label:
            return self.accent
        return self.labels[hashlib.sha256(label.casefold().encode()).digest()[0] % len(self.labels)]

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
            (self.accent, (role.Highlight, role.Accent)),
            (self.on_accent, (role.HighlightedText,)),
            (self.link, (role.Link, role.LinkVisited)),
        ):
            for one in roles:
                palette.setColor(one, colour)
        for one in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, one, self.disabled)
        return palette

    def style_sheet(self, density: Density = Density.NORMAL) -> str:
        """The small rest that a palette can't say."""
        values = {name: value.name() for name, value in vars(self).items() if isinstance(value, QColor)}
        sheet = assets.text("themes/widgets.qss")
        for name in sorted(values, key=len, reverse=True):
            sheet = sheet.replace(f"${name}", values[name])
        pad_px = _PAD_PX[density]
        for token, size_px in (("pad", pad_px), ("press", pad_px + 1), ("row", _ROW_PX[density]), ("radius", RADIUS)):
            sheet = sheet.replace(f"${token}", f"{size_px}px")
        return sheet.replace("$border", f"{self.border_px}px")


class ThemeProvider(QObject):
    """Hands out the current theme and says when it changes. One for the application; tests make their own."""

    changed = Signal()

    def __init__(self, choice: Choice = Choice.SYSTEM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._density = Density.NORMAL
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        self.current = _loaded(self._wanted())

    @property
    def choice(self) -> Choice:
        """What was chosen."""
        return self._choice

    @property
    def density(self) -> Density:
        """How much room rows and controls take."""
        return self._density

    @property
    def row_px(self) -> int:
        """Height of a row in a list."""
        return _ROW_PX[self._density]

    def pack(self, density: Density) -> None:
        """Give rows and controls this much room from now on."""
        if density is not self._density:
            self._density = density
            self.changed.emit()

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
    return QColor(
        round(under.red() * (1 - ratio) + over.red() * ratio),
        round(under.green() * (1 - ratio) + over.green() * ratio),
        round(under.blue() * (1 - ratio) + over.blue() * ratio),
    )


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: QColor, ink: QColor, grounds: Sequence[QColor]) -> QColor:
    """A colour moved towards the ink until words in it are readable on every ground."""
    for step in range(_STEPS + 1):
        moved = mixed(colour, ink, step / _STEPS)
        if all(contrast(moved, ground) >= TEXT_CONTRAST for ground in grounds):
            return moved
    return ink


def _luminance(colour: QColor) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  (the sRGB curve)
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def font(size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The system's font with digits of equal width, where it has them."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(size_px)
    made.setWeight(weight)
    if (tag := QFont.Tag.fromString("tnum")) is not None:
        made.setFeature(tag, 1)
    return made


def _fixed_font(size_px: int) -> QFont:
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(size_px)
    return made
