"""A TCP proxy that misbehaves as it is told, in threads of its own: the client may be anything."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_TIMEOUT_S = 15.0
_STEP_S = 0.02
_CHUNK_BYTES = 65_536
_NO_LINGER = struct.pack("ii", 1, 0)


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
        self.lines: list[str] = []
        self._gateway_port = port
        self._tls = tls
        self._fate = fate
        self._next: list[Fate] = []
        self._losses: list[tuple[str, Fate]] = []
        self._links: dict[_Link, threading.Thread] = {}
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener: socket.socket | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="chaos proxy", daemon=True)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listener is not None
        self._stopping = True
        with contextlib.suppress(OSError):  # a closed listener alone does not wake who accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(_TIMEOUT_S)
        self._listener.close()
        with self._lock:
            links = dict(self._links)
        for link in links:
            link.end()
        for thread in links.values():
            thread.join(_TIMEOUT_S)
        assert not self._thread.is_alive()
        assert not [link for link, thread in links.items() if thread.is_alive()]

    @property
    def url(self) -> str:
        """Base URL of the way through."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        with self._lock:
            return len(self._links)

    def next(self, *fates: Fate) -> None:
        """The fates of the next connections, one each."""
        with self._lock:
            self._next.extend(fates)

    def lose(self, line: str, *fates: Fate) -> None:
        """The fates of the connections that bring the next requests for `line`, one each, from there on.

        Args:
            line: How the request begins, such as `POST /api/v1/auth/refresh`; plain http in one piece only.
        """
        with self._lock:
            self._losses.extend((line, fate) for fate in fates)

    def cut_all(self, *, reset: bool = False) -> None:
        """End every open connection."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.cut(reset=reset)

    def cut_after(self, fate: Fate) -> None:
        """Give the open connections another fate; its counts begin now."""
        with self._lock:
            links = list(self._links)
        for link in links:
            link.begin(fate)

    def freeze(self) -> None:
        """Half-open: every connection stays open, and nothing passes any more, until `thaw`."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything pass that was held back."""
        self._flowing.set()

    def take_lines(self) -> list[str]:
        """The first lines of the requests seen since the last time, for who watches for long."""
        with self._lock:
            taken, self.lines = self.lines, []
        return taken

    def _serve(self) -> None:
        assert self._listener is not None
        while not self._stopping:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.accepted += 1
                link = _Link(client, self._next.pop(0) if self._next else self._fate())
                thread = threading.Thread(target=self._run, args=(link,), name="chaos link", daemon=True)
                self._links[link] = thread
            thread.start()

    def _run(self, link: _Link) -> None:
        try:
            with contextlib.suppress(OSError):  # either side went: so does the other
                self._forward(link)
        finally:
            link.close()
            with self._lock:
                del self._links[link]

    def _forward(self, link: _Link) -> None:
        if link.fate.refuse or link.is_cut.wait(link.fate.delay_s):
            return
        if self._tls is not None:
            link.shake_hands(self._tls)
        link.gateway = socket.create_connection(("127.0.0.1", self._gateway_port), _TIMEOUT_S)
        while ready := link.wait():
            for side in ready:
                data = side.recv(1 if link.fate.trickle_s and side is link.gateway else _CHUNK_BYTES)
                while not self._flowing.wait(_STEP_S):
                    if link.is_cut.is_set():
                        return
                if not data or link.is_cut.is_set():
                    return
                if side is link.client:
                    self._see(link, data)
                    self.forwarded_up_bytes += link.up(data)
                else:
                    link.down(data)
                if link.is_cut.is_set():
                    return

    def _see(self, link: _Link, data: bytes) -> None:
        line = data.partition(b"\r\n")[0].decode("latin-1")
        if not line.endswith("HTTP/1.1"):
            return
        with self._lock:
            self.lines.append(line)
            for index, (wanted, fate) in enumerate(self._losses):
                if line.startswith(wanted):
                    del self._losses[index]
                    link.begin(fate)
                    return


