"""One service in detail: its samples over a chosen stretch of time."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.model.errors import StoreError
from console.presenters.health_cards import Card
from console.presenters.health_series import HealthSeries
from console.presenters.task_scope import TaskScope
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.services.ports import HealthMonitor, HealthSnapshot

_REREAD_S = 60.0
_KEPT_SPANS = 2


class TimeRange(enum.Enum):
    """How far back the charts reach. The value goes into object names."""

    QUARTER = "15m"
    HOUR = "1h"
    DAY = "24h"

    @property
    def span(self) -> timedelta:
        """The stretch of time."""
        return _SPANS[self]


_SPANS = {
    TimeRange.QUARTER: timedelta(minutes=15),
    TimeRange.HOUR: timedelta(hours=1),
    TimeRange.DAY: timedelta(hours=24),
}


class DetailState(msgspec.Struct, frozen=True, kw_only=True):
    """What the detail pane shows.

    Attributes:
        card: The service; None when the pane is empty.
        listed: False when the gateway stopped listing the service while the pane was open.
        range: How far back.
        series: What is known of that stretch.
        loading: The record is being read; `series` may lack its older part.
        explanation: Why the record could not be read; None when it could.
        now: The right end of the time axis.
        gap_s: Samples further apart than this have a hole between them.
    """

    card: Card | None = None
    listed: bool = True
    range: TimeRange = TimeRange.QUARTER
    series: HealthSeries = HealthSeries()
    loading: bool = False
    explanation: Explanation | None = None
    now: datetime | None = None
    gap_s: float = 60.0


class HealthDetailPresenter(QObject):
    """Follows one service: the record's samples first, then what arrives."""

    state_changed = Signal(object)  # DetailState

    def __init__(
        self,
        monitor: HealthMonitor,
        clock: Callable[[], datetime],
        on_error: Callable[[str, Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._monitor = monitor
        self._clock = clock
        self._tasks = TaskScope(self, on_error)
        self._state = DetailState()
        self._source_lost = True
        self._read_at: datetime | None = None

    @property
    def state(self) -> DetailState:
        """What is shown now."""
        return self._state

    def open(self, card: Card) -> None:
        """Show a service; one that is already shown stays as it is."""
        if self._state.card is not None and self._state.card.id == card.id:
            return
        recent = HealthSeries.of(self._monitor.recent(card.id))
        self._set(card=card, listed=True, series=recent, explanation=None, now=self._clock())
        self._read()

    def close(self) -> None:
        """Show nothing."""
        self._tasks.cancel("read")
        self._set(card=None, series=HealthSeries(), loading=False, explanation=None)

    def set_range(self, chosen: TimeRange) -> None:
        """Show another stretch of time."""
        if chosen is self._state.range:
            return
        self._set(range=chosen, now=self._clock())
        self._read()

    def retry(self) -> None:
        """Read the record again."""
        self._read()

    def take(self, snapshot: HealthSnapshot, card: Card | None) -> None:
        """Take what a new snapshot says about the open service; `card` is None when it lists it no more."""
        shown = self._state.card
        returned = self._source_lost and not snapshot.source_lost
        self._source_lost = snapshot.source_lost
        if shown is None:
            return
        if card is None:
            self._set(listed=False, now=self._clock())
            return
        if card is not shown or not self._state.listed or snapshot.gap_s != self._state.gap_s:
            self._set(card=card, listed=True, gap_s=snapshot.gap_s)
        if returned:
            self._read()  # the registry may have told what happened meanwhile

    def tick(self) -> None:
        """Take new samples and move the time axis on; read the record again now and then: history may be filled in.

        Once a second, however fast samples arrive: a chart costs more than a card, and a second is a pixel or less.
        """
        card = self._state.card
        if card is None:
            return
        now = self._clock()
        self._set(series=self._state.series.appended(self._monitor.recent(card.id)), now=now)
        if self._read_at is not None and (now - self._read_at).total_seconds() > _REREAD_S:
            self._read()

    async def stop(self) -> None:
        """End what is under way."""
        await self._tasks.close()

    def _read(self) -> None:
        if self._state.card is None:
            return
        self._set(loading=True)
        self._tasks.restart("read", self._read_record)

    async def _read_record(self) -> None:
        card = self._state.card
        if card is None:
            return
        now = self._clock()
        self._read_at = now
        try:
            samples = await self._monitor.history(card.id, self._since(now), now)
        except StoreError as error:
            self._set(loading=False, explanation=explain(error))
            return
        series = HealthSeries.of(samples).followed_by(self._monitor.recent(card.id))
        self._set(series=series, loading=False, explanation=None)

    def _since(self, now: datetime) -> datetime:
        """Where to read from: what is shown already stays, for whoever has zoomed into it."""
        span = self._state.range.span
        at = self._state.series.at
        first = datetime.fromtimestamp(at[0], UTC) if at else now
        return max(now - _KEPT_SPANS * span, min(now - span, first))

    def _set(self, **changes: object) -> None:
        state = msgspec.structs.replace(self._state, **changes)
        if state.now is not None and len(state.series):
            start = state.now - _KEPT_SPANS * state.range.span
            state = msgspec.structs.replace(state, series=state.series.since(start.timestamp()))
        self._state = state
        self.state_changed.emit(state)
