"""A theme that tests switch by hand: offscreen, the system's own stays unknown."""

from __future__ import annotations

from console.views.theme import ThemeProvider


def provider() -> ThemeProvider:
    return ThemeProvider()


def dark(theme: ThemeProvider) -> None:
    theme.set(True)


def light(theme: ThemeProvider) -> None:
    theme.set(False)
