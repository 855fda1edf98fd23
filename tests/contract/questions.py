"""Every question that a dialect can ask, found by what its gateway has."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from console.api.retry import RetryPolicy
from console.model.document import DocumentAction
from console.model.errors import GatewayError, ProtocolViolation
from tests.api.scripted_gateway import Scripted, Tokens, scripted, transport_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from console.api.contract import Gateway, Platform
    from console.api.query import Query
    from console.api.transport import Transport
    from console.model.exchange import Exchange
    from tests.api.scripted_gateway import Script

PASSWORD = "correct horse"


@dataclass(kw_only=True)
class Asking:
    """A dialect that speaks to a gateway which says what a test wants."""

    gateway: Gateway
    transport: Transport
    served: Scripted
    tokens: Tokens
    seen: list[Exchange] = field(default_factory=list)


@contextlib.asynccontextmanager
async def asking(platform: Platform, script: Script) -> AsyncIterator[Asking]:
    platform = replace(platform, retry=RetryPolicy(retries=0))  # patience has tests of its own
    tokens = Tokens()
    seen: list[Exchange] = []
    async with scripted(script) as served, transport_to(served, tokens=tokens, platform=platform, seen=seen) as way:
        yield Asking(gateway=platform.build(way, tokens), transport=way, served=served, tokens=tokens, seen=seen)


def queries(gateway: Gateway) -> dict[str, Query[object]]:
    """All reads that are values, by the name of their operation."""
    found: list[Query[object]] = [gateway.authentication.who, *gateway.metrics]
    found += [family.members for family in gateway.metric_families]
    if gateway.tenancy is not None:
        found.append(gateway.tenancy.listing)
    if gateway.deployments is not None:
        found.append(gateway.deployments)
    if gateway.notifications is not None:
        found.append(gateway.notifications.listing)
    if gateway.documents is not None and DocumentAction.LIST in gateway.documents.actions:
        found.append(gateway.documents.listing(1))
    return {query.operation.name: query for query in found}


def lists(gateway: Gateway) -> dict[str, Query[tuple[object, ...]]]:
    """Those of them that give lists."""
    found: list[Query[tuple[object, ...]]] = []
    if gateway.tenancy is not None:
        found.append(gateway.tenancy.listing)
    if gateway.deployments is not None:
        found.append(gateway.deployments)
    if gateway.notifications is not None:
        found.append(gateway.notifications.listing)
    return {query.operation.name: query for query in found}


def reads(gateway: Gateway, transport: Transport) -> dict[str, Callable[[], Awaitable[object]]]:
    """All reads as they are done, by name."""

    def ask(query: Query[object]) -> Callable[[], Awaitable[object]]:
        async def asked() -> object:
            reply = await transport.call(query.operation, fields=query.fields, params=query.params)
            return query.decode(reply.body)

        return asked

    found = {name: ask(query) for name, query in queries(gateway).items()}
    if gateway.health is not None:
        found["health"] = gateway.health.read
    return found


def names_a_field(error: GatewayError) -> None:
    """What every payload that breaks a contract must say of itself."""
    assert isinstance(error, ProtocolViolation)
    assert error.field
    assert error.field in str(error)


def tells_no_secret(error: GatewayError, secrets: Sequence[str]) -> None:
    """Nothing of these stands in what is shown, logged and recorded."""
    assert not [secret for secret in secrets if secret in error.detail]
