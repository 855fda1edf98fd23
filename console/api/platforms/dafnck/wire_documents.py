"""dafnck on the wire: the form of an upload, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.multipart import FilePart, TextPart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.multipart import Part
    from console.api.sending import Sending

PAGE_SIZE = 100
MAX_BYTES = 10 * 1024 * 1024
MEDIA_TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
)


def parts(sending: Sending, _route: str) -> Sequence[Part]:
    """`file`, and `generateThumbnail=true` where a picture is wanted."""
    wanted = sending.metadata.get("thumbnail", "") == "true"
    return (FilePart(), TextPart(name="generateThumbnail", value="true")) if wanted else (FilePart(),)


def params(page: int, search: str) -> Mapping[str, str]:
    """As the platform pages its users: the guide has no list of files."""
    told = {"page": str(page), "limit": str(PAGE_SIZE)}
    return told | {"search": search} if search else told
