"""Where foreign exceptions and error answers become the tree of `console.model.errors`, once, at the edge."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from datetime import UTC
from typing import TYPE_CHECKING

import httpx
import msgspec

from console.api.redaction import redact
from console.api.said import Said, said
from console.model.blame import Layer
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    GatewayError,
    MfaRequired,
    NotAGateway,
    NotFound,
    ProtocolViolation,
    RateLimited,
    Rejected,
    ServiceFailed,
    TlsFailed,
    Unauthorized,
)
from console.model.identity import Challenge
from console.model.reasons import CertificateReason, ConnectReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 429, 500
_NO_UPSTREAM = (502, 503, 504)
_SUCCESS, _REDIRECTION = range(200, 300), range(300, 400)

_PROXY_CREDENTIALS = "407"

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_VERIFY_REASONS = {
    2: CertificateReason.UNKNOWN_AUTHORITY,
    9: CertificateReason.NOT_YET_VALID,
    10: CertificateReason.EXPIRED,
    18: CertificateReason.SELF_SIGNED,
    19: CertificateReason.UNKNOWN_AUTHORITY,  # a root that is sent along, and not known here
    20: CertificateReason.UNKNOWN_AUTHORITY,
    21: CertificateReason.UNKNOWN_AUTHORITY,
    23: CertificateReason.REVOKED,
    62: CertificateReason.WRONG_NAME,
    64: CertificateReason.WRONG_NAME,
}
# What the other side's alert, or its first bytes, say. A certificate it calls bad can only be ours.
_ALERT_REASONS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": CertificateReason.CLIENT_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": CertificateReason.CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": CertificateReason.CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": CertificateReason.CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": CertificateReason.CLIENT_CERTIFICATE,
    "TLSV1_ALERT_UNKNOWN_CA": CertificateReason.CLIENT_CERTIFICATE,
    "TLSV1_ALERT_PROTOCOL_VERSION": CertificateReason.OLD_TLS,
    "UNSUPPORTED_PROTOCOL": CertificateReason.OLD_TLS,
    "WRONG_VERSION_NUMBER": CertificateReason.NOT_TLS,
    "PACKET_LENGTH_TOO_LONG": CertificateReason.NOT_TLS,
    "RECORD_LAYER_FAILURE": CertificateReason.NOT_TLS,
    "RECORD_OVERFLOW": CertificateReason.NOT_TLS,
}
_SHAKING_HANDS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)  # not a fault: the handshake waits for the other side
_HUNG_UP = {"UNEXPECTED_EOF_WHILE_READING"}  # some Pythons raise it as a plain SSLError


def from_httpx(
    exc: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | ssl.SSLError, route: str, request_id: str
) -> GatewayError:
    """The tree's error for anything httpx raises; an alert after the handshake passes through it as it is."""
    detail = redact(str(exc))
    if (refused := _refused_handshake(exc)) is not None:
        return from_tls(refused, route, request_id)
    match exc:
        case ssl.SSLError():
            return from_tls(exc, route, request_id)
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return ConnectFailed(detail, reason=ConnectReason.TIMEOUT, route=route, request_id=request_id)
        case httpx.TimeoutException():
            return ConnectionLost(detail, timed_out=True, route=route, request_id=request_id)
        case httpx.ConnectError():
            return from_os_error(exc, route, request_id)
        case httpx.ProxyError():
            return from_proxy(detail, route, request_id)
        case httpx.RemoteProtocolError() if not _broke_off(exc):
            return NotAGateway(detail, route=route)
        case httpx.DecodingError():
            return ProtocolViolation(detail, field="body", route=route, request_id=request_id)
        case httpx.TransportError():
            return ConnectionLost(detail, route=route, request_id=request_id)
        case _:
            return GatewayError(detail, route=route, request_id=request_id)


