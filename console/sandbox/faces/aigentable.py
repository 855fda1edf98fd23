"""The aigentable face: one server with tenants, tokens that no one renews, and a limit for what looks like a robot."""

from __future__ import annotations

import json
import re
import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.accounts import User
from console.sandbox.faces.aigentable_answers import Answers
from console.sandbox.faces.aigentable_directory import Directory, own_tenant, tenant_entry, user_entry
from console.sandbox.faces.aigentable_documents import DocumentRoutes
from console.sandbox.faces.aigentable_feed import AigentableFeed
from console.sandbox.faces.aigentable_system import SystemRoutes
from console.sandbox.faces.fields import allowed, bearer
from console.sandbox.limits import RateLimiter
from console.sandbox.outbox import Purpose
from console.sandbox.tokens import Claims, TokenPair, TokenRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from console.sandbox.tenants import Tenant
    from console.sandbox.world import World

_BASE = "/api/v1"
_AUTH = f"{_BASE}/auth"
_PASSWORD_MINIMUM = 8
_HOUR_S = 3600.0
_ROBOTS_AN_HOUR = 10
_ROBOT = re.compile(r"bot|crawler|spider|scraper", re.IGNORECASE)
_SCRIPT = re.compile(r"<\s*/?\s*script|javascript:", re.IGNORECASE)
_REFUSALS = {
    TokenRefusal.MISSING: "Access token required",
    TokenRefusal.INVALID: "Invalid token",
    TokenRefusal.EXPIRED: "Token expired",
    TokenRefusal.REVOKED: "Session has ended",
}

_Body = dict[str, object]


