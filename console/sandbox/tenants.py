"""The platform's tenants: whose data is whose, on every face."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.sandbox.accounts import User

_FIRST = "northwind"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An organisation on the platform.

    Attributes:
        primary_color: Of its branding, as `#rrggbb`.
        created_at: Epoch seconds.
    """

    id: str
    name: str
    primary_color: str = "#0b6e99"
    created_at: float = field(default_factory=time.time)


class Tenants:
    """The directory of tenants; it begins with two."""

    def __init__(self) -> None:
        first = (
            Tenant(id=_FIRST, name="Northwind Traders"),
            Tenant(id="contoso", name="Contoso Field Services", primary_color="#8a3ffc"),
        )
        self._tenants = {tenant.id: tenant for tenant in first}

    @property
    def default(self) -> Tenant:
        """Where people belong who named no tenant of their own."""
        return self._tenants[_FIRST]

    def everyone(self) -> tuple[Tenant, ...]:
        """All tenants."""
        return tuple(self._tenants.values())

    def find(self, tenant_id: str) -> Tenant | None:
        """The tenant with this id."""
        return self._tenants.get(tenant_id)

    def of(self, user: User) -> tuple[Tenant, ...]:
        """The tenants a user belongs to, their own first."""
        return tuple(self._tenants[key] for key in user.tenants if key in self._tenants)

    def add(self, name: str) -> Tenant:
        """A new tenant; its id is made from the name, and is nobody else's."""
        stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:32] or "tenant"
        key = stem if stem not in self._tenants else f"{stem}-{secrets.token_hex(3)}"
        self._tenants[key] = tenant = Tenant(id=key, name=name)
        return tenant
