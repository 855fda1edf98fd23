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


def code(opssight: httpx.Client) -> str:
    url = opssight.get(f"{BASE}/authorize", params=GOOD).json()["authorization_url"]
    landed = opssight.post(url, data={"user": "u-2"}).headers["location"]
    answer = parse_qs(urlsplit(landed).query)
    assert answer["state"] == [GOOD["state"]]
    assert answer["iss"] == [str(opssight.base_url).rstrip("/") + BASE]
    return answer["code"][0]


def trade(opssight: httpx.Client, **changes: str) -> httpx.Response:
    fields = {"code_verifier": VERIFIER, "redirect_uri": REDIRECT, "state": GOOD["state"], **changes}
    return opssight.post(f"{BASE}/callback", json=fields)


def test_a_code_is_good_once(opssight: httpx.Client) -> None:  # fault 17
    one = code(opssight)
    answer = trade(opssight, code=one)
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ana@sandbox.example"
    assert opssight.get(
        "/api/v1/auth/me", headers={"authorization": f"Bearer {answer.json()['access_token']}"}
    ).is_success
    assert trade(opssight, code=one).status_code == 400


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
def test_a_code_is_for_whoever_asked_for_it(opssight: httpx.Client, changes: dict[str, str]) -> None:  # fault 21
    assert trade(opssight, **{"code": code(opssight), **changes}).status_code == 400


def test_a_code_is_good_for_a_minute(sandbox: SandboxThread, opssight: httpx.Client) -> None:
    one = code(opssight)
    sandbox.apply(Switches(clock_skew_s=CODE_LIFETIME_S + 1))
    assert trade(opssight, code=one).status_code == 400


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
def test_a_careless_client_is_refused(opssight: httpx.Client, changes: dict[str, str]) -> None:  # fault 21
    asked = {**GOOD, **changes}
    assert opssight.get(f"{BASE}/authorize", params=asked).status_code == 400
    assert opssight.get(f"{BASE}/consent", params=asked).status_code == 400


def test_the_page_can_be_used_by_a_person(opssight: httpx.Client) -> None:
    url = opssight.get(f"{BASE}/authorize", params=GOOD).json()["authorization_url"]
    page = opssight.get(url)
    assert page.headers["content-type"].startswith("text/html")
    assert "Continue as Ana Lima" in page.text
    assert 'method="post"' in page.text


def test_no_is_an_answer_too(opssight: httpx.Client) -> None:  # fault 16
    url = opssight.get(f"{BASE}/authorize", params=GOOD).json()["authorization_url"]
    answer = parse_qs(urlsplit(opssight.post(url, data={"user": ""}).headers["location"]).query)
    assert answer["error"] == ["access_denied"]
    assert "code" not in answer


def test_another_provider_is_unknown(opssight: httpx.Client) -> None:
    assert opssight.get("/api/v1/auth/oauth/github/authorize", params=GOOD).status_code == 404
