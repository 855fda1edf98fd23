"""What is shown of a gateway's numbers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from console.model.capability import Capability
from console.model.errors import Forbidden, ServiceFailed
from console.model.freshness import Source
from console.model.tenancy import Standing
from console.presenters.health import HealthPresenter
from console.presenters.health_state import Pane
from console.presenters.number_detail import NumberDetailPresenter, number_reading, span_text
from console.presenters.numbers import NumbersPresenter
from console.services.ports import MetricsSnapshot
from tests.presenters.fake_session import NOON, FakeClock, FakeSession, snapshot
from tests.presenters.numbers import CPU, P95, cpu, p95, seen, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.model.profile import Profile


class Session(FakeSession):
    """One whose profile a test may change."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: dict[str, object] = {}

    @property
    def profile(self) -> Profile:
        return msgspec.structs.replace(super().profile, **self.changes)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def following(session: FakeSession, clock: FakeClock | None = None) -> AsyncIterator[NumbersPresenter]:
    session.monitor.health.set(snapshot([]))
    presenter = NumbersPresenter(session, clock or FakeClock(), _raise)
    presenter.start()
    await asyncio.sleep(0)
    try:
        yield presenter
    finally:
        await presenter.stop()


async def test_each_number_has_value_target_verdict_and_age() -> None:
    session = FakeSession()
    session.telemetry.metrics.set(told([seen(cpu()), seen(p95())]))
    async with following(session) as numbers:
        await until(lambda: bool(numbers.state.tiles))
        assert numbers.state.verdicts == "1 of 1 targets missed"
        missed, plain = numbers.state.tiles
        assert (missed.value, missed.target, missed.verdict) == ("232 ms", "below 200 ms", "Missed")
        assert missed.age(NOON) == "4 s"
        assert missed.sentence(NOON) == "API p95 232 ms, target below 200 ms, Missed, seen 4 s ago"
        assert (plain.value, plain.target, plain.verdict) == ("37%", "", "")


async def test_an_old_number_is_stale_and_has_no_verdict() -> None:
    session, clock = FakeSession(), FakeClock()
    session.telemetry.metrics.set(told([seen(p95())]))
    async with following(session, clock) as numbers:
        await until(lambda: bool(numbers.state.tiles))
        clock.forward(600)
        numbers.tick()
        (tile,) = numbers.state.tiles
        assert tile.stale
        assert tile.verdict == "", "nobody knows whether it is kept now"


async def test_a_number_of_the_record_says_so() -> None:
    session = FakeSession()
    session.telemetry.metrics.set(told([seen(p95(), source=Source.RECORD)]))
    async with following(session) as numbers:
        await until(lambda: bool(numbers.state.tiles))
        (tile,) = numbers.state.tiles
        assert tile.stale
        assert tile.age(NOON) == "4 s, offline"


async def test_what_gave_nothing_is_said_with_its_route() -> None:
    session = FakeSession()
    refusal = Forbidden("admins only", route="GET /cache/metrics", request_id="r-1")
    session.telemetry.metrics.set(told([seen(cpu())], ("cache.metrics", refusal)))
    async with following(session) as numbers:
        await until(lambda: bool(numbers.state.failures))
        (line,) = numbers.state.failures
        assert line.text.startswith("GET /cache/metrics: ")
        assert line.request_id == "r-1"


async def test_a_platform_without_numbers_offers_none() -> None:
    session = FakeSession()
    session.telemetry.metrics.set(MetricsSnapshot())
    async with following(session) as numbers:
        assert not numbers.state.offered
        assert not numbers.state.cache.offered


async def test_the_cache_is_emptied_once_and_what_became_of_it_is_said() -> None:
    session = FakeSession()
    session.standing.set(Standing(offered=frozenset({Capability.CACHE_CONTROL})))
    async with following(session) as numbers:
        await until(lambda: numbers.state.cache.offered)
        numbers.empty_cache()
        numbers.empty_cache()
        await until(lambda: "emptied at" in numbers.state.cache.said)
        assert session.telemetry.invalidated == [""]
        session.telemetry.fail = ServiceFailed("no room", status=500, request_id="r-2")
        numbers.empty_cache()
        await until(lambda: "Not emptied" in numbers.state.cache.said)
        assert "r-2" in numbers.state.cache.said
        assert not numbers.state.cache.busy


async def test_a_read_only_profile_empties_nothing_and_says_why() -> None:
    session = Session()
    session.changes = {"read_only": True}
    session.standing.set(Standing(offered=frozenset({Capability.CACHE_CONTROL})))
    async with following(session) as numbers:
        await until(lambda: numbers.state.cache.offered)
        assert "read-only" in numbers.state.cache.refusal
        numbers.empty_cache()
        await asyncio.sleep(0)
        assert session.telemetry.invalidated == []


async def test_on_production_its_name_is_typed_first() -> None:
    session = Session()
    async with following(session) as numbers:
        assert numbers.confirmation == ""
        session.changes = {"production": True}
        assert numbers.confirmation == "kong-prod"


async def test_an_open_number_follows_its_values() -> None:
    session, clock = FakeSession(), FakeClock()
    session.telemetry.metrics.set(told([seen(p95()), seen(cpu())]))
    session.telemetry.values[P95] = [(NOON, 100.0)]
    async with following(session, clock) as numbers:
        await until(lambda: bool(numbers.state.tiles))
        detail = NumberDetailPresenter(numbers, clock)
        detail.open(P95)
        assert list(detail.state.series.value) == [100.0]
        clock.forward(60)
        session.telemetry.values[P95].append((clock.now, 150.0))
        detail.tick()
        assert list(detail.state.series.value) == [100.0, 150.0]
        session.telemetry.metrics.set(told([seen(cpu())]))
        numbers.tick()
        detail.tick()
        assert not detail.state.listed
        assert detail.state.tile is not None, "what was shown stays, and is said to be gone"
        assert (detail.state.tile.stale, detail.state.tile.verdict) == (True, "")
        detail.open(CPU)
        assert len(detail.state.series) == 0
        assert "No value" in span_text(detail.state.series, NOON, detail.state.range.span)


def test_the_crosshair_reads_value_target_and_state() -> None:
    reading = number_reading(p95(), NOON.timestamp(), 232.0)
    assert [(line.label, line.value) for line in reading.lines] == [
        ("value", "232 ms"),
        ("target", "below 200 ms"),
        ("state", "missed"),
    ]
    assert [line.value for line in number_reading(cpu(), NOON.timestamp(), 0.5).lines] == ["50%"]


def _raise(_name: str, error: Exception) -> None:
    raise error


async def test_a_number_of_somebody_else_does_not_stay_open() -> None:
    session, clock = FakeSession(), FakeClock()
    session.telemetry.metrics.set(told([seen(p95()), seen(cpu())]))
    presenter = HealthPresenter(session, _raise, clock)

    def pane() -> Pane:
        return presenter.state.pane

    presenter.start()
    try:
        await until(lambda: bool(presenter.numbers.state.tiles))
        presenter.open_number(P95)
        assert pane() is Pane.NUMBER
        session.telemetry.metrics.set(msgspec.structs.replace(told([seen(cpu())]), era=1))
        await until(lambda: presenter.numbers.state.era == 1)
        assert pane() is Pane.NONE
        assert presenter.number.state.tile is None
    finally:
        await presenter.stop()
