"""Uploads over TLS and through proxies, as everything else goes."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from console.api.multipart import FilePart
from console.api.transport import Transport
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.model.errors import ConnectFailed, ConnectionLost, Rejected, TlsFailed
from console.model.network import NetworkOptions
from console.model.reasons import CertificateReason, ConnectReason
from tests.api.memory_source import PIECE_BYTES, MemorySource, sending
from tests.api.raw_server import head_of, serving, whole
from tests.api.scripted_gateway import Tokens, plain_platform, reply
from tests.faults.connect_proxy import ConnectProxy
from tests.faults.test_tls_and_proxies import serving as context_of
from tests.faults.test_tls_and_proxies import trusting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from console.api.transport import Reply

UPLOAD = Operation(name="documents.upload", method="POST", routes=("/documents",), effect=Effect.WRITE, timeout_s=10.0)
NAME = "gateway.example"  # that only the proxy can find


@contextlib.asynccontextmanager
async def transport_to(address: Address, options: NetworkOptions) -> AsyncIterator[Transport]:
    transport = Transport(address, plain_platform(), tokens=Tokens(), observe=lambda _exchange: None, options=options)
    try:
        yield transport
    finally:
        await transport.close()


async def upload(transport: Transport, size: int = 8 * PIECE_BYTES + 3) -> Reply:
    document = sending(MemorySource(b"x" * size))
    return await transport.upload(UPLOAD, parts=lambda _route: [FilePart()], sending=document)


async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head, body = await whole(reader)
        writer.write(reply(201, {"bytes": body.count(b"x"), "line": head.decode().split("\r\n")[0]}))


async def test_uploads_go_through_tls_and_keep_their_connection(tmp_path: Path) -> None:  # fault 51
    authority = trustme.CA()
    async with (
        serving(take, context_of(authority)) as address,
        transport_to(address, trusting(authority, tmp_path)) as transport,
    ):
        for _ in range(2):
            answer = await upload(transport)
            assert answer.body == {"bytes": 8 * PIECE_BYTES + 3, "line": "POST /documents HTTP/1.1"}


async def test_an_early_answer_wins_through_tls_as_well(tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(reply(413, {"detail": "too large"}))
        await writer.drain()
        await writer.wait_closed()

    authority = trustme.CA()
    async with (
        serving(refuse, context_of(authority)) as address,
        transport_to(address, trusting(authority, tmp_path)) as transport,
    ):
        with pytest.raises(Rejected) as refused:
            await upload(transport, 64 * PIECE_BYTES)
    assert refused.value.status == 413


async def test_a_stranger_gets_nothing(tmp_path: Path) -> None:  # fault 51
    async with (
        serving(take, context_of(trustme.CA())) as address,
        transport_to(address, trusting(trustme.CA(), tmp_path)) as transport,
    ):
        with pytest.raises(TlsFailed) as refused:
            await upload(transport)
    assert refused.value.reason == CertificateReason.UNKNOWN_AUTHORITY
    assert refused.value.route == "POST /documents"


async def test_who_speaks_no_tls_is_told_apart() -> None:  # fault 51
    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(100)

    async with serving(hang_up) as address:
        secure = Address(scheme="https", host="127.0.0.1", port=address.port)
        async with transport_to(secure, NetworkOptions()) as transport:
            with pytest.raises(TlsFailed) as refused:
                await upload(transport)
    assert refused.value.reason == CertificateReason.HUNG_UP


async def test_uploads_go_through_a_proxys_tunnel_with_its_password(tmp_path: Path) -> None:  # fault 50
    authority = trustme.CA()
    async with (
        serving(take, context_of(authority, NAME), NAME) as address,
        ConnectProxy("operator:hush-hush").listening() as proxy,
    ):
        options = trusting(authority, tmp_path, proxy=f"http://operator:hush-hush@127.0.0.1:{proxy.port}")
        async with transport_to(address, options) as transport:
            assert (await upload(transport)).status == 201
    assert proxy.asked == [f"{NAME}:{address.port}"]


async def test_a_proxy_that_is_reached_by_tls_tunnels_tls(tmp_path: Path) -> None:  # fault 50
    authority = trustme.CA()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"CONNECT ")
        there, back = await asyncio.open_connection("127.0.0.1", address.port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, ssl.SSLError):
                while data := await source.read(65536):
                    target.write(data)
                    await target.drain()
            target.close()

        await asyncio.gather(pump(reader, back), pump(there, writer))

    async with serving(take, context_of(authority)) as address, serving(tunnel, context_of(authority)) as proxy:
        options = trusting(authority, tmp_path, proxy=f"https://127.0.0.1:{proxy.port}")
        async with transport_to(address, options) as transport:
            assert (await upload(transport)).status == 201


async def test_a_proxy_for_plain_http_is_told_the_whole_address() -> None:  # fault 50
    heads: list[bytes] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _body = await whole(reader)
        heads.append(head)
        writer.write(reply(201, {}))

    async with serving(forward) as proxy:
        options = NetworkOptions(proxy=f"http://operator:hush@127.0.0.1:{proxy.port}", allow_plain_http=True)
        async with transport_to(Address(scheme="http", host=NAME, port=8080, path="/api"), options) as transport:
            await upload(transport)
    assert heads[0].startswith(b"POST http://gateway.example:8080/api/documents HTTP/1.1\r\n")
    assert b"\r\nProxy-Authorization: Basic b3BlcmF0b3I6aHVzaA==\r\n" in heads[0]


async def test_a_proxy_that_refuses_is_named_and_its_password_is_not(tmp_path: Path) -> None:  # fault 50
    async with ConnectProxy("operator:other").listening() as proxy:
        options = trusting(trustme.CA(), tmp_path, proxy=f"http://operator:hush-hush@127.0.0.1:{proxy.port}")
        async with transport_to(Address(scheme="https", host=NAME, port=443), options) as transport:
            with pytest.raises(ConnectFailed) as refused:
                await upload(transport)
    assert refused.value.reason == ConnectReason.PROXY_CREDENTIALS
    assert "hush" not in str(refused.value)


async def test_a_proxy_that_is_not_there_is_to_blame() -> None:  # fault 50
    options = NetworkOptions(proxy="http://operator:hush-hush@127.0.0.1:1", allow_plain_http=True)
    async with transport_to(Address(scheme="http", host=NAME, port=8080), options) as transport:
        with pytest.raises(ConnectFailed) as refused:
            await upload(transport)
    assert refused.value.reason == ConnectReason.PROXY
    assert "hush" not in str(refused.value)


async def test_a_name_nobody_knows_and_ports_nobody_serves_are_told_apart() -> None:
    for host, reason in (("nobody.invalid", ConnectReason.NAME), ("localhost", ConnectReason.REFUSED)):
        address = Address(scheme="http", host=host, port=1)
        async with transport_to(address, NetworkOptions(allow_plain_http=True)) as transport:
            with pytest.raises(ConnectFailed) as refused:
                await upload(transport)
        assert refused.value.reason == reason


async def test_tls_that_breaks_off_is_a_lost_connection(tmp_path: Path) -> None:  # fault 78
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole(reader)
        writer.transport.abort()

    authority = trustme.CA()
    async with (
        serving(drop, context_of(authority)) as address,
        transport_to(address, trusting(authority, tmp_path)) as transport,
    ):
        with pytest.raises(ConnectionLost):
            await upload(transport)
