"""What gateways say instead of answering, to every dialect: each says it as an error of ours, and tells no secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.model.blame import Layer
from console.model.document import Verdict
from console.model.errors import (
    ConnectionLost,
    Forbidden,
    GatewayError,
    NotAGateway,
    NotOffered,
    ProtocolViolation,
    RateLimited,
    Rejected,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
)
from tests.api.scripted_gateway import Asked, reply
from tests.contract.papers import Paper, sending, sought
from tests.contract.questions import asking, reads, tells_no_secret
from tests.contract.site import offered

if TYPE_CHECKING:
    from console.api.contract import Platform

PAGE = b"<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
HTML = "content-type: text/html"
JSON = "content-type: application/json"
INTERNALS = (
    "SELECT * FROM users WHERE email = 'a@b.example' AND password_hash = '$2b$12$abcdefghijklmnopqrstuv'; "
    'Traceback (most recent call last): File "/srv/app.py", line 3 '
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LTEifQ.c2lnbmF0dXJlLW9mLW5vdGhpbmc"
)
SECRETS = ("eyJhbGciOiJIUzI1NiJ9", "$2b$12$abcdefghijklmnopqrstuv")

SAID: dict[str, tuple[bytes, type[GatewayError]]] = {
    "401": (reply(401, {"detail": "token expired"}), Unauthorized),
    "403": (reply(403, {"detail": "not for you"}), Forbidden),
    "404": (reply(404, {"detail": "Not Found"}), NotOffered),
    "405": (reply(405, {"detail": "Method Not Allowed"}), NotOffered),
    "501": (reply(501, b""), NotOffered),
    "422": (reply(422, {"detail": [{"loc": ["query", "page"], "msg": "too large"}]}), Rejected),
    "429": (reply(429, {"message": "slow down"}), RateLimited),
    "500": (reply(500, {"error": INTERNALS}), ServiceFailed),
    "502, a page": (reply(502, PAGE, HTML), ServiceFailed),
    "503, a page": (reply(503, PAGE, HTML), ServiceFailed),
    "504, a page": (reply(504, PAGE, HTML), ServiceFailed),
    "500, nothing": (reply(500), ServiceFailed),
    "200, a page": (reply(200, PAGE, HTML), NotAGateway),
    "200, nothing": (reply(200), ProtocolViolation),
    "200, cut off": (reply(200, b'{"id": "u-1", "na', JSON), ProtocolViolation),
    "200, no JSON": (reply(200, b"\xff\xfe\x00", JSON), ProtocolViolation),
    "200, half of it": (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{", ConnectionLost),
}


@pytest.mark.parametrize("said", SAID)
async def test_what_is_said_instead_of_an_answer(platform: Platform, said: str) -> None:  # faults 35, 46 and 49
    raw, kind = SAID[said]
    async with asking(platform, lambda _asked: raw) as one:
        with pytest.raises(kind) as raised:
            await one.gateway.authentication.who_am_i()
    error = raised.value
    assert error.route or isinstance(error, NotOffered) or (isinstance(error, ProtocolViolation) and error.field)
    assert not [secret for secret in SECRETS if secret in f"{error.detail} {one.seen}"]


@pytest.mark.parametrize("said", SAID)
async def test_every_read_gives_a_value_or_an_error_of_ours(platform: Platform, said: str) -> None:
    raw, _kind = SAID[said]
    async with asking(platform, lambda asked: raw) as one:
        for read in reads(one.gateway, one.transport).values():
            one.transport.begin_anew()
            try:
                await read()
            except GatewayError as exc:
                tells_no_secret(exc, SECRETS)
    assert not [secret for secret in SECRETS if secret in repr(one.seen)]


@pytest.mark.parametrize("said", SAID)
async def test_an_upload_gives_a_document_or_an_error_of_ours(platform: Platform, said: str) -> None:
    raw, kind = SAID[said]
    async with asking(platform, lambda _asked: raw) as one:
        documents = offered(one.gateway.documents, one.gateway, "documents")
        sent = sending()
        with pytest.raises(GatewayError) as raised:
            await documents.upload(sent)
        if sent.sent_whole:
            assert isinstance(raised.value, kind)
        else:  # no route said that it takes one
            assert {one.method for one in one.served.asked} == {"OPTIONS"}
        assert isinstance(sent.source, Paper)
        assert sent.source.opened <= 2, "once, and once more with another token"
    tells_no_secret(raised.value, SECRETS)
    assert not [secret for secret in SECRETS if secret in repr(one.seen)]


@pytest.mark.parametrize("said", SAID)
async def test_a_look_up_finds_nothing_in_what_is_no_list(platform: Platform, said: str) -> None:
    raw, _kind = SAID[said]
    async with asking(platform, lambda _asked: raw) as one:
        documents = offered(one.gateway.documents, one.gateway, "documents")
        try:
            finding = await documents.find(sought(sending(), datetime.now(UTC)))
        except GatewayError as exc:
            tells_no_secret(exc, SECRETS)
        else:
            assert finding.verdict is Verdict.UNSURE
            assert not finding.documents


async def test_not_offered_names_what_each_route_said(platform: Platform) -> None:
    async with asking(platform, lambda _asked: reply(404, {"detail": "Not Found"})) as one:
        with pytest.raises(NotOffered) as raised:
            await one.gateway.authentication.who_am_i()
    routes = one.gateway.authentication.who.operation.routes
    assert raised.value.answers == tuple(f"GET {route}: 404" for route in routes)


async def test_absence_is_not_remembered_once_the_gateway_is_probed_anew(platform: Platform) -> None:
    answers = [reply(404)]
    async with asking(platform, lambda _asked: answers[-1]) as one:
        who = one.gateway.authentication.who_am_i
        with pytest.raises(NotOffered):
            await who()
        answers.append(reply(503))
        one.transport.begin_anew()
        with pytest.raises(ServiceFailed):
            await who()
        answers.append(reply(403))
        with pytest.raises(Forbidden):  # asked again: a failing service is never taken for a missing one
            await who()


@pytest.mark.parametrize(("header", "wanted"), [("retry-after: 7", 7.0), ("x-nothing: 1", None)])
async def test_a_limit_says_how_long_or_nothing(
    platform: Platform, header: str, wanted: float | None
) -> None:  # fault 43
    async with asking(platform, lambda _asked: reply(429, {"message": "slow down"}, header)) as one:
        with pytest.raises(RateLimited) as raised:
            await one.gateway.authentication.who_am_i()
    assert raised.value.retry_after_s == wanted


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxys_page_blames_the_gateway(platform: Platform, status: int) -> None:
    async with asking(platform, lambda _asked: reply(status, PAGE, HTML)) as one:
        with pytest.raises(ServiceFailed) as raised:
            await one.gateway.authentication.who_am_i()
    assert raised.value.layer is Layer.GATEWAY


async def test_a_refused_token_is_renewed_once_and_then_believed(platform: Platform) -> None:  # fault 34
    async with asking(platform, lambda _asked: reply(401, {"detail": "expired"})) as one:
        with pytest.raises(Unauthorized):
            await one.gateway.authentication.who_am_i()
        assert one.tokens.renewals == 1
        one.tokens.broken = SignInRequired("refused")
        with pytest.raises(SignInRequired):
            await one.gateway.authentication.who_am_i()


async def test_the_token_goes_with_every_authenticated_request_and_no_other_place(platform: Platform) -> None:
    async with asking(platform, lambda _asked: reply(403)) as one:
        for read in reads(one.gateway, one.transport).values():
            try:
                await read()
            except GatewayError:
                continue
    assert one.served.asked
    for asked in one.served.asked:
        assert asked.headers.get("authorization", "Bearer first") == "Bearer first"
        assert "first" not in asked.path
        assert asked.headers["x-request-id"]


async def test_a_missing_slash_is_followed_with_the_token_and_nowhere_else(platform: Platform) -> None:
    def script(asked: Asked) -> bytes:
        if asked.path.endswith("/"):
            return reply(403, {"detail": "here"})
        return reply(308, None, f"location: http://elsewhere.example{asked.path}/")

    async with asking(platform, script) as one:
        with pytest.raises(Forbidden):
            await one.gateway.authentication.who_am_i()
    first, second = one.served.asked
    assert second.path == f"{first.path}/"
    assert second.headers["authorization"] == first.headers["authorization"] == "Bearer first"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_another_origin_never_gets_the_token(platform: Platform, status: int) -> None:  # fault 40
    async with (
        asking(platform, lambda _asked: reply(200, {"id": "u-1"})) as stranger,
        asking(platform, lambda asked: reply(status, None, f"location: {stranger.served.address.text}/x")) as one,
    ):
        with pytest.raises(GatewayError):
            await one.gateway.authentication.who_am_i()
    assert not stranger.served.asked


async def test_no_password_is_sent_to_a_route_that_is_not_there(platform: Platform) -> None:
    from console.model.identity import PasswordCredentials

    def script(asked: Asked) -> bytes:
        return reply(404)

    async with asking(platform, script) as one:
        with pytest.raises(NotOffered):
            await one.gateway.authentication.sign_in(PasswordCredentials(username="u@x.example", password="hunter22"))
    sent = [asked for asked in one.served.asked if b"hunter22" in asked.body]
    assert len(sent) <= 1, "a write's route is chosen without sending the write"
    assert "hunter22" not in repr(one.seen)
