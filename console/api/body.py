"""The body of an answer: read within limits, decoded without surprises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

from console.api import failures, redaction
from console.model.errors import NotAGateway, ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

JSON_LIMIT_BYTES = 16 * 1024 * 1024
ENCODINGS = ("gzip", "deflate")


async def read(response: httpx.Response, *, route: str, request_id: str) -> bytes:
    """The decompressed body of a streamed answer. The caller closes the answer.

    Raises:
        ProtocolViolation: It is larger than the limit, or compressed in a way nobody asked for: a body that is
            compressed twice grows a million times between two looks at its size.
    """
    check_encoding(response, route=route, request_id=request_id)
    chunks: list[bytes] = []
    size_bytes = 0
    async for chunk in _chunks(response):
        size_bytes += len(chunk)
        if size_bytes > JSON_LIMIT_BYTES:
            raise ProtocolViolation(
                f"the body is larger than {JSON_LIMIT_BYTES} bytes", field="body", route=route, request_id=request_id
            )
        chunks.append(chunk)
    return b"".join(chunks)


def check_encoding(response: httpx.Response, *, route: str, request_id: str) -> None:
    """Refuse what nobody asked for.

    Raises:
        ProtocolViolation: It is compressed twice, or in a way that we don't know.
    """
    encodings = response.headers.get_list("content-encoding", split_commas=True)
    if len(encodings) > 1 or any(word.casefold() not in (*ENCODINGS, "identity", "") for word in encodings):
        said = redaction.redact(", ".join(encodings), 64)
        raise ProtocolViolation(f"the body is encoded as {said}", field="body", route=route, request_id=request_id)


def _chunks(response: httpx.Response) -> AsyncIterable[bytes]:
    """Decompressed where it is compressed; otherwise as it comes, without the layers in between."""
    if "content-encoding" in response.headers or not isinstance(response.stream, httpx.AsyncByteStream):
        return response.aiter_bytes()
    return response.stream


def decode(raw: bytes, headers: Mapping[str, str], *, route: str, request_id: str) -> object:
    """The JSON of a body; None for an empty one.

    Raises:
        NotAGateway: It is a web page.
        ProtocolViolation: It is no JSON, or JSON beyond reason.
    """
    if not raw:
        return None
    kind = headers.get("content-type", "")
    if failures.is_page(kind, raw):
        raise NotAGateway("the answer is a web page", content_type=kind, route=route)
    try:
        decoded: object = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise ProtocolViolation(f"no JSON: {exc}", field="body", route=route, request_id=request_id) from exc
    return decoded
