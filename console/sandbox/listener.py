"""A face's TCP port: opened, taken away and given back while the platform runs on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from console.model.errors import SandboxFailed
from console.sandbox.cork import CorkedTransport
from console.sandbox.options import HOST

if TYPE_CHECKING:
    from collections.abc import Generator

    from starlette.types import ASGIApp

_START_TIMEOUT_S = 10.0
_GRACE_S = 0.3
_POLL_S = 0.005


class Connections:
    """The open TCP connections of one listener, by the client's address.

    Attributes:
        accepted: How many there were so far.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self._transports: dict[object, asyncio.Transport] = {}
        self._gone: dict[object, asyncio.Event] = {}

    def __len__(self) -> int:
        return len(self._transports)

    def opened(self, client: object, transport: asyncio.Transport) -> None:
        """A client connected, or went on as a WebSocket."""
        self.accepted += client not in self._transports
        self._transports[client] = transport
        self._gone.setdefault(client, asyncio.Event())

    def closed(self, client: object) -> None:
        """A client is gone."""
        self._transports.pop(client, None)
        if (gone := self._gone.pop(client, None)) is not None:
            gone.set()

    async def pause(self, client: object, seconds: float) -> None:
        """Wait, but not longer than the client does."""
        if (gone := self._gone.get(client)) is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await gone.wait()

    async def drop(self, client: object) -> None:
        """Close a client's connection without another byte, and wait until it is gone."""
        transport, gone = self._transports.get(client), self._gone.get(client)
        if transport is not None and gone is not None:
            transport.abort()
            await gone.wait()

    def drop_all(self) -> None:
        """Close every connection without another byte."""
        for transport in list(self._transports.values()):
            transport.abort()


class Listener:
    """Serves one ASGI application on one port of 127.0.0.1.

    Args:
        port: 0 for any free port; once open, the port stays the same.
    """

    def __init__(self, port: int) -> None:
        self.connections = Connections()
        self._port = port
        self._placeholder: socket.socket | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens, or listened."""
        return f"http://{HOST}:{self._port}"

    @property
    def serving(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    def reserve(self) -> None:
        """Take the port without listening: connections are refused.

        Raises:
            SandboxFailed: The port is taken.
        """
        if self._placeholder is None:
            self._placeholder = self._bind()

    async def open(self, app: ASGIApp, tasks: asyncio.TaskGroup) -> None:
        """Listen.

        Raises:
            SandboxFailed: The port is taken.
        """
        if self._server is not None:
            return
        bound = self._placeholder or self._bind()
        self._placeholder = None
        self._server = server = _Server(_config(app, self.connections))
        self._serving = tasks.create_task(server.serve(sockets=[bound]), name=f"listener {self._port}")
        async with asyncio.timeout(_START_TIMEOUT_S):
            await server.listening.wait()

    async def close(self, *, keep_port: bool = False) -> None:
        """Stop listening and cut all connections.

        Args:
            keep_port: Refuse connections from now on, but let nobody else have the port.
        """
        server, serving = self._server, self._serving
        self._server = self._serving = None
        if server is None or serving is None:
            if not keep_port:
                self._release()
            return
        server.leave()
        if keep_port:
            self.connections.drop_all()
        else:
            await asyncio.wait({serving}, timeout=_GRACE_S)
        while not serving.done():
            self.connections.drop_all()
            await asyncio.wait({serving}, timeout=_POLL_S)
        await serving
        if keep_port:
            self.reserve()

    def _release(self) -> None:
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None

    def _bind(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, self._port))
        except OSError as exc:
            bound.close()
            raise SandboxFailed(f"port {self._port} can't be opened: {exc.strerror}") from exc
        self._port = bound.getsockname()[1]
        return bound


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        await self._stopping.wait()  # the base class looks ten times a second, for a date header that is off here

    def leave(self) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the program's business: several servers run in this loop, sometimes not in the main thread."""
        yield


def _config(app: ASGIApp, connections: Connections) -> uvicorn.Config:
    class TrackedHttp(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its base
            super().connection_made(transport)
            connections.opened(self.client, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            connections.closed(self.client)

    class TrackedWebSocket(WebSocketsSansIOProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its base
            super().connection_made(CorkedTransport(transport))

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            connections.closed(self.client)

    return uvicorn.Config(
        app,
        http=TrackedHttp,
        ws=TrackedWebSocket,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,  # the platform's clock may be wrong on purpose
        ws_per_message_deflate=False,
    )
