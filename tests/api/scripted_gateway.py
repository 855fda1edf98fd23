"""A gateway that says exactly what a test scripts, byte for byte, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.api.contract import Platform
from console.api.retry import RetryPolicy
from console.api.transport import Transport
from console.model.address import Address
from console.model.capability import Effect, Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from console.api.contract import Gateway, RequestContext, TokenSource
    from console.model.exchange import Exchange

    Script = Callable[["Asked"], bytes | Iterator[bytes] | None]

READ = Operation(name="things.list", method="GET", routes=("/things",), effect=Effect.READ, timeout_s=5.0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Scripted:
    """Answers what `script` returns; an iterator trickles; a connection is dropped after an answer of None."""

    def __init__(self, script: Script, port: int) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.address = Address(scheme="http", host="127.0.0.1", port=port)

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.asked]


@contextlib.asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    writers: set[asyncio.StreamWriter] = set()
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        serving.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                asked = await _asked(reader)
                gateway.asked.append(asked)
                answer = gateway.script(asked)
                if answer is None:
                    break
                if not isinstance(answer, bytes):
                    await _trickle(writer, answer)
                    break
                writer.write(answer)
                await writer.drain()
                if b"connection: close" in answer.partition(b"\r\n\r\n")[0]:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    gateway = Scripted(script, server.sockets[0].getsockname()[1])
    try:
        yield gateway
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(task for task in serving if task is not None), return_exceptions=True)


async def _trickle(writer: asyncio.StreamWriter, parts: Iterator[bytes]) -> None:
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.02)


async def _asked(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _version = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method=method, path=path, headers=headers, body=body)


def reply(status: int = 200, body: object = None, *headers: str) -> bytes:
    """An answer; a body of bytes goes as it is, anything else as JSON, None as nothing."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(raw)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + raw


class Tokens:
    """A token source whose renewals are counted; `broken` is raised instead."""

    def __init__(self, token: str | None = "first") -> None:  # noqa: S107  (no secret)
        self.current = token
        self.renewals = 0
        self.broken: Exception | None = None

    async def token(self) -> str | None:
        return self.current

    async def renew(self, refused: str) -> str:
        if self.broken is not None:
            raise self.broken
        if refused == self.current:
            self.renewals += 1
            self.current = f"renewed-{self.renewals}"
        return self.current or ""


def plain_platform(
    headers: Callable[[RequestContext], Mapping[str, str]] = lambda _context: {},
    retry: RetryPolicy = RetryPolicy(retries=0),  # noqa: B008  (frozen)
) -> Platform:
    def build(_transport: Transport, _tokens: TokenSource) -> Gateway:
        raise NotImplementedError

    return Platform(
        name="plain",
        title="Plain",
        capabilities=frozenset(),
        headers=headers,
        retry=retry,
        build=build,
        fingerprints=(),
        recognise=lambda _prints: 0.0,
        gateway_ms_header="x-kong-proxy-latency",
        upstream_ms_header="x-kong-upstream-latency",
    )


@contextlib.asynccontextmanager
async def transport_to(
    gateway: Scripted,
    *,
    tokens: Tokens | None = None,
    platform: Platform | None = None,
    path: str = "",
    seen: list[Exchange] | None = None,
    tenant: str = "",
) -> AsyncIterator[Transport]:
    address = Address(scheme="http", host="127.0.0.1", port=gateway.address.port, path=path)
    observe = seen.append if seen is not None else lambda _exchange: None
    transport = Transport(
        address, platform or plain_platform(), tokens=tokens or Tokens(None), observe=observe, tenant=tenant
    )
    try:
        yield transport
    finally:
        await transport.close()
