"""The proxy itself, told what to do while connections are busy."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.faults.chaos_proxy import ChaosProxy, Fate

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_S = 20.0
PIECE = bytes(range(256)) * 64


@contextmanager
def echo() -> Iterator[int]:
    """A port that gives back what it gets, connection after connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            with taken:
                try:
                    while data := taken.recv(65_536):
                        taken.sendall(data)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(LIMIT_S)


def received(client: socket.socket, size_bytes: int) -> bytes:
    """So much, or less when the connection ends before."""
    found = bytearray()
    while len(found) < size_bytes and (data := client.recv(size_bytes - len(found))):
        found += data
    return bytes(found)


def test_another_fate_counts_from_when_it_is_given() -> None:
    with echo() as port, ChaosProxy(port) as proxy, socket.create_connection(("127.0.0.1", proxy.port), LIMIT_S) as one:
        one.sendall(b"x" * 50)
        assert received(one, 50) == b"x" * 50
        proxy.cut_after(Fate(cut_down_bytes=5))
        one.sendall(b"0123456789")
        assert received(one, 10) == b"01234"


def test_a_fate_taken_back_in_time_cuts_nothing() -> None:
    with echo() as port, ChaosProxy(port) as proxy, socket.create_connection(("127.0.0.1", proxy.port), LIMIT_S) as one:
        proxy.cut_after(Fate(cut_down_bytes=20, reset=True))
        one.sendall(b"0123456789")
        assert received(one, 10) == b"0123456789"
        proxy.cut_after(Fate())
        one.sendall(b"0123456789" * 3)
        assert received(one, 30) == b"0123456789" * 3


def test_fates_may_change_from_another_thread_while_data_flows() -> None:
    far = Fate(cut_up_bytes=10**9, cut_down_bytes=10**9)
    done = threading.Event()
    with echo() as port, ChaosProxy(port) as proxy, socket.create_connection(("127.0.0.1", proxy.port), LIMIT_S) as one:

        def change() -> None:
            while not done.is_set():
                proxy.cut_after(far)
                proxy.cut_after(Fate())

        changing = threading.Thread(target=change)
        changing.start()
        try:
            for _ in range(100):
                one.sendall(PIECE)
                assert received(one, len(PIECE)) == PIECE
        finally:
            done.set()
            changing.join(LIMIT_S)
        assert proxy.accepted == 1
        assert proxy.open_connections == 1
