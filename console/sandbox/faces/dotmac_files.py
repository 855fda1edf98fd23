"""Files as running servers of the dotmac family keep them; the guide has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.documents import DocumentState
from console.sandbox.faces import uploads
from console.sandbox.faces.pages import number
from console.sandbox.incoming import FormRefused
from console.sandbox.tokens import Claims, TokenRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from console.sandbox.documents import StoredDocument
    from console.sandbox.world import World

    Guarded = Callable[[Request, Claims], Awaitable[Response]]
    Guard = Callable[[Guarded], Callable[[Request], Awaitable[Response]]]
    Refusal = Callable[[int, str], Response]

_PAGE, _PAGE_LIMIT = 50, 100


class FileRoutes:
    """`/api/v1/files/storage`.

    Args:
        guard: Lets only signed-in users through.
        claims: Who a request comes from.
        refusal: The face's own error.
    """

    def __init__(
        self, world: World, guard: Guard, claims: Callable[[Request], Claims | TokenRefusal], refusal: Refusal
    ) -> None:
        self._world = world
        self._guard = guard
        self._claims = claims
        self._refusal = refusal

    def routes(self, base: str) -> list[Route]:
        """Below the base of running servers."""
        path = f"{base}/files/storage"
        return [
            Route(f"{path}/upload", self._guard(self._upload), methods=["POST"]),
            Route(path, self._guard(self._list), methods=["GET"]),
            Route(f"{path}/{{id}}", self._guard(self._get), methods=["GET"]),
            Route(f"{path}/{{id}}", self._guard(self._delete), methods=["DELETE"]),
            Route(f"{path}/{{id}}/download", self._guard(self._download), methods=["GET"]),
        ]

    async def _upload(self, request: Request, _claims: Claims) -> Response:
        if not await uploads.available(self._world):
            return self._refusal(503, "Storage service unavailable")
        try:
            async with uploads.reader(self._world).reading(request) as form:
                if isinstance(self._claims(request), TokenRefusal):  # it expired on the way
                    return self._refusal(401, "Token has expired")
                received = next((one for one in form.files if one.field == "file"), None)
                if received is None:
                    return _invalid("file")
                facts: dict[str, object] = {
                    "path": form.fields.get("path", "/"),
                    "description": form.fields.get("description"),
                }
                document = await uploads.keep(
                    self._world, request, received, name=received.name, face="dotmac", facts=facts
                )
        except FormRefused as exc:
            return self._refusal(exc.status, exc.reason)
        return JSONResponse(self._told(document), 201)

    async def _list(self, request: Request, _claims: Claims) -> Response:
        query = request.query_params
        wanted = query.get("path")
        found = [one for one in self._world.documents.listed() if wanted in (None, "", "/", one.facts.get("path", "/"))]
        skip, limit = number(query.get("skip"), 0), min(_PAGE_LIMIT, number(query.get("limit"), _PAGE))
        page = found[skip : skip + limit]
        return JSONResponse({"files": [self._row(one) for one in page], "total": len(found)})

    async def _get(self, request: Request, _claims: Claims) -> Response:
        document = self._there(request)
        return JSONResponse(self._row(document)) if document else self._refusal(404, "File not found")

    async def _delete(self, request: Request, _claims: Claims) -> Response:
        document = self._there(request)
        if document is None:
            return self._refusal(404, "File not found")
        self._world.documents.delete(document)
        return JSONResponse({"success": True, "message": "File deleted"})

    async def _download(self, request: Request, _claims: Claims) -> Response:
        document = self._there(request)
        return (uploads.download(self._world, document) if document else None) or self._refusal(404, "File not found")

    def _there(self, request: Request) -> StoredDocument | None:
        document = self._world.documents.find(request.path_params["id"])
        return document if document and document.state is not DocumentState.DELETED else None

    def _told(self, document: StoredDocument) -> dict[str, object]:
        return {
            "file_id": document.id,
            "file_name": document.name,
            "file_size": document.size_bytes,
            "content_type": document.media_type,
            "url": f"/api/v1/files/storage/{document.id}/download",
        }

    def _row(self, document: StoredDocument) -> dict[str, object]:
        return self._told(document) | {
            "path": document.facts.get("path", "/"),
            "description": document.facts.get("description"),
            "created_at": self._world.clock.text(document.created_at).replace("Z", "+00:00"),
        }


def _invalid(name: str) -> Response:
    problems = [{"loc": ["body", name], "msg": "Field required", "type": "missing"}]
    fields = {"errors": {"fields": {name: ["Field required"]}}, "status": 400}
    return JSONResponse({"detail": problems, **fields}, 422)
