"""Knowledge documents of the aigentable face: as the guide has them, or as running servers do."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from console.sandbox.document_seeds import DOCX, PDF, PLAIN
from console.sandbox.documents import DocumentState
from console.sandbox.faces import uploads
from console.sandbox.faces.aigentable_answers import moment
from console.sandbox.faces.pages import number
from console.sandbox.incoming import FormRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from console.sandbox.accounts import User
    from console.sandbox.documents import StoredDocument
    from console.sandbox.faces.aigentable_answers import Answers
    from console.sandbox.incoming import Form, ReceivedFile
    from console.sandbox.world import World

    Handler = Callable[[Request], Awaitable[Response]]

_PAGE, _PAGE_LIMIT = 10, 100
_FILES_LIMIT = 5
_FILE_LIMIT = 10 * 1024 * 1024
_TYPES = (PDF, DOCX, PLAIN)
_CATEGORIES = ("GENERAL", "PRODUCT", "SUPPORT", "POLICY")
_STATES = {DocumentState.STORED: "PENDING"}


class DocumentRoutes:
    """`/documents` and their search. A running server leaves a row behind for an upload that failed."""

    def __init__(self, world: World, answers: Answers, signed_in: Callable[[Request], User | Response]) -> None:
        self._world = world
        self._answers = answers
        self._signed_in = signed_in

    def routes(self, base: str, *, field: bool) -> list[Route]:
        """Of the guide, or of running servers."""
        process, search = ("reprocess", "/search/semantic") if field else ("process", "/search/documents")
        one = f"{base}/documents/{{id}}"
        return [
            Route(f"{base}/documents", self._guard(self._list), methods=["GET"]),
            Route(f"{base}/documents/upload", self._guard(self._upload), methods=["POST"]),
            Route(f"{base}{search}", self._guard(self._search), methods=["GET"]),
            Route(one, self._guard(self._get), methods=["GET"]),
            Route(one, self._guard(self._delete), methods=["DELETE"]),
            Route(f"{one}/{process}", self._guard(self._process), methods=["POST"]),
            Route(f"{one}/download", self._guard(self._download), methods=["GET"]),
        ]

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            user = self._signed_in(request)
            if isinstance(user, Response):
                return user
            if not await uploads.available(self._world):
                return self._answers.no(503, "Service unavailable")
            return await handler(request)

        return guarded

    async def _upload(self, request: Request) -> Response:
        reader = uploads.reader(self._world, max_bytes=_FILE_LIMIT)
        try:
            async with reader.reading(request) as form:
                user = self._signed_in(request)  # the token may have expired on the way
                if isinstance(user, Response):
                    return user
                if (refused := self._refuse(form)) is not None:
                    return refused
                kept = [await self._keep(request, one, form) for one in form.files]
        except FormRefused as exc:
            if self._answers.wrapped:
                self._leave_rows(request, reader.form)
                return self._answers.no(500, exc.reason)
            return self._answers.no(exc.status, exc.reason)
        told = {"documents": [self._row(one) for one in kept]}
        return self._answers.yes(told, status=201, message=f"{len(kept)} documents uploaded")

    def _refuse(self, form: Form) -> Response | None:
        if any(one.field != "files" for one in form.files):
            return self._answers.no(500 if self._answers.wrapped else 400, "Unexpected field")
        if not form.files:
            return self._answers.no(400, "No files uploaded")
        if len(form.files) > _FILES_LIMIT:
            return self._answers.no(500 if self._answers.wrapped else 400, "Too many files")
        if any(one.media_type.partition(";")[0].strip() not in _TYPES for one in form.files):
            return self._answers.no(400, "Only PDF, DOCX and TXT files are allowed")
        category = form.fields.get("category")
        if self._answers.wrapped and category and category not in _CATEGORIES:
            return self._answers.invalid({"category": f"category must be one of {', '.join(_CATEGORIES)}"})
        return None

    async def _keep(self, request: Request, received: ReceivedFile, form: Form) -> StoredDocument:
        told = ("agentId", "category", "metadata")
        facts: dict[str, object] = {name: form.fields[name] for name in told if form.fields.get(name)}
        return await uploads.keep(self._world, request, received, name=received.name, face="aigentable", facts=facts)

    def _leave_rows(self, request: Request, form: Form) -> None:
        for name in form.begun:
            self._world.documents.leave_row(name, owner_id=request.state.user_id, face="aigentable")

    async def _list(self, request: Request) -> Response:
        search = "" if self._answers.wrapped else request.query_params.get("search", "")  # ignored in silence
        return self._page(request, self._world.documents.listed(search))

    async def _search(self, request: Request) -> Response:
        query = request.query_params.get("q")
        if not query:
            return self._answers.invalid({"q": "q is required"})
        return self._page(request, self._world.documents.listed(query))

    def _page(self, request: Request, found: list[StoredDocument]) -> Response:
        page = max(1, number(request.query_params.get("page"), 1))
        limit = max(1, min(_PAGE_LIMIT, number(request.query_params.get("limit"), _PAGE)))
        rows = [self._row(one) for one in found[(page - 1) * limit : page * limit]]
        pages = -(-len(found) // limit)
        paging = {"page": page, "limit": limit, "total": len(found), "pages": pages}
        return self._answers.yes({"documents": rows, "pagination": paging})

    async def _get(self, request: Request) -> Response:
        document = self._there(request)
        if isinstance(document, Response):
            return document
        row = self._row(document)
        return self._answers.yes({"document": row} if self._answers.wrapped else row)

    async def _delete(self, request: Request) -> Response:
        document = self._there(request)
        if isinstance(document, Response):
            return document
        self._world.documents.delete(document)
        return self._answers.yes(None, message="Document deleted")

    async def _process(self, request: Request) -> Response:
        document = self._there(request)
        if isinstance(document, Response):
            return document
        self._world.documents.process(document)
        return self._answers.yes(self._row(document), status=202, message="Processing started")

    async def _download(self, request: Request) -> Response:
        document = self._there(request)
        if isinstance(document, Response):
            return document
        return uploads.download(self._world, document) or self._answers.no(404, "Document not found")

    def _there(self, request: Request) -> StoredDocument | Response:
        asked = request.path_params["id"]
        try:
            uuid.UUID(asked)
        except ValueError:
            return self._answers.no(400, "Invalid document id")
        document = self._world.documents.find(asked)
        if document is None or document.state is DocumentState.DELETED:
            return self._answers.no(404, "Document not found")
        return document

    def _row(self, document: StoredDocument) -> dict[str, object]:
        """A running server tells where the file is, and what is in it."""
        row: dict[str, object] = {
            "id": document.id,
            "name": document.name,
            "mimeType": document.media_type,
            "size": document.size_bytes,
            "status": _STATES.get(document.state, document.state.value.upper()),
            "category": document.facts.get("category"),
            "agentId": document.facts.get("agentId"),
            "createdAt": moment(document.created_at + self._world.clock.skew_s),
        }
        if not self._answers.wrapped:
            return row
        leaked = {"filePath": f"/app/uploads/{document.id}", "content": document.findings.get("excerpt", "")}
        return row | {"originalName": document.name, "fileSize": document.size_bytes, "metadata": {}} | leaked