def from_proxy(said: str, route: str = "", request_id: str = "") -> ConnectFailed:
    """The tree's error for a proxy that says no; `said` begins with its status when it answered with one."""
    wants_credentials = said.startswith(_PROXY_CREDENTIALS)
    reason = ConnectReason.PROXY_CREDENTIALS if wants_credentials else ConnectReason.PROXY
    return ConnectFailed(redact(said), reason=reason, route=route, request_id=request_id)


def _broke_off(exc: httpx.RemoteProtocolError) -> bool:
    text = str(exc).casefold()
    return "disconnected" in text or "incomplete" in text or "closed" in text


def from_os_error(exc: BaseException, route: str = "", request_id: str = "") -> GatewayError:
    """The tree's error for a connection that did not come about, by the deepest cause that says why."""
    found = list(causes(exc))
    if any(isinstance(cause, _SHAKING_HANDS) for cause in found):
        found = [cause for cause in found if not isinstance(cause, _SHAKING_HANDS)]
        if any(isinstance(cause, ConnectionError) for cause in found):
            return hung_up(route, request_id)
    # Of several addresses of one host, the one that refused tells the most: the host is there.
    found.sort(key=lambda cause: not isinstance(cause, ssl.SSLError | ConnectionRefusedError))
    for cause in found:
        match cause:
            case ssl.SSLError():
                return from_tls(cause, route, request_id)
            case socket.gaierror():
                return ConnectFailed(
                    redact(cause.strerror or ""), reason=ConnectReason.NAME, route=route, request_id=request_id
                )
            case ConnectionRefusedError():
                return ConnectFailed(
                    "connection refused", reason=ConnectReason.REFUSED, route=route, request_id=request_id
                )
            case TimeoutError():
                return ConnectFailed("no answer", reason=ConnectReason.TIMEOUT, route=route, request_id=request_id)
            case OSError(errno=number) if number in _NO_ROUTE:
                return ConnectFailed(
                    redact(cause.strerror or ""), reason=ConnectReason.NO_ROUTE, route=route, request_id=request_id
                )
            case ConnectionError():
                return ConnectionLost(redact(cause.strerror or ""), route=route, request_id=request_id)
    return ConnectFailed(redact(str(exc)), reason=ConnectReason.OTHER, route=route, request_id=request_id)


def from_tls(exc: ssl.SSLError, route: str = "", request_id: str = "") -> TlsFailed:
    """The tree's error for a handshake that either side refused."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        said = redact(getattr(exc, "verify_message", "") or str(exc))
        reason = _VERIFY_REASONS.get(getattr(exc, "verify_code", 0), CertificateReason.OTHER)
        return TlsFailed(said, reason=reason, route=route, code="certificate", request_id=request_id)
    said = getattr(exc, "reason", None) or ""  # set by OpenSSL alone
    if said in _HUNG_UP or isinstance(exc, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        reason = CertificateReason.HUNG_UP
    else:
        reason = _ALERT_REASONS.get(said, CertificateReason.OTHER)
    return TlsFailed(redact(said or str(exc)), reason=reason, route=route, request_id=request_id)


def hung_up(route: str = "", request_id: str = "") -> TlsFailed:
    """The tree's error for a connection that ended, or was reset, while the handshake was under way."""
    return TlsFailed(
        "the connection ended during the handshake",
        reason=CertificateReason.HUNG_UP,
        route=route,
        request_id=request_id,
    )


def _refused_handshake(exc: BaseException) -> ssl.SSLError | None:
    """With TLS 1.3 the other side refuses a client certificate only after the handshake: a failed read."""
    for cause in causes(exc):
        if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", None) in _ALERT_REASONS:
            return cause
    return None


def causes(exc: BaseException) -> Iterator[BaseException]:
    """Every exception behind `exc`, nearest first, through chains and groups."""
    seen: set[int] = set()
    waiting = [exc]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(behind for behind in (current.__cause__, current.__context__) if behind is not None)


