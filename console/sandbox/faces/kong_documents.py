"""Documents of the kong face: the guide's routes, and those of running servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.documents import DocumentState
from console.sandbox.faces import uploads
from console.sandbox.faces.pages import number, window
from console.sandbox.incoming import FormRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from console.sandbox.documents import StoredDocument
    from console.sandbox.tokens import Claims
    from console.sandbox.world import World

    SignedIn = Callable[[Request], Claims | Response]
    Handler = Callable[[Request], Awaitable[Response]]

_BASE = "/api/v1/documents"
_SEARCH = "/api/v1/search"
_PAGE, _PAGE_LIMIT = 20, 100
_GATEWAY_LIMIT = 10 * 1024 * 1024
_SERVICE_LIMIT = 50 * 1024 * 1024


class _Documents:
    def __init__(self, world: World, signed_in: SignedIn) -> None:
        self._world = world
        self._signed_in = signed_in

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            claims = self._signed_in(request)
            return claims if isinstance(claims, Response) else await handler(request)

        return guarded

    async def _received(self, request: Request, *, max_bytes: int | None) -> StoredDocument | Response:
        reader = uploads.reader(self._world, max_bytes=max_bytes)
        try:
            async with reader.reading(request) as form:
                claims = self._signed_in(request)  # it may have expired on the way
                if isinstance(claims, Response):
                    return claims
                received = next((one for one in form.files if one.field == "file"), None)
                if received is None:
                    return _invalid("file", "Field required", "missing")
                facts = self._facts(form.fields)
                if isinstance(facts, Response):
                    return facts
                if self._is_known(received.sha256):
                    return Response("Internal Server Error", 500, media_type="text/plain")
                name = str(facts.get("filename") or received.name)
                return await uploads.keep(self._world, request, received, name=name, face="kong", facts=facts)
        except FormRefused as exc:
            return _detail(exc.status, exc.reason)

    def _facts(self, fields: dict[str, str]) -> dict[str, object] | Response:
        raise NotImplementedError

    def _is_known(self, sha256: str) -> bool:
        """Whether this content can't be stored because it is there."""
        del sha256
        return False

    async def _download(self, request: Request) -> Response:
        document = self._world.documents.find(request.path_params["id"])
        answer = uploads.download(self._world, document) if document else None
        if answer is None:
            return _detail(404, "Document not found")
        request.state.download = answer
        return Response()

    async def _delete(self, request: Request) -> Response:
        document = self._there(request)
        if document is None:
            return _detail(404, "Document not found")
        self._world.documents.delete(document)
        return Response(status_code=204)

    def _there(self, request: Request) -> StoredDocument | None:
        document = self._world.documents.find(request.path_params["id"])
        return document if document is not None and document.state is not DocumentState.DELETED else None


