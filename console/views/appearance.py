"""The operator's preferences on how the window looks, put on and kept on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from console.model import zone
from console.model.appearance import ShownTimes

if TYPE_CHECKING:
    from console.model.preferences import Appearance
    from console.views.theme import ThemeProvider

_MOVING = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
)


class Wardrobe:
    """Puts preferences on. The theme is only changed when it is another than the one before.

    The first theme is on before the settings are read as a whole, and the one who opened the window may have chosen it.
    """

    def __init__(self, themes: ThemeProvider, first: Appearance) -> None:
        self._themes = themes
        self._worn = first
        self._blinking_ms = QApplication.cursorFlashTime()
        self._moving = {effect: QApplication.isEffectEnabled(effect) for effect in _MOVING}
        self._put_on(first)

    def wear(self, appearance: Appearance) -> None:
        """Look like this from now on."""
        if appearance.theme is not self._worn.theme:
            self._themes.choose(appearance.theme)
        self._put_on(appearance)
        self._worn = appearance

    def _put_on(self, appearance: Appearance) -> None:
        self._themes.pack(appearance.density)
        zone.show_utc(utc=appearance.times is ShownTimes.UTC)
        still = appearance.reduced_motion
        QApplication.setCursorFlashTime(0 if still else self._blinking_ms)
        for effect, moves in self._moving.items():
            QApplication.setEffectEnabled(effect, moves and not still)
