"""B7: what the transport costs on top of bare httpx, and how many requests equal reads become."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx

from benchmarks.outcome import Outcome
from console.api.contract import Platform
from console.api.transport import Transport
from console.model.address import Address
from console.model.capability import Effect, Operation

if TYPE_CHECKING:
    from console.api.contract import Gateway, TokenSource
    from console.model.exchange import Exchange

REQUESTS = 400
ROUNDS = 7
ASKERS = 200
OVERHEAD_ALLOWED = 1.3
READ = Operation(name="things.list", method="GET", routes=("/things",), effect=Effect.READ)
_SERVER = """
import asyncio, sys

ENTRIES = (b'{"id": %d, "name": "service", "status": "healthy"}' % number for number in range(50))
BODY = b'{"services": [' + b",".join(ENTRIES) + b"]}"
ANSWER = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(BODY) + BODY

async def serve(reader, writer):
    try:
        while await reader.readuntil(b"\\r\\n\\r\\n"):
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


class _SignedIn:
    """A session whose token lasts."""

    async def token(self) -> str | None:
        return "benchmark"

    async def renew(self, refused: str) -> str:
        return refused


def measure() -> list[Outcome]:
    """Medians of alternating rounds of sequential reads against a server in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # noqa: S101  (asked for above)
        try:
            return asyncio.run(_measure(int(server.stdout.readline())))
        finally:
            server.kill()


async def _measure(port: int) -> list[Outcome]:
    sent: list[Exchange] = []
    address = Address(scheme="http", host="127.0.0.1", port=port)
    transport = Transport(address, _plain(), tokens=_SignedIn(), observe=sent.append)
    async with httpx.AsyncClient(trust_env=False) as bare:
        try:
            ours: list[float] = []
            peer: list[float] = []
            for _ in range(ROUNDS + 1):
                started = time.perf_counter()
                for _request in range(REQUESTS):
                    (await bare.get(f"{address.text}/things", headers={"Authorization": "Bearer benchmark"})).json()
                peer.append(time.perf_counter() - started)
                started = time.perf_counter()
                for _request in range(REQUESTS):
                    await transport.call(READ)
                ours.append(time.perf_counter() - started)
            sent.clear()
            await asyncio.gather(*(transport.call(READ) for _ in range(ASKERS)))
            shared = len(sent)
        finally:
            await transport.close()
    to_us = 1e6 / REQUESTS
    return [
        Outcome(
            "B7",
            "one GET",
            statistics.median(ours[1:]) * to_us,
            statistics.median(peer[1:]) * to_us,
            "µs",
            OVERHEAD_ALLOWED,
        ),
        Outcome("B7", f"{ASKERS} equal GETs at once", shared, 1, "sent", 1),
    ]


def _plain() -> Platform:
    def build(_transport: Transport, _tokens: TokenSource) -> Gateway:
        raise NotImplementedError

    return Platform(
        name="plain",
        title="Plain",
        capabilities=frozenset(),
        headers=lambda _context: {},
        build=build,
        fingerprints=(),
        recognise=lambda _prints: 0.0,
    )
