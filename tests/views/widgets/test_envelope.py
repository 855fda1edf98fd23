"""Thinning keeps peaks and gaps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from console.views.widgets.envelope import envelope, holes, worst_runs

STEPS = st.lists(st.floats(0.1, 30), min_size=1, max_size=400)


@given(STEPS, st.integers(1, 60), st.data())
def test_peaks_survive_and_nothing_is_invented(steps: list[float], pixels: int, data: st.DataObject) -> None:
    x = np.cumsum(np.array(steps))
    y = np.array(data.draw(st.lists(st.floats(-1e6, 1e6), min_size=len(x), max_size=len(x))))
    xs, ys = envelope(x, y, low=float(x[0]), high=float(x[-1]) + 1, pixels=pixels, gap=1e9)
    assert np.nanmin(ys) == y.min()
    assert np.nanmax(ys) == y.max()
    assert set(xs.tolist()) <= set(x.tolist())
    assert np.all(np.diff(xs) >= 0)
    assert len(xs) <= max(len(x), 2 * (pixels + 1))


@given(STEPS, st.integers(1, 60))
def test_a_gap_wider_than_a_pixel_is_never_bridged(steps: list[float], pixels: int) -> None:
    x = np.cumsum(np.array(steps))
    span = float(x[-1] - x[0]) + 1
    gap = max(10.0, span / pixels * 1.01)
    xs, ys = envelope(x, np.ones(len(x)), low=float(x[0]), high=float(x[0]) + span, pixels=pixels, gap=gap)
    for left, right, y_left, y_right in zip(xs[:-1], xs[1:], ys[:-1], ys[1:], strict=True):
        joined = not (np.isnan(y_left) or np.isnan(y_right))
        assert not joined or right - left <= gap + span / pixels


def test_a_value_that_was_not_measured_breaks_the_line() -> None:
    x = np.array([0.0, 5.0, 10.0])
    _, ys = envelope(x, np.array([1.0, np.nan, 1.0]), low=0, high=10, pixels=100, gap=60)
    assert np.isnan(ys).tolist() == [False, True, False]


def test_one_point_beyond_each_edge_is_kept() -> None:
    x = np.arange(100.0)
    xs, _ = envelope(x, x, low=40.5, high=50.5, pixels=1000, gap=60)
    assert (xs[0], xs[-1]) == (40, 51)


def test_holes_lie_between_neighbours_and_before_the_end() -> None:
    x = np.array([0.0, 5.0, 100.0])
    assert holes(x, gap=10, end=200) == [(5.0, 100.0), (100.0, 200.0)]
    assert holes(x[:2], gap=10, end=6) == []
    assert holes(np.array([]), gap=10, end=6) == []


def test_the_strip_shows_the_worst_of_each_pixel() -> None:
    x = np.arange(0.0, 1000.0)
    severity = np.zeros(1000, dtype=np.uint8)
    severity[500] = 3
    runs = worst_runs(x, severity, low=0, high=1000, pixels=10, gap=5)
    assert [worst for _, _, worst in runs] == [0, 3, 0]


def test_the_strip_does_not_cross_a_gap() -> None:
    runs = worst_runs(np.array([0.0, 5.0, 100.0]), np.zeros(3, dtype=np.uint8), low=0, high=110, pixels=500, gap=10)
    assert runs == [(0.0, 15.0, 0), (100.0, 110.0, 0)]
