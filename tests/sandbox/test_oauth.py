"""The sandbox's own provider: it does what the RFCs want of one, also when a client does not."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from console.sandbox.authorizations import CODE_LIFETIME_S
from console.sandbox.faults import Switches

if TYPE_CHECKING:
    import httpx

    from console.sandbox.thread import SandboxThread

BASE = "/api/v1/auth/oauth/sandbox-sso"
REDIRECT = "http://127.0.0.1:5000/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
GOOD = {
    "redirect_uri": REDIRECT,
    "state": "the state of a test",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "response_type": "code",
}


def code(kong: httpx.Client) -> str:
    url = kong.get(f"{BASE}/authorize", params=GOOD).json()["authorization_url"]
    landed = kong.post(url, data={"user": "u-2"}).headers["location"]
    answer = parse_qs(urlsplit(landed).query)
    assert answer["state"] == [GOOD["state"]]
    assert answer["iss"] == [str(kong.base_url).rstrip("/") + BASE]
    return answer["code"][0]


def trade(kong: httpx.Client, **changes: str) -> httpx.Response:
    fields = {"code_verifier": VERIFIER, "redirect_uri": REDIRECT, "state": GOOD["state"], **changes}
    return kong.post(f"{BASE}/callback", json=fields)


def test_a_code_is_good_once(kong: httpx.Client) -> None:  # fault 17
    one = code(kong)
    answer = trade(kong, code=one)
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ana@sandbox.example"
    assert kong.get("/api/v1/auth/me", headers={"authorization": f"Bearer {answer.json()['access_token']}"}).is_success
    assert trade(kong, code=one).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": "v" * 42},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": "http://127.0.0.1:5001/callback"},
        {"code": "made up"},
    ],
)
def test_a_code_is_for_whoever_asked_for_it(kong: httpx.Client, changes: dict[str, str]) -> None:  # fault 21
    assert trade(kong, **{"code": code(kong), **changes}).status_code == 400


def test_a_code_is_good_for_a_minute(sandbox: SandboxThread, kong: httpx.Client) -> None:
    one = code(kong)
    sandbox.apply(Switches(clock_skew_s=CODE_LIFETIME_S + 1))
    assert trade(kong, code=one).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": ""},
        {"code_challenge": ""},
        {"code_challenge": "too short"},
        {"state": ""},
        {"response_type": "token"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://localhost:5000/callback"},
        {"redirect_uri": "http://127.0.0.1/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example:5000/callback"},
        {"redirect_uri": "http://127.0.0.1:5000/callback?x=1"},
        {"redirect_uri": "http://[broken"},
    ],
)
def test_a_careless_client_is_refused(kong: httpx.Client, changes: dict[str, str]) -> None:  # fault 21
    asked = {**GOOD, **changes}
    assert kong.get(f"{BASE}/authorize", params=asked).status_code == 400
    assert kong.get(f"{BASE}/consent", params=asked).status_code == 400


def test_the_page_can_be_used_by_a_person(kong: httpx.Client) -> None:
    url = kong.get(f"{BASE}/authorize", params=GOOD).json()["authorization_url"]
    page = kong.get(url)
    assert page.headers["content-type"].startswith("text/html")
    assert "Continue as Ana Lima" in page.text
    assert 'method="post"' in page.text


def test_no_is_an_answer_too(kong: httpx.Client) -> None:  # fault 16
    url = kong.get(f"{BASE}/authorize", params=GOOD).json()["authorization_url"]
    answer = parse_qs(urlsplit(kong.post(url, data={"user": ""}).headers["location"]).query)
    assert answer["error"] == ["access_denied"]
    assert "code" not in answer


def test_another_provider_is_unknown(kong: httpx.Client) -> None:
    assert kong.get("/api/v1/auth/oauth/github/authorize", params=GOOD).status_code == 404
