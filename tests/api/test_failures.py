"""Every foreign exception and every error body becomes one of the tree's errors."""

from __future__ import annotations

import errno
import inspect
import json
import socket
import ssl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import failures, redaction
from console.model.blame import Layer
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    GatewayError,
    MfaRequired,
    NotAGateway,
    NotFound,
    RateLimited,
    Rejected,
    ServiceFailed,
    TlsFailed,
    Unauthorized,
)
from console.model.reasons import ConnectReason


def answer(status: int, body: object = "", **headers: str) -> GatewayError:
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return failures.from_answer(status, headers, raw, route="GET /x", request_id="ours")


def every_httpx_error() -> list[type[Exception]]:
    kinds = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
    found: list[type[Exception]] = [
        kind for _name, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, kinds)
    ]
    assert len(found) > 20
    return found


@pytest.mark.parametrize("kind", every_httpx_error(), ids=lambda kind: kind.__name__)
def test_every_httpx_exception_is_mapped(kind: type[Exception]) -> None:
    exc = kind.__new__(kind)
    Exception.__init__(exc, "because")
    mapped = failures.from_httpx(exc, "GET /x", "id")  # type: ignore[arg-type]
    assert mapped.route == "GET /x"
    if issubclass(kind, httpx.TransportError) and kind is not httpx.TransportError:
        assert type(mapped) is not GatewayError


@pytest.mark.parametrize(
    ("cause", "reason", "layer"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), ConnectReason.NAME, Layer.NETWORK),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), ConnectReason.REFUSED, Layer.GATEWAY),
        (OSError(errno.ENETUNREACH, "unreachable"), ConnectReason.NO_ROUTE, Layer.NETWORK),
        (TimeoutError(), ConnectReason.TIMEOUT, Layer.NETWORK),
    ],
)
def test_the_deepest_cause_decides(cause: OSError, reason: str, layer: Layer) -> None:
    outer = httpx.ConnectError("All connection attempts failed")
    outer.__cause__ = OSError("All connection attempts failed")
    outer.__cause__.__cause__ = ExceptionGroup("several", [cause])
    mapped = failures.from_httpx(outer, "GET /x", "id")
    assert isinstance(mapped, ConnectFailed)
    assert (mapped.reason, mapped.layer) == (reason, layer)


def test_a_refused_certificate_is_the_tls_layer() -> None:
    outer = httpx.ConnectError("tls")
    outer.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    assert isinstance(failures.from_httpx(outer, "GET /x", "id"), TlsFailed)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (422, Rejected),
        (429, RateLimited),
        (500, ServiceFailed),
        (503, ServiceFailed),
    ],
)
def test_statuses(status: int, kind: type[GatewayError]) -> None:
    assert type(answer(status, {"message": "no"})) is kind


def test_the_servers_request_id_wins() -> None:
    assert answer(500, "", **{"x-request-id": "theirs"}).request_id == "theirs"
    assert answer(500, "").request_id == "ours"


def test_a_page_is_no_gateway() -> None:
    error = answer(404 - 4, "<!DOCTYPE html><html>sign in to the network</html>", **{"content-type": "text/html"})
    assert isinstance(error, NotAGateway)


@pytest.mark.parametrize(
    ("value", "seconds"), [("5", 5.0), (" 7 ", 7.0), ("-1", None), ("abc", None), (None, None), ("9" * 40, 999999999.0)]
)
def test_retry_after(value: str | None, seconds: float | None) -> None:  # fault 43
    assert failures.retry_after_s(value, 0.0) == seconds


def test_retry_after_as_a_date() -> None:
    assert failures.retry_after_s("Sun, 01 Mar 2026 12:00:30 GMT", 1772366400.0) == 30.0


@given(st.binary(max_size=400), st.integers(300, 599), st.sampled_from(["application/json", "text/html", ""]))
def test_no_body_is_too_odd(raw: bytes, status: int, kind: str) -> None:
    error = failures.from_answer(status, {"content-type": kind}, raw, route="GET /x", request_id="id")
    assert isinstance(error, GatewayError)
    assert len(error.detail) <= redaction.DETAIL_LIMIT + 40


def test_connection_resets_are_losses() -> None:
    assert isinstance(failures.from_os_error(ConnectionResetError(errno.ECONNRESET, "reset")), ConnectionLost)


def test_retry_after_as_a_date_counts_by_the_servers_clock() -> None:  # fault 43
    said = {"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"}
    error = answer(429, "", **said)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 30.0


def test_a_redirect_names_where_it_leads_without_its_query() -> None:
    error = answer(302, "", location="https://portal.example/login?token=x")
    assert isinstance(error, NotAGateway)
    assert error.detail == "redirects to https://portal.example"


def test_a_second_factor_may_be_asked_for_in_a_header() -> None:
    assert isinstance(answer(403, "", **{"x-2fa-required": "true"}), MfaRequired)
    assert isinstance(answer(403, "", **{"x-2fa-required": "false"}), Forbidden)


def test_nesting_without_end_is_no_trap() -> None:  # fault 48
    deep = '{"error": ' * 800 + '"x"' + "}" * 800
    nested = '{"errors": {"a": ' + "[" * 800 + "]" * 800 + "}}"
    assert isinstance(answer(400, deep), Rejected)
    assert isinstance(answer(400, nested), Rejected)


def test_half_a_surrogate_pair_does_not_reach_a_log() -> None:  # fault 48
    answer(400, '{"message": "\\ud800 odd"}').detail.encode()
