"""Lighthouse as the sandbox speaks it. Written from the platform's guide, and not from the dialect: it shares nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from console.sandbox.faces import socket_feed
from console.sandbox.faces.fields import bearer, text_fields
from console.sandbox.feeds import HealthRead
from console.sandbox.tokens import Claims

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

    from console.sandbox.feeds import FeedEvent
    from console.sandbox.world import World

_LAMP_STATES = {"healthy": "lit", "degraded": "dim", "unhealthy": "dark"}


class LighthouseFace:
    """See `console.sandbox.door.Face`."""

    name = "lighthouse"

    def __init__(self, world: World) -> None:
        self._world = world
        self.app: ASGIApp = Starlette(
            routes=[
                Route("/lighthouse", self._about),
                Route("/keeper", self._sign_in, methods=["POST"]),
                Route("/keeper", self._who, methods=["GET"]),
                Route("/keeper", self._sign_out, methods=["DELETE"]),
                Route("/lamps", self._lamps),
                WebSocketRoute("/beam", self._beam),
            ]
        )

    def is_sign_in(self, path: str) -> bool:
        return path == "/keeper"

    def refusal(self, status: int, *, retry_after_s: int | None) -> Response:
        headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
        return JSONResponse({"error": "the lighthouse is busy"}, status, headers)

    async def _about(self, _request: Request) -> Response:
        return JSONResponse({"is": "a lighthouse"})

    async def _sign_in(self, request: Request) -> Response:
        said = await text_fields(request, "name", "word")
        if isinstance(said, Response):
            return said
        user = await self._world.accounts.check(said["name"], said["word"])
        if user is None:
            return JSONResponse({"error": "nobody by that name"}, 401)
        pair = self._world.tokens.sign_in(user)
        return JSONResponse({"access_token": pair.access, "expires_in": round(pair.expires_in_s)})

    async def _who(self, request: Request) -> Response:
        claims = self._claims(request.headers.get("authorization"))
        user = self._world.accounts.find(claims.user_id) if claims else None
        if user is None:
            return JSONResponse({"error": "nobody is signed in"}, 401)
        return JSONResponse({"id": user.id, "name": user.name, "email": user.email})

    async def _sign_out(self, request: Request) -> Response:
        if claims := self._claims(request.headers.get("authorization")):
            self._world.tokens.end(claims.session_id)
        return Response(status_code=204)

    async def _lamps(self, request: Request) -> Response:
        if self._claims(request.headers.get("authorization")) is None:
            return JSONResponse({"error": "nobody is signed in"}, 401)
        lamps = [
            {"id": name, "state": _LAMP_STATES.get(component.reading.status.value, "fog")}
            for name, component in self._world.components.items()
        ]
        return JSONResponse({"lamps": lamps})

    async def _beam(self, websocket: WebSocket) -> None:
        claims = self._claims(websocket.headers.get("authorization"))
        if claims is None:
            await websocket.send_denial_response(JSONResponse({"error": "nobody is signed in"}, 401))
            return

        def tell(event: FeedEvent) -> str | None:
            if not isinstance(event, HealthRead):
                return None
            return json.dumps({"id": event.service_name, "state": _LAMP_STATES.get(event.status, "fog")})

        subscription = self._world.feeds.join(self.name, (HealthRead,), claims.user_id)
        await socket_feed.serve(websocket, self._world, subscription, tell=tell, expires_at=claims.expires_at)

    def _claims(self, authorization: str | None) -> Claims | None:
        claims = self._world.tokens.check(bearer(authorization))
        return claims if isinstance(claims, Claims) else None