class AigentableFace:
    """Routes as the guide has them; with the switch `field_routes`, as running servers have them."""

    name = "aigentable"

    def __init__(self, world: World) -> None:
        self._world = world
        self._answers = Answers(world)
        self._robots = RateLimiter(_ROBOTS_AN_HOUR, window_s=_HOUR_S)
        self._renewing: dict[str, str] = {}  # user id -> the one session whose refresh token is good
        self._directory = Directory(world, self._answers, self.signed_in)
        self._documents = DocumentRoutes(world, self._answers, self.signed_in)
        self._system = SystemRoutes(world, self._answers, self.signed_in)
        self._guide = self._application([])
        self._field = self._application([Route(f"{_AUTH}/refresh", self._with_body(self._refresh), methods=["POST"])])
        self.live = AigentableFeed(world, self._system, self._choose).server
        self.app: ASGIApp = self._watched

    def is_sign_in(self, path: str) -> bool:
        """The tighter limit holds for the auth routes."""
        return path.startswith(_AUTH)

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        """An error in the shape of the routes that are served."""
        if status == 429:  # noqa: PLR2004  (its own shape)
            return self._answers.limited("Too many requests, please try again later", retry_after_s or 1)
        headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
        text = HTTPStatus(status).phrase if status < 500 else "Service unavailable"  # noqa: PLR2004
        return self._answers.no(status, text, headers=headers)

    def signed_in(self, request: Request) -> User | Response:
        """Who asks, or the answer that says why nobody is known."""
        claims = self._claims(request)
        if isinstance(claims, TokenRefusal):
            return self._answers.unauthorized(_REFUSALS[claims])
        user = self._world.accounts.find(claims.user_id)
        if user is None:
            return self._answers.unauthorized("User not found")
        request.state.user_id = user.id
        return user

    def _application(self, more: list[Route]) -> Starlette:
        async def absent(request: Request, exc: Exception) -> Response:
            if (methods := allowed(request, exc)) is not None:
                return Response(methods, headers={"allow": methods})
            return self._answers.no(404, "Route not found")

        posts: dict[str, Callable[[Request, _Body], Awaitable[Response]]] = {
            "login": self._login,
            "register": self._register,
            "logout": self._logout,
            "forgot-password": self._forgot,
            "reset-password": self._reset,
        }
        return Starlette(
            routes=[
                Route(f"{_AUTH}/me", self._me, methods=["GET"]),
                *(
                    Route(f"{_AUTH}/{path}", self._with_body(handler), methods=["POST"])
                    for path, handler in posts.items()
                ),
                *more,
                *self._directory.routes(_BASE, field=bool(more)),
                *self._documents.routes(_BASE, field=bool(more)),
                *self._system.routes(_BASE),
            ],
            exception_handlers={404: absent, 405: absent},
        )

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What looks like a robot or an attack does not get far."""
        response: ASGIApp = self.live
        agent = Headers(scope=scope).get("user-agent", "")
        wait_s = self._robots.admit(scope["client"][0], time.monotonic()) if _ROBOT.search(agent) else 0
        query = scope.get("query_string", b"").decode("latin-1")
        if wait_s:
            response = self._answers.limited("Bot rate limit exceeded", wait_s)
        elif _SCRIPT.search(unquote_plus(f"{scope['path']}?{query}")):
            response = JSONResponse({"error": "Forbidden", "message": "Suspicious request"}, 403)
        await response(scope, receive, send)

    async def _choose(self, scope: Scope, receive: Receive, send: Send) -> None:
        flags = self._world.faults.flags
        app: ASGIApp = self._field if flags.field_routes else self._guide
        if flags.refresh_routes_404 and scope["path"].endswith("/auth/refresh"):
            app = self._answers.no(404, "Route not found")
        await app(scope, receive, send)

    async def _login(self, request: Request, body: _Body) -> Response:
        user = await self._world.accounts.check(_text(body, "email"), _text(body, "password"))
        if user is None:
            return self._answers.unauthorized("Invalid email or password")
        self._world.stats.sign_ins += 1
        return self._session(request, user)

    def _session(self, request: Request, user: User, *, status: int = 200, tenant: Tenant | None = None) -> Response:
        """A sign-in; the tenant is told where one was asked for, and always by running servers."""
        request.state.user_id = user.id
        pair = self._world.tokens.sign_in(user)
        told = self._told(user)
        if self._answers.wrapped:
            self._renewing[user.id] = _session_of(pair.refresh)
            home = tenant or own_tenant(self._world, user)
            wrapped = {"user": told, "tenant": tenant_entry(home), "tokens": _tokens(pair)}
            return self._answers.yes(wrapped, status=status, message="Signed in")
        data: dict[str, object] = {"user": told, "token": pair.access}
        if tenant is not None:
            data["tenant"] = tenant_entry(tenant)
        return self._answers.yes(data, status=status)

    async def _register(self, request: Request, body: _Body) -> Response:
        email, tenant_name = _text(body, "email").strip(), _text(body, "tenantName").strip()
        names = ("name",) if self._answers.wrapped else ("firstName", "lastName")
        problems = {name: f"{name} is required" for name in names if not _text(body, name).strip()}
        if "@" not in email.strip("@"):
            problems["email"] = "Please provide a valid email"
        problems |= _password_problems(_text(body, "password"))
        if problems:
            return self._answers.invalid(problems)
        if self._world.accounts.named(email) is not None:
            return self._answers.no(409, "User with this email already exists")
        tenant = self._world.tenants.add(tenant_name) if tenant_name else self._world.tenants.default
        user = User(
            id=f"u-{secrets.token_hex(4)}",
            email=email,
            name=" ".join(_text(body, name).strip() for name in names),
            roles=("owner",) if tenant_name else ("user",),
            tenants=(tenant.id,),
        )
        await self._world.accounts.add(user, _text(body, "password"))
        return self._session(request, user, status=201, tenant=tenant)

    async def _refresh(self, request: Request, body: _Body) -> Response:
        """Only the session of a user's latest sign-in is renewed."""
        self._world.stats.refreshes += 1
        token = _text(body, "refreshToken")
        session = _session_of(token)
        pair = self._world.tokens.refresh(token) if self._is_latest(session) else TokenRefusal.REVOKED
        if isinstance(pair, TokenRefusal):
            return self._answers.unauthorized("Invalid refresh token")
        request.state.user_id = pair.user_id
        return self._answers.yes({"tokens": _tokens(pair)})

    def _is_latest(self, session: str) -> bool:
        owner = self._world.tokens.owner(session)
        return owner is not None and self._renewing.get(owner, session) == session

    async def _logout(self, request: Request, _body: _Body) -> Response:
        claims = self._claims(request)
        if isinstance(claims, TokenRefusal):
            return self._answers.unauthorized(_REFUSALS[claims])
        request.state.user_id = claims.user_id
        self._world.tokens.end(claims.session_id)
        return self._answers.yes(None, message="Signed out")

    async def _forgot(self, _request: Request, body: _Body) -> Response:
        if (user := self._world.accounts.named(_text(body, "email"))) is not None:
            self._world.outbox.send(Purpose.RESET, user.id, user.email)
        return self._answers.yes(None, message="If the address is known, a message is on its way")

    async def _reset(self, _request: Request, body: _Body) -> Response:
        if problems := _password_problems(_text(body, "password")):
            return self._answers.invalid(problems)  # before the code is used up
        user_id = self._world.outbox.redeem(Purpose.RESET, _text(body, "token"))
        user = self._world.accounts.find(user_id) if user_id is not None else None
        if user is None:
            return self._answers.no(400, "Invalid or expired reset token")
        await self._world.accounts.set_password(user, _text(body, "password"))
        self._world.tokens.end_all(user.id)
        return self._answers.yes(None, message="Password changed")

    async def _me(self, request: Request) -> Response:
        user = self.signed_in(request)
        if isinstance(user, Response):
            return user
        told = self._told(user)
        return self._answers.yes(
            {"user": told, "tenant": tenant_entry(own_tenant(self._world, user))} if self._answers.wrapped else told
        )

    def _told(self, user: User) -> dict[str, object]:
        return user_entry(user) | {"tenantId": own_tenant(self._world, user).id}

    def _claims(self, request: Request) -> Claims | TokenRefusal:
        return self._world.tokens.check(bearer(request.headers.get("authorization")))

    def _with_body(
        self, handler: Callable[[Request, _Body], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def read(request: Request) -> Response:
            raw = await request.body()
            try:
                body = json.loads(raw) if raw else {}
            except ValueError:
                body = None
            if not isinstance(body, dict):
                return self._answers.no(400, "Invalid JSON in request body")
            return await handler(request, body)

        return read


def _text(body: _Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _password_problems(password: str) -> dict[str, str]:
    short = len(password) < _PASSWORD_MINIMUM
    return {"password": f"Password must be at least {_PASSWORD_MINIMUM} characters"} if short else {}


def _session_of(refresh_token: str) -> str:
    return refresh_token.partition(".")[0]


def _tokens(pair: TokenPair) -> dict[str, object]:
    return {"accessToken": pair.access, "refreshToken": pair.refresh}
