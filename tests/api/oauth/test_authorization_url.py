"""The address that a gateway wants opened in a browser."""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.oauth.authorization_url import LIMIT_CHARS, adopt
from console.api.oauth.proof import attempt, challenge
from console.model.address import Address
from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason

REDIRECT = "http://127.0.0.1:5000/callback"
ATTEMPT = attempt("sso", REDIRECT)
GATEWAY = Address.parse("https://gateway.example")


def test_a_web_page_may_be_opened() -> None:
    url = f"https://sso.example/authorize?{urlencode({'state': ATTEMPT.state, 'redirect_uri': REDIRECT})}"
    found = adopt(url, ATTEMPT, GATEWAY)
    assert found.url == url
    assert found.returns_here
    assert (found.state, found.verifier) == (ATTEMPT.state, ATTEMPT.verifier)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "smb://host/share",
        "javascript:alert(1)",
        "ms-msdt:/id",
        "data:text/html,x",
        "//evil.example/x",
        "https:///nowhere",
        "https://",
        "https:sso.example",
        "https://sso.example@evil.example/",
        "https://sso.example\\@evil.example/",
        "https://sso.example/ x",
        "https://sso.example/\nx",
        "https://\N{CYRILLIC SMALL LETTER ES}so.example/",
        "https://sso.example:99999/",
        "https://[broken/",
        "http://sso.example/authorize",
        "https://sso.example/" + "x" * LIMIT_CHARS,
    ],
)
def test_everything_else_is_not(url: str) -> None:  # fault 117
    with pytest.raises(BrowserSignInFailed) as caught:
        adopt(url, ATTEMPT, GATEWAY)
    assert caught.value.reason == BrowserSignInReason.UNSAFE


@given(st.text())
def test_nothing_but_the_web_ever_is(url: str) -> None:  # fault 117
    with contextlib.suppress(BrowserSignInFailed):
        assert adopt(url, ATTEMPT, GATEWAY).url.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("url", "gateway"),
    [
        ("http://127.0.0.1:8000/authorize", "https://gateway.example"),
        ("http://[::1]:8000/authorize", "https://gateway.example"),
        ("http://gateway.example:9000/authorize", "http://gateway.example"),
    ],
)
def test_plain_http_only_on_this_machine_or_as_the_gateway_itself(url: str, gateway: str) -> None:
    assert adopt(url, ATTEMPT, Address.parse(gateway, allow_plain_http=True)).url == url


def test_a_gateway_that_puts_in_its_own_redirect_is_told_of() -> None:
    own = "https://gateway.example/done"
    found = adopt(f"https://sso.example/a?{urlencode({'redirect_uri': own})}", ATTEMPT, GATEWAY)
    assert not found.returns_here
    assert found.redirect_uri == own
    assert found.state == ATTEMPT.state


def test_a_state_of_the_gateways_own_is_expected_back_if_it_can_not_be_guessed() -> None:
    own = "a" * 10 + "b" * 12
    assert adopt(f"https://sso.example/a?state={own}", ATTEMPT, GATEWAY).state == own
    with pytest.raises(BrowserSignInFailed, match="guessed"):
        adopt("https://sso.example/a?state=1234", ATTEMPT, GATEWAY)


@pytest.mark.parametrize("method", ["plain", "", None])
def test_a_weaker_proof_is_refused(method: str | None) -> None:  # fault 21
    query = {"code_challenge": challenge(ATTEMPT.verifier)} | (
        {} if method is None else {"code_challenge_method": method}
    )
    with pytest.raises(BrowserSignInFailed, match="S256"):
        adopt(f"https://sso.example/a?{urlencode(query)}", ATTEMPT, GATEWAY)
