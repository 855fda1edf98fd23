"""The dotmac face: FastAPI-like services with a registry, tenants and a health feed."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from console.sandbox.faces import dotmac_feed, dotmac_notices, dotmac_registry
from console.sandbox.faces.conditional import conditional
from console.sandbox.faces.dotmac_files import FileRoutes
from console.sandbox.faces.fields import bearer, text_fields
from console.sandbox.second_factor import ChallengeOver, WrongCode
from console.sandbox.tokens import Claims, TokenPair, TokenRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.websockets import WebSocket

    from console.sandbox.accounts import User
    from console.sandbox.tenants import Tenant
    from console.sandbox.world import World

    Guarded = Callable[[Request, Claims], Awaitable[Response]]

_SESSION_COOKIE = "access_token"
_REFUSALS = {
    TokenRefusal.MISSING: "Not authenticated",
    TokenRefusal.INVALID: "Could not validate credentials",
    TokenRefusal.EXPIRED: "Token has expired",
    TokenRefusal.REVOKED: "Session has been revoked",
}
_REFUSED = {413: "File too large", 415: "Unsupported media type", 429: "Rate limit exceeded"}
_FLAGS = {"service_monitoring": True, "audit_dashboard": False, "real_time_notifications": True}
_FIELD = "/api/v1"
_GUIDE = "/api"


class DotmacFace:
    """Routes as the guide has them; with the switch `field_routes`, as running servers have them."""

    name = "dotmac"

    def __init__(self, world: World) -> None:
        self._world = world
        self.app: ASGIApp = self._choose
        self._guide = self._application(self._guide_routes())
        self._field = self._application(self._field_routes())

    def is_sign_in(self, path: str) -> bool:
        """The tighter limit holds for the auth routes."""
        return path.startswith((f"{_GUIDE}/auth", f"{_FIELD}/auth"))

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        """An error in the shape of the routes that are served."""
        if status == 429 and self._world.faults.flags.field_routes:  # noqa: PLR2004  (running servers say no more)
            return JSONResponse({"error": "Rate limit exceeded"}, status)
        headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
        text = _REFUSED.get(status, "Service unavailable")
        return self._error(status, text, headers)

    async def _choose(self, scope: Scope, receive: Receive, send: Send) -> None:
        flags = self._world.faults.flags
        app = self._field if flags.field_routes else self._guide
        if flags.refresh_routes_404 and scope["path"].endswith("/auth/refresh"):
            await self._error(404, "Not Found")(scope, receive, send)
        else:
            await app(scope, receive, send)

    def _application(self, routes: list[BaseRoute]) -> Starlette:
        async def not_found(_request: Request, _exc: Exception) -> Response:
            return JSONResponse({"detail": "Not Found"}, 404)

        async def not_allowed(_request: Request, exc: Exception) -> Response:
            return JSONResponse({"detail": "Method Not Allowed"}, 405, getattr(exc, "headers", None))

        return Starlette(routes=routes, exception_handlers={404: not_found, 405: not_allowed})

    def _guide_routes(self) -> list[BaseRoute]:
        return [
            *self._session_routes(f"{_GUIDE}/auth", self._login),
            Route(f"{_GUIDE}/auth/session-heartbeat", self._guard(self._heartbeat), methods=["POST"]),
            Route(f"{_GUIDE}/tenants", self._guard(self._tenants), methods=["GET"]),
            Route(f"{_GUIDE}/tenant/config", self._guard(self._tenant_config), methods=["GET"]),
            Route(f"{_GUIDE}/service-registry/services", self._guard(self._services), methods=["GET"]),
            WebSocketRoute("/ws/service-health", self._feed),
        ]

    def _field_routes(self) -> list[BaseRoute]:
        return [
            *self._session_routes(f"{_FIELD}/auth", self._field_login),
            Route(f"{_FIELD}/tenants", self._guard(self._tenant_page), methods=["GET"]),
            Route(f"{_FIELD}/tenants/current", self._guard(self._current_tenant), methods=["GET"]),
            Route(f"{_FIELD}/notifications", self._guard(self._notifications), methods=["GET"]),
            *FileRoutes(self._world, self._guard, self._claims, self._error).routes(_FIELD),
            Route(f"{_FIELD}/health", self._platform_health, methods=["GET"]),
            Route(f"{_FIELD}/health/ready", self._platform_health, methods=["GET"]),
        ]

    def _session_routes(self, auth: str, login: Callable[[Request], Awaitable[Response]]) -> list[Route]:
        return [
            Route(f"{auth}/login", login, methods=["POST"]),
            Route(f"{auth}/mfa/verify", self._verify, methods=["POST"]),
            Route(f"{auth}/login/verify-2fa", self._verify, methods=["POST"]),
            Route(f"{auth}/refresh", self._refresh, methods=["POST"]),
            Route(f"{auth}/logout", self._guard(self._logout), methods=["POST"]),
            Route(f"{auth}/me", self._guard(self._me), methods=["GET"]),
        ]

    def _guard(self, handler: Guarded) -> Callable[[Request], Awaitable[Response]]:
        """Let only signed-in users through, and only with a tenant that is theirs."""

        async def guarded(request: Request) -> Response:
            claims = self._claims(request)
            if claims is TokenRefusal.EXPIRED and self._world.faults.flags.expired_as_400:
                return self._error(400, "Tenant ID is required for this request.")
            if isinstance(claims, TokenRefusal):
                return self._error(401, _REFUSALS[claims], {"www-authenticate": "Bearer"})
            request.state.user_id = claims.user_id
            tenant = self._asked_for(request, claims)
            if tenant is not None and tenant not in (one.id for one in self._tenants_of(claims)):
                return self._error(403, "Access to this tenant is denied")
            if tenant is None and self._world.faults.flags.require_tenant and not _is_open(request.url.path):
                return self._error(400, "Tenant ID is required for this request.")
            return await handler(request, claims)

        return guarded

    def _claims(self, connection: Request | WebSocket) -> Claims | TokenRefusal:
        token = bearer(connection.headers.get("authorization")) or connection.cookies.get(_SESSION_COOKIE)
        return self._world.tokens.check(token)

    async def _login(self, request: Request) -> Response:
        fields = await text_fields(request, "email", "password")
        if isinstance(fields, Response):
            return fields
        user = await self._world.accounts.check(fields["email"], fields["password"])
        return self._signed_in(request, user)

    async def _field_login(self, request: Request) -> Response:
        fields = await text_fields(request, "username", "password")
        if isinstance(fields, Response):
            fields = await text_fields(request, "email", "password")
        if isinstance(fields, Response):
            return fields
        name = fields.get("username", fields.get("email", ""))
        return self._signed_in(request, await self._world.accounts.check(name, fields["password"]))

    def _signed_in(self, request: Request, user: User | None) -> Response:
        if user is None:
            return self._error(401, "Invalid credentials")
        if self._world.faults.flags.require_mfa:
            return self._challenge(user)
        return self._signed_in_as(request, user)

    def _signed_in_as(self, request: Request, user: User) -> Response:
        self._world.stats.sign_ins += 1
        request.state.user_id = user.id
        pair = self._world.tokens.sign_in(user)
        return self._session_cookie(JSONResponse({**_tokens(pair), "user": _user(user)}), pair)

    def _challenge(self, user: User) -> Response:
        if self._world.faults.flags.field_routes:
            self._world.second_factor.challenge(
                user.id, token=user.id
            )  # these servers name the user, not the challenge
            headers = {"x-2fa-required": "true", "x-user-id": user.id}
            return self._error(403, "2FA verification required", headers)
        token = self._world.second_factor.challenge(user.id)
        return JSONResponse({"mfa_required": True, "mfa_token": token, "methods": ["totp"]})

    async def _verify(self, request: Request) -> Response:
        name = "user_id" if self._world.faults.flags.field_routes else "mfa_token"
        fields = await text_fields(request, name, "code")
        if isinstance(fields, Response):
            return fields
        outcome = self._world.second_factor.answer(fields[name], fields["code"])
        match outcome:
            case ChallengeOver():
                return self._error(400, "Verification expired, please sign in again")
            case WrongCode(attempts_left=0):
                return self._error(423, "Account locked: too many wrong codes")
            case WrongCode():
                return self._error(400, "Invalid verification code")
        user = self._world.accounts.find(outcome)
        return self._signed_in_as(request, user) if user else self._error(401, "User not found")

    async def _refresh(self, request: Request) -> Response:
        self._world.stats.refreshes += 1
        fields = await text_fields(request, "refresh_token")
        if isinstance(fields, Response):
            return fields
        pair = self._world.tokens.refresh(fields["refresh_token"])
        if isinstance(pair, TokenRefusal):
            return self._error(401, "Invalid refresh token")
        request.state.user_id = pair.user_id
        return self._session_cookie(JSONResponse(_tokens(pair)), pair)

    async def _logout(self, _request: Request, claims: Claims) -> Response:
        if self._world.faults.flags.field_routes:
            self._world.tokens.end_all(claims.user_id)
        else:
            self._world.tokens.end(claims.session_id)
        gone = JSONResponse({"message": "Logged out"})
        gone.delete_cookie(_SESSION_COOKIE, httponly=True)
        return gone

    async def _me(self, request: Request, claims: Claims) -> Response:
        user = self._world.accounts.find(claims.user_id)
        return conditional(request, JSONResponse(_user(user))) if user else self._error(401, "User not found")

    async def _heartbeat(self, _request: Request, claims: Claims) -> Response:
        return JSONResponse({"status": "active", "expires_at": self._moment(claims.expires_at)})

    async def _tenants(self, request: Request, claims: Claims) -> Response:
        return conditional(request, JSONResponse([_tenant(tenant) for tenant in self._tenants_of(claims)]))

    async def _tenant_page(self, request: Request, claims: Claims) -> Response:
        items = [_tenant(tenant) for tenant in self._tenants_of(claims)]
        page = {"items": items, "total": len(items), "page": 1, "page_size": 50, "total_pages": 1}
        return conditional(request, JSONResponse(page))

    async def _current_tenant(self, request: Request, claims: Claims) -> Response:
        tenant = self._world.tenants.find(self._asked_for(request, claims) or "")
        return JSONResponse(_tenant(tenant) if tenant else None)

    async def _tenant_config(self, request: Request, claims: Claims) -> Response:
        asked = self._asked_for(request, claims)
        tenant = next(one for one in self._tenants_of(claims) if asked in (None, one.id))
        return JSONResponse(
            {
                "tenant_id": tenant.id,
                "name": tenant.name,
                "branding": {"primary_color": tenant.primary_color, "logo_url": None},
                "theme": "auto",
                "health_check_interval": 30,
                "rate_limit": {"requests_per_minute": 100, "burst": 20},
                "features": _FLAGS | dict.fromkeys(self._world.faults.flags.features_off, False),
            }
        )

    async def _services(self, request: Request, _claims: Claims) -> Response:
        hours = 24.0
        with contextlib.suppress(ValueError):
            hours = float(request.query_params.get("hours", "24"))
        return await dotmac_registry.answer(self._world, max(0.0, min(hours, 30 * 24.0)))

    async def _notifications(self, request: Request, claims: Claims) -> Response:
        return dotmac_notices.answer(self._world, request, claims)

    async def _platform_health(self, _request: Request) -> Response:
        return dotmac_registry.platform_health(self._world)

    async def _feed(self, websocket: WebSocket) -> None:
        claims = self._claims(websocket)
        if isinstance(claims, TokenRefusal):
            await websocket.send_denial_response(self._error(401, _REFUSALS[claims], {"www-authenticate": "Bearer"}))
            return
        await dotmac_feed.serve(websocket, self._world, claims)

    def _asked_for(self, request: Request, claims: Claims) -> str | None:
        if self._world.faults.flags.ignore_tenant:
            return self._tenants_of(claims)[0].id
        return request.headers.get("x-tenant-id")

    def _tenants_of(self, claims: Claims) -> tuple[Tenant, ...]:
        user = self._world.accounts.find(claims.user_id)
        return self._world.tenants.of(user) if user else ()

    def _session_cookie(self, response: Response, pair: TokenPair) -> Response:
        response.set_cookie(
            _SESSION_COOKIE, pair.access, max_age=round(pair.expires_in_s), httponly=True, samesite="lax"
        )
        return response

    def _moment(self, platform_time: float) -> str:
        return self._world.clock.text(platform_time - self._world.clock.skew_s)

    def _error(self, status: int, text: str, headers: dict[str, str] | None = None) -> Response:
        body: dict[str, object] = {"detail": text}
        if self._world.faults.flags.field_routes:
            body |= {
                "error_code": f"HTTP_{status}",
                "message": text,
                "user_message": text,
                "correlation_id": secrets.token_hex(8),
                "status": status,
                "severity": "error" if status >= 500 else "warning",  # noqa: PLR2004
                "retryable": status >= 500,  # noqa: PLR2004
                "details": {},
            }
        return JSONResponse(body, status, headers)


def _is_open(path: str) -> bool:
    """Whether a signed-in user without a tenant gets an answer."""
    return "/auth/" in path or path.endswith("/tenants")


def _tokens(pair: TokenPair) -> dict[str, object]:
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "bearer",
        "expires_in": round(pair.expires_in_s),
    }


def _tenant(tenant: Tenant) -> dict[str, object]:
    return {"id": tenant.id, "name": tenant.name}


def _user(user: User) -> dict[str, object]:
    return {"id": user.id, "email": user.email, "full_name": user.name, "roles": list(user.roles)}
