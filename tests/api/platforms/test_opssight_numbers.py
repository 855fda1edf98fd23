"""opssight's numbers and deployments, as the guide and running servers spell them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.platforms.opssight import PLATFORM, deployments, numbers, wire, wire_numbers
from console.model.deployment import DeploymentState
from console.model.errors import NotOffered, ProtocolViolation, Rejected
from tests.api.scripted_gateway import Asked, reply, scripted, transport_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.metrics import Metric, MetricsReport

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["data", "cpu_usage", "hits", "size", "p95", "id", "service"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def told(report: MetricsReport) -> dict[str, float | None]:
    return {metric.id: metric.value for metric in report.metrics}


def by_id(report: MetricsReport, metric_id: str) -> Metric:
    return next(metric for metric in report.metrics if metric.id == metric_id)


def test_the_dashboard_with_usages_in_percent() -> None:
    body = {
        "cpu_usage": 0.9,
        "memory_usage": 61.5,
        "cache_hit_rate": 0.91,
        "request_rate": 12.5,
        "error_rate": "0.5%",
        "active_users": 3,
        "timestamp": "2026-03-01T12:00:00",
        "queue": {"depth": 4},
    }
    report = wire_numbers.dashboard(body)
    assert told(report) == {
        "cpu": pytest.approx(0.009),  # in percent, as its neighbour is
        "memory": pytest.approx(0.615),
        "dashboard.cache_hit_rate": 0.91,
        "requests.rate": 12.5,
        "requests.errors": pytest.approx(0.005),
        "users.active": 3,
        "dashboard:queue.depth": 4,
    }
    assert report.said_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_dashboard_with_usages_as_ratios() -> None:
    assert told(wire_numbers.dashboard({"data": {"cpuUsage": 0.9, "memory_usage": 0.5}})) == {"cpu": 0.9, "memory": 0.5}


def test_the_cache_as_the_guide_and_as_servers_have_it() -> None:
    guide = wire_numbers.cache({"hit_rate": 0.8, "hits": 8, "misses": 2, "size": 40})
    assert told(guide) == {"cache.hit_rate": 0.8, "cache.hits": 8, "cache.misses": 2, "cache.entries": 40}
    assert by_id(guide, "cache.hit_rate").missed
    field = wire_numbers.cache(
        {"hit_rate": "92.0%", "total_requests": 50, "cache_size": "256MB", "avg_response_time": "2.3ms"}
    )
    assert told(field) == {
        "cache.hit_rate": 0.92,
        "cache.requests": 50,
        "cache.size": 256 * 1024**2,
        "cache.mean": 2.3,
    }
    assert not by_id(field, "cache.hit_rate").missed
    assert told(wire_numbers.cache({"size": "1KB"})) == {"cache.size": 1024}


@pytest.mark.parametrize("body", [{"hit_rate": 0, "hits": 0, "misses": 0}, {"hit_rate": "0%", "total_requests": 0}])
def test_a_cache_that_nobody_asked_misses_no_target(body: dict[str, object]) -> None:
    rate = by_id(wire_numbers.cache(body), "cache.hit_rate")
    assert rate.value is None
    assert not rate.missed


def test_the_api_against_the_platforms_own_targets() -> None:
    guide = wire_numbers.performance({"p50": 20, "p95": 210, "p99": 480, "requests_per_second": 9, "error_rate": 0.01})
    assert (by_id(guide, "api.p95").missed, by_id(guide, "api.p99").missed) == (True, False)
    field = wire_numbers.performance({"p95_response_time": "0.15s", "p99_response_time": "612ms"})
    assert told(field) == {"api.p95": 150.0, "api.p99": 612.0}
    assert (by_id(field, "api.p95").missed, by_id(field, "api.p99").missed) == (False, True)


def test_deployments_newest_first_in_any_spelling() -> None:
    body = {
        "deployments": [
            {"id": 1, "service": "api", "status": "success", "started_at": "2026-03-01T10:00:00Z"},
            {"id": "b", "name": "web", "state": "rolled-back", "createdAt": 1772366400, "author": {"username": "ann"}},
            {"uuid": "c", "service": {"name": "jobs"}, "status": "sideways"},
        ]
    }
    web, api, jobs = deployments.listing(body)
    assert (web.id, web.service, web.state, web.author) == ("b", "web", DeploymentState.ROLLED_BACK, "ann")
    assert (api.id, api.state, api.finished_at) == ("1", DeploymentState.SUCCEEDED, None)
    assert (jobs.service, jobs.state, jobs.status) == ("jobs", DeploymentState.OTHER, "sideways")


def test_a_deployment_without_an_id_is_named() -> None:
    with pytest.raises(ProtocolViolation, match=r"deployments\[1\]: id is missing") as caught:
        deployments.listing([{"id": 1, "service": "api"}, {"service": "web"}])
    assert caught.value.field == "id"


def test_each_number_has_a_name_of_its_own_among_all() -> None:
    known = [*wire_numbers.DASHBOARD, *wire_numbers.CACHE, *wire_numbers.PERFORMANCE]
    assert len({gauge.id for gauge in known}) == len({gauge.name for gauge in known}) == len(known)


@pytest.mark.parametrize(
    "decode", [wire_numbers.dashboard, wire_numbers.cache, wire_numbers.performance, deployments.listing]
)
@given(body=json_values)
def test_any_payload_gives_a_value_or_names_its_field(decode: Callable[[object], object], body: object) -> None:
    try:
        decode(body)
    except ProtocolViolation as exc:
        named = exc.field
    else:
        return
    assert named


def script(asked: Asked) -> bytes:
    if asked.method == "OPTIONS":
        return reply(404) if asked.path == "/cache/invalidate" else reply(204, None, "Allow: POST")
    if asked.path == "/api/v1/metrics":
        return reply(422, {"detail": [{"loc": ["path", "metric_id"], "msg": "not a number", "input": "metrics"}]})
    return reply(200, {"cpu_usage": 5})


async def test_the_write_goes_where_options_says_it_may() -> None:
    async with scripted(script) as gateway, transport_to(gateway) as transport:
        await numbers.OpssightCache(transport).invalidate("users:*")
    assert gateway.lines == [
        "OPTIONS /cache/invalidate",
        "OPTIONS /api/v1/cache/invalidate",
        "POST /api/v1/cache/invalidate",
    ]
    assert json.loads(gateway.asked[-1].body) == {"pattern": "users:*"}


async def test_a_route_that_another_one_swallowed_is_not_there() -> None:
    async with scripted(script) as gateway, transport_to(gateway, platform=PLATFORM) as transport:
        reply_of_the_other = await transport.call(numbers.DASHBOARD.operation)
    assert told(wire_numbers.dashboard(reply_of_the_other.body)) == {"cpu": 0.05}
    assert gateway.lines == ["GET /api/v1/metrics", "GET /metrics"]


def test_only_what_was_swallowed_is_not_offered() -> None:
    swallowed = Rejected("not a number", fields={"path.metric_id": "not a number"}, status=422)
    meant = wire.understand(swallowed)
    assert isinstance(meant, NotOffered)
    assert meant.status == 422
    typed = Rejected("too short", fields={"password": "too short"}, status=422)
    assert wire.understand(typed) is typed
