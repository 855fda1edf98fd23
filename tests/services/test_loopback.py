"""The port that the browser comes back to, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason
from console.services import loopback
from console.services.loopback import CONNECTIONS_LIMIT, HEAD_LIMIT_BYTES, Loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LISTENING = "0A"


def port_of(listener: Loopback) -> int:
    port = urlsplit(listener.redirect_uri).port
    assert port is not None
    return port


async def said(listener: Loopback, raw: bytes, *, eof: bool = False) -> bytes:
    """Everything that is answered to some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener))
    try:
        with contextlib.suppress(OSError):
            writer.write(raw)
            await writer.drain()
            if eof:
                writer.write_eof()
            async with asyncio.timeout(20):
                return await reader.read()
        return b""
    finally:
        writer.close()


def visit(query: str, method: str = "GET", path: str = "/callback") -> bytes:
    return f"{method} {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


class Ear:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, query: str) -> None:
        self.heard.append(query)


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[tuple[Loopback, Ear]]:
    ear = Ear()
    async with Loopback(ear) as listener:
        yield listener, ear


async def test_a_visit_is_heard_and_answered_with_a_page_that_says_nothing_of_it() -> None:
    async with listening() as (listener, ear):
        answer = await said(listener, visit("code=canary&state=s"))
    head, _, page = answer.partition(b"\r\n\r\n")
    assert ear.heard == ["code=canary&state=s"]
    assert head.startswith(b"HTTP/1.1 200 OK")
    for wanted in (b"Connection: close", b"Referrer-Policy: no-referrer", b"Cache-Control: no-store"):
        assert wanted in head
    assert b"canary" not in answer
    assert f"Content-Length: {len(page)}".encode() in head


async def test_every_visit_gets_the_same_page() -> None:  # fault 12
    async with listening() as (listener, _ear):
        pages = {await said(listener, visit(query)) for query in ("code=1", "error=x", "", "state=%ff")}
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (visit("", path="/favicon.ico"), 404),
        (visit("code=1", path="/"), 404),
        (visit("code=1", path="/callback/"), 404),
        (visit("code=1", path="//callback"), 404),
        (visit("code=1", method="HEAD"), 200),
        (visit("code=1", method="POST"), 405),
        (visit("code=1", method="OPTIONS"), 405),
        (b"GET /callback?code=1\r\n\r\n", 400),
        (b"GET /callback?code=1 HTTP/2.0\r\n\r\n", 400),
        (b"GET /callback?code=\xff HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET /callback?" + b"x" * 2 * HEAD_LIMIT_BYTES + b" HTTP/1.1\r\n\r\n", 431),
    ],
)
async def test_what_is_no_visit_is_not_heard(raw: bytes, status: int) -> None:  # fault 11
    async with listening() as (listener, ear):
        answer = await said(listener, raw)
        assert ear.heard == []
        if answer or status != 431:  # with megabytes still unread the answer may be lost on the way
            assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        await said(listener, visit("code=after"))
    assert ear.heard == ["code=after"]


async def test_a_look_with_head_has_no_body() -> None:
    async with listening() as (listener, _ear):
        answer = await said(listener, visit("code=1", method="HEAD"))
    assert answer.endswith(b"\r\n\r\n")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=6))
def test_garbage_is_survived(pieces: list[bytes]) -> None:  # fault 11
    async def attack() -> list[str]:
        async with listening() as (listener, ear):
            await asyncio.gather(*(said(listener, piece, eof=True) for piece in pieces))
            await said(listener, visit("code=after"))
            return ear.heard

    assert asyncio.run(attack()) == ["code=after"]


async def test_connections_that_say_nothing_do_not_keep_the_browser_out() -> None:  # fault 11
    async with listening() as (listener, ear), contextlib.AsyncExitStack() as idle:
        for _ in range(CONNECTIONS_LIMIT + 10):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener))
            idle.callback(writer.close)
        await said(listener, visit("code=1"))
        assert ear.heard == ["code=1"]


async def test_a_slow_client_is_heard_and_does_not_delay_others() -> None:  # fault 11
    async with listening() as (listener, ear):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener))
        raw = visit("code=slow")
        writer.write(raw[:10])
        await writer.drain()
        await said(listener, visit("code=quick"))
        writer.write(raw[10:])
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
    assert ear.heard == ["code=quick", "code=slow"]


async def test_who_says_nothing_for_too_long_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "HEAD_LIMIT_S", 0.05)
    async with listening() as (listener, ear):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener))
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert ear.heard == []


async def test_a_browser_that_hangs_up_before_the_page_is_heard_all_the_same() -> None:  # fault 13
    async with listening() as (listener, ear):
        for hard in (False, True):
            rough = socket.create_connection(("127.0.0.1", port_of(listener)))
            rough.sendall(visit(f"code={hard}"))
            if hard:  # a reset instead of a goodbye
                rough.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                async with asyncio.timeout(20):
                    while len(ear.heard) < 2:
                        await asyncio.sleep(0)
            rough.close()
        await said(listener, visit("code=after"))
    assert sorted(ear.heard) == ["code=False", "code=True", "code=after"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads what the kernel says of sockets")
async def test_only_this_machine_can_reach_it() -> None:  # fault 19
    async with listening() as (listener, _ear):
        wanted = f":{port_of(listener):04X}"
        rows = [
            line.split()
            for table in ("/proc/net/tcp", "/proc/net/tcp6")
            for line in Path(table).read_text().splitlines()[1:]
        ]
    addresses = {row[1] for row in rows if row[1].endswith(wanted) and row[3] == LISTENING}
    assert addresses == {f"0100007F{wanted}"}


async def test_the_redirect_names_the_address_and_no_host_name() -> None:  # fault 20
    async with listening() as (listener, _ear):
        assert listener.redirect_uri.startswith("http://127.0.0.1:")
        assert "localhost" not in listener.redirect_uri


async def test_a_taken_port_is_none_of_ours() -> None:  # fault 18
    async with listening() as (one, _ear), listening() as (other, _other_ear):
        assert port_of(one) != port_of(other)


async def test_without_one_family_the_other_serves() -> None:  # fault 18
    nowhere = (socket.AF_INET, "192.0.2.1")
    async with Loopback(Ear(), [nowhere, (socket.AF_INET, "127.0.0.1")]) as listener:
        assert listener.redirect_uri.startswith("http://127.0.0.1:")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return  # this machine has no IPv6
    ear = Ear()
    async with Loopback(ear, [nowhere, (socket.AF_INET6, "::1")]) as listener:
        assert listener.redirect_uri.startswith("http://[::1]:")
        reader, writer = await asyncio.open_connection("::1", port_of(listener))
        writer.write(visit("code=six"))
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
    assert ear.heard == ["code=six"]


async def test_without_any_a_typed_error() -> None:  # fault 18
    with pytest.raises(BrowserSignInFailed) as caught:
        async with Loopback(Ear(), [(socket.AF_INET, "192.0.2.1")]):
            raise AssertionError
    assert caught.value.reason == BrowserSignInReason.NO_LISTENER


async def test_the_port_is_free_at_once_also_with_somebody_on_the_line() -> None:  # fault 15
    async with listening() as (listener, _ear):
        port = port_of(listener)
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /call")
        await writer.drain()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
    server.close()
