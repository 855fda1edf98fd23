"""Health that nobody says: what became of this console's own requests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.contract import Gateway
from console.model.errors import Forbidden
from console.model.exchange import Exchange, Reason
from console.model.health import HealthStatus
from console.services.connection import ConnectionWatch
from console.services.monitor import Monitor
from console.services.observed import WINDOW, ObservedHealth, unanswered, witnessed
from console.services.tracking import Tracking
from tests.services.fakes import ScriptedHealth, refused_by_gateway

if TYPE_CHECKING:
    from console.store.store import Store

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def asked(
    age_s: float = 0.0, status: int | None = 200, *, service: str = "auth", now: datetime = NOON, **fields: Any
) -> Exchange:
    given_fields: dict[str, Any] = {
        "operation": f"{service}.do",
        "method": "GET",
        "route": "/do",
        "error": "" if status == 200 else "ServiceFailed",
        "total_ms": 10.0,
        "gateway_ms": None,
        "upstream_ms": None,
        "request_id": f"{service}-{age_s}",
        "attempt": 1,
        "service": service,
    }
    return Exchange(at=now - timedelta(seconds=age_s), status=status, **given_fields | fields)


def test_each_service_is_judged_by_the_share_of_its_answers() -> None:
    seen = witnessed([*(asked(n, 200 if n % 2 else 502) for n in range(10)), asked(service="files")], NOON)
    auth, files = seen
    assert (auth.name, files.name) == ("auth", "files")
    assert auth.sample.status is HealthStatus.DEGRADED
    assert auth.traffic is not None
    assert (auth.traffic.requests, auth.traffic.failures, auth.traffic.per_minute) == (10, 5, 2.0)
    assert files.sample.status is HealthStatus.HEALTHY
    assert files.sample.total_ms == 10.0


def test_what_was_asked_longer_ago_counts_for_nothing() -> None:
    assert witnessed([asked(WINDOW.total_seconds() + 1)], NOON) == ()


def test_a_service_without_a_name_goes_by_its_operations_first_word() -> None:
    assert [one.name for one in witnessed([asked(operation="tasks.list", service="")], NOON)] == ["tasks"]


@pytest.mark.parametrize(
    ("exchange", "failed"),
    [
        (asked(), False),
        (asked(status=404), False),
        (asked(status=401), False),
        (asked(status=503), True),
        (asked(status=None), True),
        (asked(error="ProtocolViolation"), True),
    ],
)
def test_a_no_is_an_answer_and_silence_is_none(exchange: Exchange, failed: bool) -> None:
    assert unanswered(exchange) is failed


def test_looking_for_the_route_is_no_failure() -> None:
    found = [
        asked(2, 404, call_id="c", attempt=1),
        asked(1, 200, call_id="c", attempt=2, reason=Reason.ROUTE),
    ]
    (auth,) = witnessed(found, NOON)
    assert auth.traffic is not None
    assert auth.traffic.requests == 1


@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from([200, 204, 403, 500, 503, None]))))
def test_the_score_is_a_share_and_only_asked_services_are_there(asks: list[tuple[float, int | None]]) -> None:
    seen = witnessed([asked(age, status) for age, status in asks], NOON)
    assert bool(seen) is any(age <= WINDOW.total_seconds() for age, _status in asks)
    for one in seen:
        assert one.sample.score is not None
        assert 0 <= one.sample.score <= 1


class Known:
    """An authentication that knows who is signed in."""

    async def who_am_i(self) -> None:
        return None


async def test_what_nobody_asked_since_the_last_look_is_not_told_again() -> None:
    tracking = Tracking()
    health = ObservedHealth(Known(), tracking)  # type: ignore[arg-type]  # asks nothing else
    tracking.note(asked(now=datetime.now(UTC)))
    first = await health.read()
    assert first.observed
    assert [one.name for one in first.services] == ["auth"]
    assert not first.complete, "what is not asked grows old instead of vanishing"
    assert (await health.read()).services == ()


async def test_a_platform_that_keeps_its_health_to_itself_is_observed(store: Store) -> None:
    tracking, source = Tracking(), ScriptedHealth(error=Forbidden("admins only"))
    watch = ConnectionWatch()
    watch.signed_in()
    monitor = Monitor(store.record, "gw", watch, refused_by_gateway)
    gateway = Gateway(platform="scripted", authentication=Known(), health=source)  # type: ignore[arg-type]  # see above
    monitor.attach(gateway, tracking)
    tracking.note(asked(now=datetime.now(UTC)))
    task = asyncio.ensure_future(monitor.run())
    try:
        async with asyncio.timeout(10):
            async for snapshot in monitor.health.follow():
                if snapshot.services and snapshot.error is not None:
                    break
        assert snapshot.observed
        assert not snapshot.source_lost
        assert isinstance(snapshot.error, Forbidden)
        source.error = None
        monitor.refresh()
        async with asyncio.timeout(10):
            async for snapshot in monitor.health.follow():
                if not snapshot.observed:
                    break
        assert {one.value.name for one in snapshot.services} == {"a", "b"}, "the platform's own word is enough"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
