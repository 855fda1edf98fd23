"""The chart of one number: scale, target, gaps, crosshair; and flags however many there are."""

from __future__ import annotations

from array import array
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsView, QWidget

from console.model.deployment import DeploymentState
from console.model.metrics import Metric, Target, Unit
from console.presenters.deployments import Flag, flags_of
from console.presenters.number_detail import NumberSeries
from console.views.widgets.chart_flags import Flags
from console.views.widgets.label import PlainLabel
from console.views.widgets.number_chart import NumberChart
from tests.presenters.fake_session import NOON
from tests.presenters.numbers import cpu, deployment, p95
from tests.views.widgets.test_chart import DARK, LIGHT, look

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

END = NOON.timestamp()


def chart_of(qtbot: QtBot, metric: Metric, values: list[tuple[float, float]]) -> NumberChart:
    """Of values by their age in seconds, oldest first."""
    chart = NumberChart(metric, look(LIGHT))
    qtbot.addWidget(chart)
    chart.resize(600, 400)
    chart.show()
    series = NumberSeries(
        at=array("d", (END - age for age, _value in values)), value=array("d", (value for _age, value in values))
    )
    chart.show_series(series, start=END - 900, now=END, gap_s=132.0)
    return chart


def test_values_and_target_are_drawn_in_the_unit(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, p95(), [(120, 150.0), (60, 260.0), (0, 232.0)])
    assert list(chart.points()[1]) == [150.0, 260.0, 232.0]
    assert chart.target_at == 200.0
    assert chart.top >= 260.0


def test_a_target_above_every_value_is_in_sight(qtbot: QtBot) -> None:
    metric = Metric(id="hits", name="hits", value=0.1, unit=Unit.RATIO, target=Target(limit=0.85, at_most=False))
    chart = chart_of(qtbot, metric, [(0, 0.1)])
    assert chart.target_at == pytest.approx(0.85)
    assert chart.top > 0.85


def test_small_and_negative_values_fill_the_axis(qtbot: QtBot) -> None:
    assert chart_of(qtbot, cpu(), [(60, 0.0002), (0, 0.0004)]).top == pytest.approx(0.0005)
    chart = chart_of(qtbot, Metric(id="drift", name="drift", value=-3), [(0, -3.0)])
    assert chart.top == 1.0
    assert chart.findChild(QWidget, "health.number.chart.value") is not None


def test_a_gap_is_drawn_as_a_gap(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, cpu(), [(600, 0.1), (540, 0.1), (120, 0.2), (60, 0.2)])
    assert np.isnan(chart.points()[1]).any()
    assert chart.hatched[0] == pytest.approx((END - 540, END - 120))


def test_the_crosshair_reads_by_keyboard_and_tells_what_was_rolled_out(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, p95(), [(120, 150.0), (60, 260.0), (0, 232.0)])
    chart.show_flags(flags_of([deployment(1, age_s=90)]))
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.reading is not None
    assert chart.reading.lines[0].value == "232 ms"
    assert chart.reading.note == ""
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert "orders 2.1 to production" in chart.reading.note
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.reading is None


def test_ctrl_and_arrows_go_from_flag_to_flag_in_sight(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, cpu(), [(600, 0.1), (0, 0.1)])
    flags = flags_of([deployment(number, age_s=age) for number, age in enumerate((100, 300, 5_000))])
    chart.show_flags(flags)
    control = Qt.KeyboardModifier.ControlModifier
    seen = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right):
        QTest.keyClick(chart, key, control)
        assert chart.reading is not None
        seen.append(chart.reading.note.partition(" to ")[0])
    assert seen == ["orders 2.0", "orders 2.1", "orders 2.1", "orders 2.0"]


def test_it_takes_another_theme(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, p95(), [(60, 1.0), (0, 2.0)])
    chart.set_look(look(DARK))
    assert chart.grab().toImage().pixelColor(300, 60) == DARK


def test_of_thousands_of_flags_one_a_pixel_is_drawn_and_a_failure_is_not_lost(qtbot: QtBot) -> None:
    chart = chart_of(qtbot, cpu(), [(900, 0.1), (0, 0.1)])
    many: tuple[Flag, ...] = flags_of(
        deployment(n, age_s=n / 12, state=DeploymentState.FAILED if n == 5_000 else DeploymentState.SUCCEEDED)
        for n in range(10_000)
    )
    chart.show_flags(many)
    assert 1 < len(chart.flagged) <= chart.width()
    plot = chart.findChild(QGraphicsView, "health.number.chart.value")
    assert plot is not None
    (item,) = [item for item in plot.scene().items() if isinstance(item, Flags)]
    item.set_colour(QColor("black"))
    assert sum(failed for _at, failed in item.drawn(900 / 500)) == 1
    chart.show_flags(())
    assert chart.flagged == []


def test_flags_begin_where_the_first_series_puts_the_time(qtbot: QtBot) -> None:
    chart = NumberChart(cpu(), look(LIGHT))
    qtbot.addWidget(chart)
    chart.resize(600, 400)
    chart.show_flags(flags_of([deployment(age_s=60)]))
    chart.show_series(NumberSeries(), start=END - 900, now=END, gap_s=132.0)
    assert chart.flagged == pytest.approx([(NOON - timedelta(seconds=60)).timestamp()])


def test_nothing_hides_in_its_name(qtbot: QtBot) -> None:  # fault 120
    metric = Metric(id="x", name="safe\u202egnp.exe\n" + "x" * 5000, value=1.0)
    chart = chart_of(qtbot, metric, [(0, 1.0)])
    (caption,) = (label.text() for label in chart.findChildren(PlainLabel) if "safe" in label.text())
    assert "\u202e" not in caption
    assert "\n" not in caption
    assert len(caption) < 400