class GuideDocuments(_Documents):
    """`POST /api/v1/documents/upload`, and what goes with it; tells a document's hash and the metadata it came with."""

    def routes(self) -> list[Route]:
        """For the application that serves the guide's routes."""
        return [
            Route(f"{_BASE}/upload", self._guard(self._upload), methods=["POST"]),
            Route(_BASE, self._guard(self._list), methods=["GET"]),
            Route(_SEARCH, self._guard(self._search), methods=["GET"]),
            Route(f"{_BASE}/{{id}}", self._guard(self._get), methods=["GET"]),
            Route(f"{_BASE}/{{id}}", self._guard(self._delete), methods=["DELETE"]),
            Route(f"{_BASE}/{{id}}/process", self._guard(self._process), methods=["POST"]),
            Route(f"{_BASE}/{{id}}/download", self._guard(self._download), methods=["GET"]),
        ]

    async def _upload(self, request: Request) -> Response:
        document = await self._received(request, max_bytes=None)
        return document if isinstance(document, Response) else JSONResponse(self._row(document), 201)

    def _facts(self, fields: dict[str, str]) -> dict[str, object] | Response:
        try:
            metadata = json.loads(fields.get("metadata", ""))
        except ValueError:
            return _invalid("metadata", "JSON decode error", "json_invalid")
        if not isinstance(metadata, dict) or not isinstance(metadata.get("filename"), str):
            return _invalid("metadata", "Input should be a dictionary with a filename", "dict_type")
        return metadata

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        return JSONResponse(self._page(request, query.get("search", "")))

    async def _search(self, request: Request) -> Response:
        query = request.query_params.get("q")
        if query is None:
            return _invalid("q", "Field required", "missing", where="query")
        return JSONResponse(self._page(request, query))

    def _page(self, request: Request, search: str) -> dict[str, object]:
        query = request.query_params
        page = max(1, number(query.get("page"), 1))
        size = max(1, min(_PAGE_LIMIT, number(query.get("page_size"), _PAGE)))
        found = self._world.documents.listed(search)
        return {
            "items": [self._row(one) for one in found[(page - 1) * size : page * size]],
            "total": len(found),
            "page": page,
            "page_size": size,
            "total_pages": -(-len(found) // size),
        }

    async def _get(self, request: Request) -> Response:
        document = self._there(request)
        return _detail(404, "Document not found") if document is None else JSONResponse(self._row(document))

    async def _process(self, request: Request) -> Response:
        document = self._there(request)
        if document is None:
            return _detail(404, "Document not found")
        self._world.documents.process(document)
        return JSONResponse(self._row(document), 202)

    def _row(self, document: StoredDocument) -> dict[str, object]:
        return {
            "id": document.id,
            "filename": document.name,
            "mimeType": document.media_type,
            "size": document.size_bytes,
            "sha256": document.sha256,
            "status": "uploaded" if document.state is DocumentState.STORED else document.state.value,
            "created_at": self._world.clock.text(document.created_at),
            "uploaded_by": document.owner_id or None,
            "metadata": document.facts,
            "processing": document.findings or None,
            "download_url": f"{_BASE}/{document.id}/download",
        }


class FieldDocuments(_Documents):
    """`POST /api/v1/documents` with plain fields; tells no hash, and answers 500 to content it ever had."""

    def routes(self) -> list[Route]:
        """For the application that serves running servers' routes. `/upload` is taken for an id: POST gets 405."""
        return [
            Route(_BASE, self._guard(self._upload), methods=["POST"]),
            Route(_BASE, self._guard(self._list), methods=["GET"]),
            Route(f"{_BASE}/{{id}}", self._guard(self._get), methods=["GET"]),
            Route(f"{_BASE}/{{id}}", self._guard(self._delete), methods=["DELETE"]),
            Route(f"{_BASE}/{{id}}/download", self._guard(self._download), methods=["GET"]),
        ]

    async def _upload(self, request: Request) -> Response:
        if number(request.headers.get("content-length"), 0) > _GATEWAY_LIMIT:
            return JSONResponse({"message": "Request size limit exceeded"}, 413)
        document = await self._received(request, max_bytes=_SERVICE_LIMIT)
        return document if isinstance(document, Response) else JSONResponse(self._row(document), 201)

    def _is_known(self, sha256: str) -> bool:
        return self._world.documents.with_content(sha256) is not None

    def _facts(self, fields: dict[str, str]) -> dict[str, object] | Response:
        tags = [tag.strip() for tag in fields.get("tags", "").split(",") if tag.strip()]
        return {"description": fields.get("description"), "tags": tags, "category": fields.get("category")}

    async def _list(self, request: Request) -> Response:
        found = self._world.documents.listed(request.query_params.get("search", ""))
        limit = number(request.query_params.get("limit"), 50)
        if not 1 <= limit <= _PAGE_LIMIT:
            return _invalid("limit", "Input should be less than or equal to 100", "less_than_equal", where="query")
        offset = number(request.query_params.get("offset"), 0)
        return JSONResponse(
            {
                "documents": [self._row(one) for one in window(request, found)],
                "pagination": {
                    "limit": limit,
                    "offset": offset,
                    "total": len(found),
                    "has_next": offset + limit < len(found),
                    "has_prev": offset > 0,
                },
                "filters": {},
            }
        )

    async def _get(self, request: Request) -> Response:
        document = self._world.documents.find(request.path_params["id"])
        return _detail(404, "Document not found") if document is None else JSONResponse(self._row(document))

    def _row(self, document: StoredDocument) -> dict[str, object]:
        return {
            "id": document.id,
            "filename": document.name,
            "file_size": document.size_bytes,
            "mime_type": document.media_type,
            "status": "active" if document.state is DocumentState.STORED else document.state.value,
            "description": document.facts.get("description"),
            "tags": document.facts.get("tags", []),
            "category": document.facts.get("category"),
            "created_at": self._world.clock.text(document.created_at).removesuffix("Z"),
            "download_url": f"{_BASE}/{document.id}/download",
            "preview_url": f"{_BASE}/{document.id}/preview",
        }


def _detail(status: int, text: str) -> Response:
    return JSONResponse({"detail": text}, status)


def _invalid(name: str, text: str, kind: str, *, where: str = "body") -> Response:
    return JSONResponse({"detail": [{"loc": [where, name], "msg": text, "type": kind}]}, 422)
