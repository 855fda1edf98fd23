"""Lighthouse as the sandbox speaks it. Written from the platform's guide; it shares nothing with the dialect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from console.sandbox.documents import DocumentState
from console.sandbox.faces import socket_feed, uploads
from console.sandbox.faces.fields import bearer, text_fields
from console.sandbox.feeds import HealthRead
from console.sandbox.incoming import FormRefused
from console.sandbox.tokens import Claims

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

    from console.sandbox.documents import StoredDocument
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
                Route("/papers", self._take, methods=["POST"]),
                Route("/papers", self._list, methods=["GET"]),
                Route("/papers/{id}", self._give, methods=["GET"]),
                Route("/papers/{id}", self._burn, methods=["DELETE"]),
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

    async def _take(self, request: Request) -> Response:
        try:
            async with uploads.reader(self._world).reading(request) as form:
                if self._claims(request.headers.get("authorization")) is None:  # it may have expired on the way
                    return JSONResponse({"error": "nobody is signed in"}, 401)
                paper = next((one for one in form.files if one.field == "paper"), None)
                if paper is None:
                    return JSONResponse({"error": "there is no paper"}, 400)
                facts: dict[str, object] = {"remark": form.fields.get("remark", "")}
                kept = await uploads.keep(self._world, request, paper, name=paper.name, face=self.name, facts=facts)
        except FormRefused as exc:
            return JSONResponse({"error": exc.reason}, exc.status)
        return JSONResponse(self._told(kept), 201)

    async def _list(self, request: Request) -> Response:
        if self._claims(request.headers.get("authorization")) is None:
            return JSONResponse({"error": "nobody is signed in"}, 401)
        found = self._world.documents.listed()
        first, count = (int(request.query_params.get(name, default)) for name, default in (("from", 0), ("count", 50)))
        return JSONResponse({"items": [self._told(one) for one in found[first : first + count]], "total": len(found)})

    async def _give(self, request: Request) -> Response:
        if self._claims(request.headers.get("authorization")) is None:
            return JSONResponse({"error": "nobody is signed in"}, 401)
        found = self._world.documents.find(request.path_params["id"])
        return (uploads.download(self._world, found) if found else None) or _no_such_paper()

    async def _burn(self, request: Request) -> Response:
        if self._claims(request.headers.get("authorization")) is None:
            return JSONResponse({"error": "nobody is signed in"}, 401)
        found = self._world.documents.find(request.path_params["id"])
        if found is None or found.state is DocumentState.DELETED:
            return _no_such_paper()
        self._world.documents.delete(found)
        return Response(status_code=204)

    def _told(self, document: StoredDocument) -> dict[str, object]:
        return {
            "id": document.id,
            "name": document.name,
            "size": document.size_bytes,
            "sha256": document.sha256,
            "created_at": self._world.clock.text(document.created_at),
        }

    def _claims(self, authorization: str | None) -> Claims | None:
        claims = self._world.tokens.check(bearer(authorization))
        return claims if isinstance(claims, Claims) else None


def _no_such_paper() -> Response:
    return JSONResponse({"error": "there is no such paper"}, 404)
