"""Windows of tests: real widgets, offscreen, a theme of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.views.theme import Choice, ThemeProvider

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


@pytest.fixture
def themes(qapp: QApplication) -> ThemeProvider:
    return ThemeProvider(Choice.LIGHT)
