"""Trust, client certificates and proxies against real sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import socket
import ssl
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from console.api import failures, fingerprints, network, redaction, registry
from console.api.admin import admin_transport
from console.api.platforms.kong.admin import STATUS
from console.api.probe import probe_layers
from console.api.retry import RetryPolicy
from console.model.address import Address
from console.model.errors import AddressError, ProfileError, TlsFailed
from console.model.network import NO_PROXY, NetworkOptions
from console.model.profile import Profile
from console.model.reasons import CertificateReason
from console.services.explain import explain
from console.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@contextlib.asynccontextmanager
async def tls_gateway(certificate: trustme.LeafCert) -> AsyncIterator[Address]:
    """Answers every request with `{}` over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield Address(scheme="https", host="127.0.0.1", port=server.sockets[0].getsockname()[1])


@contextlib.contextmanager
def picky_gateway(authority: trustme.CA) -> Iterator[Address]:
    """Wants a client certificate of the authority. In a thread: asyncio's server hangs up without sending its alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))

    def serve_all() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with plain, plain.dup() as spare, contextlib.suppress(OSError):
                spare.settimeout(5.0)
                try:
                    guarded = context.wrap_socket(plain, server_side=True)
                except ssl.SSLError:
                    spare.shutdown(socket.SHUT_WR)
                    while spare.recv(65536):  # closing with unread bytes would reset the connection and lose the alert
                        pass
                    continue
                with guarded:
                    guarded.recv(65536)
                    guarded.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")

    thread = threading.Thread(target=serve_all)
    thread.start()
    try:
        yield Address(scheme="https", host="127.0.0.1", port=listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


class ConnectProxy:
    """Tunnels CONNECT to wherever it is asked; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.credentials: list[str] = []

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        target = head.split()[1]
        self.asked.append(target)
        for line in head.splitlines():
            name, _, value = line.partition(": ")
            if name.casefold() == "proxy-authorization":
                self.credentials.append(base64.b64decode(value.removeprefix("Basic ")).decode())
        host, _, port = target.rpartition(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


def trusting(authority: trustme.CA, folder: Path, proxy: str = NO_PROXY, **files: Any) -> NetworkOptions:
    file = folder / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return NetworkOptions(ca_file=str(file), proxy=proxy, **files)


def client_files(authority: trustme.CA, folder: Path, name: str) -> dict[str, str]:
    leaf = authority.issue_cert("operator@gateway.example")
    leaf.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
    leaf.private_key_pem.write_to_path(folder / f"{name}.key")
    return {"client_cert": str(folder / f"{name}.pem"), "client_key": str(folder / f"{name}.key")}


async def fetched(address: Address, options: NetworkOptions) -> int:
    async with httpx.AsyncClient(
        verify=network.tls_for(address, options), proxy=network.http_proxy(address, options), trust_env=False
    ) as client:
        try:
            return (await client.get(address.text + "/")).status_code
        except (httpx.HTTPError, ssl.SSLError) as exc:
            raise failures.from_httpx(exc, "GET /", "") from exc


async def test_an_extra_authority_is_trusted_by_all(tmp_path: Path) -> None:  # fault 51
    authority = trustme.CA()
    options = trusting(authority, tmp_path)
    async with tls_gateway(authority.issue_cert("127.0.0.1")) as address:
        assert (await probe_layers(address, options)).culprit is None
        assert list(await fingerprints.take(address, ["/health"], options)) == ["/health"]
        assert await fetched(address, options) == 200


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (CertificateReason.EXPIRED, "expired"),
        (CertificateReason.NOT_YET_VALID, "not valid yet"),
        (CertificateReason.WRONG_NAME, "another name"),
        (CertificateReason.UNKNOWN_AUTHORITY, "unknown here"),
        (CertificateReason.SELF_SIGNED, "by itself"),
    ],
)
async def test_a_bad_certificate_is_refused_with_the_reason(
    reason: str, words: str, tmp_path: Path
) -> None:  # fault 51
    authority, stranger = trustme.CA(), trustme.CA()
    options = trusting(authority, tmp_path)
    match reason:
        case CertificateReason.EXPIRED:
            leaf = authority.issue_cert("127.0.0.1", not_before=NOW - 3 * DAY, not_after=NOW - DAY)
        case CertificateReason.NOT_YET_VALID:
            leaf = authority.issue_cert("127.0.0.1", not_before=NOW + DAY, not_after=NOW + 3 * DAY)
        case CertificateReason.WRONG_NAME:
            leaf = authority.issue_cert("other.example")
        case CertificateReason.SELF_SIGNED:
            pem = stranger.cert_pem.bytes()
            leaf = trustme.LeafCert(stranger.private_key_pem.bytes(), pem, [])
        case _:
            leaf = stranger.issue_cert("127.0.0.1")
    async with tls_gateway(leaf) as address:
        culprit = (await probe_layers(address, options)).culprit
        with pytest.raises(TlsFailed) as refused:
            await fetched(address, options)
    assert refused.value.reason == reason
    assert culprit is not None
    assert culprit.reason == reason
    assert words in explain(refused.value).headline


