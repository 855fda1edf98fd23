"""The aigentable face's people and tenants; a tenant's routes want its id in `X-Tenant-ID`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from console.sandbox.faces.aigentable_answers import moment
from console.sandbox.faces.pages import number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from console.sandbox.accounts import User
    from console.sandbox.faces.aigentable_answers import Answers
    from console.sandbox.tenants import Tenant
    from console.sandbox.world import World

    TenantHandler = Callable[[Request, User, Tenant], Awaitable[Response]]

_LIMIT, _LIMIT_MAXIMUM = 10, 100
_ID = re.compile(r"[0-9a-f-]{36}|u-[0-9a-f]+")
_SORTABLE = ("createdAt", "email", "firstName", "lastName", "role")
ADMINS = ("SUPER_ADMIN", "TENANT_ADMIN")


class Directory:
    """`/users` and `/tenants`."""

    def __init__(self, world: World, answers: Answers, signed_in: Callable[[Request], User | Response]) -> None:
        self._world = world
        self._answers = answers
        self._signed_in = signed_in
        self._calls: dict[str, int] = {}

    def routes(self, base: str, *, field: bool) -> list[Route]:
        """Of the guide, or of running servers, which know the current tenant only."""
        tenants: dict[str, TenantHandler] = {"/tenants/current": self._current}
        if not field:
            tenants |= {"/tenants/{id}/usage": self._usage}
        handlers: dict[str, TenantHandler] = {"/users": self._users, "/users/{id}": self._user, **tenants}
        listed = [] if field else [Route(f"{base}/tenants", self._tenants, methods=["GET"])]
        return [
            *listed,
            *(Route(f"{base}{path}", self._for_tenant(handler), methods=["GET"]) for path, handler in handlers.items()),
        ]

    def _for_tenant(self, handler: TenantHandler) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            user = self._signed_in(request)
            if isinstance(user, Response):
                return user
            own = self._world.tenants.of(user)
            asked = request.headers.get("x-tenant-id")
            if self._world.faults.flags.ignore_tenant or (asked is None and self._answers.wrapped):
                asked = own[0].id
            if not asked:
                return self._answers.no(400, "X-Tenant-ID header is required")
            tenant = next((one for one in own if one.id == asked), None)
            if tenant is None:
                return self._answers.no(403, "Access denied to this tenant")
            self._calls[tenant.id] = self._calls.get(tenant.id, 0) + 1
            return await handler(request, user, tenant)

        return guarded

    async def _tenants(self, request: Request) -> Response:
        user = self._signed_in(request)
        if isinstance(user, Response):
            return user
        if role_of(user) not in ADMINS:
            return self._answers.no(403, "Insufficient permissions")
        return self._answers.yes({"tenants": [tenant_entry(tenant) for tenant in self._world.tenants.of(user)]})

    async def _current(self, _request: Request, _user: User, tenant: Tenant) -> Response:
        return self._answers.yes(tenant_entry(tenant))

    async def _usage(self, request: Request, user: User, tenant: Tenant) -> Response:
        if request.path_params["id"] != tenant.id or role_of(user) not in ADMINS:
            return self._answers.no(403, "Access denied to this tenant")
        members = self._members(tenant)
        sessions = sum(self._world.tokens.sessions(member.id) for member in members)
        calls = self._calls[tenant.id]
        return self._answers.yes(
            {"tenantId": tenant.id, "users": len(members), "activeSessions": sessions, "apiCalls": calls}
        )

    async def _users(self, request: Request, _user: User, tenant: Tenant) -> Response:
        asked = request.query_params
        if self._answers.wrapped and asked.get("sortBy", _SORTABLE[0]) not in _SORTABLE:
            return self._answers.no(500, "Internal server error")
        page = max(1, number(asked.get("page"), 1))
        limit = max(1, min(_LIMIT_MAXIMUM, number(asked.get("limit"), _LIMIT)))
        found = [user_entry(member) for member in self._members(tenant)]
        if not self._answers.wrapped:  # running servers ignore filters
            found = [entry for entry in found if _matches(entry, asked.get("search", ""))]
            for name in ("role", "status"):
                found = [entry for entry in found if asked.get(name) in (None, "", entry[name])]
        start = (page - 1) * limit
        pagination = {"page": page, "limit": limit, "total": len(found), "pages": -(-len(found) // limit)}
        return self._answers.yes({"users": found[start : start + limit], "pagination": pagination})

    async def _user(self, request: Request, _user: User, tenant: Tenant) -> Response:
        wanted = request.path_params["id"]
        if self._answers.wrapped and not _ID.fullmatch(wanted):
            return self._answers.no(400, "Invalid id format")
        found = next((member for member in self._members(tenant) if member.id == wanted), None)
        return self._answers.yes(user_entry(found)) if found else self._answers.no(404, "User not found")

    def _members(self, tenant: Tenant) -> list[User]:
        return [user for user in self._world.accounts.everyone() if tenant.id in user.tenants]


def role_of(user: User) -> str:
    """What the platform's roles are called here."""
    if "admin" in user.roles:
        return "SUPER_ADMIN"
    return "TENANT_ADMIN" if {"operator", "owner"} & set(user.roles) else "TENANT_USER"


def own_tenant(world: World, user: User) -> Tenant:
    """Where a user is at home."""
    return next(iter(world.tenants.of(user)), world.tenants.default)


def user_entry(user: User) -> dict[str, object]:
    """A user as this platform writes one."""
    first, _, last = user.name.partition(" ")
    return {
        "id": user.id,
        "email": user.email,
        "firstName": first,
        "lastName": last,
        "role": role_of(user),
        "status": "ACTIVE",
        "createdAt": moment(user.created_at),
    }


def tenant_entry(tenant: Tenant) -> dict[str, object]:
    """A tenant as this platform writes one."""
    return {"id": tenant.id, "name": tenant.name, "status": "ACTIVE", "createdAt": moment(tenant.created_at)}


def _matches(entry: dict[str, object], term: str) -> bool:
    text = " ".join(str(entry[name]) for name in ("email", "firstName", "lastName"))
    return term.casefold() in text.casefold()
