"""Sparklines draw scores on a fixed scale, leave gaps empty, and are drawn anew only when something changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize

from console.views.widgets.sparkline import WINDOW_S, SparklineColours, SparklinePainter, Trace
from tests.presenters.fake_session import NOON, sample

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication, QImage

    from console.model.health import HealthSample

SIZE = QSize(180, 40)
COLOURS = SparklineColours(line="#ffff0000", fill="#00000000", base="#00000000")


@pytest.fixture
def painter(qapp: QGuiApplication) -> SparklinePainter:
    return SparklinePainter()


def samples(ages_s: list[float], score: float = 1.0) -> list[HealthSample]:
    return [sample(at=NOON - timedelta(seconds=age), score=score) for age in sorted(ages_s, reverse=True)]


def drawn_columns(image: QImage) -> set[int]:
    return {
        x for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).alpha() > 60
    }


def draw(painter: SparklinePainter, given: list[HealthSample], after_s: float = 0.0) -> QImage:
    now = NOON.timestamp() + after_s
    return painter.pixmap("1", given, now=now, gap_s=18, size=SIZE, ratio=1.0, colours=COLOURS).toImage()


def test_a_gap_stays_empty(painter: SparklinePainter) -> None:
    ages = [age for age in range(0, 900, 5) if not 300 < age < 600]
    columns = drawn_columns(draw(painter, samples([float(age) for age in ages])))
    assert {10, 50, 130, 170} <= columns
    assert columns.isdisjoint(range(64, 116))


def test_the_scale_is_fixed_from_zero_to_one(painter: SparklinePainter) -> None:
    ages = [float(age) for age in range(0, 900, 5)]
    high = draw(painter, samples(ages, 1.0))
    painter.clear()
    low = draw(SparklinePainter(), samples(ages, 0.0))
    assert high.pixelColor(90, 2).alpha() > 60
    assert low.pixelColor(90, 38).alpha() > 60
    assert low.pixelColor(90, 2).alpha() == 0


def test_an_unchanged_line_is_not_drawn_again_and_moves_on_with_time(painter: SparklinePainter) -> None:
    given = samples([float(age) for age in range(0, 900, 5)])
    first = painter.pixmap("1", given, now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=1.0, colours=COLOURS)
    again = painter.pixmap("1", given, now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=1.0, colours=COLOURS)
    assert first.cacheKey() == again.cacheKey()
    later = drawn_columns(draw(painter, given, after_s=300))
    assert later.isdisjoint(range(124, 180)), "nothing is known of the last five minutes"


def test_a_double_device_ratio_gives_twice_the_pixels(painter: SparklinePainter) -> None:
    pixmap = painter.pixmap("1", samples([5.0]), now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=2.0, colours=COLOURS)
    assert (pixmap.width(), pixmap.height()) == (360, 80)


def test_a_busy_list_is_thinned_as_it_grows_and_loses_no_peak() -> None:
    trace = Trace(gap_s=18)
    given = samples([age / 10 for age in range(9000)])
    given[4500] = sample(at=given[4500].at, score=0.1)
    trace.take(given)
    given.append(sample(at=NOON + timedelta(seconds=1), score=0.2))
    trace.take(given)
    buckets = trace.buckets(NOON.timestamp() + 1)
    assert len(buckets) <= WINDOW_S / 5 + 2
    assert min(bucket.low for _, bucket in buckets) == 0.1
    assert buckets[-1][1].low == 0.2
    assert [position for position, _ in buckets] == sorted(position for position, _ in buckets)
