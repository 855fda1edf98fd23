"""Every exception class of the libraries that carry feeds becomes one of our tree, by what it means."""

from __future__ import annotations

import builtins
import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
import aiohttp.client_reqrep
import engineio.exceptions
import pytest
import socketio.exceptions
import websockets.exceptions
from multidict import CIMultiDict, CIMultiDictProxy
from websockets.datastructures import Headers
from websockets.frames import Close
from websockets.http11 import Response
from yarl import URL

from console.api.feed.failures import from_aiohttp, from_socketio, from_websocket
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    GatewayError,
    NotAGateway,
    ProtocolViolation,
    ServiceFailed,
    TlsFailed,
    Unauthorized,
)
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    from types import ModuleType

SECRET = "hush-hush"


def every(module: ModuleType) -> list[type[BaseException]]:
    found = {one for one in vars(module).values() if isinstance(one, type) and issubclass(one, BaseException)}
    assert len(found) > 4
    return sorted(found, key=lambda one: one.__name__)


def bare(kind: type[BaseException]) -> BaseException:
    """One with a text in it, whatever its own constructor wants; libraries make new ones with new signatures."""
    exc = kind.__new__(kind)
    BaseException.__init__(exc, "because")
    return exc


def answered(status: int, body: bytes = b"") -> Response:
    return Response(status, "because", Headers(), body)


_KEY = aiohttp.client_reqrep.ConnectionKey("gateway.example", 443, True, True, None, None, None)
_REQUEST = aiohttp.RequestInfo(URL(f"https://gateway.example/?token={SECRET}"), "GET", CIMultiDictProxy(CIMultiDict()))


def of_websockets(kind: type[BaseException]) -> BaseException:
    match kind.__name__:
        case "ConnectionClosed" | "ConnectionClosedError" | "ConnectionClosedOK":
            return websockets.exceptions.ConnectionClosedError(None, None)
        case "InvalidStatus" | "InvalidProxyStatus":
            return kind(answered(503))
        case "InvalidHeader" | "InvalidHeaderValue" | "InvalidUpgrade":
            return kind("name", "value")
        case "InvalidHeaderFormat":
            return kind("name", "error", "header", 0)
        case "InvalidURI" | "InvalidProxy":
            return kind("ws://gateway.example", "because")
        case "InvalidParameterName" | "DuplicateParameter" | "InvalidMethod" | "InvalidOrigin" | "InvalidProtocol":
            return kind("name")
        case "TooManyFragments":
            return kind(5)
        case "PayloadTooBig":
            return kind(5, 4)
        case "InvalidParameterValue":
            return kind("name", "value")
        case _:
            return bare(kind)


@pytest.mark.parametrize("kind", every(websockets.exceptions), ids=lambda kind: kind.__name__)
def test_every_exception_of_websockets(kind: type[BaseException]) -> None:
    mapped = from_websocket(of_websockets(kind), "GET /ws")
    assert mapped.detail
    unspecific = {"ConcurrencyError", "InvalidState", "InvalidURI"}  # ours, not the gateway's
    assert (type(mapped) is GatewayError) == (kind.__name__ in unspecific), kind


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (None, ConnectionLost),
        (websockets.exceptions.ConnectionClosedError(Close(4401, "token expired"), None), Unauthorized),
        (websockets.exceptions.ConnectionClosedError(Close(1011, "oops"), None), ConnectionLost),
        (websockets.exceptions.ConnectionClosedError(Close(1002, "odd"), None), ProtocolViolation),
        (websockets.exceptions.ConnectionClosedError(None, Close(1009, "too big")), ProtocolViolation),  # fault 58
        (websockets.exceptions.InvalidStatus(answered(401)), Unauthorized),
        (websockets.exceptions.InvalidStatus(answered(403)), Forbidden),
        (websockets.exceptions.InvalidStatus(answered(502)), ServiceFailed),
        (websockets.exceptions.InvalidStatus(answered(200, b"<html>sign in</html>")), NotAGateway),
        (TimeoutError(), ConnectFailed),
        (socket.gaierror(-2, "unknown"), ConnectFailed),
        (ssl.SSLCertVerificationError(1, "expired"), TlsFailed),
        (ConnectionResetError(104, "reset"), ConnectionLost),
    ],
)
def test_what_ends_a_websocket_is_told_by_what_it_means(
    exc: BaseException | None, kind: type[GatewayError]
) -> None:  # fault 57
    assert type(from_websocket(exc)) is kind


