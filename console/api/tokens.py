"""Reading the tokens of a sign-in, in the spelling most platforms share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.api import reading
from console.model.errors import MfaRequired, ProtocolViolation
from console.model.identity import Tokens, User

if TYPE_CHECKING:
    from collections.abc import Mapping

LIFETIME_LIMIT_S = 400 * 86400.0


def read_tokens(body: Mapping[str, object], cookies: Mapping[str, str] | None = None) -> Tokens:
    """Tokens from `{access_token, refresh_token, expires_in, token_type}`.

    `expires_in` counts from now: it needs no agreement between two clocks.

    Raises:
        ProtocolViolation: No access token, a token that is no header value, another token type than bearer, or a
            lifetime that is none.
    """
    access = reading.required_text(body, "access_token", "accessToken", "token")
    _check_header_value(access, "access_token")
    kind = reading.text(body.get("token_type")) or "bearer"
    if kind.casefold() != "bearer":
        raise ProtocolViolation(f"token_type is {kind[:32]!r}, not bearer", field="token_type")
    refresh = reading.text(body.get("refresh_token")) or None
    if refresh is not None:
        _check_header_value(refresh, "refresh_token")
    lifetime_s = None
    if (said := body.get("expires_in")) is not None:
        lifetime_s = reading.number(said)
        if lifetime_s is None or not 0 < lifetime_s <= LIFETIME_LIMIT_S:
            raise ProtocolViolation(f"expires_in is {reading.text(said)[:32] or said!r}", field="expires_in")
    expires_at = None if lifetime_s is None else datetime.now(UTC) + timedelta(seconds=lifetime_s)
    return Tokens(
        access=access, refresh=refresh, expires_at=expires_at, lifetime_s=lifetime_s, cookies=dict(cookies or {})
    )


def refuse_challenge(body: Mapping[str, object]) -> None:
    """Stop where the answer to a sign-in is a demand for a second factor.

    Raises:
        MfaRequired: It is.
    """
    if body.get("mfa_required") is True or reading.text(body.get("mfa_token")):
        raise MfaRequired("a second factor is required", methods=reading.texts(body.get("methods")))


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
    return User(id=user_id, name=name, email=email, roles=roles)


def _check_header_value(token: str, field: str) -> None:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ProtocolViolation(f"{field} has characters that no header may carry", field=field)
