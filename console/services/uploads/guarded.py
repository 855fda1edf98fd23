"""Content whose end is given only to who may still send it."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from console.api.sending import FileSource


class Guarded:
    """A `console.api.sending.FileSource` that asks before it ends: the last block of a request waits for its end.

    Args:
        source: The content.
        allowed: Asked once everything was read; what it raises ends the request before its last byte.
    """

    def __init__(self, source: FileSource, allowed: Callable[[], Awaitable[None]]) -> None:
        self._source = source
        self._allowed = allowed

    @property
    def size_bytes(self) -> int:
        """See the port."""
        return self._source.size_bytes

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """See the port."""
        async with self._source.open() as pieces, aclosing(self._pieces(pieces)) as guarded:
            yield guarded

    async def _pieces(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        async for piece in pieces:
            yield piece
        await self._allowed()
