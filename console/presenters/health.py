"""The Health view's state and intents."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from console.presenters.deployments import DeploymentsPresenter
from console.presenters.health_cards import Card, Totals, cards_of, worst_first
from console.presenters.health_cards_model import HealthCardsModel
from console.presenters.health_detail import HealthDetailPresenter, TimeRange
from console.presenters.health_state import HealthState, Pane, explanation_of, notices_of, phase_of
from console.presenters.number_detail import NumberDetailPresenter
from console.presenters.numbers import NumbersPresenter
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from console.model.filter import ServiceFilter
    from console.model.health import HealthStatus
    from console.presenters.numbers import NumbersState
    from console.services.ports import GatewaySession

_BEAT_MS = 500


def utc_now() -> datetime:
    """The clock of this computer."""
    return datetime.now(UTC)


class HealthPresenter(QObject):
    """Follows the health of one gateway's services for the Health view.

    Works between `start` and `stop`, on the running event loop. Values are taken at most ten times a second; the order
    of cards changes at most once a second, so that a card is not pulled from under the pointer; age and staleness are
    looked at every second, also when nothing arrives.

    Attributes:
        cards: The model behind the grid.
        detail: The open service.
        numbers: What the gateway counts of itself.
        number: The open one of these.
        deployments: What was rolled out.
    """

    state_changed = Signal(object)  # HealthState
    ticked = Signal()  # a second went by: ages on screen are to be painted anew

    def __init__(
        self,
        session: GatewaySession,
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = utc_now,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._tasks = TaskScope(self, on_error)
        self._state = HealthState()
        self._known: dict[str, Card] = {}
        self._gateway_id = session.profile.gateway_id
        self._order_due = True
        self._beats = 0
        self.cards = HealthCardsModel(session.monitor, clock, self)
        self.detail = HealthDetailPresenter(session.monitor, clock, on_error, self)
        self.numbers = NumbersPresenter(session, clock, on_error, self)
        self.number = NumberDetailPresenter(self.numbers, clock, self)
        self.numbers.state_changed.connect(self._look_whose_numbers)
        self._numbers_era = 0
        self.deployments = DeploymentsPresenter(session, clock, on_error, self)
        self._timer = QTimer(self)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    @property
    def state(self) -> HealthState:
        """What is shown now."""
        return self._state

    @property
    def clock(self) -> Callable[[], datetime]:
        """The clock by which ages are told."""
        return self._clock

    @property
    def gap_s(self) -> float:
        """Two samples further apart than this have a hole between them."""
        return self._session.monitor.health.value.gap_s

    def start(self) -> None:
        """Begin to follow; what is known already is shown at once."""
        self._forget_former()  # it may have been left while nobody looked
        self._tasks.start("tenant", self._follow_tenant)
        self._tasks.start("health", self._follow_health)
        self._tasks.start("connection", self._follow_connection)
        self.numbers.start()
        self.deployments.start()
        self._timer.start()

    def pause(self) -> None:
        """Stop following while nobody looks; `start` goes on from what is known then."""
        self._timer.stop()
        self._tasks.cancel("health")
        self._tasks.cancel("tenant")
        self._tasks.cancel("connection")
        self.numbers.pause()
        self.deployments.pause()

    async def stop(self) -> None:
        """Stop for good."""
        self._timer.stop()
        await self.detail.stop()
        await self.numbers.stop()
        await self.deployments.stop()
        await self._tasks.close()

    def set_filter_text(self, text: str) -> None:
        """Show only services with all words of `text`."""
        self._set_filter(msgspec.structs.replace(self._state.filter, text=text))

    def set_filter_statuses(self, statuses: Iterable[HealthStatus]) -> None:
        """Show only services whose last known status is one of these; none means all."""
        self._set_filter(msgspec.structs.replace(self._state.filter, statuses=frozenset(statuses)))

    def select(self, service_id: str) -> None:
        """Choose a service; an open detail pane follows."""
        if service_id == self._state.selected:
            return
        self._set(selected=service_id)
        if self._state.detail_open and (card := self._known.get(service_id)) is not None:
            self.detail.open(card)

    def open_detail(self, service_id: str) -> None:
        """Choose a service and open its detail pane; a service that is not listed opens nothing."""
        if service_id not in self._known:
            self._take()  # nothing was shown yet, or not this one
        card = self._known.get(service_id)
        if card is None:
            return
        self._open(Pane.SERVICE, selected=service_id)
        self.detail.open(card)

    def open_number(self, metric_id: str) -> None:
        """Open the chart of a number; one that is not known opens nothing."""
        if self.numbers.state.tile(metric_id) is not None:
            self.number.open(metric_id)
            self._open(Pane.NUMBER)

    def open_deployments(self) -> None:
        """Open the list of deployments."""
        self._open(Pane.DEPLOYMENTS)

    def close_pane(self) -> None:
        """Close what is open beside the cards; the choice stays."""
        self._open(Pane.NONE)

    def _open(self, pane: Pane, **changes: object) -> None:
        """One pane takes the place of another."""
        former = self._state.pane
        if former is Pane.SERVICE and pane is not Pane.SERVICE:
            self.detail.close()
        if former is Pane.NUMBER and pane is not Pane.NUMBER:
            self.number.close()
        self._set(pane=pane, **changes)

    def set_range(self, chosen: TimeRange) -> None:
        """How far back the detail pane's charts reach."""
        self.detail.set_range(chosen)

    def refresh(self) -> None:
        """Ask the gateway now."""
        self._session.monitor.refresh()

    def try_now(self) -> None:
        """Ask again for everything that failed."""
        self._session.try_now()

    def tick(self) -> None:
        """Look at the clock: what became stale, what is due for its place. Done every second by itself."""
        self._tick_cards()
        self._tick_numbers()
        self._tick_charts()

    def _beat(self) -> None:
        """Cards and charts take turns, so that no frame paints both anew. A chart moves by a pixel in two seconds."""
        self._beats += 1
        if self._beats % 2:
            self._tick_cards()
            return
        self._tick_numbers()
        if self._beats % 4 == 0:
            self._tick_charts()

    def _tick_cards(self) -> None:
        self._order_due = True
        self.cards.forget_rates()
        self._take()
        self.ticked.emit()

    def _tick_numbers(self) -> None:
        self.numbers.tick()
        self.deployments.tick()

    def _tick_charts(self) -> None:
        self.detail.tick()
        self.number.tick()

    async def _follow_health(self) -> None:
        async with aclosing(paced(self._session.monitor.health)) as snapshots:
            async for _ in snapshots:
                self._take()

    async def _follow_connection(self) -> None:
        async with aclosing(paced(self._session.connection)) as stories:
            async for _ in stories:
                self._take()

    async def _follow_tenant(self) -> None:
        async with aclosing(self._session.standing.follow()) as standings:
            async for _ in standings:
                self._forget_former()

    def _forget_former(self) -> None:
        """Nothing of a former tenant stays open: its services may have the same ids."""
        now = self._session.profile.gateway_id
        if now == self._gateway_id:
            return
        self._gateway_id = now
        self.close_pane()
        self._known = {}
        self._set(selected="")
        self._take()

    def _look_whose_numbers(self, numbers: NumbersState) -> None:
        """A number that somebody else was shown does not stay open for the next."""
        former, self._numbers_era = self._numbers_era, numbers.era
        if former != numbers.era and self._state.pane is Pane.NUMBER:
            self.close_pane()

    def _set_filter(self, chosen: ServiceFilter) -> None:
        if chosen == self._state.filter:
            return
        self._order_due = True
        self._set(filter=chosen)
        self._take()

    def _take(self) -> None:
        snapshot = self._session.monitor.health.value
        self._known = cards_of(snapshot, self._clock(), self._known)
        totals = Totals.of(self._known.values())
        notices = notices_of(snapshot, self._session.connection.value)
        self._show_cards()
        self._set(
            phase=phase_of(snapshot, totals, notices),
            totals=totals,
            shown=self.cards.rowCount(),
            seen_at=max((card.observed.observed_at for card in self._known.values()), default=None),
            notices=notices,
            explanation=explanation_of(snapshot),
            answers=snapshot.unsupported,
            observed=snapshot.observed,
        )
        if self._state.detail_open:
            shown = self.detail.state.card
            self.detail.take(snapshot, self._known.get(shown.id) if shown is not None else None)

    def _show_cards(self) -> None:
        chosen = self._state.filter
        passing = self._known
        if chosen.text or chosen.statuses:
            passing = {id_: card for id_, card in passing.items() if chosen.matches(card.service)}
        if not self._order_due and passing.keys() == self.cards.ids:
            self.cards.show([passing[id_] for id_ in self.cards.ids])
        else:
            self.cards.show(worst_first(passing.values()))
        self._order_due = False

    def _set(self, **changes: object) -> None:
        state = msgspec.structs.replace(self._state, **changes)
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
