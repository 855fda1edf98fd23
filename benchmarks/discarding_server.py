"""A server that takes what it is sent, throws it away and says thanks: in a process of its own, until stdin ends."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import cast

_ANSWER = b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"id": "d1"}'
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


class _Discarding(asyncio.BufferedProtocol):
    _scratch = bytearray(1024 * 1024)  # nobody looks into it but for heads, which are read before it is filled again

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._head = b""
        self._left = 0

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002  (asyncio's)
        return self._scratch

    def buffer_updated(self, nbytes: int) -> None:
        if not self._left:
            self._head += bytes(self._scratch[:nbytes])
            head, found, body = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            length = _LENGTH.search(head)
            self._left = int(length[1]) if length else 0
            self._head, nbytes = b"", len(body)
        self._left -= nbytes
        if self._left <= 0:
            self._transport.write(_ANSWER)


async def _main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Discarding, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main())
