"""What every face does with documents: take them in, give them out. How it tells of them is each face's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response

from console.sandbox.incoming import FormReader

if TYPE_CHECKING:
    from starlette.requests import Request

    from console.sandbox.documents import StoredDocument
    from console.sandbox.incoming import ReceivedFile
    from console.sandbox.world import World


def reader(world: World, *, max_bytes: int | None = None) -> FormReader:
    """Takes a form in, as far as there is room."""
    room = world.faults.flags.room_bytes
    left = None if room is False else max(0, room - world.documents.used_bytes())
    return FormReader(world.documents.folder, max_bytes=max_bytes, room_bytes=left)


async def keep(
    world: World, request: Request, received: ReceivedFile, *, name: str, face: str, facts: dict[str, object]
) -> StoredDocument:
    """Make a document of a file, in its own time; where keys are honoured, once for each."""
    if (seconds := getattr(request.state, "commit_s", None)) is not None:
        await world.documents.settle(seconds)
    owner_id, key = getattr(request.state, "user_id", ""), request.headers.get("idempotency-key", "")
    known = world.documents.with_key(owner_id, key) if world.faults.flags.honour_keys else None
    return known or world.documents.keep(received, name=name, owner_id=owner_id, face=face, key=key, facts=facts)


def download(world: World, document: StoredDocument) -> Response | None:
    """The content as an attachment under the name it was uploaded with; None when it is gone."""
    try:
        path = world.documents.path(document)
    except FileNotFoundError:
        return None
    return FileResponse(path, media_type=document.media_type, filename=document.name or "document")


async def available(world: World) -> bool:
    """Whether the component that looks after documents answers."""
    try:
        return await world.components["content-service"].ask() is not None
    except TimeoutError:
        return False
