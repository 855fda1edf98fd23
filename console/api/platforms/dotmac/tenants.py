"""dotmac: tenants the user may act for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api import reading
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.identity import Tenant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.transport import Transport

TENANTS = Operation(
    name="tenants.list",
    method="GET",
    routes=("/api/tenants", "/api/v1/tenants"),
    effect=Effect.READ,
    timeout_s=10.0,
)


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


def _tenants(body: object) -> tuple[Tenant, ...]:
    found = []
    for entry in reading.listing(body, "tenants"):
        tenant = reading.obj(entry, "tenant")
        tenant_id = reading.required_text(tenant, "id", "tenant_id")
        found.append(Tenant(id=tenant_id, name=reading.text(tenant.get("name")) or tenant_id))
    return tuple(found)
