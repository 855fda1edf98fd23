"""Servers that are told, in a coroutine, what to do with each connection."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING

from console.model.address import Address

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


@contextlib.asynccontextmanager
async def serving(
    serve: Serve, context: ssl.SSLContext | None = None, name: str = "127.0.0.1"
) -> AsyncIterator[Address]:
    """`serve` gets each connection; it is closed when that returns."""
    running: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(run, "127.0.0.1", 0, ssl=context)
    try:
        yield Address(scheme="https" if context else "http", host=name, port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*running, return_exceptions=True)


async def head_of(reader: asyncio.StreamReader) -> tuple[bytes, int]:
    """The next request's head, and how long its body is."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head, int(length[1]) if length else 0


async def whole(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The next request."""
    head, size = await head_of(reader)
    return head, await reader.readexactly(size)
