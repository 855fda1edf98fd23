"""Documents that are made up while they are sent."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from console.api.sending import Sending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PIECE_BYTES = 1024 * 1024


class MemorySource:
    """A `FileSource`; raises `trouble` where its end should be."""

    def __init__(self, content: bytes, trouble: Exception | None = None) -> None:
        self.opened = 0
        self.open_now = 0
        self.given_bytes = 0
        self._content = content
        self._trouble = trouble

    @property
    def size_bytes(self) -> int:
        return len(self._content)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        self.opened += 1
        self.open_now += 1
        try:
            yield self._pieces()
        finally:
            self.open_now -= 1

    async def _pieces(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._content), PIECE_BYTES):
            piece = self._content[at : at + PIECE_BYTES]
            self.given_bytes += len(piece)
            yield piece
        if self._trouble is not None:
            raise self._trouble


def sending(
    source: MemorySource,
    name: str = "paper.pdf",
    *,
    on_sent: Callable[[int], None] = lambda _sent: None,
    pace: Callable[[int], Awaitable[None]] | None = None,
) -> Sending:
    return Sending(
        source=source,
        name=name,
        media_type="application/pdf",
        sha256=hashlib.sha256().hexdigest(),
        idempotency_key="key-1",
        on_sent=on_sent,
        pace=pace,
    )
