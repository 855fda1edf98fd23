"""Thinning a long series to what a row of pixels can show, without losing a peak or closing a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Bytes: TypeAlias = "NDArray[np.uint8]"


def envelope(x: Floats, y: Floats, *, low: float, high: float, pixels: int, gap: float) -> tuple[Floats, Floats]:
    """The line to draw between `low` and `high`: lowest and highest `y` of every pixel.

    Args:
        x: Ascending.
        y: As long as `x`; NaN where nothing was measured.
        low: Left edge of what is visible.
        high: Right edge.
        pixels: Width of what is visible.
        gap: Neighbours further apart than this are not joined.

    Returns:
        Points with NaN in every gap. One point beyond each edge is kept, so that lines enter and leave.
    """
    seen = _visible(x, low, high)
    x, y = x[seen], y[seen]
    if len(x) <= 2 * pixels or high <= low:
        return _broken(x, y, x, x, gap)
    starts = _pixel_starts(x, low, high, pixels)
    lowest = np.fmin.reduceat(y, starts)
    highest = np.fmax.reduceat(y, starts)
    ends = np.append(starts[1:], len(x)) - 1
    first, last = x[starts], x[ends]
    xs = np.repeat(first, 2)
    ys = np.empty(len(xs))
    ys[0::2], ys[1::2] = lowest, highest
    return _broken(xs, ys, xs, np.repeat(last, 2), gap)


def mean_line(x: Floats, y: Floats, *, low: float, high: float, pixels: int, gap: float) -> tuple[Floats, Floats]:
    """The mean of every pixel, to be drawn over the envelope; see `envelope` for the arguments.

    Where the envelope is the series itself, so is this.
    """
    seen = _visible(x, low, high)
    x, y = x[seen], y[seen]
    if len(x) <= 2 * pixels or high <= low:
        return _broken(x, y, x, x, gap)
    starts = _pixel_starts(x, low, high, pixels)
    measured = np.isfinite(y)
    count = np.add.reduceat(measured.astype(np.float64), starts)
    total = np.add.reduceat(np.where(measured, y, 0.0), starts)
    means = np.divide(total, count, out=np.full(len(starts), np.nan), where=count > 0)
    ends = np.append(starts[1:], len(x)) - 1
    return _broken(x[starts], means, x[starts], x[ends], gap)


def holes(x: Floats, *, gap: float, end: float) -> list[tuple[float, float]]:
    """Where nothing was seen for longer than `gap`: between neighbours, and from the last one to `end`."""
    if not len(x):
        return []
    edges = np.append(x, max(end, float(x[-1])))
    found = np.flatnonzero(np.diff(edges) > gap)
    return [(float(edges[i]), float(edges[i + 1])) for i in found]


def worst_runs(
    x: Floats, severity: Bytes, *, low: float, high: float, pixels: int, gap: float
) -> list[tuple[float, float, int]]:
    """The availability strip: stretches of time with the worst severity in them, none across a gap.

    A sample holds until the next one, and no longer than `gap`.
    """
    if not len(x) or high <= low:
        return []
    seen = _visible(x, low, high)
    x, severity = x[seen], severity[seen]
    until = np.minimum(np.append(x[1:], x[-1] + gap), x + gap)
    if len(x) > pixels:
        starts = _pixel_starts(x, low, high, pixels)
        ends = np.append(starts[1:], len(x)) - 1
        severity = np.maximum.reduceat(severity, starts)
        x, until = x[starts], until[ends]
    runs: list[tuple[float, float, int]] = []
    for start, stop, worst in zip(x.tolist(), until.tolist(), severity.tolist(), strict=True):
        if runs and runs[-1][2] == worst and runs[-1][1] >= start:
            runs[-1] = (runs[-1][0], stop, worst)
        else:
            runs.append((start, stop, worst))
    return runs


def _visible(x: Floats, low: float, high: float) -> slice:
    first = max(0, int(np.searchsorted(x, low)) - 1)
    return slice(first, min(len(x), int(np.searchsorted(x, high, side="right")) + 1))


def _pixel_starts(x: Floats, low: float, high: float, pixels: int) -> NDArray[np.intp]:
    """Indexes at which a new pixel begins."""
    pixel = np.floor((x - low) / (high - low) * pixels)
    return np.append(0, np.flatnonzero(np.diff(pixel)) + 1)


def _broken(xs: Floats, ys: Floats, starts: Floats, ends: Floats, gap: float) -> tuple[Floats, Floats]:
    """The line with a NaN put into every gap: from a point's end to the next one's start."""
    cuts = np.flatnonzero(starts[1:] - ends[:-1] > gap) + 1
    return np.insert(xs, cuts, xs[cuts]), np.insert(ys, cuts, np.nan)
