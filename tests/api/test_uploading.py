"""Documents on their way, over real sockets, to servers that behave well and badly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from console.api.http1.sender import Sender
from console.api.multipart import FilePart, Form, TextPart
from console.api.network import DEFAULT
from console.api.retry import RetryPolicy
from console.api.streaming import Patience
from console.api.transport import Transport
from console.api.uploading import FormBody
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    GatewayError,
    NotAGateway,
    ReadOnly,
    Rejected,
    ServiceFailed,
    SignInRequired,
)
from console.model.exchange import Reason
from console.model.file_trouble import FileChanged
from tests.api.memory_source import PIECE_BYTES, MemorySource, sending
from tests.api.raw_server import head_of, serving, whole
from tests.api.scripted_gateway import Tokens, plain_platform, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from console.api.multipart import Part
    from console.model.exchange import Exchange

UPLOAD = Operation(name="documents.upload", method="POST", routes=("/documents",), effect=Effect.WRITE, timeout_s=10.0)
LARGE = 64 * PIECE_BYTES  # more than any socket takes in by itself


def form(_route: str) -> Sequence[Part]:
    return [FilePart(), TextPart(name="note", value="ü")]


@contextlib.asynccontextmanager
async def transport_to(
    address: Address, *, seen: list[Exchange] | None = None, tokens: Tokens | None = None, read_only: bool = False
) -> AsyncIterator[Transport]:
    transport = Transport(
        address,
        plain_platform(retry=RetryPolicy(retries=3, base_s=0.0)),
        tokens=tokens or Tokens(),
        observe=seen.append if seen is not None else lambda _exchange: None,
        read_only=read_only,
    )
    try:
        yield transport
    finally:
        await transport.close()


async def test_a_document_arrives_as_it_is_and_is_counted() -> None:
    heard: list[tuple[bytes, bytes]] = []
    told: list[int] = []
    content = os.urandom(3 * PIECE_BYTES + 5)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heard.append(await whole(reader))
            writer.write(reply(201, {"id": "d-1"}))

    async with serving(serve) as address, transport_to(address) as transport:
        document = sending(MemorySource(content), on_sent=told.append)
        answer = await transport.upload(UPLOAD, parts=form, sending=document)
    [(head, body)] = heard
    assert answer.body == {"id": "d-1"}
    assert body.count(content) == 1
    assert b"\r\nIdempotency-Key: key-1\r\n".lower() in head.lower()
    assert b"\r\nAuthorization: Bearer first\r\n".lower() in head.lower()
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] == len(content)
    assert document.sent_whole


async def test_what_is_counted_is_what_the_socket_took() -> None:
    """A server that does not read: what the kernel holds then is what was told, to within a piece."""
    told = [0]
    listener = socket.create_server(("127.0.0.1", 0))
    address = Address(scheme="http", host="127.0.0.1", port=listener.getsockname()[1])
    patience = Patience(connect_s=10)
    body = FormBody(
        Form([FilePart()], file_name="a", media_type="a/b"),
        sending(MemorySource(bytes(LARGE)), on_sent=lambda sent: told.__setitem__(0, sent)),
        patience,
    )
    sender = Sender(address, DEFAULT)
    request = httpx.Request("POST", address.text + "/", headers={"Content-Length": str(body.size_bytes)})

    async def send() -> None:
        async with patience.attempt("", ""):
            await sender.send(request, body, route="", request_id="")

    running = asyncio.create_task(send())
    before = -1
    while not 0 < before == told[0]:  # until it stands still
        before = told[0]
        await asyncio.sleep(0.6)
    # From here on the loop is not given back: nothing more can be sent.
    there, _ = listener.accept()
    there.settimeout(1.0)
    arrived = 0
    with contextlib.suppress(TimeoutError):
        while data := there.recv(1 << 20):
            arrived += len(data)
    assert told[0] <= arrived <= told[0] + PIECE_BYTES
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    sender.close()
    there.close()
    listener.close()


@pytest.mark.parametrize("hangs_up", [True, False], ids=["and hangs up", "and listens no more"])
async def test_an_early_answer_wins(hangs_up: bool) -> None:
    """The server says 413 after the head; what was not sent yet is not sent any more."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(reply(413, {"detail": "too large"}, "connection: close"))
        await writer.drain()
        if hangs_up:
            writer.close()
        else:
            await writer.wait_closed()

    async with serving(serve) as address:
        for _ in range(10):
            source = MemorySource(bytes(LARGE))
            document = sending(source)
            async with transport_to(address) as transport:
                with pytest.raises(Rejected) as refused:
                    await transport.upload(UPLOAD, parts=form, sending=document)
            assert refused.value.status == 413
            assert refused.value.detail == "too large"
            assert source.given_bytes < LARGE
            assert source.open_now == 0
            assert not document.sent_whole


async def test_an_informational_answer_is_no_answer() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _head, size = await head_of(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(size)
        writer.write(reply(201, {}))

    async with serving(serve) as address, transport_to(address) as transport:
        answer = await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(bytes(LARGE))))
    assert answer.status == 201


