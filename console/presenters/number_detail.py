"""One number in detail: its values since the session began, and what it promises."""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model import zone
from console.presenters.health_detail import TimeRange
from console.presenters.health_reading import Reading, ReadingLine
from console.presenters.number_texts import number_text, target_text
from console.presenters.numbers import GAP_S, NumberTile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from console.model.metrics import Metric
    from console.presenters.numbers import NumbersPresenter

RANGES = (TimeRange.QUARTER, TimeRange.HOUR)  # what a session keeps


class NumberSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of equal length, oldest first: seconds since 1970, and the value then."""

    at: array[float] = msgspec.field(default_factory=lambda: array("d"))
    value: array[float] = msgspec.field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, values: Iterable[tuple[datetime, float]]) -> NumberSeries:
        """Columns of what `console.services.ports.Telemetry.series` gives."""
        known = list(values)
        return cls(at=array("d", (at.timestamp() for at, _ in known)), value=array("d", (value for _, value in known)))


class NumberDetailState(msgspec.Struct, frozen=True, kw_only=True):
    """What the pane shows.

    Attributes:
        tile: The number; None when the pane is empty.
        listed: False when the platform stopped giving it while the pane was open.
        range: How far back.
        series: Its values.
        now: The right end of the time axis.
        gap_s: Values further apart than this have a hole between them.
    """

    tile: NumberTile | None = None
    listed: bool = True
    range: TimeRange = TimeRange.QUARTER
    series: NumberSeries = NumberSeries()
    now: datetime | None = None
    gap_s: float = GAP_S

    @property
    def since(self) -> datetime | None:
        """The left end of the time axis."""
        return self.now - self.range.span if self.now is not None else None


class NumberDetailPresenter(QObject):
    """Follows one number."""

    state_changed = Signal(object)  # NumberDetailState

    def __init__(self, numbers: NumbersPresenter, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = numbers
        self._clock = clock
        self._state = NumberDetailState()

    @property
    def state(self) -> NumberDetailState:
        """What is shown now."""
        return self._state

    def open(self, metric_id: str) -> None:
        """Show a number; one that is not known shows nothing."""
        self._set(tile=self._numbers.state.tile(metric_id), listed=True, series=NumberSeries())
        self.tick()

    def close(self) -> None:
        """Show nothing."""
        self._set(tile=None, series=NumberSeries())

    def set_range(self, chosen: TimeRange) -> None:
        """How far back the chart reaches."""
        self._set(range=chosen)

    def tick(self) -> None:
        """Take new values and move the time axis on."""
        shown = self._state.tile
        if shown is None:
            return
        tile = self._numbers.state.tile(shown.metric.id)
        values = self._numbers.series(shown.metric.id)
        series = self._state.series
        if len(values) != len(series) or (values and values[-1][0].timestamp() != series.at[-1]):
            series = NumberSeries.of(values)
        last = msgspec.structs.replace(shown, stale=True)  # nothing newer will come of what is gone
        self._set(tile=tile or last, listed=tile is not None, series=series, now=self._clock())

    def _set(self, **changes: object) -> None:
        self._state = msgspec.structs.replace(self._state, **changes)
        self.state_changed.emit(self._state)


def number_reading(metric: Metric, at_s: float, value: float) -> Reading:
    """What the crosshair reads at one value, `at_s` in seconds since 1970."""
    at = datetime.fromtimestamp(at_s, UTC)
    lines = [ReadingLine(column="value", label=tr("value"), value=number_text(_known(value), metric.unit))]
    if metric.target is not None:
        lines.append(ReadingLine(column="", label=tr("target"), value=target_text(metric.target, metric.unit)))
        if not math.isnan(value):
            kept = metric.target.met(value)
            lines.append(ReadingLine(column="", label=tr("state"), value=tr("kept") if kept else tr("missed")))
    return Reading(
        time=f"{zone.shown(at):%d %b %H:%M:%S}",
        time_utc=tr("{time} UTC", time=f"{at:%H:%M:%S}"),
        lines=tuple(lines),
    )


def span_text(series: NumberSeries, now: datetime, span: timedelta) -> str:
    """Where less is known than the axis shows, since when."""
    if not len(series):
        return tr("No value since this session began.")
    first = datetime.fromtimestamp(series.at[0], UTC)
    if first <= now - span:
        return ""
    return tr("Known since {time}: the platform gives no history of it.", time=f"{zone.shown(first):%H:%M:%S}")


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
