"""What is preferred is worn: the theme when it changes, all else at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from console.model import zone
from console.model.appearance import Density, ShownTimes, ThemeChoice
from console.model.preferences import Appearance
from console.views.appearance import Wardrobe

if TYPE_CHECKING:
    from console.views.theme import ThemeProvider


def test_the_theme_that_was_put_on_first_stays_until_another_is_preferred(themes: ThemeProvider) -> None:
    wardrobe = Wardrobe(themes, Appearance(theme=ThemeChoice.DARK))
    assert themes.choice is ThemeChoice.LIGHT  # whoever opened the window chose it
    wardrobe.wear(Appearance(theme=ThemeChoice.DARK, density=Density.COMPACT))
    assert (themes.choice, themes.density, themes.row_px) == (ThemeChoice.LIGHT, Density.COMPACT, 24)
    wardrobe.wear(Appearance(theme=ThemeChoice.HIGH_CONTRAST))
    assert (themes.choice, themes.density) == (ThemeChoice.HIGH_CONTRAST, Density.NORMAL)


def test_nothing_moves_when_motion_is_reduced_and_all_is_as_before_afterwards(themes: ThemeProvider) -> None:
    menu = Qt.UIEffect.UI_AnimateMenu
    QApplication.setEffectEnabled(menu, True)
    blinking_ms, moved = QApplication.cursorFlashTime(), QApplication.isEffectEnabled(menu)
    wardrobe = Wardrobe(themes, Appearance())
    wardrobe.wear(Appearance(reduced_motion=True, times=ShownTimes.UTC))
    assert QApplication.cursorFlashTime() == 0
    assert not QApplication.isEffectEnabled(menu)
    assert zone.shows_utc()
    wardrobe.wear(Appearance())
    assert (QApplication.cursorFlashTime(), QApplication.isEffectEnabled(menu)) == (blinking_ms, moved)
    assert not zone.shows_utc()


def test_density_is_in_the_style_sheet(themes: ThemeProvider) -> None:
    sheets = {themes.current.style_sheet(density) for density in Density}
    assert len(sheets) == len(Density)
    assert not any("$" in sheet for sheet in sheets)
