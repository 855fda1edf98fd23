"""The transport against gateways that misbehave, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from console.api import body
from console.api.auth import Bearer
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    NotAGateway,
    NotFound,
    NotOffered,
    ProtocolViolation,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
)
from tests.api.scripted_gateway import READ, Asked, Tokens, plain_platform, reply, scripted, transport_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from console.api.contract import RequestContext
    from console.model.exchange import Exchange

OPEN = msgspec.structs.replace(READ, authenticated=False)
LOGIN = Operation(
    name="auth.login",
    method="POST",
    routes=("/guide/login", "/field/login"),
    effect=Effect.WRITE,
    timeout_s=5.0,
    authenticated=False,
)


def hurried(operation: Operation, timeout_s: float = 0.2) -> Operation:
    return msgspec.structs.replace(operation, timeout_s=timeout_s)


# What goes out


async def test_headers_of_the_platform_and_a_request_id_go_along() -> None:
    def headers(context: RequestContext) -> Mapping[str, str]:
        return {"X-Same-Id": context.request_id, "X-Tenant": context.tenant, "X-Path": context.path}

    async with (
        scripted(lambda _asked: reply(200, [])) as gateway,
        transport_to(gateway, platform=plain_platform(headers), tenant="t-1") as transport,
    ):
        await transport.call(READ, params={"q": "a b&c"})
        await transport.call(READ)
    first, second = gateway.asked
    assert first.path == "/things?q=a+b%26c"
    assert first.headers["x-same-id"] == first.headers["x-request-id"]
    assert first.headers["x-tenant"] == "t-1"
    assert first.headers["x-path"] == "/things"
    assert first.headers["user-agent"].startswith("Gatewatch/")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_values_in_a_route_can_not_leave_it() -> None:
    one = msgspec.structs.replace(READ, routes=("/things/{id}",))
    async with scripted(lambda _asked: reply(200, {})) as gateway, transport_to(gateway) as transport:
        await transport.call(one, fields={"id": "../a/b?c"})
    assert gateway.lines == ["GET /things/..%2Fa%2Fb%3Fc"]


async def test_the_token_goes_only_where_it_is_due() -> None:
    async with scripted(lambda _asked: reply(200, [])) as gateway, transport_to(gateway, tokens=Tokens()) as transport:
        await transport.call(READ)
        await transport.call(OPEN)
    assert [one.headers.get("authorization") for one in gateway.asked] == ["Bearer first", None]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8001/things", "https://127.0.0.1:8000/things", "http://127.0.0.2:8000/things"]
)
async def test_another_origin_gets_no_token(url: str) -> None:  # fault 40
    bearer = Bearer(Tokens(), Address(scheme="http", host="127.0.0.1", port=8000))
    request = httpx.Request("GET", url)
    assert await bearer.sign(request, 0) is None
    assert "authorization" not in request.headers


async def test_cookies_are_handed_over_and_not_kept() -> None:
    def script(_asked: Asked) -> bytes:
        return reply(200, {}, "set-cookie: refresh=r1; Path=/a", "set-cookie: refresh=r2; Path=/b", "set-cookie: s=1")

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        first = await transport.call(OPEN)
        await transport.call(OPEN, cookies={"mine": "m"})
        await transport.call(OPEN)
    assert first.cookies["s"] == "1"
    assert first.cookies["refresh"] in {"r1", "r2"}
    assert [one.headers.get("cookie") for one in gateway.asked] == [None, "mine=m", None]


async def test_a_cookie_that_no_header_can_carry_is_not_handed_over() -> None:
    answer = reply(200, {}).replace(b"\r\n\r\n", b"\r\nset-cookie: odd=\xe9\r\nset-cookie: fine=f\r\n\r\n")
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        assert (await transport.call(OPEN)).cookies == {"fine": "f"}


# 401 and 403


async def test_a_refused_token_is_renewed_once_and_the_request_repeated() -> None:
    def script(asked: Asked) -> bytes:
        return reply(200, {"ok": True}) if asked.headers["authorization"] == "Bearer renewed-1" else reply(401, {})

    tokens = Tokens()
    exchanges: list[Exchange] = []
    async with scripted(script) as gateway, transport_to(gateway, tokens=tokens, seen=exchanges) as transport:
        answer = await transport.call(READ)
    assert answer.body == {"ok": True}
    assert tokens.renewals == 1
    assert [(one.attempt, one.status, one.error) for one in exchanges] == [(1, 401, "Unauthorized"), (2, 200, "")]
    assert answer.exchange == exchanges[-1]


async def test_a_gateway_that_always_says_401_gets_one_renewal() -> None:  # fault 34
    tokens = Tokens()
    async with (
        scripted(lambda _asked: reply(401, {"detail": "no"})) as gateway,
        transport_to(gateway, tokens=tokens) as transport,
    ):
        with pytest.raises(Unauthorized) as caught:
            await transport.call(READ)
    assert not isinstance(caught.value, SignInRequired)
    assert tokens.renewals == 1
    assert len(gateway.asked) == 2


async def test_signed_out_there_is_nothing_to_renew() -> None:
    async with scripted(lambda _asked: reply(401)) as gateway, transport_to(gateway, tokens=Tokens(None)) as transport:
        with pytest.raises(Unauthorized):
            await transport.call(READ)
    assert len(gateway.asked) == 1


async def test_a_renewal_that_is_refused_ends_it() -> None:
    tokens = Tokens()
    tokens.broken = SignInRequired("over")
    async with scripted(lambda _asked: reply(401)) as gateway, transport_to(gateway, tokens=tokens) as transport:
        with pytest.raises(SignInRequired):
            await transport.call(READ)
    assert len(gateway.asked) == 1


async def test_403_renews_nothing() -> None:  # fault 35
    tokens = Tokens()
    async with scripted(lambda _asked: reply(403)) as gateway, transport_to(gateway, tokens=tokens) as transport:
        with pytest.raises(Forbidden):
            await transport.call(READ)
    assert tokens.renewals == 0
    assert len(gateway.asked) == 1


# What comes back


async def test_a_trickle_is_cut_by_the_total_deadline() -> None:  # fault 45
    def script(_asked: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
        while True:
            yield b" "

    exchanges: list[Exchange] = []
    async with scripted(script) as gateway, transport_to(gateway, seen=exchanges) as transport:
        with pytest.raises(ConnectionLost) as caught:
            await transport.call(hurried(OPEN))
    assert caught.value.timed_out
    assert caught.value.route == "GET /things"
    assert [(one.status, one.error) for one in exchanges] == [(None, "ConnectionLost")]


async def test_the_deadline_holds_for_a_renewal_too() -> None:
    class Slow(Tokens):
        async def renew(self, refused: str) -> str:
            await asyncio.Event().wait()
            return refused

    async with scripted(lambda _asked: reply(401)) as gateway, transport_to(gateway, tokens=Slow()) as transport:
        with pytest.raises(ConnectionLost):
            await transport.call(hurried(READ))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\n{}",
        None,
    ],
    ids=["short body", "broken chunk", "no answer"],
)
async def test_an_answer_that_breaks_off_is_a_lost_connection(answer: bytes | None) -> None:  # fault 46
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        with pytest.raises(ConnectionLost):
            await transport.call(OPEN)
        gateway.script = lambda _asked: reply(200, {"next": "fine"})
        assert (await transport.call(OPEN)).body == {"next": "fine"}


async def test_nobody_listens() -> None:
    async with scripted(lambda _asked: None) as gateway:
        pass
    async with transport_to(gateway) as transport:
        with pytest.raises(ConnectFailed):
            await transport.call(OPEN)


def bomb() -> bytes:
    return gzip.compress(bytes(body.JSON_LIMIT_BYTES + 1))


@pytest.mark.parametrize("status", [200, 401, 500])
async def test_a_bomb_is_stopped_by_the_size_limit(status: int) -> None:  # fault 47
    answer = reply(status, bomb(), "content-encoding: gzip")
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway, tokens=Tokens()) as transport:
        with pytest.raises(ProtocolViolation, match="larger") as caught:
            await transport.call(READ)
    assert caught.value.field == "body"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,deflate,gzip", "br", "zstd"])
async def test_encodings_that_nobody_asked_for_are_refused(encoding: str) -> None:  # fault 47
    answer = reply(200, gzip.compress(gzip.compress(b"{}", mtime=0)), f"content-encoding: {encoding}")
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        with pytest.raises(ProtocolViolation, match="encoded"):
            await transport.call(OPEN)


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("gzip", gzip.compress(b"[1]", mtime=0)),
        ("deflate", zlib.compress(b"[1]")),
        ("GZIP", gzip.compress(b"[1]", mtime=0)),
        ("identity", b"[1]"),
    ],
)
async def test_encodings_that_were_asked_for(encoding: str, raw: bytes) -> None:
    answer = reply(200, raw, f"content-encoding: {encoding}")
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        assert (await transport.call(OPEN)).body == [1]
    assert gateway.asked[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff\xfe\xfa", b"[" * 100_000, b"1" * 5000, b'{"a": }', b"hello"],
    ids=["cut", "no text", "deep", "long number", "hole", "word"],
)
async def test_what_is_no_json_is_named(raw: bytes) -> None:  # fault 48
    exchanges: list[Exchange] = []
    answer = reply(200, raw, "x-request-id: theirs")
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway, seen=exchanges) as transport:
        with pytest.raises(ProtocolViolation) as caught:
            await transport.call(OPEN)
    assert (caught.value.field, caught.value.route, caught.value.request_id) == ("body", "GET /things", "theirs")
    assert [(one.status, one.error) for one in exchanges] == [(200, "ProtocolViolation")]


@pytest.mark.parametrize("raw", [b'{"a": 1, "a": 2}', b"[NaN]", b'"\\ud800"', b"\xef\xbb\xbf{}", b"1" * 400])
async def test_odd_json_is_read(raw: bytes) -> None:  # fault 48
    async with scripted(lambda _asked: reply(200, raw)) as gateway, transport_to(gateway) as transport:
        assert (await transport.call(OPEN)).status == 200


async def test_nothing_is_read_as_nothing() -> None:
    async with scripted(lambda _asked: reply(204)) as gateway, transport_to(gateway) as transport:
        assert (await transport.call(OPEN)).body is None


@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML; charset=utf-8", "application/json"])
async def test_a_captive_portal_is_no_gateway(kind: str) -> None:  # fault 49
    answer = reply(200, b"<!DOCTYPE html><html>welcome to the hotel</html>", f"content-type: {kind}")
    exchanges: list[Exchange] = []
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway, seen=exchanges) as transport:
        with pytest.raises(NotAGateway):
            await transport.call(OPEN)
    assert exchanges[0].error == "NotAGateway"


# Redirects


@pytest.mark.parametrize(
    ("base", "path", "location", "again"),
    [
        ("", "/things", "http://10.9.8.7:9000/things/", "/things/"),
        ("", "/things/", "/things", "/things"),
        ("/base", "/api/things", "http://10.9.8.7/api/things/", "/base/api/things/"),
        ("", "/api/things", "http://10.9.8.7/things/", "/api/things/"),
    ],
)
async def test_a_slash_redirect_stays_on_the_gateway(base: str, path: str, location: str, again: str) -> None:
    def script(asked: Asked) -> bytes:
        return reply(200, {}) if asked.path == f"{again}?q=1" else reply(307, None, f"location: {location}")

    operation = msgspec.structs.replace(READ, routes=(path,))
    exchanges: list[Exchange] = []
    async with (
        scripted(script) as gateway,
        transport_to(gateway, tokens=Tokens(), path=base, seen=exchanges) as transport,
    ):
        await transport.call(operation, params={"q": "1"})
    assert gateway.lines == [f"GET {base}{path}?q=1", f"GET {again}?q=1"]
    assert all(one.headers["authorization"] == "Bearer first" for one in gateway.asked)
    assert [(one.attempt, one.status) for one in exchanges] == [(1, 307), (2, 200)]


async def test_a_slash_redirect_repeats_body_and_quoting() -> None:
    def script(asked: Asked) -> bytes:
        return reply(200, {}) if asked.path.endswith("/") else reply(308, None, "location: /things/a%2Fb/")

    operation = Operation(name="things.add", method="POST", routes=("/things/{id}",), effect=Effect.WRITE)
    async with scripted(script) as gateway, transport_to(gateway) as transport:
        await transport.call(operation, fields={"id": "a/b"}, payload={"n": 1})
    assert gateway.lines == ["POST /things/a%2Fb", "POST /things/a%2Fb/"]
    assert [json.loads(one.body) for one in gateway.asked] == [{"n": 1}, {"n": 1}]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/elsewhere", "http://127.0.0.1:1/other?token=x", "/", "/things", ""])
async def test_no_other_redirect_is_followed(status: int, location: str) -> None:  # faults 40, 42
    async with (
        scripted(lambda _asked: reply(status, None, f"location: {location}")) as gateway,
        transport_to(gateway, tokens=Tokens()) as transport,
    ):
        with pytest.raises(NotAGateway) as caught:
            await transport.call(READ)
    assert len(gateway.asked) == 1
    assert "token" not in caught.value.detail


async def test_a_slash_redirect_is_followed_once() -> None:  # fault 42
    def script(asked: Asked) -> bytes:
        other = asked.path.rstrip("/") if asked.path.endswith("/") else asked.path + "/"
        return reply(307, None, f"location: {other}")

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        with pytest.raises(NotAGateway):
            await transport.call(OPEN)
    assert gateway.lines == ["GET /things", "GET /things/"]


@pytest.mark.parametrize("location", ["http://[::1", "http://a:99999/", "//"])
async def test_a_redirect_to_nonsense_is_no_gateway(location: str) -> None:
    async with (
        scripted(lambda _asked: reply(307, None, f"location: {location}")) as gateway,
        transport_to(gateway) as transport,
    ):
        with pytest.raises(NotAGateway):
            await transport.call(OPEN)


# Routes

SEVERAL = msgspec.structs.replace(READ, routes=("/guide", "/field"))


async def test_a_read_tries_its_routes_in_order_and_remembers() -> None:
    def script(asked: Asked) -> bytes:
        return reply(200, {}) if asked.path == "/field" else reply(404)

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        await transport.call(SEVERAL)
        await transport.call(SEVERAL)
        transport.begin_anew()
        await transport.call(SEVERAL)
    assert gateway.lines == ["GET /guide", "GET /field", "GET /field", "GET /guide", "GET /field"]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_not_offered_comes_with_the_answers(status: int) -> None:
    async with scripted(lambda _asked: reply(status)) as gateway, transport_to(gateway) as transport:
        with pytest.raises(NotOffered) as caught:
            await transport.call(SEVERAL)
    assert caught.value.answers == (f"GET /guide: {status}", f"GET /field: {status}")


async def test_a_route_that_is_gone_is_looked_for_again() -> None:
    async with scripted(lambda _asked: reply(200, {})) as gateway, transport_to(gateway) as transport:
        await transport.call(SEVERAL)
        gateway.script = lambda asked: reply(200 if asked.path == "/field" else 404, {})
        with pytest.raises(NotOffered):
            await transport.call(SEVERAL)
        await transport.call(SEVERAL)
    assert gateway.lines[-2:] == ["GET /guide", "GET /field"]


@pytest.mark.parametrize(("status", "error"), [(403, Forbidden), (503, ServiceFailed)])
async def test_what_is_no_absence_ends_the_search(status: int, error: type[Exception]) -> None:
    async with scripted(lambda _asked: reply(status)) as gateway, transport_to(gateway) as transport:
        with pytest.raises(error):
            await transport.call(SEVERAL)
        with pytest.raises(error):
            await transport.call(SEVERAL)
    assert gateway.lines == ["GET /guide", "GET /guide"]


async def test_one_resource_that_is_missing_is_no_missing_route() -> None:
    one = msgspec.structs.replace(READ, routes=("/things/{id}",))
    async with scripted(lambda _asked: reply(404)) as gateway, transport_to(gateway) as transport:
        with pytest.raises(NotFound):
            await transport.call(one, fields={"id": "7"})


async def test_a_writes_route_is_chosen_without_writing() -> None:
    def script(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return reply(404) if asked.path == "/guide/login" else reply(405, None, "allow: POST")
        return reply(200, {})

    async with scripted(script) as gateway, transport_to(gateway, tokens=Tokens()) as transport:
        await transport.call(LOGIN, payload={"password": "p"})
        await transport.call(LOGIN, payload={"password": "p"})
    assert gateway.lines == [
        "OPTIONS /guide/login", "OPTIONS /field/login", "POST /field/login", "POST /field/login",
    ]  # fmt: skip
    assert not any("authorization" in one.headers for one in gateway.asked)
    assert gateway.asked[0].body == b""


async def test_a_write_that_no_route_takes_is_not_sent() -> None:
    async with (
        scripted(lambda _asked: reply(204, None, "allow: GET, HEAD")) as gateway,
        transport_to(gateway) as transport,
    ):
        with pytest.raises(NotOffered) as caught:
            await transport.call(LOGIN, payload={})
    assert {one.method for one in gateway.asked} == {"OPTIONS"}
    assert caught.value.answers == ("OPTIONS /guide/login: 204", "OPTIONS /field/login: 204")


async def test_an_unwell_gateway_says_nothing_about_a_writes_route() -> None:
    async with scripted(lambda _asked: reply(503)) as gateway, transport_to(gateway) as transport:
        with pytest.raises(ServiceFailed):
            await transport.call(LOGIN, payload={})
        gateway.script = lambda asked: reply(404 if asked.path == "/guide/login" else 200, {})
        await transport.call(LOGIN, payload={})
    assert gateway.lines == [
        "OPTIONS /guide/login", "OPTIONS /guide/login", "OPTIONS /field/login", "POST /field/login",
    ]  # fmt: skip


# Tracking


async def test_an_exchange_keeps_numbers_and_templates() -> None:
    one = msgspec.structs.replace(READ, routes=("/things/{id}",))
    headers = ("x-kong-proxy-latency: 3", "x-kong-upstream-latency: nan", "x-request-id: theirs")
    exchanges: list[Exchange] = []
    async with (
        scripted(lambda _asked: reply(200, {}, *headers, "date: Sun, 01 Mar 2026 12:00:00 GMT")) as gateway,
        transport_to(gateway, seen=exchanges) as transport,
    ):
        answer = await transport.call(one, fields={"id": "secret-7"}, params={"q": "secret-q"})
    (seen,) = exchanges
    assert (seen.operation, seen.method, seen.route, seen.status) == ("things.list", "GET", "/things/{id}", 200)
    assert (seen.gateway_ms, seen.upstream_ms, seen.request_id, seen.attempt) == (3.0, None, "theirs", 1)
    assert seen.total_ms > 0
    assert "secret" not in repr(seen)
    assert answer.clock_offset_s == pytest.approx(1772366400.0 - seen.at.timestamp(), abs=60)


async def test_no_date_no_offset() -> None:
    async with (
        scripted(lambda _asked: reply(200, {}, "date: yesterday")) as gateway,
        transport_to(gateway) as transport,
    ):
        assert (await transport.call(OPEN)).clock_offset_s is None
