"""dafnck on the wire: envelopes `{data, success, message?, errors?, meta?}` around names in camel case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.api import reading
from console.api.tokens import read_tokens, read_user
from console.model.identity import SignedIn

if TYPE_CHECKING:
    from console.api.contract import Fingerprint
    from console.model.account import Registration
    from console.model.identity import PasswordCredentials, Tokens, User

FINGERPRINTS = ("/auth/me",)
_UNAUTHORIZED = 401

# The platform's names of form fields, and ours.
FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "password": "password",
    "confirmPassword": "password",
    "currentPassword": "current",
    "newPassword": "password",
    "acceptTerms": "terms",
    "token": "token",
}


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """Only here is a refusal an envelope with `success` in it."""
    found = prints.get(FINGERPRINTS[0])
    if found is None or not isinstance(found.body, Mapping) or found.body.get("success") is not False:
        return 0.0
    return 0.5 + 0.2 * (found.status == _UNAUTHORIZED) + 0.2 * ("meta" in found.body)


def credentials(typed: PasswordCredentials) -> dict[str, object]:
    """The body of a sign-in."""
    return {"email": typed.username, "password": typed.password, "rememberMe": typed.remember}


def registration(wanted: Registration) -> dict[str, object]:
    """The body of a registration."""
    return {
        "firstName": wanted.first_name,
        "lastName": wanted.last_name,
        "email": wanted.email,
        "password": wanted.password,
        "confirmPassword": wanted.password,
        "acceptTerms": wanted.accepts_terms,
    }


def tokens(body: object, kept_refresh: str | None = None) -> Tokens:
    """`{token, refreshToken?, expiresIn}`; a refresh leaves the refresh token as it is."""
    found = reading.unwrapped(body, "tokens")
    return read_tokens(
        {
            "access_token": found.get("token"),
            "refresh_token": found.get("refreshToken") or kept_refresh,
            "expires_in": found.get("expiresIn"),
        }
    )


def user(body: object) -> User:
    """`{id, email, firstName, lastName, role}`, bare or as `user`."""
    found = reading.unwrapped(body, "user")
    inner = found.get("user")
    one = reading.obj(inner, "user") if inner else found
    return read_user({**one, "first_name": one.get("firstName"), "last_name": one.get("lastName")})


def signed_in(body: object) -> SignedIn:
    """`{user, token, refreshToken, expiresIn}`."""
    found = reading.unwrapped(body, "login")
    return SignedIn(tokens=tokens(found), user=user(found) if found.get("user") else None)


def fields(told: Mapping[str, str]) -> dict[str, str]:
    """What the platform holds against a form, by our names of its fields."""
    return {FIELDS.get(name, name): text for name, text in told.items()}
