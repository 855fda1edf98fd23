"""The Health view's presenter, on the loop the window uses."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from console.model.connection import Facts, FeedState, tell
from console.model.errors import ServiceFailed, StoreCorrupt
from console.model.freshness import Observed, Source
from console.model.health import HealthStatus, Origin, ServiceHealth
from console.model.identity import Tenant
from console.model.tenancy import Standing
from console.presenters.health import HealthPresenter
from console.presenters.health_detail import DetailState, TimeRange
from console.presenters.health_state import HealthPhase, HealthState
from console.services.ports import HealthSnapshot
from tests.presenters.fake_session import NOON, FakeClock, FakeSession, sample, service, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from PySide6.QtCore import QCoreApplication

    Run = Callable[[Callable[[], Coroutine[object, object, None]]], None]


class Bench:
    """A presenter with a session and a clock to play with."""

    def __init__(self) -> None:
        self.session = FakeSession()
        self.clock = FakeClock()
        self.errors: list[tuple[str, Exception]] = []
        self.states: list[HealthState] = []
        self.presenter = HealthPresenter(self.session, lambda name, exc: self.errors.append((name, exc)), self.clock)
        self.presenter.state_changed.connect(self.states.append)

    def say(self, services: list[Observed[ServiceHealth]], **fields: Any) -> None:
        self.session.monitor.health.set(snapshot(services, **fields))
        self.presenter.tick()

    @property
    def state(self) -> HealthState:
        return self.presenter.state

    @property
    def ids(self) -> list[str]:
        return [card.id for card in self.presenter.cards.cards]


@pytest.fixture
def bench(qapp: QCoreApplication) -> Bench:
    return Bench()


@pytest.fixture
def run(qapp: QCoreApplication) -> Run:
    """Run a coroutine function on the loop that Qt and asyncio share."""
    import qasync  # after PySide6, whose binding it takes

    def run_on_loop(work: Callable[[], Coroutine[object, object, None]]) -> None:
        loop = qasync.QEventLoop(qapp)
        with loop:
            loop.run_until_complete(work())

    return run_on_loop


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def test_before_anything_is_said_there_are_skeletons(bench: Bench) -> None:
    assert bench.state.phase is HealthPhase.LOADING


@pytest.mark.parametrize(
    ("said", "phase"),
    [
        (HealthSnapshot(), HealthPhase.LOADING),
        (HealthSnapshot(loaded=True, source_lost=False), HealthPhase.EMPTY),
        (HealthSnapshot(loaded=True, unsupported=("GET /api/v1/health: 404",)), HealthPhase.UNSUPPORTED),
        (HealthSnapshot(error=ServiceFailed("boom", status=503, request_id="r-1")), HealthPhase.ERROR),
        (snapshot([service()]), HealthPhase.LIVE),
        (snapshot([service()], skipped=("entry 3: no name",)), HealthPhase.PARTIAL),
        (snapshot([service()], source_lost=True), HealthPhase.STALE),
        (snapshot([service(source=Source.RECORD)]), HealthPhase.STALE),
        (snapshot([service(at=NOON - timedelta(seconds=16))]), HealthPhase.STALE),
        (snapshot([service()], error=ServiceFailed("boom"), source_lost=True), HealthPhase.STALE),
    ],
)
def test_each_snapshot_has_its_face(bench: Bench, said: HealthSnapshot, phase: HealthPhase) -> None:
    bench.session.monitor.health.set(said)
    bench.presenter.tick()
    assert bench.state.phase is phase


def test_an_error_with_nothing_to_show_is_explained_with_its_request_id(bench: Bench) -> None:
    bench.session.monitor.health.set(HealthSnapshot(error=ServiceFailed("boom", status=503, request_id="r-1")))
    bench.presenter.tick()
    assert bench.state.explanation is not None
    assert bench.state.explanation.headline
    assert bench.state.explanation.request_id == "r-1"


def test_what_is_missing_is_said_above_the_cards(bench: Bench) -> None:
    bench.session.connection.set(tell(Facts(signed_in=True, last_success_at=NOON, feed=FeedState.LOST)))
    bench.say([service()], skipped=("entry 3: no name", "entry 4: no id"))
    texts = [notice.text for notice in bench.state.notices]
    assert texts == [
        "2 entries of the last answer could not be read and are left out.",
        "The live feed is lost; health is read by asking until it is back.",
    ]
    assert bench.state.phase is HealthPhase.PARTIAL


def test_a_value_becomes_stale_by_the_clock_alone(bench: Bench) -> None:
    bench.say([service("1"), service("2")])
    assert bench.state.totals.sentence == "2 healthy"
    bench.clock.forward(16)
    bench.presenter.tick()
    assert bench.state.totals.sentence == "2 stale"
    assert all(card.stale for card in bench.presenter.cards.cards)


def test_filter_by_text_and_status(bench: Bench) -> None:
    bench.say([service("1", "orders"), service("2", "payments", HealthStatus.DEGRADED), service("3", "orders-db")])
    bench.presenter.set_filter_text("ORDERS")
    assert bench.ids == ["1", "3"]
    assert (bench.state.shown, bench.state.totals.count) == (2, 3)
    bench.presenter.set_filter_statuses([HealthStatus.DEGRADED])
    assert bench.ids == []
    bench.presenter.set_filter_text("")
    assert bench.ids == ["2"]


def test_the_order_changes_with_the_second_not_with_every_message(bench: Bench, run: Run) -> None:
    async def work() -> None:
        bench.say([service("1", "a"), service("2", "b")])
        bench.presenter.start()
        await until(lambda: bool(bench.states))
        bench.session.monitor.health.set(snapshot([service("1", "a"), service("2", "b", HealthStatus.UNHEALTHY)]))
        await until(lambda: bench.state.totals.fresh[HealthStatus.UNHEALTHY] == 1)
        assert bench.ids == ["1", "2"]
        bench.presenter.tick()
        assert bench.ids == ["2", "1"]
        await bench.presenter.stop()

    run(work)


def test_a_burst_is_taken_in_few_states_and_the_newest_wins(bench: Bench, run: Run) -> None:
    async def work() -> None:
        bench.presenter.start()
        for number in range(500):
            bench.session.monitor.health.set(snapshot([service("1", f"n{number}")]))
            await asyncio.sleep(0)
        await until(lambda: bool(bench.presenter.cards.cards) and bench.presenter.cards.cards[0].service.name == "n499")
        await bench.presenter.stop()
        assert bench.errors == []

    run(work)


def test_selecting_opens_nothing_and_the_open_pane_follows_the_selection(bench: Bench, run: Run) -> None:
    async def work() -> None:
        bench.say([service("1"), service("2")])
        bench.presenter.select("1")
        assert bench.presenter.detail.state.card is None
        bench.presenter.open_detail("1")
        bench.presenter.select("2")
        assert bench.presenter.detail.state.card is not None
        assert bench.presenter.detail.state.card.id == "2"
        bench.presenter.close_pane()
        assert (bench.state.detail_open, bench.state.selected) == (False, "2")
        assert bench.presenter.detail.state.card is None
        await bench.presenter.stop()

    run(work)


def test_the_pane_shows_the_record_and_then_what_arrives(bench: Bench, run: Run) -> None:
    monitor = bench.session.monitor
    old = sample(at=NOON - timedelta(minutes=50), total_ms=10)
    new = sample(at=NOON, total_ms=20)
    monitor.recorded["1"] = [old, new]
    monitor.samples["1"] = [new]
    details: list[DetailState] = []

    async def work() -> None:
        bench.presenter.detail.state_changed.connect(details.append)
        bench.say([service("1")])
        bench.presenter.open_detail("1")
        assert len(details[-1].series) == 1, "what is in memory is shown at once"
        bench.presenter.set_range(TimeRange.HOUR)
        await until(lambda: not bench.presenter.detail.state.loading)
        assert list(bench.presenter.detail.state.series.total_ms) == [10, 20]
        bench.clock.forward(5)
        monitor.samples["1"].append(sample(at=bench.clock.now, total_ms=30))
        bench.say([service("1", at=bench.clock.now)])
        assert list(bench.presenter.detail.state.series.total_ms) == [10, 20, 30]
        await bench.presenter.stop()

    run(work)


def test_history_told_after_an_outage_is_read_when_the_source_is_back(bench: Bench, run: Run) -> None:
    monitor = bench.session.monitor

    async def work() -> None:
        bench.say([service("1")])
        bench.presenter.open_detail("1")
        await until(lambda: not bench.presenter.detail.state.loading)
        bench.say([service("1")], source_lost=True)
        monitor.recorded["1"] = [sample(at=NOON - timedelta(minutes=3), origin=Origin.HISTORY)]
        bench.say([service("1")])
        await until(lambda: len(bench.presenter.detail.state.series) == 1)
        assert list(bench.presenter.detail.state.series.told_later) == [1]
        await bench.presenter.stop()

    run(work)


def test_a_record_that_cannot_be_read_is_explained(bench: Bench, run: Run, tmp_path: Path) -> None:
    bench.session.monitor.fail_history = StoreCorrupt("page 3", path=tmp_path / "record.db")

    async def work() -> None:
        bench.say([service("1")])
        bench.presenter.open_detail("1")
        await until(lambda: bench.presenter.detail.state.explanation is not None)
        assert not bench.presenter.detail.state.loading
        bench.session.monitor.fail_history = None
        bench.presenter.detail.retry()
        await until(lambda: bench.presenter.detail.state.explanation is None)
        await bench.presenter.stop()

    run(work)


def test_an_open_service_that_is_listed_no_more_stays_open_and_says_so(bench: Bench, run: Run) -> None:
    async def work() -> None:
        bench.say([service("1"), service("2")])
        bench.presenter.open_detail("1")
        bench.say([service("2")])
        assert bench.presenter.detail.state.card is not None
        assert not bench.presenter.detail.state.listed
        await bench.presenter.stop()

    run(work)


def test_refresh_asks_the_monitor(bench: Bench) -> None:
    bench.presenter.refresh()
    assert bench.session.monitor.refreshed == 1


def test_paused_it_takes_nothing_and_started_again_it_takes_the_newest(bench: Bench, run: Run) -> None:
    async def work() -> None:
        bench.presenter.start()
        await asyncio.sleep(0)
        bench.presenter.pause()
        bench.session.monitor.health.set(snapshot([service("1")]))
        await asyncio.sleep(0.15)
        assert bench.ids == []
        bench.presenter.start()
        await until(lambda: bench.ids == ["1"])
        await bench.presenter.stop()

    run(work)


@pytest.mark.parametrize("looked_on", [True, False])
def test_nothing_of_a_former_tenant_stays_open(bench: Bench, run: Run, *, looked_on: bool) -> None:
    async def work() -> None:
        bench.say([service("1", "orders")])
        bench.presenter.start()
        bench.presenter.open_detail("1")
        assert bench.state.detail_open
        if not looked_on:
            bench.presenter.pause()
        bench.session.tenant = "contoso"
        bench.session.monitor.health.set(snapshot([service("1", "orders")]))  # the same id, another's service
        bench.session.standing.set(Standing(current=Tenant(id="contoso", name="Contoso")))
        if not looked_on:
            bench.presenter.start()
        await until(lambda: not bench.state.detail_open)
        assert bench.state.selected == ""
        assert bench.presenter.detail.state.card is None
        await bench.presenter.stop()

    run(work)
