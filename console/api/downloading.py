"""A document on its way from a gateway to a sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api import body, disposition
from console.api.streaming import Patience

if TYPE_CHECKING:
    import httpx

    from console.api.client import Call
    from console.api.sending import Sink
    from console.model.capability import Operation

_PIECE_BYTES = 1024 * 1024


class Download:
    """See `console.api.streaming.Streamed`."""

    def __init__(self, operation: Operation, sink: Sink) -> None:
        self.patience = Patience(connect_s=operation.timeout_s)
        self._sink = sink

    @property
    def outgoing(self) -> None:
        """See `Streamed`."""

    def prepare(self, request: httpx.Request, route: str) -> None:  # noqa: ARG002  (the same for every route)
        """See `Streamed`. Compressed on the way, a document's size would not be known."""
        request.headers["Accept"] = "*/*"
        request.headers["Accept-Encoding"] = "identity"

    async def receive(self, response: httpx.Response, call: Call) -> bytes:
        """See `Streamed`: a document goes to the sink, anything else is read."""
        if not response.is_success:
            return await body.read(response, route=call.named, request_id=call.request_id)
        body.check_encoding(response, route=call.named, request_id=call.request_id)
        encoded = bool(response.headers.get("content-encoding"))
        self.patience.at_rest()
        await self._sink.begin(
            name=disposition.file_name(response.headers.get("content-disposition", "")),
            size_bytes=None if encoded else _size_bytes(response.headers.get("content-length", "")),
            media_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        )
        self.patience.moving()
        async for piece in response.aiter_bytes():
            self.patience.at_rest()
            await self._sink.take(piece)
            self.patience.moving()
        return b""


def _size_bytes(said: str) -> int | None:
    return int(said[:18]) if said.isascii() and said.isdigit() else None
