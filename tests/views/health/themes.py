"""A theme that tests switch by hand: offscreen, the system's own stays unknown."""

from __future__ import annotations

from console.views.theme import Choice, ThemeProvider


def provider() -> ThemeProvider:
    return ThemeProvider(Choice.LIGHT)


def dark(theme: ThemeProvider) -> None:
    theme.choose(Choice.DARK)


def light(theme: ThemeProvider) -> None:
    theme.choose(Choice.LIGHT)
