"""The large charts: gaps, zoom that stays, crosshair, theme."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtTest import QTest

from console.model.health import HealthSample, HealthStatus, Origin
from console.presenters.health_reading import reading_at
from console.presenters.health_series import HealthSeries
from console.views.widgets.chart import HealthChart
from console.views.widgets.chart_parts import ChartLook, round_up
from tests.presenters.fake_session import NOON, sample

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# Offscreen says so of every window with a least size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

END = NOON.timestamp()
START = END - 900
LIGHT, DARK = QColor("#fbfbfc"), QColor("#16181d")


def look(surface: QColor) -> ChartLook:
    grey, blue = QColor("#808080"), QColor("#2f6fde")
    return ChartLook(
        surface=surface,
        ink=grey,
        secondary=grey,
        grid=grey,
        hatch=grey,
        raised=surface,
        score=blue,
        total=blue,
        gateway=blue,
        upstream=blue,
        severity={status.severity: QColor(f"#{status.severity + 1:02x}8040") for status in HealthStatus},
        caption_font=QFont(),
    )


def samples(step_s: int = 5, span_s: int = 900) -> list[HealthSample]:
    return [
        sample(at=NOON - timedelta(seconds=age), score=0.9, total_ms=100.0, gateway_ms=10.0, upstream_ms=80.0)
        for age in range(span_s, -1, -step_s)
    ]


@pytest.fixture
def chart(qtbot: QtBot) -> HealthChart:
    chart = HealthChart(look(LIGHT), reading_at)
    qtbot.addWidget(chart)
    chart.resize(600, 500)
    chart.show()
    return chart


def seconds(range_: tuple[float, float]) -> object:
    return pytest.approx(range_, rel=0, abs=0.1)


def show(chart: HealthChart, given: list[HealthSample], now: float = END, span_s: float = 900) -> None:
    chart.show_series(HealthSeries.of(given), start=now - span_s, now=now, gap_s=18)
    QTest.qWait(1)


def test_it_follows_until_the_operator_zooms_and_again_when_asked(chart: HealthChart, qtbot: QtBot) -> None:
    show(chart, samples())
    assert chart.visible_range == seconds((START, END))
    show(chart, samples(), END + 60)
    assert chart.visible_range == seconds((START + 60, END + 60))
    with qtbot.waitSignal(chart.following_changed):
        QTest.keyClick(chart, Qt.Key.Key_Plus)
    zoomed = chart.visible_range
    assert zoomed[1] - zoomed[0] < 900
    show(chart, [*samples(), sample(at=NOON + timedelta(seconds=120), score=0.4)], END + 120)
    assert chart.visible_range == seconds(zoomed), "an update does not move what the operator looks at"
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert chart.following
    assert chart.visible_range == seconds((START + 120, END + 120))


def test_another_range_follows_again(chart: HealthChart) -> None:
    show(chart, samples())
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    show(chart, samples(8, 86_400), span_s=86_400)
    assert chart.following
    assert chart.visible_range == seconds((END - 86_400, END))


def test_a_gap_is_hatched_and_not_joined(chart: HealthChart) -> None:
    given = [one for one in samples() if not START + 300 < one.at.timestamp() < START + 600]
    show(chart, given)
    xs, ys = chart.score_points()
    inside = (xs > START + 300) & (xs < START + 600)
    assert not np.any(inside & np.isfinite(ys))
    assert np.any(np.isnan(ys))
    assert chart.hatched == [(START + 300, START + 600)]


def test_the_keys_walk_from_sample_to_sample_and_read_all_series(chart: HealthChart) -> None:
    given = samples()
    given[-2] = sample(at=given[-2].at, status=HealthStatus.DEGRADED, origin=Origin.HISTORY, upstream_ms=321.0)
    show(chart, given)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.reading is not None
    assert chart.reading.note == ""
    QTest.keyClick(chart, Qt.Key.Key_Left)
    values = {line.label: line.value for line in chart.reading.lines}
    assert values == {
        "status": "Degraded",
        "score": "0.50 (from status)",
        "total": "not measured",
        "gateway": "not measured",
        "upstream": "321 ms",
    }
    assert chart.reading.note == "told by the registry afterwards"
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.reading is None


def test_a_day_of_samples_is_thinned_to_the_pixels_and_keeps_the_peak(chart: HealthChart) -> None:
    given = samples(8, 86_400)
    given[5000] = sample(at=given[5000].at, score=0.9, total_ms=900.0)
    show(chart, given, span_s=86_400)
    assert len(chart.score_points()[0]) < 2000
    assert chart.latency_top == 1000


def test_colours_change_while_it_is_shown(chart: HealthChart) -> None:  # fault 136
    show(chart, samples())
    assert chart.grab().toImage().pixelColor(300, 100).lightness() > 120
    chart.set_look(look(DARK))
    QTest.qWait(1)
    image = chart.grab().toImage()
    dark = [image.pixelColor(x, y) == DARK for x in range(100, 560, 20) for y in range(40, 180, 10)]
    assert sum(dark) > len(dark) / 2


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1.5, 2), (101, 200), (215, 250), (260, 500), (999, 1000), (1001, 2000)]
)
def test_the_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == top


def test_no_samples_are_no_error(chart: HealthChart) -> None:
    show(chart, [])
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.reading is None
    assert chart.hatched == []