async def test_a_token_refused_in_the_middle_is_renewed_once_and_all_is_sent_again() -> None:
    content = os.urandom(LARGE)
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, size = await head_of(reader)
        if b"Bearer first" in head:
            await reader.readexactly(1000)
            writer.write(reply(401, {}, "connection: close"))
            return
        heard.append(await reader.readexactly(size))
        writer.write(reply(201, {}))

    told: list[int] = []
    seen: list[Exchange] = []
    tokens = Tokens()
    async with serving(serve) as address, transport_to(address, tokens=tokens, seen=seen) as transport:
        await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(content), on_sent=told.append))
    assert tokens.renewals == 1
    assert heard[0].count(content) == 1
    assert told.count(0) == 2
    assert [exchange.reason for exchange in seen] == [Reason.FIRST, Reason.RENEWED]


async def test_a_login_that_ended_sends_nothing() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await whole(reader))[0])
        writer.write(reply(401, {}))

    tokens = Tokens()
    tokens.broken = SignInRequired("over")
    async with serving(serve) as address, transport_to(address, tokens=tokens) as transport:
        with pytest.raises(SignInRequired):
            await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(b"content")))
    assert len(asked) == 1


async def test_a_slash_too_few_is_added_and_all_is_sent_again() -> None:
    content = os.urandom(LARGE)
    paths: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, size = await head_of(reader)
        paths.append(head.split()[1])
        if not paths[-1].endswith(b"/"):
            writer.write(reply(307, None, "location: http://upstream:8000/documents/"))
            return
        assert (await reader.readexactly(size)).count(content) == 1
        writer.write(reply(201, {}))

    async with serving(serve) as address, transport_to(address) as transport:
        await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(content)))
    assert paths == [b"/documents", b"/documents/"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
async def test_a_failure_is_never_sent_again_by_itself(status: int) -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while True:
            await whole(reader)
            asked += 1
            writer.write(reply(status, {}))

    async with serving(serve) as address, transport_to(address) as transport:
        document = sending(MemorySource(b"content"))
        keyed = Operation(**{name: getattr(UPLOAD, name) for name in UPLOAD.__struct_fields__} | {"keyed": True})
        with pytest.raises(GatewayError) as failed:
            await transport.upload(keyed, parts=form, sending=document)
    assert failed.value.status == status
    assert isinstance(failed.value, ServiceFailed) == (status != 429)
    assert asked == 1
    assert document.sent_whole


async def test_a_route_is_chosen_without_sending_the_document() -> None:
    lines: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, _body = await whole(reader)
            method, path, _version = head.decode().split("\r\n")[0].split()
            lines.append(f"{method} {path}")
            writer.write(reply(201, {}) if path == "/new" else reply(404, {}))

    twofold = Operation(name="documents.upload", method="POST", routes=("/old", "/new"), effect=Effect.WRITE)
    async with serving(serve) as address, transport_to(address) as transport:
        for _ in range(2):
            await transport.upload(twofold, parts=form, sending=sending(MemorySource(b"content")))
    assert lines == ["OPTIONS /old", "OPTIONS /new", "POST /new", "POST /new"]


async def test_a_read_only_profile_connects_to_nothing() -> None:
    async with transport_to(Address(scheme="http", host="127.0.0.1", port=1), read_only=True) as transport:
        with pytest.raises(ReadOnly):
            await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(b"content")))


@pytest.mark.parametrize("size", [100, LARGE])
async def test_a_file_that_changed_never_arrives_whole(size: int) -> None:  # faults 74 and 76
    arrived: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            _head, expected = await head_of(reader)
            data = await reader.read(-1)
            writer.write(reply(201, {}))
        except (asyncio.IncompleteReadError, ConnectionError):
            expected, data = 1, b""
        arrived.set_result((expected, len(data)))

    seen: list[Exchange] = []
    source = MemorySource(bytes(size), FileChanged("it was written to", "a.log"))
    async with serving(serve) as address, transport_to(address, seen=seen) as transport:
        document = sending(source)
        with pytest.raises(FileChanged):
            await transport.upload(UPLOAD, parts=form, sending=document)
        expected, got = await arrived
    assert got < expected
    assert not document.sent_whole
    assert source.open_now == 0
    assert [exchange.error for exchange in seen] == ["FileChanged"]


async def test_a_file_of_another_length_never_arrives_whole() -> None:
    class Longer(MemorySource):
        @property
        def size_bytes(self) -> int:
            return super().size_bytes - 1

    async with serving(lambda reader, _writer: reader.read(-1)) as address, transport_to(address) as transport:  # type: ignore[arg-type,return-value]
        with pytest.raises(FileChanged):
            await transport.upload(UPLOAD, parts=form, sending=sending(Longer(b"content")))


@pytest.mark.parametrize("whole_first", [True, False])
async def test_a_lost_connection_tells_whether_all_was_sent(whole_first: bool) -> None:  # fault 78
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _head, size = await head_of(reader)
        await reader.readexactly(size if whole_first else 1000)
        writer.transport.abort()

    async with serving(serve) as address, transport_to(address) as transport:
        document = sending(MemorySource(bytes(LARGE)))
        with pytest.raises(ConnectionLost) as lost:
            await transport.upload(UPLOAD, parts=form, sending=document)
    assert document.sent_whole is whole_first
    assert not lost.value.timed_out
    assert lost.value.route == "POST /documents"


