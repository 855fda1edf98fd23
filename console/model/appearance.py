"""The words of how the window looks. Loaded before the first frame: nothing else is in here."""

from __future__ import annotations

import enum


class ThemeChoice(enum.StrEnum):
    """What the window wears; `auto` follows the operating system."""

    SYSTEM = "auto"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


class Density(enum.StrEnum):
    """How much room rows and controls take."""

    COMPACT = "compact"
    NORMAL = "normal"
    TOUCH = "touch"


class ShownTimes(enum.StrEnum):
    """The zone in which times are shown. Copies and exports are in UTC whatever is chosen."""

    LOCAL = "local"
    UTC = "utc"
