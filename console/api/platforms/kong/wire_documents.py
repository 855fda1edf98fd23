"""kong on the wire: the forms of an upload, and the words of a list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from console.api.multipart import FilePart, TextPart, well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.multipart import Part
    from console.api.sending import Sending

PAGE_SIZE = 100


def parts(sending: Sending, route: str) -> Sequence[Part]:
    """The guide's form on the guide's route, `.../upload`; anywhere else the one of servers in the field."""
    return guide_form(sending) if route.rstrip("/").endswith("/upload") else field_form(sending)


def guide_form(sending: Sending) -> Sequence[Part]:
    """`file`, and `metadata` with `{filename, mimeType, size, ...}`.

    The sum and the key go with it: a server that gives its metadata back can be asked what became of the upload.
    """
    told: dict[str, object] = {
        "filename": well_formed(sending.name),
        "mimeType": sending.media_type,
        "size": sending.source.size_bytes,
        "sha256": sending.sha256,
        "idempotencyKey": sending.idempotency_key,
    }
    for name in ("description", "category"):
        if value := sending.metadata.get(name, "").strip():
            told[name] = value
    if tags := _tags(sending.metadata):
        told["tags"] = tags
    return (FilePart(), TextPart(name="metadata", value=json.dumps(told)))


def field_form(sending: Sending) -> Sequence[Part]:
    """`file, description, tags (comma separated), category`."""
    told = {
        "description": sending.metadata.get("description", "").strip(),
        "tags": ",".join(_tags(sending.metadata)),
        "category": sending.metadata.get("category", "").strip(),
    }
    return (FilePart(), *(TextPart(name=name, value=value) for name, value in told.items() if value))


def params(page: int, search: str) -> Mapping[str, str]:
    """Both ways of paging, of which a server takes one."""
    told = {
        "page": str(page),
        "page_size": str(PAGE_SIZE),
        "limit": str(PAGE_SIZE),
        "offset": str((page - 1) * PAGE_SIZE),
    }
    return told | {"search": search} if search else told


def _tags(metadata: Mapping[str, str]) -> list[str]:
    return [tag for word in metadata.get("tags", "").split(",") if (tag := word.strip())]
