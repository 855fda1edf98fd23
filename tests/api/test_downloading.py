"""Documents on their way in, from servers that behave well and badly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from console.model.capability import Effect, Operation
from console.model.errors import ConnectionLost, NotFound, ProtocolViolation
from console.model.file_trouble import FileTrouble
from console.services.arriving_file import ArrivingFile
from tests.api.raw_server import head_of, serving
from tests.api.scripted_gateway import Tokens, reply, scripted, transport_to

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

DOWNLOAD = Operation(name="documents.download", method="GET", routes=("/documents/{id}",), effect=Effect.READ)
FIELDS = {"id": "a/b"}


class Kept:
    """A sink in memory."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int | None, str]] = []
        self.content = b""

    async def begin(self, *, name: str, size_bytes: int | None, media_type: str) -> None:
        self.begun.append((name, size_bytes, media_type))

    async def take(self, piece: bytes) -> None:
        self.content += piece


async def test_a_document_comes_as_it_is_under_the_servers_name() -> None:
    content = os.urandom(3_000_000)
    kept = Kept()
    answer = reply(
        200, content, "content-type: Application/PDF; x=y", 'content-disposition: attachment; filename="../a.pdf"'
    )
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway, tokens=Tokens()) as transport:
        got = await transport.download(DOWNLOAD, sink=kept, fields=FIELDS)
    assert got.body is None
    assert kept.content == content
    assert kept.begun == [("../a.pdf", len(content), "application/pdf")]
    [asked] = gateway.asked
    assert asked.path == "/documents/a%2Fb"
    assert asked.headers["authorization"] == "Bearer first"
    assert asked.headers["accept-encoding"] == "identity"


async def test_a_token_refused_is_renewed_before_anything_is_taken() -> None:
    kept, tokens = Kept(), Tokens()

    def script(asked: object) -> bytes:
        headers = getattr(asked, "headers")  # noqa: B009  (typed as an object)
        return reply(200, b"content") if "renewed" in headers["authorization"] else reply(401, {"detail": "x"})

    async with scripted(script) as gateway, transport_to(gateway, tokens=tokens) as transport:
        await transport.download(DOWNLOAD, sink=kept, fields=FIELDS)
    assert (kept.content, len(kept.begun)) == (b"content", 1)


async def test_a_refusal_is_no_document() -> None:
    kept = Kept()
    async with scripted(lambda _asked: reply(404, {"detail": "gone"})) as gateway, transport_to(gateway) as transport:
        with pytest.raises(NotFound):
            await transport.download(DOWNLOAD, sink=kept, fields=FIELDS)
    assert not kept.begun


async def test_what_breaks_off_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()

    async with serving(serve) as address, scripted(lambda _asked: None) as gateway:
        gateway.address = address
        async with transport_to(gateway) as transport, ArrivingFile(folder) as arriving:
            with pytest.raises(ConnectionLost):
                await transport.download(DOWNLOAD, sink=arriving, fields=FIELDS)
            assert arriving.arrived_bytes == 4
    assert not list(folder.iterdir())


async def test_a_folder_that_is_gone_ends_it(tmp_path: Path) -> None:
    async with (
        scripted(lambda _asked: reply(200, b"content")) as gateway,
        transport_to(gateway) as transport,
        ArrivingFile(tmp_path / "gone") as arriving,
    ):
        with pytest.raises(FileTrouble):
            await transport.download(DOWNLOAD, sink=arriving, fields=FIELDS)


async def test_a_document_becomes_a_file_under_a_safe_name(tmp_path: Path) -> None:  # fault 124
    answer = reply(200, b"content", "content-disposition: attachment; filename*=UTF-8''..%2F..%2FCON.txt")
    async with (
        scripted(lambda _asked: answer) as gateway,
        transport_to(gateway) as transport,
        ArrivingFile(tmp_path) as arriving,
    ):
        await transport.download(DOWNLOAD, sink=arriving, fields=FIELDS)
        kept = await arriving.keep()
    assert kept == tmp_path / "_CON.txt"
    assert kept.read_bytes() == b"content"


async def test_a_coding_nobody_asked_for_is_refused() -> None:
    answer = reply(200, b"content", "content-encoding: gzip, gzip")
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        with pytest.raises(ProtocolViolation):
            await transport.download(DOWNLOAD, sink=Kept(), fields=FIELDS)
