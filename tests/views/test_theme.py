"""Tokens: readable everywhere, switched at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QGuiApplication

from console.model.health import HealthStatus
from console.views.theme import TEXT_CONTRAST, Choice, Theme, ThemeProvider, contrast, mixed, readable

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

NAMES = ("light", "dark", "high-contrast")
OUTLINE_CONTRAST = 3.0
BLACK, WHITE = QColor(0, 0, 0), QColor(255, 255, 255)
part = st.integers(min_value=0, max_value=255)
colour = st.builds(QColor, part, part, part)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_readable_on_every_surface(name: str, qapp: QApplication) -> None:
    theme = Theme.load(name)
    texts = {"ink": theme.ink, "secondary": theme.secondary, "link": theme.link}
    texts |= {status.value: theme.words[status] for status in HealthStatus}
    for ground in (theme.surface, theme.raised, theme.sunken):
        for what, text in texts.items():
            assert contrast(text, ground) >= TEXT_CONTRAST, (what, ground.name())
        for shape in (*theme.states.values(), *theme.labels, theme.outline):
            assert contrast(shape, ground) >= OUTLINE_CONTRAST, (shape.name(), ground.name())
    assert contrast(theme.on_accent, theme.accent) >= TEXT_CONTRAST


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21.0)
    assert contrast(QColor("#777777"), WHITE) == pytest.approx(4.48, abs=0.01)


@given(colour, colour)
def test_contrast_has_no_order(one: QColor, other: QColor) -> None:
    assert contrast(one, other) == contrast(other, one) >= 1.0


@given(colour)
def test_a_readable_colour_is_readable(one: QColor) -> None:
    assert contrast(readable(one, BLACK, (WHITE,)), WHITE) >= TEXT_CONTRAST


def test_mixing_ends_where_it_should() -> None:
    assert mixed(BLACK, WHITE, 0.0) == BLACK
    assert mixed(BLACK, WHITE, 1.0) == WHITE


@pytest.mark.parametrize("name", NAMES)
def test_the_style_sheet_has_no_token_left(name: str, qapp: QApplication) -> None:
    assert "$" not in Theme.load(name).style_sheet()


def test_a_label_keeps_its_colour_and_none_is_the_accent(qapp: QApplication) -> None:
    theme = Theme.load("light")
    assert theme.label_colour("EU-west") == theme.label_colour("eu-west")
    assert theme.label_colour("") == theme.accent


def test_choosing_tells_once_and_only_when_it_changes(qapp: QApplication) -> None:
    themes, told = ThemeProvider(Choice.LIGHT), []
    themes.changed.connect(lambda: told.append(themes.current.name))
    for choice in (Choice.LIGHT, Choice.DARK, Choice.DARK, Choice.HIGH_CONTRAST):
        themes.choose(choice)
    assert told == ["dark", "high-contrast"]
    assert themes.choice is Choice.HIGH_CONTRAST


def test_the_system_is_followed_unless_something_was_chosen(qapp: QApplication) -> None:
    from PySide6.QtCore import Qt

    themes = ThemeProvider(Choice.SYSTEM)
    assert themes.current.name == "light"  # offscreen, the system has no opinion
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Dark)
    try:
        assert themes.current.dark == (hints.colorScheme() is Qt.ColorScheme.Dark)
    finally:
        hints.unsetColorScheme()
