"""Scenes of the tour around what a platform tells of itself: numbers, targets, deployments; or leaves unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QListView, QWidget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.app import App
    from console.cli.tour import Album, Hand

    CameAbout = Callable[[Callable[[], bool]], Awaitable[bool]]

_HIT_RATE = "health.numbers.tile.dashboard.cache_hit_rate"  # told again and again by the feed


async def look_at_numbers(app: App, album: Album, hand: Hand, came_about: CameAbout) -> None:
    """Numbers with a target that is missed, the chart of it, deployments as a list and as flags, an emptied cache."""
    await album.take(app, "numbers-target-missed", lambda: _says(hand, _HIT_RATE, "Missed"))
    hand.press(_HIT_RATE)
    await album.take(app, "number-chart", lambda: hand.shown("health.number.chart"))
    hand.press("health.deployments.open")
    await album.take(app, "deployments", lambda: hand.shown("health.deployments.table"))
    grid = hand.find(QListView, "health.cards")
    grid.setCurrentIndex(grid.model().index(0, 0))
    QApplication.sendEvent(grid, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier))
    await came_about(lambda: hand.shown("health.chart"))
    hand.press("health.range.24h")
    await album.take(app, "deployment-flags", lambda: hand.shown("health.chart"))
    hand.press("health.detail.close")
    hand.press("health.cache.empty")
    await came_about(lambda: hand.shown("question.go"))
    hand.press("question.go")
    await album.take(app, "cache-emptied", lambda: "emptied" in hand.text("health.cache.said"))


async def look_at_observed(app: App, album: Album, hand: Hand) -> None:
    """A platform without health: what this console observed of it, and said to be that."""
    await album.take(app, "health-observed", lambda: _notices(hand, "Observed by this console"))


def _says(hand: Hand, name: str, words: str) -> bool:
    return hand.shown(name) and words in hand.find(QAbstractButton, name).accessibleName()


def _notices(hand: Hand, words: str) -> bool:
    name = "health.notices"
    return hand.shown(name) and any(words in label.text() for label in hand.find(QWidget, name).findChildren(QLabel))