@pytest.mark.parametrize(
    ("exc", "reason"),
    [
        (websockets.exceptions.InvalidProxyStatus(answered(407)), ConnectReason.PROXY_CREDENTIALS),
        (websockets.exceptions.InvalidProxyStatus(answered(502)), ConnectReason.PROXY),
        (websockets.exceptions.ProxyError("unreachable"), ConnectReason.PROXY),
    ],
)
def test_a_proxy_that_says_no_is_not_the_gateway(exc: BaseException, reason: str) -> None:  # fault 50
    mapped = from_websocket(exc)
    assert isinstance(mapped, ConnectFailed)
    assert mapped.reason == reason


def of_aiohttp(kind: type[BaseException]) -> BaseException:
    below = OSError(111, "refused")
    if kind is aiohttp.ClientConnectorCertificateError:
        return kind(_KEY, ssl.SSLCertVerificationError(1, "expired"))
    if kind is aiohttp.ClientConnectorSSLError:
        return kind(_KEY, ssl.SSLError(1, "odd"))
    if issubclass(kind, aiohttp.ClientConnectorError):
        return kind(_KEY, below)
    if issubclass(kind, aiohttp.ClientResponseError):
        return kind(_REQUEST, (), status=503, message="because")
    if issubclass(kind, aiohttp.InvalidURL):
        return kind(f"https://gateway.example/?token={SECRET}")
    if kind is aiohttp.ServerFingerprintMismatch:
        return kind(b"a", b"b", "gateway.example", 443)
    if kind is aiohttp.WebSocketError:
        return kind(1002, "odd")
    return bare(kind)


@pytest.mark.parametrize(
    "kind",
    [one for one in every(aiohttp) if not issubclass(one, Warning)],
    ids=lambda kind: kind.__name__,
)
def test_every_exception_of_aiohttp(kind: type[BaseException]) -> None:
    mapped = from_aiohttp(of_aiohttp(kind), "GET /socket.io/")
    assert mapped.route == "GET /socket.io/"
    assert SECRET not in mapped.detail
    if issubclass(kind, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        assert type(mapped) is not GatewayError


@pytest.mark.parametrize("module", [socketio.exceptions, engineio.exceptions], ids=lambda module: module.__name__)
def test_every_exception_of_socketio_and_engineio(module: ModuleType) -> None:
    for kind in every(module):
        exc = kind("because")
        mapped = from_socketio(exc, "GET /socket.io/")
        assert mapped.detail
        unspecific = {"SocketIOError", "EngineIOError", "QueueEmpty"}
        assert (type(mapped) is GatewayError) == (kind.__name__ in unspecific), kind


def test_a_namespace_that_refuses_wants_another_token() -> None:
    assert isinstance(from_socketio(socketio.exceptions.ConnectionRefusedError("token expired")), Unauthorized)


def test_a_status_in_the_librarys_text_counts() -> None:
    told = engineio.exceptions.ConnectionError("Unexpected status code 401 in server response", None)
    assert isinstance(from_socketio(told), Unauthorized)


def test_what_is_below_tells_more_than_the_librarys_text() -> None:
    told = engineio.exceptions.ConnectionError("Connection error")
    told.__context__ = aiohttp.WSServerHandshakeError(_REQUEST, (), status=403, message="no")
    assert isinstance(from_socketio(told), Forbidden)
    told.__context__ = aiohttp.ClientConnectorDNSError(_KEY, socket.gaierror(-2, "unknown"))
    mapped = from_socketio(told)
    assert isinstance(mapped, ConnectFailed)
    assert mapped.reason == ConnectReason.NAME


def test_a_proxy_before_aiohttp_is_named() -> None:  # fault 50
    mapped = from_aiohttp(aiohttp.ClientHttpProxyError(_REQUEST, (), status=407, message="Proxy Auth"))
    assert isinstance(mapped, ConnectFailed)
    assert mapped.reason == ConnectReason.PROXY_CREDENTIALS
    refused = aiohttp.ClientProxyConnectionError(_KEY, builtins.ConnectionRefusedError(111, "refused"))
    mapped = from_aiohttp(refused)
    assert isinstance(mapped, ConnectFailed)
    assert mapped.reason == ConnectReason.PROXY
