"""Finds out for which tenant a gateway answers, and holds it to that."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import msgspec

from console.model.errors import Forbidden, GatewayError, NotOffered, SignInRequired, TenantMismatch, TenantRequired
from console.model.identity import Tenant
from console.model.tenancy import Permissions, Standing, TenantConfig
from console.services.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from console.api.contract import Gateway, Tenancy
    from console.model.capability import Capability
    from console.model.identity import User

_log = logging.getLogger(__name__)

REREAD_S = 600.0
_FIRST_RETRY_S, _RETRY_CAP_S = 5.0, 60.0


class StandingKeeper:
    """Publishes a session's `Standing`. An answer for another tenant than the one asked for is an error."""

    def __init__(self) -> None:
        self.standing: Latest[Standing] = Latest(Standing())
        self.offered: frozenset[Capability] | None = None

    def begin(self, user: User | None) -> None:
        """Somebody signed in, or acts for another tenant from now on: nothing of before holds."""
        self.standing.set(Standing(permissions=_permissions(user), offered=self.offered))

    def arrive(self, tenant_id: str, config: TenantConfig) -> None:
        """This tenant is acted for from now on; nothing of the former one holds."""
        now = self.standing.value
        listed = next((tenant.name for tenant in now.choices if tenant.id == tenant_id), tenant_id)
        self.standing.set(
            Standing(
                choices=now.choices,
                current=Tenant(id=tenant_id, name=config.name or listed),
                confirmed=config.tenant_id == tenant_id,
                branding=config.branding,
                flags=config.flags,
                permissions=now.permissions,
                offered=now.offered,
            )
        )

    def want(self, problem: GatewayError | None) -> None:
        """A tenant has to be chosen, because of this; nothing of the former one stays."""
        now = self.standing.value
        self.standing.set(
            Standing(
                choices=now.choices, permissions=now.permissions, offered=now.offered, wanted=True, problem=problem
            )
        )

    async def enter(self, gateway: Gateway, tenant_id: str) -> TenantConfig:
        """Ask for a tenant, and make sure that it is the one that answers. Changes nothing here.

        Raises:
            NotOffered: This platform knows no tenants.
            TenantMismatch: Another one answered.
            Forbidden: Not for this user.
            GatewayError: It could not be asked.
        """
        if gateway.tenancy is None:
            raise NotOffered("tenants are not offered")
        return await _config(gateway.tenancy, tenant_id)

    async def settle(self, gateway: Gateway, tenant_id: str, user: Callable[[], User | None]) -> None:
        """Find out where the session stands.

        Args:
            gateway: Whom to ask.
            tenant_id: The tenant chosen; empty for none.
            user: Who is signed in; may become known meanwhile.

        Raises:
            TenantMismatch, TenantRequired, Forbidden: A tenant has to be chosen, or another one.
            SignInRequired: The session is over.
            GatewayError: It could not be asked.
        """
        if gateway.tenancy is None:
            self.begin(user())
            return
        choices = await _choices(gateway.tenancy)
        who = user()
        own = who.tenant if who is not None else ""
        known = {tenant.id: tenant for tenant in choices}
        implied = own if own in known else choices[0].id if len(choices) == 1 else ""
        self.standing.set(msgspec.structs.replace(self.standing.value, choices=tuple(choices)))
        config = await _config(gateway.tenancy, tenant_id)
        current_id = tenant_id or (config.tenant_id if config.tenant_id in ("", implied) else "") or implied
        current = None
        if current_id:
            listed = known.get(current_id)
            name = config.name or (listed.name if listed is not None else current_id)
            current = Tenant(id=current_id, name=name)
        self.standing.set(
            Standing(
                choices=tuple(choices),
                current=current,
                confirmed=current is not None and config.tenant_id == current.id,
                wanted=current is None and len(choices) > 1,
                branding=config.branding if current is not None else Standing().branding,
                flags=config.flags,
                permissions=_permissions(user()),
                offered=self.offered,
            )
        )

    async def watch(
        self,
        gateway: Gateway,
        tenant_id: str,
        user: Callable[[], User | None],
        work: Callable[[], Coroutine[None, None, None]],
    ) -> None:
        """Work, and keep up with where the session stands, until cancelled.

        With a tenant chosen nothing is read before it is certain who answers, unless nobody can say.

        Raises:
            TenantMismatch, TenantRequired, Forbidden, SignInRequired: See `settle`; in a group when working already.
        """
        settle = partial(self.settle, gateway, tenant_id, user)
        settled = bool(tenant_id) and await self.settled(settle)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work(), name="monitor")
            tasks.create_task(self.keep(settle, settled=settled), name="tenant")

    async def settled(self, settle: Callable[[], Awaitable[None]]) -> bool:
        """Settle, and say whether somebody could say.

        Raises:
            TenantMismatch, TenantRequired, Forbidden, SignInRequired: See `settle`.
        """
        try:
            await settle()
        except (TenantMismatch, TenantRequired, Forbidden, SignInRequired):
            raise
        except GatewayError as exc:
            _log.info("the tenant is not settled: %s", exc)
            return False
        return True

    async def keep(self, settle: Callable[[], Awaitable[None]], *, settled: bool) -> NoReturn:
        """Settle now, unless that is done, and every ten minutes, until cancelled. Unreachable is tried again.

        Raises:
            TenantMismatch, TenantRequired, Forbidden, SignInRequired: See `settle`.
        """
        retry_s = _FIRST_RETRY_S
        while True:
            if settled or await self.settled(settle):
                settled, retry_s = False, _FIRST_RETRY_S
                await asyncio.sleep(REREAD_S)
            else:
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _RETRY_CAP_S)


def _permissions(user: User | None) -> Permissions:
    if user is None:
        return Permissions()
    granted = frozenset(user.permissions) if user.permissions is not None else None
    return Permissions(roles=user.roles, granted=granted)


async def _choices(tenancy: Tenancy) -> Sequence[Tenant]:
    """Where there is no list, or not for this user, there is nothing to choose."""
    try:
        return await tenancy.tenants()
    except (NotOffered, Forbidden):
        return ()


async def _config(tenancy: Tenancy, tenant_id: str) -> TenantConfig:
    try:
        config = await tenancy.config(tenant_id)
    except NotOffered:
        return TenantConfig()
    except Forbidden:
        if tenant_id:
            raise
        return TenantConfig()
    if tenant_id and config.tenant_id and config.tenant_id != tenant_id:
        raise TenantMismatch("it answered for another tenant", wanted=tenant_id, answered=config.tenant_id)
    return config
