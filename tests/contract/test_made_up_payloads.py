"""Payloads that hypothesis makes up: a dialect gives a value, or a violation that names the field; it never crashes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.api import registry
from console.api.retry import RetryPolicy
from console.api.transport import Transport
from console.model.address import Address
from console.model.errors import GatewayError, ProtocolViolation
from console.model.identity import PasswordCredentials
from console.services.doctor import PassingSession
from tests.api.scripted_gateway import Tokens
from tests.contract.papers import Tray, sending, sought
from tests.contract.questions import names_a_field, queries

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from console.api.contract import Documents
    from console.api.query import Query
    from tests.contract.site import Site

NAMES = st.sampled_from(
    (
        "id", "user", "data", "items", "results", "name", "email", "status", "state", "token", "access_token",
        "accessToken", "refreshToken", "refresh_token", "expires_in", "expiresIn", "services", "notifications",
        "deployments", "tenants", "metrics", "created_at", "timestamp", "success", "errors", "message", "health_score",
        "documents", "document", "filename", "size", "sha256", "metadata", "pagination", "total", "has_next", "url",
        "roles", "permissions", "tenant_id", "value", "components", "checks", "version", "_id", "title", "type",
    )
)  # fmt: skip
WORDS = st.sampled_from(
    (
        "healthy",
        "",
        "2026-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "NaN",
        "1e999",
        "98 %",
        "-1",
        "\ud800",
        "x" * 99,
    )
)
NUMBERS = st.integers() | st.floats() | st.sampled_from((10**400, -(2**63), 1e308, 253402300800))
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | WORDS
PAYLOADS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=6),
    max_leaves=24,
)
NOWHERE = Address.parse("http://127.0.0.1:9")
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def understood(query: Query[Any], body: object) -> None:
    """A value that the console can keep, or a named field."""
    try:
        value = query.decode(body)
    except ProtocolViolation as exc:
        names_a_field(exc)
    else:
        assert value is not None


def replaced(value: Any, path: list[int], wanted: object) -> Any:
    """The same with one part of it, found by walking down, replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return wanted
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    changed = value.copy()
    changed[key] = replaced(value[key], path[1:], wanted)
    return changed


@given(body=PAYLOADS)
@FEW
def test_any_payload_is_a_value_or_names_a_field(name: str, body: object) -> None:  # fault 48
    for query in _queries_of(name).values():
        understood(query, body)


@pytest.fixture
async def real(wired: Site) -> list[tuple[Query[Any], Any]]:
    """What the platform's own face answers."""
    async with wired.operator() as operator:
        return [(one, await wired.asked(operator, one)) for one in queries(operator.gateway).values()]


@given(wanted=PAYLOADS, path=st.lists(st.integers(min_value=0, max_value=40), max_size=6))
@FEW
def test_a_real_answer_with_one_part_made_up(
    real: list[tuple[Query[Any], Any]], wanted: object, path: list[int]
) -> None:
    for query, body in real:
        understood(query, replaced(body, path, wanted))


@given(body=PAYLOADS, status=st.sampled_from((200, 200, 200, 201, 400, 401, 403, 422, 429, 500, 503)))
@FEW
def test_whatever_a_gateway_says_to_an_operation_is_a_value_or_an_error_of_ours(
    name: str, body: object, status: int
) -> None:
    raw = json.dumps(body).encode()

    async def answer(_transport: httpx.AsyncHTTPTransport, _asked: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=raw, headers={"content-type": "application/json"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer)
        asyncio.run(_ask_everything(name))


async def _ask_everything(name: str) -> None:
    platform = replace(registry.platform(name), retry=RetryPolicy(retries=0))
    transport = Transport(NOWHERE, platform, tokens=Tokens(), observe=lambda _exchange: None)
    gateway = platform.build(transport, Tokens())
    try:
        credentials = PasswordCredentials(username="u@x.example", password="p")
        operations: list[Awaitable[object]] = [gateway.authentication.sign_in(credentials)]
        operations += [gateway.authentication.who_am_i()]
        operations += [gateway.health.read()] if gateway.health else []
        operations += [gateway.tenancy.tenants(), gateway.tenancy.config("t-1")] if gateway.tenancy else []
        operations += [gateway.browser.providers()] if gateway.browser else []
        operations += [gateway.notifications.mark_read("n-1")] if gateway.notifications else []
        operations += _of_documents(gateway.documents) if gateway.documents else []
        for operation in operations:
            try:
                await operation
            except ProtocolViolation as exc:
                names_a_field(exc)
            except GatewayError:
                continue
    finally:
        await transport.close()


def _of_documents(documents: Documents) -> list[Awaitable[object]]:
    sent = sending(b"of tests")
    return [
        documents.upload(sent),
        documents.find(sought(sent, datetime.now(UTC))),
        documents.delete("d-1"),
        documents.process("d-1"),
        documents.download("d-1", Tray()),
    ]


def _queries_of(name: str) -> dict[str, Query[Any]]:
    async def build() -> dict[str, Query[Any]]:
        session = PassingSession(NOWHERE, name, admin_url=NOWHERE.text)
        await session.close()
        members = [family.each("one") for family in session.gateway.metric_families]
        return queries(session.gateway) | {query.endpoint: query for query in members}

    if name not in _BUILT:
        assert name in registry.names()
        _BUILT[name] = asyncio.run(build())
    return _BUILT[name]


_BUILT: dict[str, dict[str, Query[Any]]] = {}
