"""Health is kept up to date, honest about its age, and on record."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from console.api.contract import Gateway
from console.model.blame import Layer
from console.model.connection import FeedState, Phase
from console.model.errors import ConnectFailed, Forbidden, NotOffered
from console.model.feed import FeedDropped, FeedLive
from console.model.freshness import Source
from console.model.health import HealthStatus, Origin
from console.model.reasons import ConnectReason
from console.services.connection import ConnectionWatch
from console.services.monitor import Monitor
from console.services.tracking import Tracking
from tests.services.fakes import ScriptedFeed, ScriptedHealth, refused_by_gateway, service, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.services.ports import HealthSnapshot
    from console.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REFUSED = ConnectFailed("connection refused", reason=ConnectReason.REFUSED)


class Ward:
    """A monitor with its scripted gateway."""

    def __init__(self, store: Store, *, feed: bool = False) -> None:
        self.source = ScriptedHealth()
        self.feed = ScriptedFeed() if feed else None
        self.watch = ConnectionWatch()
        self.watch.signed_in()
        self.store = store
        gateway = Gateway(
            platform="scripted",
            authentication=None,  # type: ignore[arg-type]  # the monitor never signs in
            health=self.source,
            feed=self.feed,
        )
        self.monitor = Monitor(store.record, "gw", self.watch, refused_by_gateway)
        self.monitor.attach(gateway, Tracking())

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.monitor.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, wanted: Callable[[HealthSnapshot], bool]) -> HealthSnapshot:
        async with asyncio.timeout(10):
            async for snapshot in self.monitor.health.follow():
                if wanted(snapshot):
                    return snapshot
        raise AssertionError


def fresh(snapshot: HealthSnapshot) -> bool:
    return snapshot.loaded and not snapshot.source_lost


async def test_a_reading_is_shown_live_and_recorded(store: Store) -> None:
    ward = Ward(store)
    async with ward.running():
        snapshot = await ward.until(fresh)
        assert [observed.value.name for observed in snapshot.services] == ["a", "b"]
        assert all(observed.source is Source.LIVE for observed in snapshot.services)
        assert ward.watch.story.value.phase is Phase.LIVE
    recorded = await store.record.services("gw")
    assert {observed.value.name for observed in recorded} == {"a", "b"}
    assert len(await ward.monitor.history("id-a", datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))) == 1


async def test_a_dead_gateway_makes_everything_stale_and_blanks_nothing(store: Store) -> None:
    ward = Ward(store)
    async with ward.running():
        await ward.until(fresh)
        ward.source.error = REFUSED
        ward.monitor.refresh()
        snapshot = await ward.until(lambda snapshot: snapshot.source_lost)
        assert len(snapshot.services) == 2
        now = datetime.now(UTC)
        assert all(
            observed.is_stale(now, budget_s=snapshot.budget_s, source_lost=snapshot.source_lost)
            for observed in snapshot.services
        )
        assert (ward.watch.story.value.phase, ward.watch.story.value.layer) == (Phase.LOST, Layer.GATEWAY)
        ward.source.error = None
        ward.monitor.refresh()
        await ward.until(fresh)
        assert ward.watch.story.value.phase is Phase.LIVE


async def test_a_failure_records_nothing_so_that_the_hole_stays_a_hole(store: Store) -> None:
    ward = Ward(store)
    ward.source.error = REFUSED
    async with ward.running():
        await ward.until(lambda snapshot: snapshot.error is not None)
    assert await store.record.services("gw") == ()


async def test_the_record_is_shown_before_the_network_is_asked(store: Store) -> None:
    first = Ward(store)
    async with first.running():
        await first.until(fresh)
    second = Ward(store)
    await second.monitor.restore()
    snapshot = second.monitor.health.value
    assert snapshot.loaded
    assert snapshot.source_lost
    assert [observed.source for observed in snapshot.services] == [Source.RECORD, Source.RECORD]
    assert second.source.reads == 0
    assert second.monitor.rates("id-a").count == 1


async def test_the_feed_speaks_between_two_readings(store: Store) -> None:
    ward = Ward(store, feed=True)
    assert ward.feed is not None
    async with ward.running():
        await ward.until(fresh)
        ward.feed.live()
        ward.feed.say("a", HealthStatus.UNHEALTHY, 0.1)
        snapshot = await ward.until(
            lambda snapshot: any(one.value.sample.status is HealthStatus.UNHEALTHY for one in snapshot.services)
        )
        changed = next(one for one in snapshot.services if one.value.name == "a")
        assert changed.value.sample.origin is Origin.FEED
        assert changed.value.version == "1.0"
        assert ward.watch.facts.feed is FeedState.LIVE


async def test_a_lost_feed_asks_at_once_and_is_told_as_partial(store: Store) -> None:
    ward = Ward(store, feed=True)
    assert ward.feed is not None
    async with ward.running():
        await ward.until(fresh)
        ward.feed.live()
        ward.feed.say("a", HealthStatus.HEALTHY)
        await ward.until(lambda snapshot: any(o.value.sample.origin is Origin.FEED for o in snapshot.services))
        reads = ward.source.reads
        ward.feed.lose()
        async with asyncio.timeout(10):
            async for story in ward.watch.story.follow():
                if story.phase is Phase.PARTIAL and ward.source.reads > reads:
                    break
                await asyncio.sleep(0)
                if ward.source.reads > reads and ward.watch.story.value.phase is Phase.PARTIAL:
                    break


async def test_what_a_feed_leaves_out_is_counted_and_the_truth_read_anew(store: Store) -> None:  # faults 60 and 62
    ward = Ward(store, feed=True)
    assert ward.feed is not None
    async with ward.running():
        await ward.until(fresh)
        reads = ward.source.reads
        ward.feed.queue.put_nowait(FeedLive(at=NOW, degraded="no WebSocket"))
        ward.feed.queue.put_nowait(FeedDropped(at=NOW, count=7, since=NOW))
        async with asyncio.timeout(10):
            while ward.source.reads == reads:
                await asyncio.sleep(0.01)
        assert (ward.watch.facts.feed_dropped, ward.watch.facts.feed_degraded) == (7, "no WebSocket")
        ward.feed.queue.put_nowait(FeedLive(at=NOW))
        async with asyncio.timeout(10):
            while ward.watch.facts.feed_dropped:
                await asyncio.sleep(0.01)


async def test_a_returning_gateway_hurries_the_feed(store: Store) -> None:
    ward = Ward(store, feed=True)
    assert ward.feed is not None
    ward.source.error = REFUSED
    async with ward.running():
        await ward.until(lambda snapshot: snapshot.error is not None)
        ward.source.error = None
        hurried = ward.feed.hurried
        ward.monitor._hurry.set()  # noqa: SLF001  (the timer's place)
        await ward.until(fresh)
        assert ward.feed.hurried == hurried + 1


async def test_what_the_platform_tells_of_the_hole_fills_it(store: Store) -> None:
    ward = Ward(store)
    ward.source.history = (told("a", 300), told("a", 240), told("a", 180))
    async with ward.running():
        await ward.until(fresh)
        recorded = await ward.monitor.history("id-a", datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
    assert [sample.origin for sample in recorded] == [Origin.HISTORY] * 3 + [Origin.POLL]
    assert len(ward.monitor.recent("id-a")) == 4


async def test_the_same_history_is_taken_once(store: Store) -> None:
    ward = Ward(store)
    ward.source.history = (told("a", 300), told("a", 240))
    async with ward.running():
        await ward.until(fresh)
        for _ in range(3):
            reads = ward.source.reads
            ward.monitor.refresh()
            await ward.until(lambda _snapshot, reads=reads: ward.source.reads > reads)  # type: ignore[misc]
    assert len([one for one in ward.monitor.recent("id-a") if one.origin is Origin.HISTORY]) == 2


@pytest.mark.parametrize("error", [Forbidden("no"), NotOffered("none", answers=["GET /x: 404"])])
async def test_a_no_about_health_is_not_a_lost_connection(store: Store, error: Forbidden | NotOffered) -> None:
    ward = Ward(store)
    ward.source.error = error
    async with ward.running():
        snapshot = await ward.until(lambda snapshot: snapshot.error is not None)
        assert snapshot.error is error
        assert ward.watch.story.value.phase is Phase.LIVE
        assert snapshot.unsupported == (("GET /x: 404",) if isinstance(error, NotOffered) else ())


async def test_one_unreadable_service_keeps_its_former_value_and_is_stale(store: Store) -> None:
    ward = Ward(store)
    async with ward.running():
        await ward.until(fresh)
        ward.source.services = (service("a"), service("b", HealthStatus.UNKNOWN, problem="could not be read"))
        ward.monitor.refresh()
        snapshot = await ward.until(lambda snapshot: any(one.problem for one in snapshot.services))
    marked = next(one for one in snapshot.services if one.problem)
    assert marked.value.sample.status is HealthStatus.HEALTHY
    assert marked.is_stale(datetime.now(UTC), budget_s=1e9, source_lost=False)


async def test_a_service_that_left_the_registry_leaves_the_screen(store: Store) -> None:
    ward = Ward(store)
    async with ward.running():
        await ward.until(fresh)
        ward.source.names = ("b", "c")
        ward.monitor.refresh()
        snapshot = await ward.until(lambda snapshot: {one.value.name for one in snapshot.services} == {"b", "c"})
    assert len(snapshot.services) == 2
