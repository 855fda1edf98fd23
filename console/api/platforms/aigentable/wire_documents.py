"""aigentable on the wire: the form of an upload, and the words of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.multipart import FilePart, TextPart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.multipart import Part
    from console.api.sending import Sending

PAGE_SIZE = 100  # servers in the field give no more
MAX_BYTES = 10 * 1024 * 1024  # the guide names no limit; running servers answer 500 beyond it and leave a row behind
MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/plain",
    }
)


def parts(sending: Sending, _route: str) -> Sequence[Part]:
    """`agentId` and `category` before `files`, which holds one document: what fails then fails alone."""
    told = {"agentId": sending.metadata.get("agent", ""), "category": sending.metadata.get("category", "")}
    texts = [TextPart(name=name, value=value.strip()) for name, value in told.items() if value.strip()]
    return (*texts, FilePart(name="files"))


def params(page: int, search: str) -> Mapping[str, str]:
    """`?page&limit`, with `q` for a search."""
    told = {"page": str(page), "limit": str(PAGE_SIZE)}
    return told | {"q": search} if search else told
