"""Sparklines draw scores on a fixed scale, leave gaps empty, and are drawn anew only when something changed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize

from console.views.widgets.sparkline import SparklineColours, SparklinePainter, buckets_of
from tests.presenters.fake_session import NOON, sample

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication, QImage

    from console.model.health import HealthSample

SIZE = QSize(180, 40)
COLOURS = SparklineColours(line="#ffff0000", base="#00000000", fill=0.0)


@pytest.fixture
def painter(qapp: QGuiApplication) -> SparklinePainter:
    return SparklinePainter()


def samples(ages_s: list[float], score: float = 1.0) -> list[HealthSample]:
    return [sample(at=NOON - timedelta(seconds=age), score=score) for age in sorted(ages_s, reverse=True)]


def drawn_columns(image: QImage) -> set[int]:
    return {x for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).alpha() > 60}


def draw(painter: SparklinePainter, line: list[HealthSample], after_s: float = 0.0) -> QImage:
    now = NOON.timestamp() + after_s
    return painter.pixmap("1", lambda: line, now=now, gap_s=18, size=SIZE, ratio=1.0, colours=COLOURS).toImage()


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
    line = samples([float(age) for age in range(0, 900, 5)])
    first = painter.pixmap("1", lambda: line, now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=1.0, colours=COLOURS)
    again = painter.pixmap("1", lambda: line, now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=1.0, colours=COLOURS)
    assert first.cacheKey() == again.cacheKey()
    later = drawn_columns(draw(painter, line, after_s=300))
    assert later.isdisjoint(range(124, 180)), "nothing is known of the last five minutes"


def test_a_double_device_ratio_gives_twice_the_pixels(painter: SparklinePainter) -> None:
    now = NOON.timestamp()
    pixmap = painter.pixmap("1", lambda: samples([5.0]), now=now, gap_s=18, size=SIZE, ratio=2.0, colours=COLOURS)
    assert (pixmap.width(), pixmap.height()) == (360, 80)


def test_another_colour_is_drawn_at_once(painter: SparklinePainter) -> None:
    line = samples([float(age) for age in range(0, 900, 5)])
    draw(painter, line)
    grey = msgspec.structs.replace(COLOURS, line="#ff808080")
    image = painter.pixmap(
        "1", lambda: line, now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=1.0, colours=grey
    ).toImage()
    assert all(image.pixelColor(x, y).saturation() == 0 for x in range(180) for y in range(40))


def test_wavering_between_two_colours_draws_once(painter: SparklinePainter) -> None:
    looked_at = 0

    def line() -> list[HealthSample]:
        nonlocal looked_at
        looked_at += 1
        return samples([5.0, 10.0])

    grey = msgspec.structs.replace(COLOURS, line="#ff808080")
    for colours in (COLOURS, grey) * 5:
        painter.pixmap("1", line, now=NOON.timestamp(), gap_s=18, size=SIZE, ratio=1.0, colours=colours)
    assert looked_at == 1, "its shape is the same"


@given(st.lists(st.tuples(st.floats(0, 899), st.floats(0, 1)), max_size=60))
def test_thinning_loses_no_peak_and_no_gap(points: list[tuple[float, float]]) -> None:
    ordered = sorted(points, reverse=True)
    given_samples = [sample(at=NOON - timedelta(seconds=age), score=score) for age, score in ordered]
    times = [one.at.timestamp() for one in given_samples]
    buckets = buckets_of(given_samples, start=NOON.timestamp() - 900, gap_s=18)
    assert min((bucket.low for bucket in buckets), default=None) == min((score for _, score in points), default=None)
    assert max((bucket.high for bucket in buckets), default=None) == max((score for _, score in points), default=None)
    gaps = sum(later - earlier > 18 for earlier, later in pairwise(times)) + bool(times)
    assert sum(bucket.after_gap for bucket in buckets) == gaps
    assert len(buckets) <= min(len(points), 181 + gaps)
