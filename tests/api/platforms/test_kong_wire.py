"""kong's payloads: one service from each answer, or the field named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.contract import Fingerprint
from console.api.platforms.kong import wire
from console.model.errors import ProtocolViolation
from console.model.exchange import Exchange
from console.model.health import HealthStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.model.health import ServiceHealth

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXCHANGE = Exchange(
    at=NOON,
    operation="health.auth",
    method="GET",
    route="/api/v1/auth/health",
    status=200,
    error="",
    total_ms=12.0,
    gateway_ms=2.0,
    upstream_ms=9.0,
    request_id="r",
    attempt=1,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["data", "status", "health_score", "score", "metrics", "dependencies", "timestamp", "service", "port", "version"]
)


def read(body: object) -> ServiceHealth:
    return wire.service("auth", body, EXCHANGE, at=NOON)


def test_a_full_answer() -> None:
    found = read(
        {
            "service": "identity-service",
            "status": "healthy",
            "version": "2.1",
            "port": "8001",
            "timestamp": "2026-03-01T11:59:58",
            "metrics": {"health_score": 97},
        }
    )
    assert (found.id, found.name, found.version, found.port) == ("auth", "identity-service", "2.1", 8001)
    assert (found.sample.status, found.sample.score) == (HealthStatus.HEALTHY, 0.97)
    assert (found.sample.total_ms, found.sample.gateway_ms, found.sample.upstream_ms) == (12.0, 2.0, 9.0)
    assert found.last_check == datetime(2026, 3, 1, 11, 59, 58, tzinfo=UTC)
    assert found.sample.at == NOON


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, HealthStatus.UNKNOWN),
        ({"status": "sideways"}, HealthStatus.UNKNOWN),
        ({"data": {"status": "UP"}}, HealthStatus.HEALTHY),
        ({"status": "healthy", "score": 0.3}, HealthStatus.UNHEALTHY),
        ({"status": "healthy", "health_score": "60%"}, HealthStatus.DEGRADED),
        ({"status": "ok", "dependencies": {"db": "down"}}, HealthStatus.DEGRADED),
        ({"status": "ok", "dependencies": {"db": {"status": "failed"}}}, HealthStatus.DEGRADED),
        ({"status": "ok", "dependencies": {"db": False}}, HealthStatus.DEGRADED),
        ({"status": "ok", "dependencies": {"db": True, "cache": "healthy", "x": None}}, HealthStatus.HEALTHY),
        ({"status": "ok", "dependencies": ["db"]}, HealthStatus.HEALTHY),
    ],
)
def test_the_status_is_read_from_the_body(body: object, status: HealthStatus) -> None:
    assert read(body).sample.status is status


@pytest.mark.parametrize("body", [None, [], "healthy", 200])
def test_what_is_no_object_is_named(body: object) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        read(body)
    assert caught.value.field == "health"


@given(json_values | st.dictionaries(FIELDS, json_values, max_size=6))
def test_any_payload_gives_a_service_or_names_its_field(body: object) -> None:
    try:
        found = read(body)
    except ProtocolViolation as exc:
        named = exc.field
    else:
        assert found.id == "auth"
        assert found.name
        assert found.sample.score is None or 0 <= found.sample.score <= 1
        return
    assert named


@pytest.mark.parametrize(
    ("headers", "body", "least"),
    [
        ({"x-kong-proxy-latency": "1"}, {"message": "no Route matched with those values"}, 0.7),
        ({"via": "1.1 kong/3.4"}, None, 0.3),
        ({"server": "kong/3.4"}, {"service": "identity-service"}, 0.5),
    ],
)
def test_kong_is_recognised(headers: Mapping[str, str], body: object, least: float) -> None:
    fit = wire.recognise({"/": Fingerprint(status=404, headers=headers, body=body)})
    assert least <= fit <= 1.0


def test_a_stranger_is_not() -> None:
    assert wire.recognise({}) == 0.0
    assert wire.recognise({"/": Fingerprint(status=200, headers={"server": "nginx"}, body=["x"])}) == 0.0
