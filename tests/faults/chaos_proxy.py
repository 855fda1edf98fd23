"""A TCP proxy that misbehaves as it is told, in a thread of its own: the client may be anything."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

_TIMEOUT_S = 15.0
_CHUNK_BYTES = 65_536
_NO_LINGER = struct.pack("ii", 1, 0)
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of one connection.

    Attributes:
        refuse: Closed as soon as it is open.
        delay_s: Before anything is forwarded to the gateway.
        cut_up_bytes: Cut once so many bytes went to the gateway; None for never.
        cut_down_bytes: Cut once so many bytes of the answer came through; None for never.
        reset: A cut is a reset and no orderly end.
        trickle_s: Pause after each byte of the answer; 0 for none.
    """

    refuse: bool = False
    delay_s: float = 0.0
    cut_up_bytes: int | None = None
    cut_down_bytes: int | None = None
    reset: bool = False
    trickle_s: float = 0.0


GOOD = Fate()


class ChaosProxy:
    """A context manager: forwards to one port of this machine inside the block.

    Example:
        with ChaosProxy(gateway_port) as proxy:
            proxy.next(Fate(cut_down_bytes=0, reset=True))  # one connection's answer is lost
            httpx.get(proxy.url)

    Args:
        port: Where the gateway listens.
        tls: Ends TLS here; the gateway behind talks plainly.
        fate: Of every connection without a fate of its own; asked anew for each.
    """

    def __init__(
        self, port: int, *, tls: ssl.SSLContext | None = None, fate: Callable[[], Fate] = lambda: GOOD
    ) -> None:
        self.port = 0
        self.accepted = 0
        self.forwarded_up_bytes = 0
        self._gateway_port = port
        self._tls = tls
        self._fate = fate
        self._next: list[Fate] = []
        self._open: dict[_Link, None] = {}
        self._flowing: asyncio.Event | None = None
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="chaos proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(_TIMEOUT_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_TIMEOUT_S)

    @property
    def url(self) -> str:
        """Base URL of the way through."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return self._do(lambda: len(self._open))

    def next(self, *fates: Fate) -> None:
        """The fates of the next connections, one each."""
        self._do(lambda: self._next.extend(fates))

    def cut_all(self, *, reset: bool = False) -> None:
        """End every open connection."""

        def cut() -> None:
            for link in self._open:
                link.cut(reset=reset)

        self._do(cut)

    def cut_after(self, fate: Fate) -> None:
        """Give the open connections another fate; its counts begin now."""

        def begin() -> None:
            for link in self._open:
                link.begin(fate)

        self._do(begin)

    def freeze(self) -> None:
        """Half-open: every connection stays open, and nothing passes any more, until `thaw`."""
        assert self._flowing is not None
        self._do(self._flowing.clear)

    def thaw(self) -> None:
        """Let everything pass that was held back."""
        assert self._flowing is not None
        self._do(self._flowing.set)

    def _do(self, act: Callable[[], Result]) -> Result:
        assert self._loop is not None

        async def run() -> Result:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(_TIMEOUT_S)

    async def _serve(self) -> None:
        self._loop, self._stopping, self._flowing = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopping.wait()
        server.close()
        self._flowing.set()
        for link in list(self._open):
            link.cut(reset=False)
            link.abort()  # the end of TLS would wait for the other side
        served = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in served:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*served, return_exceptions=True), _TIMEOUT_S)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        fate = self._next.pop(0) if self._next else self._fate()
        link = _Link(writer, fate)
        self._open[link] = None
        try:
            # Cancelled only at the proxy's end; Python 3.11 logs a cancelled handler as a failure.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if fate.refuse:
                    return
                await link.pause(fate.delay_s)
                there, link.gateway = await asyncio.open_connection("127.0.0.1", self._gateway_port)
                await asyncio.gather(self._up(reader, link), self._down(there, link))
        finally:
            link.cut(reset=link.fate.reset)
            del self._open[link]

    async def _up(self, reader: asyncio.StreamReader, link: _Link) -> None:
        assert self._flowing is not None
        assert link.gateway is not None
        while not link.is_cut and (data := await reader.read(_CHUNK_BYTES)):
            await self._flowing.wait()
            passing = data if link.left_up_bytes is None else data[: link.left_up_bytes]
            link.gateway.write(passing)
            await link.gateway.drain()
            self.forwarded_up_bytes += len(passing)
            if link.left_up_bytes is not None:
                link.left_up_bytes -= len(passing)
                if link.left_up_bytes == 0:
                    break
        link.cut(reset=link.fate.reset)

    async def _down(self, reader: asyncio.StreamReader, link: _Link) -> None:
        assert self._flowing is not None
        while not link.is_cut and (data := await reader.read(1 if link.fate.trickle_s else _CHUNK_BYTES)):
            await self._flowing.wait()
            passing = data if link.left_down_bytes is None else data[: link.left_down_bytes]
            link.client.write(passing)
            await link.client.drain()
            if link.left_down_bytes is not None:
                link.left_down_bytes -= len(passing)
                if link.left_down_bytes == 0:
                    break
            await link.pause(link.fate.trickle_s)
        link.cut(reset=link.fate.reset)


class _Link:
    """One client's connection and its way on to the gateway."""

    def __init__(self, client: asyncio.StreamWriter, fate: Fate) -> None:
        self.client = client
        self.gateway: asyncio.StreamWriter | None = None
        self.is_cut = False
        self._cut = asyncio.Event()
        self.begin(fate)

    def begin(self, fate: Fate) -> None:
        self.fate = fate
        self.left_up_bytes = fate.cut_up_bytes
        self.left_down_bytes = fate.cut_down_bytes

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the connection lasts."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._cut.wait(), seconds)

    def cut(self, *, reset: bool) -> None:
        if self.is_cut:
            return
        self.is_cut = True
        self._cut.set()
        if reset:
            raw = self.client.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.client.transport.abort()
        else:
            self.client.close()
        if self.gateway is not None:
            self.gateway.close()

    def abort(self) -> None:
        self.client.transport.abort()
        if self.gateway is not None:
            self.gateway.transport.abort()
