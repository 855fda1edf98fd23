"""What stands before every face: counters, limits, and the faults that are switched on."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from console.sandbox.answer import Answer
from console.sandbox.body_faults import receiving, sending
from console.sandbox.faults import FaultKind
from console.sandbox.limits import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from console.sandbox.faults import Rule
    from console.sandbox.listener import Connections
    from console.sandbox.world import World

_PORTAL = (
    "<!DOCTYPE html><html><head><title>Guest network</title></head>"
    "<body><h1>Welcome</h1><p>Accept the terms to go online.</p></body></html>"
)
_BLOCKED = "<!DOCTYPE html><html><body><h1>This connection can not be upgraded</h1></body></html>"
_HANDSHAKE = frozenset({FaultKind.LATENCY, FaultKind.DROP, FaultKind.STATUS, FaultKind.BLOCK_UPGRADE})
_REQUEST = frozenset(FaultKind) - {FaultKind.BLOCK_UPGRADE}
_SIGNED_IN_ALREADY = ("/logout", "/refresh", "/set-refresh", "/session-heartbeat", "/change-password")
_TOO_MANY = 429
_MOVED = 307
_OK = 200
_CLOSING_S = 1.0


class Face(Protocol):
    """What the door must know about the face behind it."""

    name: str
    app: ASGIApp

    def is_sign_in(self, path: str) -> bool:
        """Whether the tighter limit of the sign-in routes holds."""

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        """The platform's own way to say that the gateway refuses or fails."""


class Door:
    """The ASGI application of one port."""

    def __init__(self, face: Face, world: World, connections: Connections) -> None:
        self._face = face
        self._world = world
        self._connections = connections
        self._sign_in_limit = RateLimiter(world.options.auth_limit_per_minute)
        self._limit = RateLimiter(world.options.limit_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or do to it what is switched on."""
        came_in = time.monotonic()
        path, headers = scope["path"], Headers(scope=scope)
        self._world.stats.came_in(self._face.name, scope.get("method", "WEBSOCKET"), path, headers)
        socket = scope["type"] == "websocket"
        kinds = _HANDSHAKE if socket else _REQUEST
        faults = self._world.faults.take(self._face.name, scope.get("method", "GET"), path, kinds)
        if latency := faults.get(FaultKind.LATENCY):
            await self._connections.pause(scope["client"], latency.seconds)
        if FaultKind.DROP in faults:
            await self._connections.drop(scope["client"])
            return
        if socket:
            await self._websocket(faults, scope, receive, send)
        else:
            await self._http(faults, scope, receive, send, came_in)

    async def _websocket(self, faults: Mapping[FaultKind, Rule], scope: Scope, receive: Receive, send: Send) -> None:
        if rule := faults.get(FaultKind.STATUS):
            refusal = self._face.refusal(rule.status, retry_after_s=rule.retry_after_s)
            await refusal(scope, receive, send)
        elif rule := faults.get(FaultKind.BLOCK_UPGRADE):
            await Response(_BLOCKED, rule.status, media_type="text/html")(scope, receive, send)
        else:
            await self._face.app(scope, receive, send)
        # The server takes a refused handshake for an oversight, and says so, unless the connection goes first.
        await self._connections.pause(scope["client"], _CLOSING_S)

    async def _http(
        self, faults: Mapping[FaultKind, Rule], scope: Scope, receive: Receive, send: Send, came_in: float
    ) -> None:
        answer = Answer(stream=sending(faults, scope, send, self._connections))
        if rule := faults.get(FaultKind.SLOW_COMMIT):
            scope.setdefault("state", {})["commit_s"] = rule.seconds
        receive = receiving(faults, scope, receive, self._world, self._connections)
        await self._respond(faults, scope)(scope, receive, answer.collect)
        if rule := faults.get(FaultKind.LATE_STATUS):
            answer = Answer()
            refusal = self._face.refusal(rule.status, retry_after_s=rule.retry_after_s)
            await refusal(scope, receive, answer.collect)
        if FaultKind.LOSE_ANSWER in faults:
            self._audit(Request(scope), answer.status)  # the platform knows what it did
            await self._connections.drop(scope["client"])
            return
        if FaultKind.GARBLE in faults:
            answer.body = answer.body[: len(answer.body) // 2] + b'"\xff,,'
        self._world.stats.went_out(self._face.name, answer.status)
        if answer.streaming:  # its length says nothing about speed
            self._audit(Request(scope), answer.status)
            return
        self._note(Request(scope), answer.status, (time.monotonic() - came_in) * 1000)
        trickle = faults.get(FaultKind.TRICKLE)
        await self._send(answer, scope, send, byte_pause_s=trickle.seconds if trickle else None)

    def _respond(self, faults: Mapping[FaultKind, Rule], scope: Scope) -> ASGIApp:
        """Who answers: a fault, the limit, or the face."""
        if FaultKind.HTML in faults:
            return Response(_PORTAL, media_type="text/html")
        if rule := faults.get(FaultKind.REDIRECT):
            return Response(status_code=_MOVED, headers={"location": f"{rule.location}{scope['path']}"})
        if rule := faults.get(FaultKind.STATUS):
            return self._face.refusal(rule.status, retry_after_s=rule.retry_after_s)
        if rule := faults.get(FaultKind.CLOSE_EARLY):
            refusal = self._face.refusal(rule.status, retry_after_s=rule.retry_after_s)
            refusal.headers["connection"] = "close"
            return refusal
        limit = self._sign_in_limit if self._face.is_sign_in(scope["path"]) else self._limit
        if wait_s := limit.admit(scope["client"][0], time.monotonic()):
            return self._face.refusal(_TOO_MANY, retry_after_s=wait_s)
        return self._face.app

    async def _send(self, answer: Answer, scope: Scope, send: Send, *, byte_pause_s: float | None) -> None:
        date = formatdate(self._world.clock.now(), usegmt=True).encode()
        kept = [(name, value) for name, value in answer.headers if name.lower() not in (b"content-length", b"date")]
        headers = [*kept, (b"content-length", str(len(answer.body)).encode()), (b"date", date)]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if byte_pause_s is not None:
            for position in range(len(answer.body)):
                piece = answer.body[position : position + 1]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await self._connections.pause(scope["client"], byte_pause_s)
        rest = answer.body if byte_pause_s is None else b""
        # A HEAD answer carries the length and no body; the server refuses to send more than it should.
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else rest})

    def _note(self, request: Request, status: int, latency_ms: float) -> None:
        """What the platform learns from a request: how fast it is, who came, what was done."""
        if getattr(request.state, "feed", False):
            return  # a long poll is slow on purpose
        self._world.meters.requests.add(latency_ms, status)
        user_id, path = getattr(request.state, "user_id", ""), request.url.path
        begins = self._face.is_sign_in(path) and not path.endswith(_SIGNED_IN_ALREADY)
        if begins and user_id and status == _OK and request.method == "POST":
            self._world.notices.signed_in(user_id, request.headers.get("user-agent", ""))
        self._audit(request, status)

    def _audit(self, request: Request, status: int) -> None:
        outcome = "success" if status < 400 else "denied" if status in (401, 403, 429) else "failure"  # noqa: PLR2004
        self._world.audit.add(
            "authentication" if self._face.is_sign_in(request.url.path) else "data_access",
            f"{self._face.name} {request.method} {request.url.path}",
            user_id=getattr(request.state, "user_id", ""),
            ip_address=request.client.host if request.client else "",
            outcome=outcome,
        )
