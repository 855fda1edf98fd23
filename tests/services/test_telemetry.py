"""What a gateway tells beside health: read through the cache, filled in by the feed, dropped with its login."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from console.api.contract import Gateway
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.deployment import Deployment
from console.model.errors import Forbidden, GatewayError, NotOffered, ServiceFailed
from console.model.freshness import Freshness, ttl_s
from console.model.metrics import Metric, MetricsReport, Target, Unit
from console.model.notice import Notice
from console.services import kept_going
from console.services.cache import ReadCache
from console.services.telemetry import METRICS_LIMIT, PUSHED_LIMIT, SERIES_LIMIT, Telemetry
from tests.services.gateway_of_answers import NOON, Clock, MemoryShelf, idle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from console.services.ports import Told


@dataclass
class Said:
    """Implements `CacheReply`."""

    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    not_modified: bool = False

    @property
    def raw(self) -> bytes:
        return json.dumps(self.body).encode()


def operation(name: str) -> Operation:
    return Operation(name=name, method="GET", routes=(f"/{name}",), effect=Effect.READ)


def report(body: object) -> MetricsReport:
    assert isinstance(body, dict)
    target = Target(limit=200.0)
    return MetricsReport(
        metrics=tuple(
            Metric(id=name, name=name, value=value, unit=Unit.MILLISECONDS, target=target)
            for name, value in body.items()
        )
    )


def deployments(body: object) -> tuple[Deployment, ...]:
    assert isinstance(body, list)
    return tuple(Deployment(id=one, service="billing", started_at=NOW) for one in body)


def notices(body: object) -> tuple[Notice, ...]:
    assert isinstance(body, list)
    return tuple(Notice(id=one, at=NOW, title=one) for one in body)


NOW = NOON - timedelta(minutes=1)
PERFORMANCE = Query(operation=operation("performance"), decode=report, freshness=Freshness.METRICS)
CACHE = Query(operation=operation("cache"), decode=report, freshness=Freshness.METRICS)
DEPLOYMENTS = Query(operation=operation("deployments"), decode=deployments, freshness=Freshness.METRICS)
NOTICES = Query(
    operation=operation("notices"), decode=notices, freshness=Freshness.NOTICES, tags=frozenset({"notices"})
)


class Centre:
    """Implements `Notifications`."""

    listing = NOTICES

    def __init__(self) -> None:
        self.read: list[str] = []
        self.fail: GatewayError | None = None

    async def mark_read(self, notice_id: str) -> None:
        if self.fail is not None:
            raise self.fail
        self.read.append(notice_id)


class Desk:
    """A gateway with everything, and what is told of it."""

    def __init__(self) -> None:
        self.says: dict[str, object] = {
            "performance": {"api.p95": 120.0},
            "cache": {"cache.hits": 5.0},
            "deployments": ["d1"],
            "notices": ["n1"],
        }
        self.clock = Clock()
        self.cache = ReadCache(self._ask, MemoryShelf(), "owner", clock=self.clock)
        self.telemetry = Telemetry(self.cache)
        self.centre = Centre()
        self.gateway = Gateway(
            platform="scripted",
            authentication=None,  # type: ignore[arg-type]  # nobody signs in
            metrics=(PERFORMANCE, CACHE),
            deployments=DEPLOYMENTS,
            notifications=self.centre,
        )

    async def _ask(self, query: Query[Any], etag: str) -> Said:
        said = self.says[query.endpoint]
        if isinstance(said, GatewayError):
            raise said
        return Said(said)

    def values(self) -> dict[str, float | None]:
        return {one.value.id: one.value.value for one in self.telemetry.metrics.value.metrics}


@contextlib.asynccontextmanager
async def desk(gateway: Gateway | None = None, at: Desk | None = None) -> AsyncIterator[Desk]:
    at = at or Desk()
    running = asyncio.ensure_future(at.telemetry.run(gateway or at.gateway))
    at.cache.begin_login("ann")
    await idle()
    try:
        yield at
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await at.cache.close()


def ids(told: Told[tuple[Notice, ...]] | Told[tuple[Deployment, ...]] | None) -> list[str]:
    assert told is not None
    assert told.known is not None
    return [one.id for one in told.known.value]


async def test_all_of_it_is_read_with_its_age() -> None:
    async with desk() as at:
        assert at.values() == {"api.p95": 120.0, "cache.hits": 5.0}
        assert at.telemetry.metrics.value.loaded
        assert ids(at.telemetry.deployments.value) == ["d1"]
        assert ids(at.telemetry.notices.value) == ["n1"]
        assert [one.observed_at for one in at.telemetry.metrics.value.metrics] == [at.clock.now] * 2


async def test_a_platform_without_any_of_it_says_so() -> None:
    bare = Gateway(platform="bare", authentication=None)  # type: ignore[arg-type]  # nobody signs in
    async with desk(bare) as at:
        assert not at.telemetry.metrics.value.offered
        assert at.telemetry.deployments.value is None
        assert at.telemetry.notices.value is None
        with pytest.raises(NotOffered):
            await at.telemetry.invalidate()
        with pytest.raises(NotOffered):
            await at.telemetry.mark_read("n1")


async def test_one_route_that_fails_does_not_take_the_others_along() -> None:
    at = Desk()
    at.says["cache"] = Forbidden("admins only", status=403)
    running = asyncio.ensure_future(at.telemetry.run(at.gateway))
    at.cache.begin_login("ann")
    await idle()
    assert at.values() == {"api.p95": 120.0}
    assert [(name, type(error)) for name, error in at.telemetry.metrics.value.failures] == [("cache", Forbidden)]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await at.cache.close()


async def test_what_fails_later_keeps_its_value_and_its_age() -> None:
    async with desk() as at:
        read_at = at.clock.now
        at.says["performance"] = ServiceFailed("down", status=503)
        at.clock.forward(ttl_s(Freshness.METRICS.default_budget_s) + 1)
        at.cache.try_now()
        await idle()
        kept = next(one for one in at.telemetry.metrics.value.metrics if one.value.id == "api.p95")
        assert (kept.value.value, kept.observed_at, kept.problem) == (120.0, read_at, "down")


async def test_the_feed_fills_in_and_an_older_reading_does_not_undo_it() -> None:
    async with desk() as at:
        pushed_at = at.clock.now + timedelta(seconds=1)
        at.telemetry.heard(report({"api.p95": 300.0}), pushed_at)
        assert at.values()["api.p95"] == 300.0
        assert [value for _at, value in at.telemetry.series("api.p95")] == [120.0, 300.0]
        at.telemetry.heard(report({"api.p95": 1.0}), at.clock.now - timedelta(seconds=9))
        assert at.values()["api.p95"] == 300.0


async def test_what_was_pushed_stands_beside_what_was_read_until_it_is_read_anew() -> None:
    async with desk() as at:
        later = at.clock.now + timedelta(seconds=1)
        at.telemetry.heard(Notice(id="n2", at=later, title="new"), later)
        at.telemetry.heard(Deployment(id="d1", service="billing", version="2"), later)
        assert ids(at.telemetry.notices.value) == ["n2", "n1"]
        assert ids(at.telemetry.deployments.value) == ["d1"]
        told = at.telemetry.deployments.value
        assert told is not None
        assert told.known is not None
        assert told.known.value[0].version == "2"
        at.says["notices"] = ["n3"]
        at.clock.forward(ttl_s(Freshness.NOTICES.default_budget_s) + 1)
        at.cache.try_now()
        await idle()
        assert ids(at.telemetry.notices.value) == ["n3"]


async def test_an_alert_that_no_list_has_outlives_the_next_reading() -> None:
    async with desk() as at:
        later = at.clock.now + timedelta(seconds=1)
        at.telemetry.heard(Notice(id="alert", at=later, title="bad", only_pushed=True), later)
        at.says["notices"] = ["n3"]
        at.clock.forward(ttl_s(Freshness.NOTICES.default_budget_s) + 1)
        at.cache.try_now()
        await idle()
        assert ids(at.telemetry.notices.value) == ["alert", "n3"]


async def test_what_is_pushed_is_bounded() -> None:
    async with desk() as at:
        for number in range(PUSHED_LIMIT + 50):
            when = at.clock.now + timedelta(seconds=number + 1)
            at.telemetry.heard(Notice(id=str(number), at=when, title="x"), when)
        shown = ids(at.telemetry.notices.value)
        assert len(shown) == PUSHED_LIMIT + 1  # and the one that was read
        assert shown[0] == str(PUSHED_LIMIT + 49)


async def test_numbers_under_ever_new_names_and_floods_of_one_are_bounded() -> None:
    async with desk() as at:
        for number in range(METRICS_LIMIT + 50):
            when = at.clock.now + timedelta(milliseconds=number + 1)
            at.telemetry.heard(report({f"made up {number}": 1.0}), when)
        assert len(at.values()) == METRICS_LIMIT
        assert f"made up {METRICS_LIMIT + 49}" in at.values()
        assert at.telemetry.series("made up 0") == ()
        for number in range(SERIES_LIMIT + 50):
            at.telemetry.heard(report({"api.p95": float(number)}), when + timedelta(milliseconds=number + 1))
        series = at.telemetry.series("api.p95")
        assert (len(series), series[-1][1]) == (SERIES_LIMIT, SERIES_LIMIT + 49.0)


async def test_reading_a_notice_is_shown_at_once_and_taken_back_when_it_fails() -> None:
    async with desk() as at:
        await at.telemetry.mark_read("n1")
        assert at.centre.read == ["n1"]
        at.centre.fail = ServiceFailed("down", status=500)
        with pytest.raises(ServiceFailed):
            await at.telemetry.mark_read("n1")


async def test_nothing_of_a_login_is_left_for_the_next() -> None:
    async with desk() as at:
        at.telemetry.heard(Notice(id="secret", at=NOW, title="for ann"), at.clock.now + timedelta(seconds=1))
        at.says = {"performance": {}, "cache": {}, "deployments": [], "notices": []}
        at.cache.begin_login("bob")
        assert at.values() == {}
        assert at.telemetry.series("api.p95") == ()
        await idle()
        assert ids(at.telemetry.notices.value) == []


class Clumsy(Telemetry):
    """Has a bug that shows once."""

    failed = False

    def _take_deployments(self, told: Told[tuple[Deployment, ...]]) -> None:
        if not self.failed:
            self.failed = True
            raise ZeroDivisionError("a bug")
        super()._take_deployments(told)


@pytest.mark.expects_logs
async def test_after_a_bug_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_going, "RESTART_PAUSE_S", 0.0)
    at = Desk()
    at.telemetry = Clumsy(at.cache)
    running = asyncio.ensure_future(at.telemetry.run(at.gateway))
    at.cache.begin_login("ann")
    async with asyncio.timeout(10):
        async for told in at.telemetry.deployments.follow():
            if told is not None and told.known is not None:
                break
    assert ids(at.telemetry.deployments.value) == ["d1"]
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await at.cache.close()


async def test_numbers_of_another_user_are_of_another_era() -> None:
    async with desk() as at:
        before = at.telemetry.metrics.value.era
        at.telemetry.forget()
        assert at.telemetry.metrics.value.era == before + 1
        assert at.telemetry.metrics.value.metrics == ()
