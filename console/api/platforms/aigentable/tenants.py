"""aigentable: tenants the user may act for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.platforms.aigentable import wire
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.errors import Rejected
from console.model.tenancy import TenantConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.transport import Transport
    from console.model.identity import Tenant

_BAD_REQUEST = 400

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
        """`GET /tenants/current`, with the tenant's header where one is asked for.

        A gateway of the guide answers nobody without that header: so it says nothing of whoever asks for no tenant.
        """
        try:
            reply = await self._transport.call(CURRENT, tenant=tenant_id)
        except Rejected as exc:
            if tenant_id or exc.status != _BAD_REQUEST:
                raise
            return TenantConfig()
        return wire.tenant_config(reply.body)
