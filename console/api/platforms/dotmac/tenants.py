"""dotmac: tenants the user may act for, and the sign of life of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api import reading
from console.api.platforms.dotmac import wire_tenants as wire
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.identity import Tenant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.transport import Transport
    from console.model.tenancy import TenantConfig

TENANTS = Operation(
    name="tenants.list",
    method="GET",
    routes=("/api/tenants", "/api/v1/tenants"),
    effect=Effect.READ,
    timeout_s=10.0,
)


CONFIG = Operation(
    name="tenants.config",
    method="GET",
    routes=("/api/tenant/config", "/api/v1/tenants/current"),
    effect=Effect.READ,
    timeout_s=10.0,
)
HEARTBEAT = Operation(
    session=True,
    name="auth.heartbeat",
    method="POST",
    routes=("/api/auth/session-heartbeat",),
    effect=Effect.IDEMPOTENT,
    timeout_s=10.0,
)
HEARTBEAT_INTERVAL_S = 300.0


class DotmacTenancy:
    """See `console.api.contract.Tenancy`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def listing(self) -> Query[tuple[Tenant, ...]]:
        """See the port."""
        return Query(operation=TENANTS, decode=_tenants, tags=frozenset({"tenants"}))

    async def tenants(self) -> Sequence[Tenant]:
        """`GET /api/tenants`."""
        return _tenants((await self._transport.call(TENANTS)).body)

    async def config(self, tenant_id: str) -> TenantConfig:
        """`GET /api/tenant/config`, with the tenant's header where one is asked for."""
        reply = await self._transport.call(CONFIG, tenant=tenant_id)
        return wire.tenant_config(reply.body, origin=self._transport.address.origin)


class DotmacHeartbeat:
    """See `console.api.contract.Heartbeat`. Every five minutes, as the guide has it."""

    interval_s = HEARTBEAT_INTERVAL_S

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def beat(self) -> None:
        """`POST /api/auth/session-heartbeat`."""
        await self._transport.call(HEARTBEAT)


def _tenants(body: object) -> tuple[Tenant, ...]:
    found = []
    for entry in reading.listing(body, "tenants"):
        tenant = reading.obj(entry, "tenant")
        tenant_id = reading.required_text(tenant, "id", "tenant_id")
        found.append(Tenant(id=tenant_id, name=reading.text(tenant.get("name")) or tenant_id))
    return tuple(found)
