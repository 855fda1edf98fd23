"""Notices, deployments, alerts, instruments and the cache, without a face in front of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.health import HealthStatus
from console.sandbox.alerts import Watch
from console.sandbox.cache import AnswerCache
from console.sandbox.components import Component, Reading, specs
from console.sandbox.deployments import Deployments, next_version, past_deployments
from console.sandbox.feeds import (
    AlertCleared,
    AlertRaised,
    DeploymentFinished,
    DeploymentStarted,
    FeedClose,
    FeedEvent,
    FeedHub,
    HealthRead,
    NoticeCreated,
    NoticesRead,
    Told,
)
from console.sandbox.meters import Meters, RequestMeter, percentile
from console.sandbox.notices import NoticeBook, past_notices

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from console.sandbox.thread import SandboxThread

_BORN = 1_760_000_000.0
_NAMES = [spec.name for spec in specs(12)]


@pytest.fixture
def told() -> list[FeedEvent]:
    return []


def create(book: NoticeBook, title: str, *, user_id: str = "") -> str:
    return book.create(kind="quota", title=title, message="m", severity="info", user_id=user_id).id


def test_reading_is_noted_for_each_user(told: list[FeedEvent]) -> None:
    book = NoticeBook(told.append)
    first, second, private = create(book, "1"), create(book, "2"), create(book, "3", user_id="jo")
    assert [notice.id for notice in book.of("ana")] == [second, first]
    assert book.unread_count("jo") == 3
    assert book.find(private, "ana") is None
    assert [notice.id for notice in book.mark_read("ana", [first, private, "unknown"])] == [first]
    assert book.mark_read("ana", [first]) == []
    assert (book.unread_count("ana"), book.unread_count("jo")) == (1, 3)
    book.mark_read("jo")
    assert book.of("jo", unread_only=True) == []
    assert told[-2:] == [NoticesRead("ana", (first,)), NoticesRead("jo", (private, second, first))]


def test_only_a_new_client_is_worth_a_notice(told: list[FeedEvent]) -> None:
    book = NoticeBook(told.append)
    for client in ("firefox", "firefox", "gatewatch", "firefox"):
        book.signed_in("ana", client)
    book.signed_in("jo", "firefox")
    severities = [(event.notice.user_id, event.notice.severity) for event in told if isinstance(event, NoticeCreated)]
    assert severities == [("ana", "info"), ("ana", "warning"), ("jo", "info")]


def test_very_many_notices_push_out_the_oldest(told: list[FeedEvent]) -> None:
    book = NoticeBook(told.append)
    first = create(book, "first")
    book.mark_read("ana", [first])
    for number in range(2_000):
        create(book, str(number))
    assert book.find(first, "ana") is None
    assert len(book.of("ana")) == 2_000


@given(st.integers(), st.integers(0, 10**10))
def test_the_past_is_the_same_for_a_seed_and_wholly_past(seed: int, born_at: int) -> None:
    notices = past_notices(seed, _NAMES, float(born_at))
    assert notices == past_notices(seed, _NAMES, float(born_at))
    assert all(born_at - 32 * 86_400 < notice.created_at < born_at for notice in notices)
    deployments = past_deployments(seed, specs(12), float(born_at))
    assert deployments == past_deployments(seed, specs(12), float(born_at))
    assert all((one.finished_at or math.inf) < born_at for one in deployments)
    assert len({one.id for one in deployments}) == len(deployments)


def test_the_old_past_is_read_already(sandbox: SandboxThread) -> None:
    book = sandbox.sandbox.world.notices
    unread, everything = book.unread_count("u-2"), len(book.of("u-2"))
    assert everything > 50
    assert unread < everything / 4


@pytest.mark.parametrize(("before", "after"), [("2.4.1", "2.4.2"), ("16.4", "16.5"), ("7", "8"), ("v1-rc", "v1-rc.1")])
def test_the_next_version(before: str, after: str) -> None:
    assert next_version(before) == after


def test_a_deployment_starts_ends_and_is_told(told: list[FeedEvent]) -> None:
    book = NoticeBook(told.append)
    deployments = Deployments(told.append, book)
    started = deployments.start("redis", "8", author="ana")
    assert deployments.all(status="in_progress") == [started]
    deployments.start("redis", "9", author="ana")
    deployments.finish("redis", "success")
    deployments.finish("redis", "success")
    assert {(one.version, one.status) for one in deployments.all()} == {("8", "failed"), ("9", "success")}
    assert [type(event) for event in told] == [
        DeploymentStarted,
        DeploymentFinished,
        NoticeCreated,
        DeploymentStarted,
        DeploymentFinished,
        NoticeCreated,
    ]
    assert deployments.under_way("redis") is None


def test_an_alert_is_raised_once_and_cleared_by_recovery(told: list[FeedEvent]) -> None:
    watch = Watch(NoticeBook(told.append), told.append)
    component = Component(specs(12)[0], seed=1, on_reading=watch.look)
    for status in ("unknown", "healthy", "unhealthy", "unhealthy", "degraded", "healthy", "unhealthy"):
        reading = Reading(at=_BORN, status=HealthStatus(status), score=0.5, latency_ms=None)
        watch.look(component, reading)
    alerts = [event for event in told if isinstance(event, AlertRaised | AlertCleared)]
    assert [type(event) for event in alerts] == [AlertRaised, AlertCleared, AlertRaised]
    assert alerts[0].alert.id == alerts[1].alert.id != alerts[2].alert.id
    assert [alert.id for alert in watch.current()] == [alerts[2].alert.id]
    assert [alert.cleared_at for alert in watch.past()] == [_BORN]
    assert len([event for event in told if isinstance(event, NoticeCreated)]) == 4


async def test_a_slow_listener_loses_the_oldest_events_and_no_word_of_the_face() -> None:  # fault 60
    hub = FeedHub()
    subscription = hub.join("dotmac", (HealthRead,))
    for number in range(6_000):
        hub.publish(HealthRead(str(number), "healthy", 1.0))
        if number == 10:
            subscription.say(Told("heartbeat"))
    assert await subscription.next() == Told("heartbeat")
    assert await subscription.next() == HealthRead("1000", "healthy", 1.0)
    hub.close_all(4401, "over", signed_in_only=True)
    hub.close_all(1012, "kicked")
    assert await subscription.next() == FeedClose(1012, "kicked")


async def test_who_comes_back_hears_what_was_remembered_and_is_theirs() -> None:  # fault 62
    hub = FeedHub()
    book = NoticeBook(hub.publish)
    live = hub.join("dafnck", (NoticeCreated,), "ana")
    create(book, "1")
    assert isinstance(await live.next(), NoticeCreated)
    number = live.number
    hub.leave(live)
    create(book, "2", user_id="jo")
    hub.muted = True
    create(book, "3")
    hub.muted = False
    back = hub.join("dafnck", (NoticeCreated, HealthRead), "ana", after=number)
    hub.publish(HealthRead("redis", "healthy", 1.0))
    missed = await back.next()
    assert isinstance(missed, NoticeCreated)
    assert missed.notice.title == "3"
    assert back.number == number + 2
    assert await back.next() == HealthRead("redis", "healthy", 1.0)
    assert back.number == 0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_percentiles_are_values_that_were_there(values: list[float], ratio: float) -> None:
    ordered = sorted(values)
    found = percentile(ordered, ratio)
    assert found in {round(value, 3) for value in ordered}
    assert percentile(ordered, 0) == round(ordered[0], 3)
    assert percentile(ordered, 1) == round(ordered[-1], 3)
    assert percentile([], ratio) is None


def test_the_meters_measure() -> None:
    meter = RequestMeter()
    assert (meter.reading().count, meter.reading().p95_ms) == (0, None)
    for latency_ms in range(1, 101):
        meter.add(float(latency_ms), 500 if latency_ms <= 5 else 404)
    reading = meter.reading()
    assert (reading.p50_ms, reading.p95_ms, reading.p99_ms, reading.error_ratio) == (50, 95, 99, 0.05)
    metrics = Meters(AnswerCache()).read(active_users=3)
    assert 0 <= metrics.cpu_ratio <= 1
    assert metrics.memory_ratio is None or 0 < metrics.memory_ratio < 1
    assert 0 < metrics.disk_ratio <= 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_the_cache_counts_every_lookup(steps: list[tuple[str, bool]]) -> None:
    cache, made = AnswerCache(), 0

    def make() -> bytes:
        nonlocal made
        made += 1
        return b"body"

    for key, forget in steps:
        assert cache.get(key, make, lifetime_s=100) == b"body"
        if forget:
            assert cache.invalidate(key) == 1
    assert cache.misses == made
    assert cache.hits + cache.misses == len(steps)
    assert cache.size_bytes == 4 * len(cache)


def test_the_cache_has_an_end() -> None:
    cache = AnswerCache()
    for number in range(300):
        cache.get(str(number), lambda: b"", lifetime_s=100)
    assert (len(cache), cache.evictions) == (256, 44)
    cache.get("short", lambda: b"1", lifetime_s=-1)
    assert cache.get("short", lambda: b"2", lifetime_s=1) == b"2"
    assert cache.invalidate() == 256


def test_dotmac_lists_what_happened_through_another_face(
    sandbox: SandboxThread, dotmac: httpx.Client, kong_user: httpx.Client, eventually: Callable[..., None]
) -> None:
    assert kong_user.get("/api/v1/auth/me").status_code == 200
    sandbox.apply(field_routes=True, kill_service="redis")
    body = {"username": sandbox.username, "password": sandbox.password}
    token = dotmac.post("/api/v1/auth/login", json=body).json()["access_token"]
    dotmac.cookies.clear()
    assert dotmac.get("/api/v1/notifications").status_code == 401
    dotmac.headers["authorization"] = f"Bearer {token}"

    def unread() -> list[dict[str, str]]:
        told = dotmac.get("/api/v1/notifications", params={"unread_only": "true"}).json()
        assert told["total"] == told["unread_count"]
        return list(told["notifications"])

    eventually(lambda: any(one["source"] == "redis" and one["severity"] == "critical" for one in unread()))
    assert any(one["type"] == "sign_in" for one in unread())
    page = dotmac.get("/api/v1/notifications", params={"page": 2, "per_page": 3}).json()
    assert len(page["notifications"]) == 3
    assert page["total"] > page["unread_count"]
    assert dotmac.get("/api/v1/notifications", params={"page": "x"}).status_code == 422


def test_renewing_and_leaving_are_no_sign_ins(sandbox: SandboxThread, dotmac: httpx.Client) -> None:
    def notices(user_agent: str) -> int:
        told = sandbox.sandbox.world.notices.of(sandbox.sandbox.world.accounts.operator.id)
        return sum(user_agent in notice.message for notice in told)

    body = {"email": sandbox.username, "password": sandbox.password}
    session = dotmac.post("/api/auth/login", json=body, headers={"user-agent": "first"}).json()
    dotmac.cookies.clear()
    bearer = {"authorization": f"Bearer {session['access_token']}", "user-agent": "second"}
    assert dotmac.post("/api/auth/session-heartbeat", headers=bearer).status_code == 200
    renewal = {"refresh_token": session["refresh_token"]}
    renewed = dotmac.post("/api/auth/refresh", json=renewal, headers={"user-agent": "second"}).json()
    bearer["authorization"] = f"Bearer {renewed['access_token']}"
    assert dotmac.post("/api/auth/logout", headers=bearer).status_code == 200
    assert (notices("first"), notices("second")) == (1, 0)
