"""Conditional reads over a real socket: a tag goes out byte for byte, and 304 counts only when it was asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import etags
from console.model.capability import Effect, Operation
from console.model.errors import GatewayError
from tests.api.scripted_gateway import READ, Asked, reply, scripted, transport_to

if TYPE_CHECKING:
    from console.model.exchange import Exchange

WRITE = Operation(name="things.add", method="POST", routes=("/things",), effect=Effect.WRITE, timeout_s=5.0)
POST_READ = msgspec.structs.replace(READ, name="things.query", method="POST")


@pytest.mark.parametrize("tag", ['"v1"', 'W/"v1"', '""', '"a\'b,c"', 'W/"a/b=="'])
async def test_a_tag_goes_back_as_it_came(tag: str) -> None:
    def script(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == tag:
            return reply(304, None, f"etag: {tag}")
        return reply(200, {"v": 1}, f"etag: {tag}")

    seen: list[Exchange] = []
    async with scripted(script) as gateway, transport_to(gateway, seen=seen) as transport:
        first = await transport.call(READ)
        assert (first.etag, first.body, first.raw, first.not_modified) == (tag, {"v": 1}, b'{"v": 1}', False)
        second = await transport.call(READ, etag=first.etag)
    assert second.not_modified
    assert second.body is None
    assert [one.status for one in seen] == [200, 304]
    assert [one.error for one in seen] == ["", ""]


@pytest.mark.parametrize(
    "tag",
    ["v1", '"v1', 'w/"v1"', '"a"b"', '"a", "b"', '"\u00e9"', '"a b"', '"a"\r\nX-Evil: 1', '"' + "x" * 300 + '"', "*"],
)
async def test_what_is_no_tag_is_neither_kept_nor_sent(tag: str) -> None:
    async with scripted(lambda _asked: reply(200, [])) as gateway, transport_to(gateway) as transport:
        await transport.call(READ, etag=tag)
    assert "if-none-match" not in gateway.asked[0].headers
    assert "x-evil" not in gateway.asked[0].headers
    assert etags.valid(tag) == ""


@given(st.text(max_size=40))
def test_a_tag_never_holds_what_a_header_may_not(text: str) -> None:
    tag = etags.valid(text)
    assert tag in ("", text)
    assert tag.isascii()
    assert tag.isprintable()


async def test_a_tag_beyond_ascii_is_not_kept() -> None:
    answer = reply(200, []).replace(b"\r\n\r\n", b'\r\netag: "\xe9\xff"\r\n\r\n', 1)
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        assert (await transport.call(READ)).etag == ""


async def test_two_tags_are_none() -> None:
    answer = reply(200, [], 'etag: "a"', 'etag: "b"')
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        assert (await transport.call(READ)).etag == ""


@pytest.mark.parametrize("operation", [WRITE, POST_READ])
async def test_only_a_read_by_get_is_conditional(operation: Operation) -> None:
    async with scripted(lambda _asked: reply(200, [])) as gateway, transport_to(gateway) as transport:
        await transport.call(operation, payload={}, etag='"v1"')
    assert "if-none-match" not in gateway.asked[0].headers


async def test_nothing_modified_to_nothing_asked_is_an_error() -> None:
    async with scripted(lambda _asked: reply(304)) as gateway, transport_to(gateway) as transport:
        with pytest.raises(GatewayError):
            await transport.call(READ)


async def test_a_read_that_began_before_a_write_is_not_shared_with_who_asks_after_it() -> None:
    release = asyncio.Event()
    reads = 0

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal reads
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET"):
            reads += 1
            mine = reads
            if mine == 1:
                await release.wait()
            writer.write(reply(200, {"read": mine}, "connection: close"))
        else:
            await reader.readexactly(2)
            writer.write(reply(200, {}, "connection: close"))
        await writer.drain()
        writer.close()

    async with scripted(lambda _asked: None) as gateway:
        server = await asyncio.start_server(answers, "127.0.0.1", 0)
        gateway.address = msgspec.structs.replace(gateway.address, port=server.sockets[0].getsockname()[1])
        async with server, transport_to(gateway) as transport:
            before = asyncio.ensure_future(transport.call(READ))
            while not reads:
                await asyncio.sleep(0.001)
            await transport.call(WRITE, payload={})
            after = await transport.call(READ)
            release.set()
            assert after.body == {"read": 2}
            assert (await before).body == {"read": 1}
