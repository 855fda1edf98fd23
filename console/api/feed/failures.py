"""Where the exceptions of websockets, python-socketio, python-engineio and aiohttp become the tree of errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.api import failures
from console.api.redaction import redact
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    GatewayError,
    NotAGateway,
    ProtocolViolation,
    TlsFailed,
    Unauthorized,
)
from console.model.reasons import CertificateReason, ConnectReason

if TYPE_CHECKING:
    import aiohttp

TOKEN_EXPIRED = 4401  # the application's own code, as 401 is HTTP's
REFUSING_CODES = frozenset({TOKEN_EXPIRED})
_TOO_BIG = 1009
_UNREADABLE = frozenset({1002, 1003, 1007, _TOO_BIG})  # RFC 6455, 7.4.1: what one side sent made no sense
_SAID_STATUS = re.compile(r"status code (\d{3})\b")


def from_websocket(  # noqa: C901  (one case an error)
    exc: BaseException | None, route: str = "", refusing_codes: frozenset[int] = REFUSING_CODES
) -> GatewayError:
    """The tree's error for whatever ends or prevents a WebSocket; None is a server that closed without complaint.

    A close with one of `refusing_codes` refuses the token.
    """
    from websockets import exceptions  # noqa: PLC0415  (feeds over other transports do without)

    detail = redact(str(exc))
    match exc:
        case None:
            return ConnectionLost("closed by the gateway", route=route)
        case GatewayError():
            return exc
        case exceptions.ConnectionClosed():
            return _closed(exc, route, refusing_codes)
        case exceptions.InvalidProxyStatus(response=response):
            return failures.from_proxy(f"{response.status_code} {response.reason_phrase}", route)
        case exceptions.ProxyError() | exceptions.InvalidProxy():
            return failures.from_proxy(detail, route)
        case exceptions.InvalidStatus(response=response):
            error = failures.from_answer(
                response.status_code, response.headers, bytes(response.body or b""), route=route, request_id=""
            )
            return _named(error, response.status_code)
        case exceptions.InvalidHandshake():
            return NotAGateway(f"the handshake failed: {detail}", route=route)
        case exceptions.ConcurrencyError() | exceptions.InvalidState() | exceptions.InvalidURI():
            return GatewayError(detail, route=route)
        case exceptions.WebSocketException():  # too big, too many fragments, against the protocol
            return ProtocolViolation(detail, field="message", route=route)
        case TimeoutError():
            return ConnectFailed("no answer to the handshake", reason=ConnectReason.TIMEOUT, route=route)
        case _:
            return failures.from_os_error(exc, route)


def _closed(exc: BaseException, route: str, refusing_codes: frozenset[int]) -> GatewayError:
    """By the code of the other side; ours says only that we noticed."""
    close = getattr(exc, "rcvd", None)
    if close is None:
        sent = getattr(exc, "sent", None)
        if sent is not None and sent.code in _UNREADABLE:
            return ProtocolViolation(redact(f"given up: {sent.code} {sent.reason}"), field="message")
        return ConnectionLost("the connection broke off", route=route)
    said = redact(f"closed by the gateway: {close.code} {close.reason}".strip())
    if close.code in refusing_codes:
        return Unauthorized(said, code=str(close.code), route=route)
    if close.code in _UNREADABLE:
        return ProtocolViolation(said, field="message", route=route)
    return ConnectionLost(said, route=route)


def from_socketio(exc: BaseException, route: str = "") -> GatewayError:
    """The tree's error for whatever python-socketio, python-engineio and aiohttp raise.

    The libraries put a text in place of what happened below them; what they leave in the chain of causes tells more.
    """
    import aiohttp  # noqa: PLC0415  (270 ms that only platforms with Socket.IO need)
    from engineio import exceptions as engine  # noqa: PLC0415  (see above)
    from socketio import exceptions as socket  # noqa: PLC0415  (see above)

    below = next((cause for cause in failures.causes(exc) if isinstance(cause, aiohttp.ClientError | OSError)), None)
    if isinstance(below, aiohttp.ClientError):
        return from_aiohttp(below, route)
    if below is not None:
        return failures.from_os_error(below, route)
    detail = redact(str(exc))
    match exc:
        case GatewayError():
            return exc
        case socket.ConnectionRefusedError():  # by the namespace, not by the machine
            return Unauthorized(redact(str(exc.error_args.get("message", ""))), route=route)
        case socket.TimeoutError():
            return ConnectionLost("no acknowledgement in time", timed_out=True, route=route)
        case socket.BadNamespaceError() | socket.DisconnectedError() | engine.SocketIsClosedError():
            return ConnectionLost(detail or "the connection is closed", route=route)
        case socket.ConnectionError() | engine.ConnectionError():
            if said := _SAID_STATUS.search(str(exc)):
                return _named(failures.from_answer(int(said[1]), {}, b"", route=route, request_id=""), said[1])
            return ConnectFailed(detail, reason=ConnectReason.OTHER, route=route)
        case engine.ContentTooLongError() | engine.UnknownPacketError() | ValueError():
            return ProtocolViolation(detail, field="packet", route=route)
        case _:
            return GatewayError(detail or type(exc).__name__, route=route)


def from_aiohttp(exc: BaseException, route: str = "") -> GatewayError:  # noqa: C901, PLR0912  (one case an error)
    """The tree's error for whatever aiohttp raises. Its own texts hold the whole URL: only what is below is quoted."""
    import aiohttp  # noqa: PLC0415  (see from_socketio)

    match exc:
        case aiohttp.ClientHttpProxyError(status=status):
            return failures.from_proxy(f"{status} {exc.message}", route)
        case aiohttp.ClientProxyConnectionError():
            return failures.from_proxy(failures.from_os_error(exc.os_error).detail, route)
        case aiohttp.ClientResponseError():
            return _answered(exc, route)
        case aiohttp.ConnectionTimeoutError():
            return ConnectFailed("no answer", reason=ConnectReason.TIMEOUT, route=route)
        case aiohttp.ServerTimeoutError():
            return ConnectionLost("no answer in time", timed_out=True, route=route)
        case aiohttp.ServerFingerprintMismatch():
            return TlsFailed(type(exc).__name__, reason=CertificateReason.OTHER, route=route)
        case aiohttp.ClientConnectorCertificateError():
            return failures.from_os_error(exc.certificate_error, route)
        case aiohttp.ClientConnectorError():
            return failures.from_os_error(exc.os_error, route)
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | aiohttp.ClientConnectionResetError():
            return ConnectionLost(type(exc).__name__, route=route)
        case aiohttp.ClientOSError() | OSError():
            return failures.from_os_error(exc, route)
        case aiohttp.WSMessageTypeError() | aiohttp.http_exceptions.BadHttpMessage() | aiohttp.WebSocketError():
            return ProtocolViolation(type(exc).__name__, field="message", route=route)
        case aiohttp.ClientConnectionError() | aiohttp.EofStream():
            return ConnectionLost(type(exc).__name__, route=route)
        case _:
            return GatewayError(type(exc).__name__, route=route)


def _answered(exc: aiohttp.ClientResponseError, route: str) -> GatewayError:
    if not exc.status:
        return NotAGateway(redact(exc.message), route=route)
    error = failures.from_answer(exc.status, exc.headers or {}, b"", route=route, request_id="")
    return _named(error, exc.status)


def _named(error: GatewayError, status: int | str) -> GatewayError:
    error.detail = error.detail or f"the handshake was answered with {status}"
    return error
