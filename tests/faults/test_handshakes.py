"""Gateways that end the TLS handshake early: too old, closed, or something else altogether."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme

from console.api import failures
from console.api.probe import probe_layers
from console.api.transport import Transport
from console.model.address import Address
from console.model.blame import Layer
from console.model.errors import TlsFailed
from console.model.network import NO_PROXY, NetworkOptions
from console.model.reasons import CertificateReason
from console.services.explain import explain
from tests.api.scripted_gateway import READ, Tokens, plain_platform
from tests.faults.running import operator, session_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.sandbox.thread import SandboxThread
    from console.store.store import Store

_TIMEOUT_S = 5.0
DIRECTLY = NetworkOptions(proxy=NO_PROXY)


@contextlib.contextmanager
def greeting(greet: Callable[[socket.socket], None]) -> Iterator[Address]:
    """Greets one client after the other, in a thread: asyncio's server would send no alert."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.settimeout(_TIMEOUT_S)
            with client, contextlib.suppress(OSError):
                greet(client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Address(scheme="https", host="127.0.0.1", port=listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def only_tls_1_1(client: socket.socket) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with client.dup() as spare:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(client, server_side=True)
        spare.shutdown(socket.SHUT_WR)  # closing with unread bytes would reset the connection and lose the alert


def closing(client: socket.socket) -> None:
    while len(client.recv(65_536)) == 65_536:
        pass


def resetting(client: socket.socket) -> None:
    client.recv(1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def another_protocol(client: socket.socket) -> None:
    client.sendall(b"220 mail.example ESMTP\r\n")
    closing(client)


CASES = [
    (only_tls_1_1, CertificateReason.OLD_TLS, "The gateway offers only a TLS version that is too old to be safe."),
    (closing, CertificateReason.HUNG_UP, "The gateway hung up during the TLS handshake."),
    (resetting, CertificateReason.HUNG_UP, "The gateway hung up during the TLS handshake."),
    (another_protocol, CertificateReason.NOT_TLS, "What answers here does not speak TLS."),
]
NAMES = ["tls-1.1", "closes", "resets", "smtp"]


@pytest.mark.parametrize(("greet", "reason", "headline"), CASES, ids=NAMES)
async def test_why_no_handshake_came_about_is_said(  # fault 51
    sandbox: SandboxThread, store: Store, greet: Callable[[socket.socket], None], reason: str, headline: str
) -> None:
    with greeting(greet) as address:
        async with session_at(address.text, "kong", store, DIRECTLY) as session:
            with pytest.raises(TlsFailed) as caught:
                await session.sign_in(operator(sandbox))
        verdict = await probe_layers(address, DIRECTLY)
    assert caught.value.reason == reason
    said = explain(caught.value)
    assert (said.headline, said.field) == (headline, "url")
    assert said.advice
    assert verdict.culprit is not None
    assert (verdict.culprit.layer, verdict.culprit.reason) == (Layer.TLS, reason)


async def test_a_handshake_that_is_given_up_leaves_no_connection() -> None:  # fault 4
    begun, ended = threading.Event(), threading.Event()

    def silent(client: socket.socket) -> None:
        while client.recv(65_536):
            begun.set()
        ended.set()

    with greeting(silent) as address:
        transport = Transport(
            address, plain_platform(), tokens=Tokens(), observe=lambda _exchange: None, options=DIRECTLY
        )
        call = asyncio.ensure_future(transport.call(READ))
        assert await asyncio.to_thread(begun.wait, _TIMEOUT_S)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert await asyncio.to_thread(ended.wait, _TIMEOUT_S), "it stays open for as long as its garbage does"
        await transport.close()


@pytest.mark.parametrize("error", [ssl.SSLEOFError(8, "EOF occurred"), ssl.SSLZeroReturnError(6, "closed")])
def test_an_end_of_the_handshake_without_a_reason_is_a_hang_up(error: ssl.SSLError) -> None:
    outer = httpx.ConnectError("tls")
    outer.__cause__ = error
    told = failures.from_httpx(outer, "GET /", "id")
    assert isinstance(told, TlsFailed)
    assert told.reason == CertificateReason.HUNG_UP