def from_answer(status: int, headers: Mapping[str, str], raw: bytes, *, route: str, request_id: str) -> GatewayError:
    """The tree's error for an answer that is not a success."""
    kind = headers.get("content-type", "").partition(";")[0].strip()
    heard = Said() if is_page(kind, raw) else said(raw)
    error = _by_status(status, headers, raw, heard, kind=kind, route=route, request_id=request_id)
    error.attempts_left = heard.attempts_left
    return error


def _by_status(
    status: int, headers: Mapping[str, str], raw: bytes, heard: Said, *, kind: str, route: str, request_id: str
) -> GatewayError:
    request_id = request_id_of(headers) or heard.request_id or request_id
    if not heard.text and (gateway_said := headers.get("x-kong-error")):
        heard = msgspec.structs.replace(heard, text=redact(gateway_said))
    if status == _UNAUTHORIZED:
        return Unauthorized(heard.text, route=route, status=status, code=heard.code, request_id=request_id)
    if status == _FORBIDDEN and headers.get("x-2fa-required", "").casefold() == "true":
        challenge = Challenge(user_id=headers.get("x-user-id", "")[:128])
        return MfaRequired(heard.text, challenge=challenge, route=route, request_id=request_id)
    if status == _FORBIDDEN:
        return Forbidden(heard.text, route=route, status=status, code=heard.code, request_id=request_id)
    if status == _NOT_FOUND:
        return NotFound(heard.text, route=route, status=status, code=heard.code, request_id=request_id)
    if status == _TOO_MANY:
        return RateLimited(heard.text, retry_after_s=_asked_s(headers), route=route, request_id=request_id)
    if status >= _SERVER_ERROR:
        failed = ServiceFailed(heard.text, route=route, status=status, code=heard.code, request_id=request_id)
        failed.retry_after_s = _asked_s(headers)
        failed.layer = Layer.GATEWAY if status in _NO_UPSTREAM and is_page(kind, raw) else Layer.SERVICE
        return failed
    if status in _REDIRECTION:
        return NotAGateway(f"redirects to {_origin(headers)}", content_type=kind, route=route, status=status)
    if status in _SUCCESS or is_page(kind, raw):
        return NotAGateway(heard.text, content_type=kind, route=route, status=status)
    return Rejected(heard.text, fields=heard.fields, route=route, status=status, code=heard.code, request_id=request_id)


def _asked_s(headers: Mapping[str, str]) -> float | None:
    return retry_after_s(headers.get("retry-after"), http_date(headers.get("date")) or time.time())


def is_page(content_type: str, raw: bytes) -> bool:
    """Whether an answer is a web page: a captive portal, a proxy's own page, a site that is no gateway."""
    return "html" in content_type.casefold() or raw[:256].lstrip().lower().startswith((b"<!doctype", b"<html"))


def _origin(headers: Mapping[str, str]) -> str:
    """Where a redirect leads, without path and query: those may hold a state or a token."""
    try:
        url = httpx.URL(headers.get("location", ""))
    except httpx.InvalidURL:
        return "nowhere"
    return redact(f"{url.scheme}://{url.netloc.decode()}") if url.host else "another path"


def request_id_of(headers: Mapping[str, str]) -> str:
    """The id under which the other side logged the request, when it says."""
    for name in ("x-request-id", "x-kong-request-id", "x-correlation-id"):
        if value := headers.get(name):
            return value[:128]
    return ""


def retry_after_s(value: str | None, now_epoch_s: float) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3); None when absent or nonsense.

    Args:
        value: Seconds, or a date.
        now_epoch_s: By the clock of whoever wrote the date.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    then = http_date(text)
    return None if then is None else max(0.0, then - now_epoch_s)


def http_date(value: str | None) -> float | None:
    """Epoch seconds of an HTTP date header; None when it is absent or nonsense."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  (30 ms that only answers need)

    if not value:
        return None
    try:
        said = parsedate_to_datetime(value)
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
