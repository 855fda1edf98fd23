"""The dafnck face: answers in envelopes, and accounts that people open and recover themselves."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from console.sandbox.accounts import User
from console.sandbox.faces import dafnck_feed
from console.sandbox.faces.dafnck_feed import user_fields
from console.sandbox.faces.dafnck_files import FileRoutes
from console.sandbox.faces.fields import allowed, bearer
from console.sandbox.outbox import Purpose
from console.sandbox.tokens import Claims, TokenRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

    from console.sandbox.world import World

_BASE = "/api"
_AUTH = f"{_BASE}/auth"
_PASSWORD_MINIMUM = 8
_NAME_LIMIT = 80
_MESSAGES = {413: "File too large", 415: "File type not allowed", 429: "Too many requests", 507: "Insufficient storage"}

_Body = dict[str, object]


class DafnckFace:
    """The sign-in and account routes of the guide. Nobody signs in before the address is confirmed."""

    name = "dafnck"

    def __init__(self, world: World) -> None:
        self._world = world
        self._unverified: set[str] = set()
        posts: dict[str, Callable[[Request, _Body], Awaitable[Response]]] = {
            "login": self._login,
            "register": self._register,
            "refresh": self._refresh,
            "logout": self._logout,
            "forgot-password": self._forgot,
            "reset-password": self._reset,
            "verify-email": self._verify,
            "resend-verification": self._resend,
            "change-password": self._change,
        }
        self.app: ASGIApp = Starlette(
            routes=[
                Route(f"{_AUTH}/me", self._me, methods=["GET"]),
                Route("/api/events", self._events, methods=["GET"]),
                WebSocketRoute("/ws", self._feed),
                *FileRoutes(world, self._signed_in, _yes, _refused).routes(_BASE),
                *(Route(f"{_AUTH}/{path}", _with_body(handler), methods=["POST"]) for path, handler in posts.items()),
            ],
            exception_handlers={404: _absent, 405: _absent},
        )

    def is_sign_in(self, path: str) -> bool:
        """The tighter limit holds for the auth routes."""
        return path.startswith(_AUTH)

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        """An envelope that says no."""
        headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
        return _no(status, _MESSAGES.get(status, "Service unavailable"), headers=headers)

    async def _login(self, request: Request, body: _Body) -> Response:
        user = await self._world.accounts.check(_text(body, "email"), _text(body, "password"))
        if user is None:
            return _no(401, "Invalid email or password", code="INVALID_CREDENTIALS")
        if user.id in self._unverified:
            return _no(403, "Please verify your email address", code="EMAIL_NOT_VERIFIED")
        self._world.stats.sign_ins += 1
        return self._session(request, user)

    def _session(self, request: Request, user: User) -> Response:
        request.state.user_id = user.id
        pair = self._world.tokens.sign_in(user)
        return _yes(
            {
                "user": user_fields(user),
                "token": pair.access,
                "refreshToken": pair.refresh,
                "expiresIn": round(pair.expires_in_s),
            }
        )

    async def _register(self, request: Request, body: _Body) -> Response:
        problems: dict[str, list[str]] = {}
        for field, caption in (("firstName", "First name"), ("lastName", "Last name")):
            if not 0 < len(_text(body, field).strip()) <= _NAME_LIMIT:
                problems[field] = [f"{caption} is required"]
        email = _text(body, "email").strip()
        if "@" not in email.strip("@"):
            problems["email"] = ["Enter a valid email address"]
        problems |= _password_problems(body, "password")
        if body.get("acceptTerms") is not True:
            problems["acceptTerms"] = ["You must accept the terms"]
        if problems:
            return _no(422, "Validation failed", errors=problems)
        if self._world.accounts.named(email) is not None:
            return _no(422, "Validation failed", errors={"email": ["This address can not be used"]})
        user = User(
            id=f"u-{secrets.token_hex(4)}",
            email=email,
            name=f"{_text(body, 'firstName').strip()} {_text(body, 'lastName').strip()}",
            roles=("user",),
            tenants=("northwind",),
        )
        await self._world.accounts.add(user, _text(body, "password"))
        self._unverified.add(user.id)
        self._world.outbox.send(Purpose.VERIFY, user.id, user.email)
        return self._session(request, user)

    async def _refresh(self, request: Request, body: _Body) -> Response:
        self._world.stats.refreshes += 1
        pair = self._world.tokens.extend(_text(body, "refreshToken"))
        if isinstance(pair, TokenRefusal):
            return _no(401, "Invalid refresh token", code="INVALID_REFRESH_TOKEN")
        request.state.user_id = pair.user_id
        return _yes({"token": pair.access, "expiresIn": round(pair.expires_in_s)})

    async def _logout(self, request: Request, _body: _Body) -> Response:
        claims = self._claims(request)
        if isinstance(claims, Claims):
            self._world.tokens.end(claims.session_id)
        return _yes(None, "Logged out")

    async def _forgot(self, _request: Request, body: _Body) -> Response:
        if (user := self._world.accounts.named(_text(body, "email"))) is not None:
            self._world.outbox.send(Purpose.RESET, user.id, user.email)
        return _yes(None, "If the address is known, a message is on its way")

    async def _reset(self, _request: Request, body: _Body) -> Response:
        if problems := _password_problems(body, "password"):
            return _no(422, "Validation failed", errors=problems)  # before the code is used up
        user_id = self._world.outbox.redeem(Purpose.RESET, _text(body, "token"))
        user = self._world.accounts.find(user_id) if user_id is not None else None
        if user is None:
            return _no(400, "Validation failed", errors={"token": ["This code is not good, or no longer"]})
        await self._world.accounts.set_password(user, _text(body, "password"))
        self._world.tokens.end_all(user.id)
        self._unverified.discard(user.id)  # whoever reads the mail owns the address
        return _yes(None, "Password changed")

    async def _verify(self, _request: Request, body: _Body) -> Response:
        user_id = self._world.outbox.redeem(Purpose.VERIFY, _text(body, "token"))
        if user_id is None:
            return _no(400, "Validation failed", errors={"token": ["This code is not good, or no longer"]})
        self._unverified.discard(user_id)
        if (user := self._world.accounts.find(user_id)) is not None:
            self._world.user_changed(user)
        return _yes(None, "Address confirmed")

    async def _resend(self, _request: Request, body: _Body) -> Response:
        user = self._world.accounts.named(_text(body, "email"))
        if user is not None and user.id in self._unverified:
            self._world.outbox.send(Purpose.VERIFY, user.id, user.email)
        return _yes(None, "If the address is known, a message is on its way")

    async def _change(self, request: Request, body: _Body) -> Response:
        user = self._signed_in(request)
        if isinstance(user, Response):
            return user
        problems = _password_problems(body, "newPassword")
        if _text(body, "newPassword") == _text(body, "currentPassword"):
            problems["newPassword"] = ["Choose another password than the present one"]
        if await self._world.accounts.check(user.email, _text(body, "currentPassword")) is None:
            problems["currentPassword"] = ["This is not your password"]
        if problems:
            return _no(422, "Validation failed", errors=problems)
        await self._world.accounts.set_password(user, _text(body, "newPassword"))
        return _yes(None, "Password changed")

    async def _me(self, request: Request) -> Response:
        user = self._signed_in(request)
        return user if isinstance(user, Response) else _yes(user_fields(user))

    async def _events(self, request: Request) -> Response:
        """Server-sent events, where they are offered, to those who ask for them."""
        if not self._world.faults.flags.event_stream:
            return _no(404, "Not found")
        if "text/event-stream" not in request.headers.get("accept", ""):
            return _no(406, "Only text/event-stream is offered here")
        claims = self._claims(request)
        if not isinstance(claims, Claims):
            return _no(401, "Unauthorized", code="UNAUTHORIZED")
        return dafnck_feed.serve_events(request, self._world, claims)

    async def _feed(self, websocket: WebSocket) -> None:
        """The guide has the token and the user in the URL."""
        query = websocket.query_params
        claims = self._world.tokens.check(query.get("token"))
        if not isinstance(claims, Claims) or query.get("userId") != claims.user_id:
            await websocket.send_denial_response(_no(401, "Unauthorized", code="UNAUTHORIZED"))
            return
        await dafnck_feed.serve_socket(websocket, self._world, claims)

    def _claims(self, request: Request) -> Claims | TokenRefusal:
        return self._world.tokens.check(bearer(request.headers.get("authorization")))

    def _signed_in(self, request: Request) -> User | Response:
        claims = self._claims(request)
        user = self._world.accounts.find(claims.user_id) if isinstance(claims, Claims) else None
        if user is None:
            return _no(401, "Unauthorized", code="UNAUTHORIZED")
        request.state.user_id = user.id
        return user


def _with_body(handler: Callable[[Request, _Body], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            return _no(400, "The body is no JSON")
        return await handler(request, body) if isinstance(body, dict) else _no(400, "The body is no object")

    return read


def _text(body: _Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _password_problems(body: _Body, name: str) -> dict[str, list[str]]:
    password = _text(body, name)
    if len(password) < _PASSWORD_MINIMUM:
        return {name: [f"Use at least {_PASSWORD_MINIMUM} characters"]}
    if not any(char.isdigit() for char in password) or not any(char.isalpha() for char in password):
        return {name: ["Use letters and at least one digit"]}
    if password != _text(body, "confirmPassword"):
        return {"confirmPassword": ["The two passwords differ"]}
    return {}


def _yes(data: object, message: str | None = None) -> Response:
    return JSONResponse({"success": True, "data": data, "message": message, "meta": _meta()})


def _refused(status: int, message: str, errors: dict[str, list[str]]) -> Response:
    return _no(status, message, errors=errors)


def _no(
    status: int,
    message: str,
    *,
    code: str | None = None,
    errors: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = {"success": False, "data": None, "message": message, "code": code, "errors": errors or {}, "meta": _meta()}
    return JSONResponse(body, status, headers)


def _meta() -> dict[str, object]:
    return {"timestamp": datetime.now(UTC).isoformat(), "requestId": secrets.token_hex(8)}


async def _absent(request: Request, exc: Exception) -> Response:
    if (methods := allowed(request, exc)) is not None:
        return Response(methods, headers={"allow": methods})
    return _no(404, "Not found")
