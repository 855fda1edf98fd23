"""Files of the dafnck face: taken in one by one or several at once, shown small, deleted. There is no list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from console.sandbox.document_seeds import DOCX, PDF, PLAIN, PNG
from console.sandbox.documents import DocumentState
from console.sandbox.faces import uploads
from console.sandbox.incoming import FormRefused
from console.sandbox.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from console.sandbox.accounts import User
    from console.sandbox.documents import StoredDocument
    from console.sandbox.incoming import ReceivedFile
    from console.sandbox.world import World

    Handler = Callable[[Request], Awaitable[Response]]
    No = Callable[[int, str, dict[str, list[str]]], Response]

_LIMIT = 10 * 1024 * 1024
_TYPES = ("image/jpeg", PNG, "image/gif", "image/webp", PDF, PLAIN, "application/msword", DOCX)


class FileRoutes:
    """`/api/files`.

    Args:
        signed_in: Who asks, or the answer that says why nobody is known.
        yes: An envelope with data.
        no: An envelope that says no, with what is wrong field by field.
    """

    def __init__(
        self, world: World, signed_in: Callable[[Request], User | Response], yes: Callable[[object], Response], no: No
    ) -> None:
        self._world = world
        self._signed_in = signed_in
        self._yes = yes
        self._no = no

    def routes(self, base: str) -> list[Route]:
        """Below a base."""
        return [
            Route(f"{base}/files/upload", self._guard(self._upload), methods=["POST"]),
            Route(f"{base}/files/upload-multiple", self._guard(self._upload_multiple), methods=["POST"]),
            Route(f"{base}/files/{{id}}", self._guard(self._delete), methods=["DELETE"]),
            Route(f"{base}/files/{{id}}/content", self._guard(self._content), methods=["GET"]),
            Route(f"{base}/files/{{id}}/thumbnail", self._guard(self._thumbnail), methods=["GET"]),
        ]

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            user = self._signed_in(request)
            return user if isinstance(user, Response) else await handler(request)

        return guarded

    async def _upload(self, request: Request) -> Response:
        found = await self._received(request, "file")
        return found if isinstance(found, Response) else self._yes(found[0])

    async def _upload_multiple(self, request: Request) -> Response:
        found = await self._received(request, "files")
        return found if isinstance(found, Response) else self._yes(found)

    async def _received(self, request: Request, field: str) -> list[dict[str, object]] | Response:
        if not await uploads.available(self._world):
            return self._no(503, "Service unavailable", {})
        try:
            async with uploads.reader(self._world, max_bytes=_LIMIT).reading(request) as form:
                user = self._signed_in(request)  # the token may have expired on the way
                if isinstance(user, Response):
                    return user
                files = [one for one in form.files if one.field == field]
                if not files:
                    return self._no(400, "No file uploaded", {field: ["A file is required"]})
                if any(_kind(one) not in _TYPES for one in files):
                    return self._no(415, "File type not allowed", {field: ["This type of file is not allowed"]})
                small = form.fields.get("generateThumbnail") == "true"
                return [await self._kept(request, one, small=small) for one in files]
        except FormRefused as exc:
            errors = {field: ["The file is larger than 10 MB"]} if exc.status == 413 else {}  # noqa: PLR2004
            return self._no(exc.status, exc.reason, errors)

    async def _kept(self, request: Request, received: ReceivedFile, *, small: bool) -> dict[str, object]:
        content = received.path.read_bytes() if small and _kind(received) == PNG else b""
        facts: dict[str, object] = {"thumbnail": thumbnail(content) is not None}
        document = await uploads.keep(self._world, request, received, name=received.name, face="dafnck", facts=facts)
        return _told(document)

    async def _delete(self, request: Request) -> Response:
        document = self._there(request)
        if document is None:
            return self._no(404, "File not found", {})
        self._world.documents.delete(document)
        return self._yes(None)

    async def _content(self, request: Request) -> Response:
        document = self._there(request)
        return (uploads.download(self._world, document) if document else None) or self._no(404, "File not found", {})

    async def _thumbnail(self, request: Request) -> Response:
        document = self._there(request)
        small = thumbnail(self._world.documents.path(document).read_bytes()) if document else None
        return Response(small, media_type=PNG) if small else self._no(404, "File not found", {})

    def _there(self, request: Request) -> StoredDocument | None:
        document = self._world.documents.find(request.path_params["id"])
        return document if document and document.sha256 and document.state is not DocumentState.DELETED else None


def _kind(received: ReceivedFile) -> str:
    return received.media_type.partition(";")[0].strip().casefold()


def _told(document: StoredDocument) -> dict[str, object]:
    suffix = document.name.rpartition(".")[2]
    told: dict[str, object] = {
        "id": document.id,
        "filename": f"{document.id}.{suffix}" if suffix.isalnum() else document.id,
        "originalName": document.name,
        "mimeType": document.media_type,
        "size": document.size_bytes,
        "url": f"/api/files/{document.id}/content",
    }
    if document.facts.get("thumbnail"):
        told["thumbnailUrl"] = f"/api/files/{document.id}/thumbnail"
    return told
