"""The routes of browser sign-in against a gateway that says what a test scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from console.api.oauth.client import OAuthClient, read_providers
from console.api.oauth.proof import attempt, challenge
from console.api.platforms.opssight.auth import signed_in
from console.model.errors import (
    BrowserSignInFailed,
    GatewayError,
    MfaRequired,
    NotAGateway,
    ProtocolViolation,
    Rejected,
    ServiceFailed,
    Unauthorized,
)
from console.model.oauth import Provider
from tests.api.scripted_gateway import Asked, Scripted, Tokens, reply, scripted, transport_to

if TYPE_CHECKING:
    from console.model.exchange import Exchange

SSO = Provider(id="sso", title="SSO")
REDIRECT = "http://127.0.0.1:5000/callback"
GOOD = {"access_token": "canary-access", "refresh_token": "canary-refresh", "expires_in": 900, "user": {"id": 7}}
JSON = "content-type: application/json"
HTML = "content-type: text/html"


def client(transport: object) -> OAuthClient:
    return OAuthClient(transport, ("/guide", "/field"), signed_in)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ([], []),
        ([{"name": "github"}, {"name": "google"}], ["github", "google"]),
        (["github"], ["github"]),
        ({"providers": [{"provider": "github", "name": "GitHub"}], "total_count": 1}, ["github"]),
        ({"data": {"providers": [{"id": "okta", "name": "Okta: sign on"}]}}, ["okta"]),
        ([{"name": "off", "enabled": False}, {"name": "raw", "configured": False}], []),
        ([{"name": "a/../b"}, {"name": "."}, {"name": ".."}, {"name": "x" * 65}, {"name": 5}, {}, 7, None], ["5"]),
        ([{"name": "twice"}, {"name": "twice"}], ["twice"]),
        ([{"name": f"p{number}"} for number in range(50)], [f"p{number}" for number in range(12)]),
    ],
)
def test_providers_are_read_in_every_form(body: object, ids: list[str]) -> None:
    assert [provider.id for provider in read_providers(body)] == ids


def test_titles_and_issuers_are_kept() -> None:
    body = [{"provider": "g", "name": "GitHub & <b>", "issuer": "https://github.example"}]
    assert read_providers(body) == (Provider(id="g", title="GitHub & <b>", issuer="https://github.example"),)


async def test_the_routes_of_one_base_belong_together() -> None:
    def script(asked: Asked) -> bytes:
        match asked.method, urlsplit(asked.path).path:
            case "GET", "/field/oauth/providers":
                return reply(200, [{"name": "sso"}], JSON)
            case "GET", "/field/oauth/sso/authorize":
                return reply(200, {"authorization_url": "https://sso.example/a"}, JSON)
            case "POST", "/field/oauth/sso/callback":
                return reply(200, GOOD, JSON)
            case _:
                return reply(404, {"detail": "Not Found"}, JSON)

    async with scripted(script) as gateway, transport_to(gateway, tokens=Tokens("canary-bearer")) as transport:
        browser = client(transport)
        (provider,) = await browser.providers()
        begun = await browser.begin(provider, REDIRECT)
        signed = await browser.complete(begun, "the-code")
    assert signed.tokens.access == "canary-access"
    asked = parse_qs(urlsplit(gateway.asked[-2].path).query)
    assert asked["code_challenge"] == [challenge(begun.verifier)]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [REDIRECT]
    assert begun.verifier not in gateway.asked[-2].path
    assert json.loads(gateway.asked[-1].body) == {
        "code": "the-code",
        "state": begun.state,
        "code_verifier": begun.verifier,
        "redirect_uri": REDIRECT,
    }
    assert not any("authorization" in one.headers for one in gateway.asked)


async def test_a_gateway_without_the_routes_offers_nothing() -> None:
    answer = reply(404, {"detail": "Not Found"}, JSON)
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        assert await client(transport).providers() == ()


@pytest.mark.parametrize(
    "answer",
    [reply(302, None, "location: https://sso.example/a"), reply(200, b"<html>Log in</html>", HTML)],
    ids=["redirect", "page"],
)
async def test_a_route_made_for_browsers_is_opened_itself(answer: bytes) -> None:
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        begun = await client(transport).begin(SSO, REDIRECT)
    opened = urlsplit(begun.url)
    assert opened.netloc == gateway.address.host_port
    assert opened.path == "/guide/oauth/sso/authorize"
    assert parse_qs(opened.query)["code_challenge_method"] == ["S256"]
    assert begun.returns_here


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(200, {"authorization_url": "file:///etc/passwd"}, JSON), BrowserSignInFailed),
        (reply(200, {"authorization_url": 7}, JSON), ProtocolViolation),
        (reply(200, [], JSON), ProtocolViolation),
        (reply(503, {"detail": "away"}, JSON), ServiceFailed),
        (reply(400, {"detail": "bad redirect_uri"}, JSON), Rejected),
        (reply(502, b"<html>Bad gateway</html>", HTML), ServiceFailed),
    ],
)
async def test_no_address_to_open_is_a_typed_error(answer: bytes, kind: type[GatewayError]) -> None:
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway) as transport:
        with pytest.raises(kind):
            await client(transport).begin(SSO, REDIRECT)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>Welcome</html>", NotAGateway),
        (200, {"error": "invalid_grant", "error_description": "used"}, ProtocolViolation),
        (200, {**GOOD, "error": "server_error"}, ProtocolViolation),
        (200, {"success": False, "message": "no"}, ProtocolViolation),
        (200, {}, ProtocolViolation),
        (200, [], ProtocolViolation),
        (200, b"", ProtocolViolation),
        (200, b'{"access_token": ', GatewayError),
        (200, {**GOOD, "expires_in": -1}, ProtocolViolation),
        (200, {**GOOD, "expires_in": 0}, ProtocolViolation),
        (200, {**GOOD, "expires_in": "abc"}, ProtocolViolation),
        (200, {**GOOD, "expires_in": 1e12}, ProtocolViolation),
        (200, {**GOOD, "expires_in": [900]}, ProtocolViolation),
        (200, {**GOOD, "token_type": "mac"}, ProtocolViolation),
        (200, {**GOOD, "access_token": "two words"}, ProtocolViolation),
        (200, {**GOOD, "access_token": "x" * 20_000}, ProtocolViolation),
        (200, {**GOOD, "access_token": None}, ProtocolViolation),
        (200, {**GOOD, "user": "ana"}, ProtocolViolation),
        (200, {"mfa_required": True, "mfa_token": "t"}, MfaRequired),
        (302, None, NotAGateway),
        (400, {"error": "invalid_grant"}, BrowserSignInFailed),
        (409, {"error": "no"}, Rejected),
        (401, {"detail": "no"}, Unauthorized),
        (500, b"oops", ServiceFailed),
    ],
)
async def test_bad_answers_to_the_code_are_typed_errors(  # fault 23
    status: int, body: object, kind: type[GatewayError]
) -> None:
    seen: list[Exchange] = []
    content = HTML if isinstance(body, bytes) and body.startswith(b"<") else JSON

    answer = reply(status, body, content)
    async with scripted(lambda _asked: answer) as gateway, transport_to(gateway, seen=seen) as transport:
        with pytest.raises(kind) as caught:
            await client(transport).complete(attempt("sso", REDIRECT), "canary-code")
    assert _posts(gateway) == 1  # a code is good once: never repeated
    assert "canary" not in f"{caught.value!r} {caught.value.detail} {seen}"


def _posts(gateway: Scripted) -> int:
    return sum(line.startswith("POST") for line in gateway.lines)
