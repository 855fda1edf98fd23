"""Tokens as gateways spell and misspell them: read whole, or refused with the field named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import failures, tokens
from console.model.errors import (
    ChallengeExpired,
    ConnectionLost,
    Forbidden,
    GatewayError,
    MfaRequired,
    NotAGateway,
    NotFound,
    NotOffered,
    ProtocolViolation,
    RateLimited,
    Rejected,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
    WrongCode,
)
from console.model.identity import Challenge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.model.identity import Tokens

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["access_token", "refresh_token", "expires_in", "token_type", "id", "email", "roles", "mfa_required", "mfa_token"]
)


def read(**fields: object) -> Tokens:
    return tokens.read_tokens({"access_token": "a.b.c", **fields})


@pytest.mark.parametrize(
    ("fields", "named"),
    [  # fault 23
        ({"access_token": None}, "access_token"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": 7}, "access_token"),
        ({"access_token": {"token": "x"}}, "access_token"),
        ({"access_token": "two words"}, "access_token"),
        ({"access_token": "line\nbreak"}, "access_token"),
        ({"access_token": "caf\u00e9"}, "access_token"),
        ({"access_token": "\ud800"}, "access_token"),
        ({"access_token": "x" * 2**20}, "access_token"),
        ({"access_token": None, "error": "invalid_grant"}, "access_token"),
        ({"refresh_token": "line\r\nbreak"}, "refresh_token"),
        ({"token_type": "mac"}, "token_type"),
        ({"token_type": "N" * 5000}, "token_type"),
        ({"expires_in": -1}, "expires_in"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_in": "abc"}, "expires_in"),
        ({"expires_in": 1e12}, "expires_in"),
        ({"expires_in": 10**400}, "expires_in"),
        ({"expires_in": float("nan")}, "expires_in"),
        ({"expires_in": True}, "expires_in"),
        ({"expires_in": {"password": "x" * 5000}}, "expires_in"),
    ],
)
def test_what_is_refused_is_named(fields: Mapping[str, object], named: str) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        read(**fields)
    assert caught.value.field == named
    assert len(caught.value.detail) < 120


@pytest.mark.parametrize("said", [900, 900.0, "900", "900s"])
def test_a_lifetime_counts_from_now(said: object) -> None:
    before = datetime.now(UTC)
    found = read(expires_in=said)
    assert found.lifetime_s == 900
    assert found.expires_at is not None
    assert before <= found.expires_at - timedelta(seconds=900) <= datetime.now(UTC)


@pytest.mark.parametrize("name", ["access_token", "accessToken", "token"])
def test_the_access_token_has_three_names(name: str) -> None:
    found = tokens.read_tokens({name: "a.b.c"})
    assert (found.access, found.refresh, found.expires_at, found.renewable) == ("a.b.c", None, None, False)


def test_a_long_token_is_never_shortened() -> None:  # fault 37
    long = "x" * 12_000
    assert (read(access_token=long).access, read(refresh_token=long).refresh) == (long, long)


def test_cookies_make_it_renewable() -> None:
    found = tokens.read_tokens({"access_token": "a", "token_type": "Bearer"}, {"refresh_token": "r"})
    assert found.renewable
    assert "r" not in found.cookies.keys() - {"refresh_token"}
    assert "a.b.c" not in repr(read(refresh_token="s.e.c"))


@given(st.dictionaries(FIELDS, json_values, max_size=6))
def test_any_payload_gives_a_value_or_names_its_field(body: dict[str, object]) -> None:
    for reader in (tokens.read_tokens, tokens.read_user, tokens.refuse_challenge):
        try:
            reader(body)
        except (ProtocolViolation, MfaRequired) as exc:
            refused = exc
        else:
            continue
        assert isinstance(refused, MfaRequired) or refused.field


@pytest.mark.parametrize(
    ("error", "over"),
    [
        (Unauthorized(status=401), True),
        (Forbidden(status=403), True),
        (Rejected(status=400), True),
        (Rejected(status=422), True),
        (MfaRequired(challenge=Challenge()), True),
        (NotOffered(), True),
        (Rejected(status=408), False),
        (NotAGateway(status=400), False),
        (RateLimited(), False),
        (ServiceFailed(status=503), False),
        (ConnectionLost(), False),
        (ProtocolViolation(field="access_token"), False),
    ],
)
def test_which_refusals_end_a_session(error: GatewayError, *, over: bool) -> None:  # faults 32, 33
    with pytest.raises(GatewayError) as caught, tokens.renewal():
        raise error
    assert isinstance(caught.value, SignInRequired) is over


@pytest.mark.parametrize(
    ("body", "methods"),
    [
        ({"mfa_required": True, "methods": ["totp", 7]}, ("totp", "7")),
        ({"mfa_token": "m", "methods": "totp"}, ("totp",)),
        ({"mfa_required": True}, ()),
    ],
)
def test_a_challenge_is_no_sign_in(body: Mapping[str, object], methods: tuple[str, ...]) -> None:
    with pytest.raises(MfaRequired) as caught:
        tokens.refuse_challenge(body)
    assert caught.value.challenge.methods == methods


def test_no_challenge_where_none_is_made() -> None:
    tokens.refuse_challenge({"mfa_required": False, "mfa_token": None, "access_token": "a"})


@pytest.mark.parametrize(
    ("body", "user_id", "name"),
    [
        ({"id": 7, "email": "a@b.example"}, "7", "a@b.example"),
        ({"user_id": "u", "first_name": "Ada", "last_name": "L"}, "u", "Ada L"),
        ({"sub": "s", "username": "ada"}, "s", "ada"),
        ({"email": "a@b.example", "name": ""}, "a@b.example", "a@b.example"),
        ({"id": "x"}, "x", "x"),
    ],
)
def test_a_users_names(body: Mapping[str, object], user_id: str, name: str) -> None:
    found = tokens.read_user(body)
    assert (found.id, found.name) == (user_id, name)


@pytest.mark.parametrize(
    ("body", "roles"),
    [
        ({"roles": ["a", 1]}, ("a", "1")),
        ({"role": "admin"}, ("admin",)),
        ({"roles": "", "role": "a"}, ("a",)),
        ({}, ()),
    ],
)
def test_a_users_roles(body: Mapping[str, object], roles: tuple[str, ...]) -> None:
    assert tokens.read_user({"id": "x", **body}).roles == roles


@pytest.mark.parametrize(
    ("error", "becomes", "left"),
    [
        (Unauthorized("Invalid code", code="MFA_INVALID"), WrongCode, None),
        (Rejected("Invalid verification code", status=400), WrongCode, None),
        (Unauthorized("MFA session expired", code="MFA_EXPIRED"), ChallengeExpired, None),
        (Rejected("Verification expired, please sign in again", status=400), ChallengeExpired, None),
        (NotFound("no such challenge", status=404), ChallengeExpired, None),
        (Rejected("too many", status=423), Unauthorized, None),
        (RateLimited("slow down", retry_after_s=9.0), RateLimited, None),
    ],
)
def test_a_wrong_code_is_told_from_a_challenge_that_is_over(
    error: GatewayError, becomes: type[GatewayError], left: int | None
) -> None:  # fault 26
    with pytest.raises(GatewayError) as caught, tokens.verification():
        raise error
    assert type(caught.value) is becomes
    assert caught.value.attempts_left == left


def test_how_many_attempts_are_left_is_kept() -> None:  # fault 26
    answer = failures.from_answer(401, {}, b'{"detail": "no", "attempts_left": 2}', route="", request_id="")
    with pytest.raises(WrongCode) as caught, tokens.verification():
        raise answer
    assert caught.value.attempts_left == 2
    none_left = failures.from_answer(400, {}, b'{"detail": "no", "attempts_remaining": 0}', route="", request_id="")
    with pytest.raises(ChallengeExpired), tokens.verification():
        raise none_left


def test_a_challenge_shows_no_secret() -> None:
    assert "canary" not in repr(Challenge(token="canary", user_id="canary"))
