"""The kong face: four services behind a gateway that routes, checks tokens and measures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.answer import Answer
from console.sandbox.faces.conditional import conditional
from console.sandbox.faces.fields import bearer, text_fields
from console.sandbox.faces.kong_documents import FieldDocuments, GuideDocuments
from console.sandbox.faces.kong_feed import KongFeed
from console.sandbox.faces.kong_notifications import NotificationRoutes
from console.sandbox.faces.kong_routes import AUTH, MFA, ROUTES, VERSION
from console.sandbox.faces.pages import window
from console.sandbox.second_factor import ChallengeOver, WrongCode
from console.sandbox.tokens import Claims, TokenPair, TokenRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from console.sandbox.accounts import User
    from console.sandbox.components import Component
    from console.sandbox.world import World

    Handler = Callable[[Request], Awaitable[Response]]

_OPEN = (AUTH, MFA)
_REFRESH_COOKIE = "refresh_token"
_REFUSALS = {
    TokenRefusal.MISSING: "Unauthorized",
    TokenRefusal.INVALID: "Invalid signature",
    TokenRefusal.EXPIRED: "Token expired",
    TokenRefusal.REVOKED: "Token revoked",
}
_FAILURES = {
    413: ("Request size limit exceeded", ""),
    415: ("Unsupported Media Type", ""),
    429: ("API rate limit exceeded", ""),
    500: ("An unexpected error occurred", "unexpected error"),
    502: ("An invalid response was received from the upstream server", "invalid upstream response"),
    503: ("failure to get a peer from the ring-balancer", "no peer"),
    504: ("The upstream server is timing out", "upstream timeout"),
    507: ("Insufficient storage", ""),
}


@dataclass(frozen=True)
class _Proxied:
    """An answer that came from an upstream, and how long that took."""

    response: Response
    upstream_ms: float


class KongFace:
    """Routes as the guide has them; with the switch `field_routes`, as running servers have them.

    Attributes:
        busy: How many requests are being answered.
    """

    name = "kong"

    def __init__(self, world: World) -> None:
        self._world = world
        self.busy = 0
        self.live = KongFeed(world, self._gateway).server
        self.app: ASGIApp = self._counted
        self._upstreams = Starlette(
            routes=[*self._routes(AUTH), *GuideDocuments(world, self._signed_in).routes()],
            exception_handlers={404: _not_found, 405: _not_allowed},
        )
        self._stripped = Starlette(
            # Such a server keeps no cookie: it can't renew a session.
            routes=[
                route
                for route in self._routes(f"{AUTH}/auth")
                if not route.path.endswith(("/refresh", "/set-refresh", "/auth/logout"))
            ]
            + FieldDocuments(world, self._signed_in).routes(),
            exception_handlers={404: _not_found, 405: _not_allowed},
        )

    def is_sign_in(self, path: str) -> bool:
        """The tighter limit holds for the auth routes, except their health."""
        return path.startswith(_OPEN) and not path.endswith("/health")

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        """Kong's own `{message}`, with `x-kong-error` where the gateway fails."""
        text, error = _FAILURES.get(status, ("An unexpected error occurred", ""))
        headers = {"x-kong-error": error} if error else {}
        if retry_after_s is not None:
            headers["retry-after"] = str(retry_after_s)
        return JSONResponse({"message": text}, status, headers)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.busy += 1
        try:
            await self.live(scope, receive, send)
        finally:
            self.busy -= 1

    async def _gateway(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        outcome = await self._route(scope, receive)
        total_ms = (time.perf_counter() - started) * 1000
        if isinstance(outcome, _Proxied):
            response = outcome.response
            response.headers["x-kong-upstream-latency"] = str(round(outcome.upstream_ms))
            total_ms -= outcome.upstream_ms
        else:
            response = outcome
        response.headers["x-kong-proxy-latency"] = str(round(max(0.0, total_ms)))
        response.headers["via"] = f"kong/{VERSION}"
        await response(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive) -> _Proxied | Response:
        path = scope["path"]
        prefix = next((prefix for prefix in ROUTES if path == prefix or path.startswith(f"{prefix}/")), None)
        if prefix is None or scope["type"] != "http":
            return JSONResponse({"message": "no Route matched with those values"}, 404)
        scope.setdefault("state", {})
        refused = self._check_token(scope) if prefix not in _OPEN else None
        if refused is not None:
            return refused
        name = ROUTES[prefix]
        asked = time.perf_counter()
        try:
            worked_ms = await self._world.components[name].ask()
        except TimeoutError:
            return self.refusal(504, retry_after_s=None)
        if worked_ms is None:
            return self.refusal(503, retry_after_s=None)
        flags = self._world.faults.flags
        app = self._stripped if flags.field_routes else self._upstreams
        if flags.refresh_routes_404 and path.endswith(("/refresh", "/set-refresh")):
            response: Response = JSONResponse({"detail": "Not Found"}, 404)
        else:
            response = await _call(app, scope, receive)
        return _Proxied(response, (time.perf_counter() - asked) * 1000)

    def _check_token(self, scope: Scope) -> Response | None:
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        checked = self._world.tokens.check(bearer(authorization))
        if isinstance(checked, TokenRefusal):
            return JSONResponse({"message": _REFUSALS[checked]}, 401, {"www-authenticate": 'Bearer realm="kong"'})
        scope["state"]["user_id"] = checked.user_id
        return None

    def _routes(self, auth: str) -> list[Route]:
        services = [Route(f"{prefix}/health", self._health, methods=["GET"]) for prefix in ROUTES]
        return [
            *services,
            *NotificationRoutes(self._world).routes(),
            Route(f"{auth}/login", self._login, methods=["POST"]),
            Route(f"{MFA}/verify", self._verify, methods=["POST"]),
            Route(f"{auth}/set-refresh", self._set_refresh, methods=["POST"]),
            Route(f"{auth}/refresh", self._refresh, methods=["POST"]),
            Route(f"{auth}/me", self._me, methods=["GET"]),
            Route(f"{auth}/logout", self._logout, methods=["POST"]),
            Route("/api/v1/users", self._users, methods=["GET"]),
            Route("/api/v1/organizations", self._organizations, methods=["GET"]),
        ]

    async def _login(self, request: Request) -> Response:
        fields = await text_fields(request, "email", "password")
        if isinstance(fields, Response):
            return fields
        user = await self._world.accounts.check(fields["email"], fields["password"])
        if user is None:
            return JSONResponse({"detail": "Invalid email or password"}, 401)
        return self._known(request, user)

    def _known(self, request: Request, user: User) -> Response:
        """Who they are is shown; whether that is enough is switched."""
        if self._world.faults.flags.require_mfa:
            token = self._world.second_factor.challenge(user.id)
            return JSONResponse({"mfa_required": True, "mfa_token": token, "methods": ["totp"]})
        return self._signed_in_as(request, user)

    async def _verify(self, request: Request) -> Response:
        fields = await text_fields(request, "mfa_token", "code")
        if isinstance(fields, Response):
            return fields
        outcome = self._world.second_factor.answer(fields["mfa_token"], fields["code"])
        match outcome:
            case ChallengeOver():
                return JSONResponse({"detail": "MFA session expired", "code": "MFA_EXPIRED"}, 401)
            case WrongCode(attempts_left=0):
                return JSONResponse({"detail": "Account locked: too many wrong codes"}, 423)
            case WrongCode(attempts_left=left):
                return JSONResponse({"detail": "Invalid code", "code": "MFA_INVALID", "attempts_left": left}, 401)
        user = self._world.accounts.find(outcome)
        return self._signed_in_as(request, user) if user else JSONResponse({"detail": "User not found"}, 401)

    def _signed_in_as(self, request: Request, user: User) -> Response:
        self._world.stats.sign_ins += 1
        request.state.user_id = user.id
        answer: dict[str, object] = {**_tokens(self._world.tokens.sign_in(user)), "user": _user(user)}
        if self._world.faults.flags.field_routes:
            answer |= {"token_type": "bearer", "user_id": user.id}
        return JSONResponse(answer)

    async def _set_refresh(self, request: Request) -> Response:
        fields = await text_fields(request, "refresh_token")
        if isinstance(fields, Response):
            return fields
        if not self._world.tokens.knows(fields["refresh_token"]):
            return JSONResponse({"detail": "Invalid refresh token"}, 401)
        return _with_cookie(JSONResponse({"success": True}), fields["refresh_token"])

    async def _refresh(self, request: Request) -> Response:
        self._world.stats.refreshes += 1
        token = request.cookies.get(_REFRESH_COOKIE)
        if not token:
            return JSONResponse({"detail": "Refresh token missing"}, 401)
        pair = self._world.tokens.refresh(token)
        if isinstance(pair, TokenRefusal):
            refused = JSONResponse({"detail": f"Refresh token {pair.value}"}, 401)
            refused.delete_cookie(_REFRESH_COOKIE, path=AUTH, httponly=True)
            return refused
        request.state.user_id = pair.user_id
        return _with_cookie(JSONResponse(_tokens(pair)), pair.refresh)

    async def _me(self, request: Request) -> Response:
        claims = self._signed_in(request)
        if isinstance(claims, Response):
            return claims
        user = self._world.accounts.find(claims.user_id)
        if user is None:
            return JSONResponse({"detail": "User not found"}, 401)
        return conditional(request, JSONResponse(_user(user)))

    async def _logout(self, request: Request) -> Response:
        claims = self._signed_in(request)
        if isinstance(claims, Response):
            return claims
        self._world.tokens.end(claims.session_id)
        gone = JSONResponse({"success": True})
        gone.delete_cookie(_REFRESH_COOKIE, path=AUTH, httponly=True)
        return gone

    async def _health(self, request: Request) -> Response:
        everyone = self._world.components
        component = everyone[ROUTES[request.url.path.removesuffix("/health")]]
        reading = component.reading
        return JSONResponse(
            {
                "service": component.spec.name,
                "status": reading.status.value,
                "version": component.spec.version,
                "port": component.spec.port,
                "dependencies": self._dependencies(component),
                "metrics": {
                    "uptime_seconds": round(time.time() - component.started_at, 1),
                    "answered": component.answered,
                    "health_score": reading.score,
                    "latency_ms": reading.latency_ms,
                },
            }
        )

    def _dependencies(self, component: Component) -> dict[str, object]:
        """A word for each; running servers tell more of the first, and mix both."""
        readings = {name: self._world.components[name].reading for name in component.spec.needs}
        told: dict[str, object] = {name: reading.status.value for name, reading in readings.items()}
        if self._world.faults.flags.field_routes and readings:
            name, reading = next(iter(readings.items()))
            told[name] = {"status": reading.status.value, "latency_ms": reading.latency_ms}
        return told

    async def _users(self, request: Request) -> Response:
        everyone = self._world.accounts.everyone()
        users = [_user(user) for user in window(request, everyone)]
        if self._world.faults.flags.field_routes:
            return JSONResponse(users)
        return JSONResponse({"data": users, "total": len(everyone)})

    async def _organizations(self, request: Request) -> Response:
        found = [{"id": tenant.id, "name": tenant.name} for tenant in self._world.tenants.everyone()]
        return conditional(request, JSONResponse({"data": found, "total": len(found)}))

    def _signed_in(self, request: Request) -> Claims | Response:
        checked = self._world.tokens.check(bearer(request.headers.get("authorization")))
        if isinstance(checked, TokenRefusal):
            return JSONResponse({"detail": _REFUSALS[checked]}, 401)
        request.state.user_id = checked.user_id
        return checked


async def _call(app: Starlette, scope: Scope, receive: Receive) -> Response:
    """The answer of an upstream, as a value."""
    answer = Answer()
    await app(scope, receive, answer.collect)
    download = scope["state"].get("download")
    if isinstance(download, Response):
        return download
    response = Response(answer.body, answer.status)
    response.raw_headers = answer.headers
    return response


def _with_cookie(response: Response, token: str) -> Response:
    response.set_cookie(_REFRESH_COOKIE, token, path=AUTH, httponly=True, samesite="strict", max_age=30 * 86_400)
    return response


def _tokens(pair: TokenPair) -> dict[str, object]:
    return {"access_token": pair.access, "refresh_token": pair.refresh, "expires_in": round(pair.expires_in_s)}


def _user(user: User) -> dict[str, object]:
    return {"id": user.id, "email": user.email, "name": user.name, "roles": list(user.roles)}


async def _not_found(_request: Request, _exc: Exception) -> Response:
    return JSONResponse({"detail": "Not Found"}, 404)


async def _not_allowed(_request: Request, exc: Exception) -> Response:
    return JSONResponse({"detail": "Method Not Allowed"}, 405, getattr(exc, "headers", None))
