"""Conditions as shapes: told apart without colour."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from console.model.health import HealthStatus
from console.views.theme import Theme
from console.views.widgets.glyph import Glyph, paint_glyph, window_icon
from console.views.widgets.state_mark import StateMark, paint_mark

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SIZE = 28
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


def ink(status: HealthStatus, theme: Theme, *, stale: bool) -> frozenset[tuple[int, int]]:
    """The pixels that are not ground."""
    image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
    image.fill(theme.surface)
    painter = QPainter(image)
    paint_mark(painter, QRectF(0, 0, SIZE, SIZE), status, theme, stale=stale)
    painter.end()
    ground = theme.surface.rgb()
    return frozenset((x, y) for x in range(SIZE) for y in range(SIZE) if image.pixel(x, y) != ground)


@pytest.mark.parametrize("name", ["light", "dark", "high-contrast"])
@pytest.mark.parametrize("stale", [False, True])
def test_no_two_conditions_have_one_shape(qapp: object, name: str, stale: bool) -> None:
    theme = Theme.load(name)
    shapes = {status: ink(status, theme, stale=stale) for status in HealthStatus}
    for one, other in combinations(HealthStatus, 2):
        differing = len(shapes[one] ^ shapes[other])
        assert differing > SIZE, (one, other, differing)


def test_stale_is_hollow(qapp: object) -> None:
    theme = Theme.load("light")
    for status in (HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY):
        assert len(ink(status, theme, stale=True)) < len(ink(status, theme, stale=False))


def test_a_mark_says_its_condition(qtbot: QtBot) -> None:
    mark = StateMark(Theme.load("light"))
    qtbot.addWidget(mark)
    mark.set_status(HealthStatus.DEGRADED, stale=False)
    assert mark.accessibleName() == "degraded"
    mark.set_status(HealthStatus.DEGRADED, stale=True)
    assert "stale" in mark.accessibleName()
    mark.set_theme(Theme.load("dark"))
    assert not mark.grab().isNull()


def test_every_glyph_paints_and_the_icon_has_every_size(qapp: object) -> None:
    theme = Theme.load("light")
    for glyph in Glyph:
        image = QImage(SIZE, SIZE, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        paint_glyph(painter, QRectF(2, 2, SIZE - 4, SIZE - 4), theme.ink, glyph)
        painter.end()
        assert any(image.pixel(x, y) != 0xFFFFFFFF for x in range(SIZE) for y in range(SIZE)), glyph
    sizes = {size.width() for size in window_icon(theme.accent, theme.on_accent).availableSizes()}
    assert {16, 32, 256} <= sizes
