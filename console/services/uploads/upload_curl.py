"""An upload as a command for a shell."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from console.api.multipart import FilePart, TextPart
from console.api.sending import Sending
from console.services.curl import as_curl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from console.api.contract import Documents
    from console.api.multipart import Part
    from console.model.exchange import Exchange
    from console.model.upload import UploadItem

_OPERATION = "documents.upload"


class _NoContent:
    """In place of the file, which only curl will read."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    def open(self) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise NotImplementedError


def last_upload(exchanges: Sequence[Exchange], request_id: str) -> Exchange | None:
    """The request that an item's story names, or else the last one like it: the way it goes is the same."""
    posts = [one for one in exchanges if one.operation == _OPERATION and one.method == "POST"]
    named = [one for one in posts if request_id and one.request_id == request_id]
    return (named or posts)[-1] if posts else None


def upload_curl(item: UploadItem, exchange: Exchange, base_url: str, documents: Documents) -> str:
    """The command that sends the document once more, for a POSIX shell, without the token."""
    sending = Sending(
        source=_NoContent(item.size_bytes),
        name=item.name,
        media_type=item.media_type or "application/octet-stream",
        sha256=item.sha256,
        metadata=item.metadata,
        idempotency_key=item.idempotency_key,
    )
    words = ["--header", f"Idempotency-Key: {item.idempotency_key}"]
    for part in documents.form(sending, exchange.route):
        words += _form(part, item, sending)
    return f"{as_curl(exchange, base_url)} {shlex.join(words)}"


def _form(part: Part, item: UploadItem, sending: Sending) -> list[str]:
    match part:
        case FilePart():
            described = f"type={sending.media_type};filename={_quoted(item.name)}"
            return ["--form", f"{part.name}=@{_quoted(str(Path(item.path)))};{described}"]
        case TextPart(media_type=""):
            return ["--form-string", f"{part.name}={part.value}"]
        case TextPart():
            return ["--form", f"{part.name}={_quoted(part.value)};type={part.media_type}"]


def _quoted(text: str) -> str:
    """As curl reads it in a form: what follows a semicolon or a comma would be taken for more of it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
