"""The opssight face: one FastAPI server, providers for sign-in, health at the root."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from console.model.health import HealthStatus
from console.sandbox.faces import opssight_feed
from console.sandbox.faces import opssight_metrics as measured
from console.sandbox.faces.conditional import conditional
from console.sandbox.faces.fields import bearer, text_fields
from console.sandbox.faces.oauth import OAuthRoutes
from console.sandbox.second_factor import ChallengeOver, WrongCode
from console.sandbox.tokens import Claims, TokenPair, TokenRefusal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.websockets import WebSocket

    from console.sandbox.accounts import User
    from console.sandbox.world import World

_AUTH = "/api/v1/auth"
_VERSION = "1.9.2"
_REFUSALS = {
    TokenRefusal.MISSING: "Not authenticated",
    TokenRefusal.INVALID: "Could not validate credentials",
    TokenRefusal.EXPIRED: "Token has expired",
    TokenRefusal.REVOKED: "Session has been revoked",
}


class OpssightFace:
    """Routes as the guide has them; with the switch `field_routes`, as running servers have them."""

    name = "opssight"

    def __init__(self, world: World) -> None:
        self._world = world
        self._providers = OAuthRoutes(world, f"{_AUTH}/oauth", self._vouched_for)
        self._guide = self._application(self._routes())
        self._field = self._application(self._field_routes())
        self.app: ASGIApp = self._choose

    def is_sign_in(self, path: str) -> bool:
        """The tighter limit holds for the auth routes."""
        return path.startswith(_AUTH)

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        """The platform's own error object."""
        headers = {"X-Process-Time": "0.000"}
        if retry_after_s is not None:
            headers["retry-after"] = str(retry_after_s)
        text = "Rate limit exceeded" if status == 429 else "Service unavailable"  # noqa: PLR2004
        return JSONResponse({"error": {"code": f"E{status}", "message": text, "details": {}}}, status, headers)

    async def _choose(self, scope: Scope, receive: Receive, send: Send) -> None:
        flags = self._world.faults.flags
        app = self._field if flags.field_routes else self._guide
        if flags.refresh_routes_404 and scope["path"].endswith("/auth/refresh"):
            app = self._application([])
        await app(scope, receive, send)

    def _application(self, routes: list[BaseRoute]) -> Starlette:
        async def not_found(request: Request, _exc: Exception) -> Response:
            known = sorted({route.path for route in routes if isinstance(route, Route)})
            detail = {"detail": "Not Found", "path": request.url.path, "method": request.method}
            return JSONResponse({**detail, "available_endpoints": known}, 404)

        async def not_allowed(_request: Request, _exc: Exception) -> Response:
            return JSONResponse({"detail": "Method Not Allowed"}, 405)

        return Starlette(routes=routes, exception_handlers={404: not_found, 405: not_allowed})

    def _routes(self) -> list[BaseRoute]:
        return [
            *self._session_routes(self._refresh_route()),
            Route(f"{_AUTH}/login", self._login, methods=["POST"]),
            Route("/health", self._health, methods=["GET"]),
            Route("/health/detailed", self._detailed, methods=["GET"]),
            *self._measured_routes(),
        ]

    def _field_routes(self) -> list[BaseRoute]:
        """Login by form, no refresh token, dependencies as truth values."""
        return [
            *self._session_routes([]),
            Route(f"{_AUTH}/login", self._field_login, methods=["POST"]),
            Route("/health", self._health, methods=["GET"]),
            Route("/health/detailed", self._field_detailed, methods=["GET"]),
            *self._measured_routes(),
        ]

    def _measured_routes(self) -> list[BaseRoute]:
        """The feeds are in both: which one answers is a switch of its own."""
        return [
            Route("/api/v1/metrics", self._metrics, methods=["GET"]),
            Route("/api/v1/deployments", self._deployments, methods=["GET"]),
            Route("/cache/metrics", self._cache, methods=["GET"]),
            Route("/cache/invalidate", self._invalidate, methods=["POST"]),
            Route("/api/v1/cache/invalidate", self._invalidate, methods=["POST"]),
            Route("/api/performance", self._performance, methods=["GET"]),
            WebSocketRoute("/ws/dashboard", self._guide_feed),
            WebSocketRoute("/ws", self._field_feed),
        ]

    def _refresh_route(self) -> list[Route]:
        return [Route(f"{_AUTH}/refresh", self._refresh, methods=["POST"])]

    def _session_routes(self, refresh: list[Route]) -> list[BaseRoute]:
        return [
            *self._providers.routes(),
            *refresh,
            Route(f"{_AUTH}/mfa/verify", self._verify, methods=["POST"]),
            Route(f"{_AUTH}/me", self._me, methods=["GET"]),
            Route(f"{_AUTH}/logout", self._logout, methods=["POST"]),
        ]

    async def _login(self, request: Request) -> Response:
        fields = await text_fields(request, "email", "password")
        if isinstance(fields, Response):
            return fields
        return await self._known(request, fields["email"], fields["password"])

    async def _field_login(self, request: Request) -> Response:
        """A form only. The complaint echoes what was sent, as such servers do."""
        raw = (await request.body()).decode("utf-8", "replace")
        if Headers(scope=request.scope).get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
            entry = {"loc": ["body", "username"], "msg": "Field required", "type": "missing", "input": raw}
            return JSONResponse({"detail": [entry]}, 422)
        fields = dict(parse_qsl(raw))
        return await self._known(request, fields.get("username", ""), fields.get("password", ""))

    async def _known(self, request: Request, username: str, password: str) -> Response:
        user = await self._world.accounts.check(username, password)
        if user is None:
            return JSONResponse({"detail": "Incorrect username or password", "error_code": "INVALID_CREDENTIALS"}, 401)
        return self._vouched_for(request, user)

    def _vouched_for(self, request: Request, user: User) -> Response:
        """Who they are is shown; whether that is enough is switched."""
        if self._world.faults.flags.require_mfa:
            token = self._world.second_factor.challenge(user.id)
            return JSONResponse({"mfa_required": True, "mfa_token": token, "methods": ["totp"]})
        return self._signed_in(request, user)

    async def _verify(self, request: Request) -> Response:
        fields = await text_fields(request, "mfa_token", "code")
        if isinstance(fields, Response):
            return fields
        match self._world.second_factor.answer(fields["mfa_token"], fields["code"]):
            case ChallengeOver():
                return JSONResponse({"detail": "Challenge expired", "error_code": "MFA_EXPIRED"}, 401)
            case WrongCode(attempts_left=left):
                told = {"detail": "Invalid code", "error_code": "MFA_INVALID", "attempts_left": left}
                return JSONResponse(told, 401)
            case user_id:
                user = self._world.accounts.find(user_id)
        return self._signed_in(request, user) if user else JSONResponse({"detail": "User not found"}, 401)

    def _signed_in(self, request: Request, user: User) -> Response:
        self._world.stats.sign_ins += 1
        request.state.user_id = user.id
        answer = self._tokens(self._world.tokens.sign_in(user))
        return JSONResponse({**answer, "user": _user(user)})

    def _tokens(self, pair: TokenPair) -> dict[str, object]:
        renews = not self._world.faults.flags.field_routes
        return {
            "access_token": pair.access,
            "refresh_token": pair.refresh if renews else None,
            "token_type": "bearer",
            "expires_in": round(pair.expires_in_s),
        }

    async def _refresh(self, request: Request) -> Response:
        self._world.stats.refreshes += 1
        fields = await text_fields(request, "refresh_token")
        if isinstance(fields, Response):
            return fields
        pair = self._world.tokens.refresh(fields["refresh_token"])
        if isinstance(pair, TokenRefusal):
            return JSONResponse({"detail": f"Refresh token {pair.value}", "error_code": "INVALID_REFRESH"}, 401)
        request.state.user_id = pair.user_id
        return JSONResponse(self._tokens(pair))

    async def _me(self, request: Request) -> Response:
        claims = self._claims(request)
        if isinstance(claims, Response):
            return claims
        user = self._world.accounts.find(claims.user_id)
        if user is None:
            return JSONResponse({"detail": "User not found"}, 401)
        return conditional(request, JSONResponse(_user(user)))

    async def _logout(self, request: Request) -> Response:
        claims = self._claims(request)
        if isinstance(claims, Response):
            return claims
        self._world.tokens.end(claims.session_id)
        return JSONResponse({"message": "Logged out"})

    async def _health(self, _request: Request) -> Response:
        return JSONResponse(
            {"status": self._worst(), "service": "OpsSight API", "version": _VERSION, "environment": "sandbox"}
        )

    async def _detailed(self, _request: Request) -> Response:
        parts = {
            name: {
                "status": component.reading.status.value,
                "latency_ms": component.reading.latency_ms,
                "version": component.spec.version,
            }
            for name, component in self._world.components.items()
        }
        told = {"status": self._worst(), "service": "OpsSight API", "version": _VERSION, "components": parts}
        return JSONResponse(told)

    async def _field_detailed(self, _request: Request) -> Response:
        up = {name: part.reading.status is not HealthStatus.UNHEALTHY for name, part in self._world.components.items()}
        return JSONResponse({"status": "healthy" if all(up.values()) else "degraded", "dependencies": up})

    async def _metrics(self, request: Request) -> Response:
        claims = self._claims(request)
        return claims if isinstance(claims, Response) else measured.metrics_answer(self._world)

    async def _deployments(self, request: Request) -> Response:
        claims = self._claims(request)
        return claims if isinstance(claims, Response) else measured.deployments_answer(self._world, request)

    async def _invalidate(self, request: Request) -> Response:
        claims = self._claims(request)
        return claims if isinstance(claims, Response) else await measured.invalidate_answer(self._world, request)

    async def _cache(self, request: Request) -> Response:
        return self._refuse_stranger(request) or measured.cache_answer(self._world, as_text=self._as_in_the_field)

    async def _performance(self, request: Request) -> Response:
        return self._refuse_stranger(request) or measured.performance_answer(self._world, as_text=self._as_in_the_field)

    @property
    def _as_in_the_field(self) -> bool:
        return self._world.faults.flags.field_routes

    def _refuse_stranger(self, request: Request) -> Response | None:
        """What the guide shows to everybody may need a token on running servers."""
        claims = self._claims(request) if self._as_in_the_field else None
        return claims if isinstance(claims, Response) else None

    async def _guide_feed(self, websocket: WebSocket) -> None:
        if self._world.faults.flags.opssight_form != "guide":
            await websocket.send_denial_response(JSONResponse({"detail": "Not Found"}, 404))
            return
        checked = self._world.tokens.check(bearer(websocket.headers.get("authorization")))
        if isinstance(checked, TokenRefusal):
            await websocket.send_denial_response(JSONResponse({"detail": _REFUSALS[checked]}, 401))
            return
        await opssight_feed.serve_guide(websocket, self._world, checked)

    async def _field_feed(self, websocket: WebSocket) -> None:
        match self._world.faults.flags.opssight_form:
            case "open":
                await opssight_feed.serve_open(websocket, self._world)
            case "first_message":
                await opssight_feed.serve_first_message(websocket, self._world)
            case _:
                await websocket.send_denial_response(JSONResponse({"detail": "Not Found"}, 404))

    def _worst(self) -> str:
        readings = [component.reading.status for component in self._world.components.values()]
        return "healthy" if all(status is HealthStatus.HEALTHY for status in readings) else "degraded"

    def _claims(self, request: Request) -> Claims | Response:
        checked = self._world.tokens.check(bearer(request.headers.get("authorization")))
        if isinstance(checked, TokenRefusal):
            return JSONResponse({"detail": _REFUSALS[checked]}, 401)
        request.state.user_id = checked.user_id
        return checked


def _user(user: User) -> dict[str, object]:
    return {"id": user.id, "email": user.email, "full_name": user.name, "role": user.roles[0] if user.roles else ""}
