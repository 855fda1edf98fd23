"""opssight: its payloads as the guide and running servers have them, and the login that takes forms only."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.contract import Fingerprint
from console.api.platforms.opssight import wire
from console.api.platforms.opssight.auth import OpssightAuthentication
from console.model.errors import ProtocolViolation, Rejected, Unauthorized
from console.model.health import HealthReport, HealthStatus
from console.model.identity import PasswordCredentials
from tests.api.scripted_gateway import Asked, reply, scripted, transport_to

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WHO = PasswordCredentials(username="ann@example.org", password="hush")


def report(body: object) -> HealthReport:
    return wire.report(body, at=AT, total_ms=5.0, clock_offset_s=None)


def statuses(body: object) -> dict[str, HealthStatus]:
    return {service.name: service.sample.status for service in report(body).services}


def test_parts_as_the_guide_has_them() -> None:
    body = {
        "status": "degraded",
        "service": "OpsSight API",
        "version": "1.9.2",
        "components": {
            "database": {"status": "healthy", "latency_ms": "2.3ms"},
            "cache": {"status": "unhealthy", "error": "refused"},
        },
    }
    whole, database, cache = report(body).services
    assert (whole.name, whole.version, whole.sample.status) == ("OpsSight API", "1.9.2", HealthStatus.DEGRADED)
    assert (database.sample.status, database.sample.latency_ms) == (HealthStatus.HEALTHY, 2.3)
    assert (cache.sample.status, cache.sample.problem) == (HealthStatus.UNHEALTHY, "refused")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"status": "degraded", "dependencies": {"db": True, "redis": False}},
            {
                "opssight": HealthStatus.DEGRADED,
                "db": HealthStatus.HEALTHY,
                "redis": HealthStatus.UNHEALTHY,
            },
        ),
        ({"checks": {"db": "ok"}}, {"opssight": HealthStatus.UNKNOWN, "db": HealthStatus.HEALTHY}),
        ({"status": "healthy", "service": "x"}, {"x": HealthStatus.HEALTHY}),
        (
            {"status": "healthy", "checks": {"db": {"status": "down"}}},
            {"opssight": HealthStatus.DEGRADED, "db": HealthStatus.UNHEALTHY},
        ),
        ({"data": {"status": "ok"}}, {"opssight": HealthStatus.HEALTHY}),
    ],
)
def test_other_shapes(body: object, told: dict[str, HealthStatus]) -> None:
    assert statuses(body) == told


@pytest.mark.parametrize("body", [{}, {"components": 5}, [], None, "healthy"])
def test_neither_status_nor_parts_is_named(body: object) -> None:
    with pytest.raises(ProtocolViolation) as violation:
        report(body)
    assert violation.value.field in ("status", "health")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "components", "checks", "latency_ms", "score", "data", "x"]), inner, max_size=4
        )
    ),
)


@given(_JSON)
def test_no_payload_is_too_odd(body: object) -> None:
    with contextlib.suppress(ProtocolViolation):
        assert report(body).services


def test_it_is_recognised_by_what_strangers_are_told() -> None:
    health = Fingerprint(status=200, headers={}, body={"status": "ok", "service": "OpsSight API"})
    providers = Fingerprint(status=200, headers={}, body={"providers": []})
    refused = Fingerprint(status=404, headers={}, body={"detail": "Not Found"})
    assert wire.recognise({"/health": health, "/api/v1/auth/oauth/providers": providers}) > 0.7
    assert wire.recognise({"/health": refused, "/api/v1/auth/oauth/providers": refused}) == 0.0


async def test_a_login_that_takes_forms_only_gets_one_form() -> None:
    def script(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return reply(200, {}, "allow: POST")
        if asked.headers["content-type"] != "application/x-www-form-urlencoded":
            entry = {"loc": ["body", "username"], "msg": "missing", "input": asked.body.decode()}
            return reply(422, {"detail": [entry]})
        return reply(200, {"access_token": "a", "refresh_token": None, "token_type": "bearer", "expires_in": 1800})

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        signed = await OpssightAuthentication(transport).sign_in(WHO)
        posted = [asked for asked in gateway.asked if asked.method == "POST"]
    assert len(posted) == 2
    assert parse_qs(posted[1].body.decode()) == {"username": ["ann@example.org"], "password": ["hush"]}
    assert signed.tokens.refresh is None
    assert not signed.tokens.renewable


async def test_a_form_that_is_refused_too_is_the_end() -> None:
    complaint = {"detail": [{"loc": ["body", "x"], "msg": "missing", "input": "hush"}]}

    def script(asked: Asked) -> bytes:
        return reply(200, {}, "allow: POST") if asked.method == "OPTIONS" else reply(422, complaint)

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        with pytest.raises(Rejected) as refused:
            await OpssightAuthentication(transport).sign_in(WHO)
        assert [asked.method for asked in gateway.asked].count("POST") == 2
    assert "hush" not in repr(vars(refused.value))


async def test_a_wrong_password_is_not_tried_as_a_form() -> None:
    def script(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return reply(200, {}, "allow: POST")
        return reply(401, {"detail": "Incorrect username or password", "error_code": "INVALID_CREDENTIALS"})

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        with pytest.raises(Unauthorized):
            await OpssightAuthentication(transport).sign_in(WHO)
        assert [asked.method for asked in gateway.asked].count("POST") == 1