class _Course:
    """One fate of a link, and how much of it is left. Only the link's own thread counts."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self._left_up_bytes = fate.cut_up_bytes
        self._left_down_bytes = fate.cut_down_bytes

    def passing_up(self, data: bytes) -> bytes:
        return data if self._left_up_bytes is None else data[: self._left_up_bytes]

    def passing_down(self, data: bytes) -> bytes:
        return data if self._left_down_bytes is None else data[: self._left_down_bytes]

    def went_up(self, size_bytes: int) -> bool:
        """Whether that was all that may pass."""
        if self._left_up_bytes is None:
            return False
        self._left_up_bytes -= size_bytes
        return self._left_up_bytes == 0

    def went_down(self, size_bytes: int) -> bool:
        """Whether that was all that may pass."""
        if self._left_down_bytes is None:
            return False
        self._left_down_bytes -= size_bytes
        return self._left_down_bytes == 0


class _Link:
    """One client's connection and its way on to the gateway. Only its own thread reads, writes and closes."""

    def __init__(self, client: socket.socket, fate: Fate) -> None:
        client.settimeout(_TIMEOUT_S)
        self.client = client
        self.gateway: socket.socket | None = None
        self.is_cut = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._turn = threading.Lock()  # a fate begins or ends
        self._course = _Course(fate)
        self._reset = fate.reset

    @property
    def fate(self) -> Fate:
        """What becomes of it, as things stand."""
        return self._course.fate

    def begin(self, fate: Fate) -> None:
        """Another fate from now on, unless it is cut already. From any thread.

        A piece that is on its way still goes by the former fate, but no longer ends the connection by it.
        """
        with self._turn:
            if not self.is_cut.is_set():
                self._course = _Course(fate)
                self._reset = fate.reset

    def _over(self, course: _Course) -> None:
        """A fate says that all that may pass has passed; it no longer counts once there is another."""
        with self._turn:
            if course is self._course:
                self.is_cut.set()

    def shake_hands(self, context: ssl.SSLContext) -> None:
        self.client = context.wrap_socket(self.client, server_side=True, do_handshake_on_connect=False)
        self.client.do_handshake()

    def wait(self) -> list[socket.socket]:
        """The sides that have something to read; none once the connection is cut."""
        assert self.gateway is not None
        if isinstance(self.client, ssl.SSLSocket) and self.client.pending():
            return [self.client]
        ready, _, _ = select.select([self.client, self.gateway, self._woken], [], [])
        return [] if self.is_cut.is_set() else [side for side in (self.client, self.gateway) if side in ready]

    def up(self, data: bytes) -> int:
        assert self.gateway is not None
        course = self._course
        passing = course.passing_up(data)
        self.gateway.sendall(passing)
        if course.went_up(len(passing)):
            self._over(course)
        return len(passing)

    def down(self, data: bytes) -> None:
        course = self._course
        if passing := course.passing_down(data):
            self.client.sendall(passing)
        if course.went_down(len(passing)):
            self._over(course)
        self.is_cut.wait(course.fate.trickle_s)

    def cut(self, *, reset: bool) -> None:
        """Have the connection closed. From any thread."""
        with self._turn:
            if not self.is_cut.is_set():
                self._reset = reset
                self.is_cut.set()
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def end(self) -> None:
        """Have it closed although the other side may not read, nor shake hands."""
        self.cut(reset=False)
        for side in (self.client, self.gateway):
            if side is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(side, socket.SHUT_RDWR)  # an SSLSocket's own forgets its TLS

    def close(self) -> None:
        self.is_cut.set()
        if self._reset:
            with contextlib.suppress(OSError):
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        elif isinstance(self.client, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self.client.settimeout(0.0)  # say goodbye, and wait for no answer
                self.client.unwrap()
        for side in (self.client, self.gateway, self._waker, self._woken):
            if side is not None:
                side.close()
