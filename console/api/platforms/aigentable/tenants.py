"""aigentable: tenants the user may act for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.platforms.aigentable import wire
from console.api.query import Query
from console.model.capability import Effect, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.transport import Transport
    from console.model.identity import Tenant
    from console.model.tenancy import TenantConfig

TENANTS = Operation(
    name="tenants.list",
    method="GET",
    routes=("/tenants", "/tenants/current"),
    effect=Effect.READ,
    timeout_s=10.0,
)
CURRENT = Operation(
    name="tenants.current",
    method="GET",
    routes=("/tenants/current",),
    effect=Effect.READ,
    timeout_s=10.0,
)


class AigentableTenancy:
    """See `console.api.contract.Tenancy`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def listing(self) -> Query[tuple[Tenant, ...]]:
        """See the port."""
        return Query(operation=TENANTS, decode=wire.tenants, tags=frozenset({"tenants"}))

    async def tenants(self) -> Sequence[Tenant]:
        """`GET /tenants`; running servers tell the current one only."""
        return wire.tenants((await self._transport.call(TENANTS)).body)

    async def config(self, tenant_id: str) -> TenantConfig:
        """`GET /tenants/current`, with the tenant's header where one is asked for."""
        reply = await self._transport.call(CURRENT, tenant=tenant_id)
        return wire.tenant_config(reply.body)