async def test_a_client_certificate_opens_a_gateway_that_wants_one(tmp_path: Path) -> None:  # fault 51
    authority, stranger = trustme.CA(), trustme.CA()
    good = trusting(authority, tmp_path, **client_files(authority, tmp_path, "good"))
    wrong = trusting(authority, tmp_path, **client_files(stranger, tmp_path, "wrong"))
    missing = trusting(authority, tmp_path)
    with picky_gateway(authority) as address:
        assert await fetched(address, good) == 200
        for options in (missing, wrong):
            with pytest.raises(TlsFailed) as refused:
                await fetched(address, options)
            assert refused.value.reason == CertificateReason.CLIENT_CERTIFICATE


@pytest.mark.parametrize(
    ("base", "chosen", "shown"),
    [
        ("https://gateway.example", False, False),
        ("https://gateway.example", True, True),
        ("https://127.0.0.1:{port}", False, True),
    ],
    ids=["another origin", "another origin, and the operator says so", "the gateway's own origin"],
)
async def test_an_admin_address_is_shown_the_certificate_by_choice(
    tmp_path: Path, base: str, chosen: bool, shown: bool
) -> None:
    authority = trustme.CA()
    files = client_files(authority, tmp_path, "operator")
    options = trusting(authority, tmp_path, admin_client_cert=chosen, **files)
    with picky_gateway(authority) as address:
        gateway = Address.parse(base.format(port=address.port))
        platform = replace(registry.platform("kong"), retry=RetryPolicy(retries=0))
        admin = admin_transport(address.text, platform, gateway=gateway, observe=lambda _one: None, options=options)
        assert admin is not None
        asked = msgspec.structs.replace(STATUS, admin=False)
        try:
            if shown:
                assert (await admin.call(asked)).body == {}
            else:
                with pytest.raises(TlsFailed) as refused:
                    await admin.call(asked)
                assert refused.value.reason == CertificateReason.CLIENT_CERTIFICATE
        finally:
            await admin.close()


async def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    authority = trustme.CA()
    one, other = client_files(authority, tmp_path, "one"), client_files(authority, tmp_path, "other")
    (tmp_path / "text.pem").write_text("no certificate")
    cases = {
        "missing.pem": NetworkOptions(ca_file=str(tmp_path / "missing.pem")),
        "text.pem holds no certificate": NetworkOptions(ca_file=str(tmp_path / "text.pem")),
        "does not belong": NetworkOptions(client_cert=one["client_cert"], client_key=other["client_key"]),
    }
    for words, options in cases.items():
        with pytest.raises(ProfileError, match=words):
            network.tls_context(options)


async def test_one_proxy_serves_http_and_websockets(tmp_path: Path) -> None:  # fault 50
    authority, proxy = trustme.CA(), ConnectProxy()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with proxy.listening() as proxy_port:
        options = trusting(authority, tmp_path, proxy=f"http://operator:hush@127.0.0.1:{proxy_port}")
        async with tls_gateway(authority.issue_cert("127.0.0.1")) as address:
            assert await fetched(address, options) == 200
            assert (await probe_layers(address, options)).culprit is None
        async with serve(lambda peer: peer.send("hello"), "127.0.0.1", 0, ssl=context) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            feed = Address(scheme="https", host="127.0.0.1", port=port)
            async with connect(
                f"wss://127.0.0.1:{port}",
                ssl=network.tls_for(feed, options),
                proxy=network.proxy_for(feed, options),
            ) as feed_socket:
                assert await feed_socket.recv() == "hello"
    assert proxy.asked == [address.host_port, address.host_port, feed.host_port]
    assert set(proxy.credentials) == {"operator:hush"}


def test_a_proxys_password_is_never_shown() -> None:  # fault 50
    options = NetworkOptions(proxy="http://operator:hush@proxy.example:3128")
    assert "hush" not in repr(options)
    assert options.shown_proxy == "http://***@proxy.example:3128"
    assert "hush" not in redaction.redact("can't reach http://operator:hush@proxy.example")
    with pytest.raises(ProfileError) as refused:
        NetworkOptions(proxy="socks5://operator:hush@proxy.example")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1.example.org", "localhost.evil", "2130706433", "0x7f000001", "[::ffff:192.0.2.1]", "gateway.example"],
)
def test_plain_http_beyond_this_machine_is_refused_before_anything_is_sent(host: str) -> None:  # fault 119
    with pytest.raises(AddressError):
        Address.parse(f"http://{host}/")
    allowed = Address.parse(f"http://{host}/", allow_plain_http=True)
    with pytest.raises(AddressError):
        network.check(allowed, NetworkOptions())
    network.check(allowed, NetworkOptions(allow_plain_http=True))


def test_options_are_kept_in_the_settings(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    options = NetworkOptions(ca_file="/etc/ours.pem", allow_plain_http=True)
    profile = Profile(name="eu", url="http://gateway.example", platform="kong", network=options)
    settings.save(profile)
    assert settings.profiles() == (profile,)
    settings.save(Profile(name="eu", url="https://gateway.example", platform="kong"))
    assert "ca_file" not in (tmp_path / "settings.toml").read_text(encoding="utf-8")
