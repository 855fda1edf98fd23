"""Reading the tokens of a sign-in, in the spelling most platforms share."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.api import reading
from console.model.errors import (
    ChallengeExpired,
    Forbidden,
    GatewayError,
    MfaRequired,
    NotAGateway,
    NotFound,
    NotOffered,
    ProtocolViolation,
    Rejected,
    SignInRequired,
    Unauthorized,
    WrongCode,
)
from console.model.identity import Challenge, Tokens, User
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIFETIME_LIMIT_S = 400 * 86400.0
TOKEN_LIMIT_CHARS = 16 * 1024

_ACCESS = ("access_token", "accessToken", "token")
_GONE = frozenset({404, 410})
_LOCKED = 423
_REFUSED_FOR_GOOD = frozenset({400, 401, 403, 410, 422, 423})


def read_tokens(body: Mapping[str, object], cookies: Mapping[str, str] | None = None) -> Tokens:
    """Tokens from `{access_token, refresh_token, expires_in, token_type}`.

    `expires_in` counts from now: it needs no agreement between two clocks.

    Raises:
        ProtocolViolation: No access token, a token that is no header value, another token type than bearer, or a
            lifetime that is none.
    """
    access = next((found for name in _ACCESS if (found := _token(body, name)) is not None), None)
    if access is None:
        raise ProtocolViolation("access_token is missing", field="access_token")
    kind = reading.text(body.get("token_type")) or "bearer"
    if kind.casefold() != "bearer":
        raise ProtocolViolation(f"token_type is {kind[:32]!r}, not bearer", field="token_type")
    refresh = _token(body, "refresh_token")
    lifetime_s = None
    if (said := body.get("expires_in")) is not None:
        lifetime_s = reading.number(said)
        if lifetime_s is None or not 0 < lifetime_s <= LIFETIME_LIMIT_S:
            raise ProtocolViolation(f"expires_in is {repr(said)[:32]}", field="expires_in")
    expires_at = None if lifetime_s is None else datetime.now(UTC) + timedelta(seconds=lifetime_s)
    return Tokens(
        access=access, refresh=refresh, expires_at=expires_at, lifetime_s=lifetime_s, cookies=dict(cookies or {})
    )


@contextlib.contextmanager
def renewal() -> Iterator[None]:
    """Around a request for new tokens: what a gateway says when it will never give them ends the session.

    Raises:
        SignInRequired: Refused for good, or this gateway renews nothing.
        GatewayError: Could not be asked, or another time: the old tokens may still be good.
    """
    try:
        yield
    except NotOffered as exc:
        raise SignInRequired("this gateway does not renew sign-ins", code=RenewalCode.NOT_RENEWABLE) from exc
    except GatewayError as exc:
        refused = exc.status in _REFUSED_FOR_GOOD and not isinstance(exc, NotAGateway)
        if not refused and not isinstance(exc, MfaRequired):
            raise
        raise SignInRequired(exc.detail, route=exc.route, status=exc.status, request_id=exc.request_id) from exc


def refuse_challenge(body: Mapping[str, object]) -> None:
    """Stop where the answer to a sign-in is a demand for a second factor.

    Raises:
        MfaRequired: It is.
    """
    if body.get("mfa_required") is True or reading.text(body.get("mfa_token")):
        challenge = Challenge(token=_token(body, "mfa_token") or "", methods=reading.texts(body.get("methods")))
        raise MfaRequired("a second factor is required", challenge=challenge)


@contextlib.contextmanager
def verification() -> Iterator[None]:
    """Around a request that answers a challenge: tells a wrong code from a challenge that is over.

    Platforms answer both with 400 or 401; which it was stands in a code or, where there is none, in the text.

    Raises:
        WrongCode: Another may be tried.
        ChallengeExpired: None may.
        GatewayError: Anything else that failed; the challenge may still be open.
    """
    try:
        yield
    except (Unauthorized, Rejected, Forbidden, NotFound) as exc:
        if exc.status == _LOCKED:
            raise Unauthorized(
                exc.detail, code="locked", status=_LOCKED, route=exc.route, request_id=exc.request_id
            ) from exc
        over = "expired" in f"{exc.code} {exc.detail}".casefold() or exc.status in _GONE or exc.attempts_left == 0
        if over:
            raise ChallengeExpired(exc.detail, route=exc.route, status=exc.status, request_id=exc.request_id) from exc
        raise WrongCode(
            exc.detail, attempts_left=exc.attempts_left, route=exc.route, request_id=exc.request_id
        ) from exc


def read_user(body: Mapping[str, object]) -> User:
    """A user; the id may have any of its usual names.

    Raises:
        ProtocolViolation: It has no id.
    """
    user_id = reading.required_text(body, "id", "user_id", "sub", "email")
    email = reading.text(body.get("email"))
    full = " ".join(part for name in ("first_name", "last_name") if (part := reading.text(body.get(name))))
    name = next(
        (found for key in ("name", "full_name", "display_name", "username") if (found := reading.text(body.get(key)))),
        full or email or user_id,
    )
    roles = reading.texts(body.get("roles")) or reading.texts(body.get("role"))
    username = reading.text(body.get("username"))
    granted = body.get("permissions")
    return User(
        id=user_id,
        name=name,
        email=email,
        roles=roles,
        username=username,
        permissions=reading.texts(granted) if isinstance(granted, list) else None,
        tenant=reading.text(body.get("tenant_id")) or reading.text(body.get("tenantId")),
    )


def _token(body: Mapping[str, object], field: str) -> str | None:
    """A token as it is, never shortened; None for none."""
    token = body.get(field)
    if not isinstance(token, str) or not token:
        return None
    if len(token) > TOKEN_LIMIT_CHARS:
        raise ProtocolViolation(f"{field} has {len(token)} characters, more than any header may carry", field=field)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ProtocolViolation(f"{field} has characters that no header may carry", field=field)
    return token