async def test_nobody_there_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    document = sending(MemorySource(b"content"))
    async with transport_to(Address(scheme="http", host="127.0.0.1", port=port)) as transport:
        with pytest.raises(ConnectFailed):
            await transport.upload(UPLOAD, parts=form, sending=document)
    assert not document.sent_whole


@pytest.mark.parametrize("said", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"])
async def test_what_speaks_no_http_is_no_gateway(said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(said)
        await reader.read(-1)

    async with serving(serve) as address, transport_to(address) as transport:
        with pytest.raises(NotAGateway):
            await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(bytes(LARGE))))


async def test_silence_ends_an_attempt() -> None:
    """No total deadline, but nothing may stand still: neither the sending nor the answer."""
    reads = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reads.is_set():
            await whole(reader)
        await writer.wait_closed()

    async with serving(serve) as address:
        sender = Sender(address, DEFAULT)
        for words in ("nothing went through", "no answer"):
            patience = Patience(connect_s=10, stall_s=0.3, answer_s=0.3)
            source = MemorySource(bytes(LARGE))
            body = FormBody(Form([FilePart()], file_name="a", media_type="a/b"), sending(source), patience)
            request = httpx.Request("POST", address.text, headers={"Content-Length": str(body.size_bytes)})
            with pytest.raises(ConnectionLost, match=words) as lost:
                async with patience.attempt("POST /", "id"):
                    await sender.send(request, body, route="POST /", request_id="id")
            assert lost.value.timed_out
            assert source.open_now == 0
            reads.set()
        sender.close()


async def test_slowly_is_not_silently() -> None:
    """What trickles goes on for as long as it takes, though each piece takes longer than may be silent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _head, size = await head_of(reader)
        while size > 0:
            size -= len(await reader.read(1 << 20))
            await asyncio.sleep(0.004)
        writer.write(reply(201, {}))

    async with serving(serve) as address:
        sender, patience = Sender(address, DEFAULT), Patience(connect_s=10, stall_s=1.0)
        body = FormBody(
            Form([FilePart()], file_name="a", media_type="a/b"), sending(MemorySource(bytes(LARGE))), patience
        )
        request = httpx.Request("POST", address.text, headers={"Content-Length": str(body.size_bytes)})
        async with patience.attempt("POST /", "id"):
            answer = await sender.send(request, body, route="POST /", request_id="id")
        assert answer.status_code == 201
        await answer.aclose()
        sender.close()


async def test_an_upload_that_is_given_up_leaves_no_socket() -> None:  # fault 79
    gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        _head, size = await head_of(reader)
        begun.set()
        try:
            await reader.readexactly(size)
            gone.set_result(False)
        except (asyncio.IncompleteReadError, ConnectionError):
            gone.set_result(True)

    source = MemorySource(bytes(LARGE))

    async def pace(_size: int) -> None:
        if begun.is_set():
            await asyncio.Event().wait()

    async with serving(serve) as address, transport_to(address) as transport:
        running = asyncio.create_task(transport.upload(UPLOAD, parts=form, sending=sending(source, pace=pace)))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await gone  # while the transport lives on
    assert source.open_now == 0


async def test_every_byte_is_asked_for_before_it_goes_out() -> None:
    asked: list[int] = []
    went = [0]
    headroom: list[int] = []

    async def pace(size: int) -> None:
        headroom.append(sum(asked) - went[0])
        asked.append(size)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole(reader)
        writer.write(reply(201, {}))

    document = sending(MemorySource(bytes(5 * PIECE_BYTES)), pace=pace, on_sent=lambda sent: went.__setitem__(0, sent))
    async with serving(serve) as address, transport_to(address) as transport:
        await transport.upload(UPLOAD, parts=form, sending=document)
    assert 5 * PIECE_BYTES < sum(asked) < 5 * PIECE_BYTES + 1000
    assert max(asked) <= 1024 * 1024 + 1000
    assert all(0 <= ahead < 1000 for ahead in headroom)


async def test_uploads_that_follow_one_another_share_a_connection_while_it_lasts() -> None:
    connections = 0
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, served
        connections += 1
        for _ in range(2):
            await whole(reader)
            served += 1
            writer.write(reply(201, {}))

    async with serving(serve) as address, transport_to(address) as transport:
        for number in range(6):
            await transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(b"content")))
            if number % 2:
                await asyncio.sleep(0.05)  # the server hangs up
    assert (connections, served) == (3, 6)


async def test_a_closed_transport_gives_up_what_it_sends() -> None:
    begun = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        begun.set()
        await writer.wait_closed()

    async with serving(serve) as address, transport_to(address) as transport:
        running = asyncio.create_task(transport.upload(UPLOAD, parts=form, sending=sending(MemorySource(bytes(LARGE)))))
        await begun.wait()
        await transport.close()
        with pytest.raises(ConnectionLost):
            await running
