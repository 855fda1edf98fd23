"""Each layer is blamed for its own failures, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from console.api import network, probe
from console.api.probe import probe_layers
from console.model.address import Address
from console.model.blame import Layer
from console.model.network import NetworkOptions
from console.model.reasons import ConnectReason
from tests.api.scripted_gateway import Asked, reply, scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

LAYERS = [Layer.NETWORK, Layer.GATEWAY]


def at(port: int, *, scheme: str = "http", host: str = "127.0.0.1") -> Address:
    return Address(scheme=scheme, host=host, port=port)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def serving(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[None]] = set()

    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await handle(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(held, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*tasks, return_exceptions=True)


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(1024):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_refused_connection_clears_the_network(host: str) -> None:
    verdict = await probe_layers(at(free_port(), host=host))
    assert [(one.layer, one.ok) for one in verdict.probes] == [(Layer.NETWORK, True), (Layer.GATEWAY, False)]
    assert verdict.culprit is not None
    assert verdict.culprit.reason == ConnectReason.REFUSED
    assert verdict.probes[0].detail == f"{host} answers"


async def test_of_several_addresses_the_refusal_tells_most(monkeypatch: pytest.MonkeyPatch) -> None:  # fault 55
    port = free_port()

    async def both(*_args: object, **_options: object) -> list[object]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1%nowhere", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    plain = asyncio.open_connection

    async def one(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if ":" in host:
            raise OSError(101, "Network is unreachable")
        monkeypatch.undo()
        return await plain(host, port)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    monkeypatch.setattr(asyncio, "open_connection", one)
    culprit = (await probe_layers(at(port, host="localhost"))).culprit
    assert culprit is not None
    assert (culprit.layer, culprit.reason) == (Layer.GATEWAY, ConnectReason.REFUSED)


async def test_a_name_without_an_address_is_the_networks() -> None:
    culprit = (await probe_layers(at(80, host="gateway.example"), NetworkOptions(allow_plain_http=True))).culprit
    assert culprit is not None
    assert (culprit.layer, culprit.reason) == (Layer.NETWORK, ConnectReason.NAME)


@pytest.mark.parametrize("status", [200, 302, 401, 404])
async def test_any_answer_below_500_is_a_gateway_that_speaks(status: int) -> None:
    async with scripted(lambda _asked: reply(status, None, "location: http://127.0.0.1:1/")) as gateway:
        verdict = await probe_layers(gateway.address)
    assert [one.layer for one in verdict.probes] == LAYERS
    assert verdict.culprit is None
    assert verdict.probes[-1].detail == f"answers {status}"
    assert gateway.lines == ["GET /"]
    assert "authorization" not in gateway.asked[0].headers


async def test_a_server_error_is_the_gateways() -> None:
    async with scripted(lambda _asked: reply(502)) as gateway:
        culprit = (await probe_layers(gateway.address)).culprit
    assert culprit is not None
    assert (culprit.layer, culprit.reason, culprit.detail) == (Layer.GATEWAY, "ServiceFailed", "answers 502")


async def test_an_endless_body_is_not_waited_for() -> None:
    def script(_asked: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
        while True:
            yield b" "

    async with scripted(script) as gateway:
        assert (await probe_layers(gateway.address)).culprit is None


async def test_another_protocol_is_no_gateway() -> None:
    async with scripted(lambda _asked: b"220 mail.example ESMTP\r\n\r\n") as gateway:
        culprit = (await probe_layers(gateway.address)).culprit
    assert culprit is not None
    assert (culprit.layer, culprit.reason) == (Layer.GATEWAY, "NotAGateway")


async def test_a_silent_server_runs_into_the_deadline() -> None:
    async with serving(silent) as port:
        verdict = await probe_layers(at(port), timeout_s=0.2)
    assert verdict.culprit is not None
    assert (verdict.culprit.layer, verdict.culprit.reason) == (Layer.GATEWAY, ConnectReason.TIMEOUT)
    assert verdict.probes[0].ok


# TLS


async def speaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(reply(200, {}, "connection: close"))
    await writer.drain()
    await silent(reader, writer)


def served_by(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("trusted", [False, True])
async def test_certificates_are_tlss_own_layer(monkeypatch: pytest.MonkeyPatch, *, trusted: bool) -> None:  # fault 51
    authority = trustme.CA()
    trust = ssl.create_default_context()
    if trusted:
        authority.configure_trust(trust)
    monkeypatch.setattr(network, "tls_context", lambda _options: trust)
    async with serving(speaking, served_by(authority)) as port:
        verdict = await probe_layers(at(port, scheme="https"))
    assert [one.ok for one in verdict.probes] == ([True, True, True] if trusted else [True, False])
    assert verdict.probes[1].layer is Layer.TLS
    if not trusted:
        assert verdict.probes[1].reason == "unknown-authority"
        assert "certificate" in verdict.probes[1].detail


async def test_the_systems_trust_store_refuses_a_stranger() -> None:  # fault 51
    async with serving(speaking, served_by(trustme.CA())) as port:
        culprit = (await probe_layers(at(port, scheme="https"))).culprit
    assert culprit is not None
    assert (culprit.layer, culprit.reason) == (Layer.TLS, "unknown-authority")


async def test_a_certificate_for_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:  # fault 51
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    monkeypatch.setattr(network, "tls_context", lambda _options: trust)
    async with serving(speaking, served_by(authority, "other.example")) as port:
        culprit = (await probe_layers(at(port, scheme="https"))).culprit
    assert culprit is not None
    assert culprit.layer is Layer.TLS


async def test_plain_http_where_tls_is_expected_is_tlss() -> None:
    async with scripted(lambda _asked: reply(200)) as gateway, serving(_plain) as port:
        assert gateway.address.scheme == "http"
        culprit = (await probe_layers(at(port, scheme="https"))).culprit
    assert culprit is not None
    assert culprit.layer is Layer.TLS


async def _plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(64)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_a_handshake_without_an_answer_is_tlss() -> None:
    async with serving(silent) as port:
        culprit = (await probe_layers(at(port, scheme="https"), timeout_s=0.2)).culprit
    assert culprit is not None
    assert (culprit.layer, culprit.reason) == (Layer.TLS, ConnectReason.TIMEOUT)


@pytest.mark.parametrize(
    ("variable", "host", "proxied"),
    [
        ("https_proxy", "gateway.example", True),
        ("all_proxy", "gateway.example", True),
        ("http_proxy", "gateway.example", False),
        ("https_proxy", "127.0.0.1", False),
        ("all_proxy", "localhost", False),
    ],
)
async def test_behind_a_proxy_the_way_there_is_not_probed(
    monkeypatch: pytest.MonkeyPatch, variable: str, host: str, *, proxied: bool
) -> None:  # fault 50
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    verdict = await probe.probe_layers(at(free_port(), scheme="https", host=host))
    assert verdict.culprit is not None
    direct = verdict.culprit.reason in {ConnectReason.NAME, ConnectReason.REFUSED}
    assert direct is not proxied
