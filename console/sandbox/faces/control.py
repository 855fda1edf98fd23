"""The control routes: the switches and counters, on every face and on a port of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.faults import Outage, Switches

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/__sandbox"
_LOOPBACK = ("127.0.0.1", "localhost")
_JSON = "application/json"


class Controls(Protocol):
    """What the control routes work on."""

    def turn(self, change: Switches) -> None:
        """Turn all switches but the outage; raises KeyError for an unknown service."""

    def begin(self, outage: Outage | float | bool | None) -> None:
        """Start or end an outage soon, without waiting for it."""

    async def clear(self) -> None:
        """All faults off, dead components up again."""

    def faults(self) -> dict[str, object]:
        """What is on."""

    def stats(self) -> dict[str, object]:
        """What clients did."""

    def documents(self, *, seeded: bool = False) -> list[dict[str, object]]:
        """What was uploaded, oldest first."""

    def outbox(self) -> list[dict[str, object]]:
        """What was sent by mail, oldest first."""

    def audit(self, count: int) -> list[dict[str, object]]:
        """The latest audit events, oldest first."""


class ControlRoutes:
    """Answers below `/__sandbox/`, and passes the rest on.

    The port is on loopback, but any web page can reach loopback: only a loopback `Host` and a JSON body are accepted,
    which a page of another origin can't send without asking first.
    """

    def __init__(self, controls: Controls, app: ASGIApp | None = None) -> None:
        self._controls = controls
        self._app = app
        self._routes = Starlette(
            routes=[
                Route(f"{PREFIX}/faults", self._faults, methods=["GET", "POST", "DELETE"]),
                Route(f"{PREFIX}/stats", self._stats, methods=["GET"]),
                Route(f"{PREFIX}/audit", self._audit, methods=["GET"]),
                Route(f"{PREFIX}/documents", self._documents, methods=["GET"]),
                Route(f"{PREFIX}/outbox", self._outbox, methods=["GET"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here what is ours."""
        if self._app is not None and not scope["path"].startswith(f"{PREFIX}/"):
            await self._app(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    async def _faults(self, request: Request) -> Response:
        if (refused := _refuse_foreign(request)) is not None:
            return refused
        if request.method == "DELETE":
            await self._controls.clear()
        elif request.method == "POST":
            try:
                change = msgspec.json.decode(await request.body(), type=Switches)
                self._controls.turn(change)
            except msgspec.MsgspecError as exc:
                return JSONResponse({"detail": str(exc)}, 422)
            except KeyError as exc:
                return JSONResponse({"detail": f"no service is named {exc}"}, 422)
            # After the answer: the outage may take away the port that this request came through.
            later = BackgroundTask(self._begin, change.outage)
            return JSONResponse(self._controls.faults(), background=later)
        return JSONResponse(self._controls.faults())

    async def _begin(self, outage: Outage | float | bool | None) -> None:
        self._controls.begin(outage)

    async def _stats(self, request: Request) -> Response:
        return _refuse_foreign(request) or JSONResponse(self._controls.stats())

    async def _documents(self, request: Request) -> Response:
        seeded = request.query_params.get("seeded") == "1"
        return _refuse_foreign(request) or JSONResponse(self._controls.documents(seeded=seeded))

    async def _outbox(self, request: Request) -> Response:
        return _refuse_foreign(request) or JSONResponse(self._controls.outbox())

    async def _audit(self, request: Request) -> Response:
        return _refuse_foreign(request) or JSONResponse(self._controls.audit(200))


def _refuse_foreign(request: Request) -> Response | None:
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if host not in _LOOPBACK:
        return JSONResponse({"detail": "only from this machine"}, 403)
    if request.method == "POST" and request.headers.get("content-type", "").split(";")[0] != _JSON:
        return JSONResponse({"detail": "the body must be application/json"}, 415)
    return None
