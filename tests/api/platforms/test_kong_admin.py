"""Kong's admin API: what it says of the gateway, and that no token ever goes there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from console.api.platforms.kong import wire_admin
from console.model.errors import ProtocolViolation
from tests.api.platforms.payloads import json_values, told

if TYPE_CHECKING:
    from collections.abc import Mapping

KONG = {
    "database": {"reachable": True},
    "memory": {
        "workers_lua_vms": [{"pid": 1, "http_allocated_gc": "0.50 MiB"}, {"pid": 2, "http_allocated_gc": "1.50 MiB"}],
        "lua_shared_dicts": {
            "kong": {"allocated_slabs": "0.04 MiB", "capacity": "5.00 MiB"},
            "kong_locks": {"allocated_slabs": "0.06 MiB", "capacity": "8.00 MiB"},
        },
    },
    "server": {"connections_active": 7, "connections_writing": 2, "total_requests": 99, "connections_new_word": 3},
}


def values(body: object) -> Mapping[str, float | None]:
    return {metric.id: metric.value for metric in wire_admin.status(body).metrics}


def test_connections_memory_and_the_database() -> None:
    found = values(KONG)
    assert found["kong.database"] == 1
    assert found["kong.connections.active"] == 7
    assert found["kong.requests"] == 99
    assert found["kong.memory.workers"] == 2 * 1024**2
    assert found["kong.memory.shared"] == pytest.approx(0.1 * 1024**2)
    assert found["kong:connections_new_word"] == 3


def test_a_database_out_of_reach_breaks_a_promise() -> None:
    report = wire_admin.status({**KONG, "database": {"reachable": False}})
    assert [metric.id for metric in report.metrics if metric.missed] == ["kong.database"]


def test_a_gateway_without_a_database() -> None:
    assert "kong.database" not in values({"server": {"connections_active": 1}})


@pytest.mark.parametrize(
    ("body", "field"), [([], "status"), ({"message": "hello"}, "server"), ({"server": {}}, "server")]
)
def test_what_is_none_of_kongs_is_named(body: object, field: str) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        wire_admin.status(body)
    assert caught.value.field == field


@given(json_values)
def test_any_body_is_numbers_or_a_violation_that_names_its_field(body: object) -> None:
    for tried in (body, {"server": body}, {"server": {}, "memory": body}, {"server": {"total_requests": 1}, "x": body}):
        assert told(wire_admin.status, tried)


def targets(*said: object) -> object:
    return {"data": [{"target": f"10.0.0.{n}:80", "health": one} for n, one in enumerate(said)], "next": None}


@pytest.mark.parametrize(
    ("body", "unhealthy", "healthy"),
    [
        (targets("HEALTHY", "HEALTHY"), 0, 2),
        (targets("HEALTHY", "UNHEALTHY", "DNS_ERROR"), 2, 1),
        (targets("healthy", "HEALTHCHECKS_OFF", "some new word", None), 0, 1),
        (targets("HEALTHCHECKS_OFF", "HEALTHCHECKS_OFF"), None, None),  # nobody looks: that is no number
        ({"data": {}, "next": None}, 0, 0),  # an empty table of Lua
        ([{"health": "UNHEALTHY"}, "no entry", 7], 1, 0),
    ],
)
def test_targets_of_an_upstream_are_counted(body: object, unhealthy: int | None, healthy: int | None) -> None:
    bad, good = wire_admin.upstream_health("auth", body).metrics
    assert (bad.id, bad.value, bad.missed) == ("kong.upstream.auth.unhealthy", unhealthy, bool(unhealthy))
    assert (good.id, good.value, good.target) == ("kong.upstream.auth.healthy", healthy, None)


def test_upstreams_are_named_once_and_not_beyond_the_limit() -> None:
    told = {"data": [{"name": "a"}, {"name": ""}, {"id": "x"}, None, {"name": "b"}, {"name": "a"}]}
    assert wire_admin.upstreams(told) == ("a", "b")
    assert wire_admin.upstreams({"data": {}}) == ()
    many = [{"name": f"upstream-{n}"} for n in range(2 * wire_admin.UPSTREAMS_LIMIT)]
    assert len(wire_admin.upstreams({"data": many})) == wire_admin.UPSTREAMS_LIMIT


@given(json_values)
def test_any_body_of_upstreams_is_a_value_or_a_violation_that_names_its_field(body: object) -> None:
    for tried in (body, {"data": body}, {"data": [body]}, {"data": [{"name": body, "health": body}]}):
        assert told(wire_admin.upstreams, tried)
        assert told(partial(wire_admin.upstream_health, "auth"), tried)
