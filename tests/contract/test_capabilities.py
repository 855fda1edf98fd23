"""A dialect has what it declares, and declares what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.model.capability import Capability, Effect, Operation
from tests.contract.questions import queries
from tests.contract.site import SOCKET

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.contract import Gateway, Platform
    from tests.contract.site import Site

PARTS: dict[Capability, Callable[[Gateway], object]] = {
    Capability.PASSWORD_SIGN_IN: lambda gateway: gateway.authentication,
    Capability.OAUTH: lambda gateway: gateway.browser,
    Capability.TENANTS: lambda gateway: gateway.tenancy,
    Capability.HEALTH: lambda gateway: gateway.health,
    Capability.FEED: lambda gateway: gateway.feed,
    Capability.METRICS: lambda gateway: gateway.metrics,
    Capability.CACHE_CONTROL: lambda gateway: gateway.cache_control,
    Capability.DEPLOYMENTS: lambda gateway: gateway.deployments,
    Capability.NOTIFICATIONS: lambda gateway: gateway.notifications,
    Capability.DOCUMENTS: lambda gateway: gateway.documents,
}
# What no field tells: their tests ask the gateway.
OF_ACCOUNTS = frozenset(
    {Capability.REGISTER, Capability.RESET_PASSWORD, Capability.VERIFY_ADDRESS, Capability.CHANGE_PASSWORD}
)
OF_PROFILES = frozenset({Capability.ADMIN_ADDRESS, Capability.NAMED_SERVICES})  # what a profile may say besides
SHOWN_BY_TOKENS = frozenset({Capability.REFRESH})


def test_every_capability_is_looked_at() -> None:
    assert set(PARTS) | OF_ACCOUNTS | OF_PROFILES | SHOWN_BY_TOKENS == set(Capability)


async def test_what_is_declared_is_there_and_what_is_there_is_declared(wired: Site, platform: Platform) -> None:
    async with wired.visitor() as visitor:
        gateway = visitor.gateway
    there = {capability for capability, part in PARTS.items() if part(gateway)}
    assert there == platform.capabilities & set(PARTS)
    assert bool(platform.capabilities & OF_ACCOUNTS) == (gateway.accounts is not None)
    assert gateway.platform == platform.name == wired.name
    assert platform.title


async def test_queries_are_reads_and_name_their_routes(wired: Site) -> None:
    async with wired.visitor() as visitor:
        gateway = visitor.gateway
    operations: list[Operation] = [query.operation for query in queries(gateway).values()]
    assert {operation.effect for operation in operations} == {Effect.READ}
    assert all(operation.routes for operation in operations)
    assert len({operation.name for operation in operations}) == len(operations)


async def test_the_sandbox_is_recognised_as_the_platform_that_it_is(site: Site) -> None:
    if site.way != SOCKET:
        pytest.skip("what stands at an address is looked at over TCP")
    from console.services.discovery import discover

    found = await discover(site.address.text)
    assert found.problem is None
    assert found.proposals[0].platform == site.name, found.proposals
    assert found.proposals[0].fit > found.proposals[1].fit
