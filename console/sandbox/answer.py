"""An answer that is held back until it is known what becomes of it; a stream of events or a download is passed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send


@dataclass
class Answer:
    """What an ASGI application answered, in one piece.

    Attributes:
        stream: Where the pieces of a stream go at once; None holds everything back.
        streaming: Whether the answer turned out to be a stream, and has been sent.
        headers: Raw names and values, in the order they were given.
    """

    stream: Send | None = None
    streaming: bool = False
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """Stands in for ASGI's `send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
            self.streaming = self.stream is not None and _is_stream(self.headers)
        if self.streaming and self.stream is not None:
            await self.stream(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


def _is_stream(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(
        (name.lower() == b"content-type" and value.startswith(b"text/event-stream"))
        or (name.lower() == b"content-disposition" and value.startswith(b"attachment"))
        for name, value in headers
    )
