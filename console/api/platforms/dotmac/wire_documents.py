"""dotmac on the wire: the form of an upload, and the words of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.multipart import FilePart, TextPart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.multipart import Part
    from console.api.sending import Sending

PAGE_SIZE = 100


def parts(sending: Sending, _route: str) -> Sequence[Part]:
    """`file`, `path?`, `description?`."""
    told = {"path": sending.metadata.get("folder", ""), "description": sending.metadata.get("description", "")}
    texts = (TextPart(name=name, value=value.strip()) for name, value in told.items() if value.strip())
    return (FilePart(), *texts)


def params(page: int, _search: str) -> Mapping[str, str]:
    """`?skip&limit`; without `path` the list is of everything."""
    return {"skip": str((page - 1) * PAGE_SIZE), "limit": str(PAGE_SIZE)}
