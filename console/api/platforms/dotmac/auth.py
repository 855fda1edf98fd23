"""dotmac: password sign-in and refresh with tokens in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.api import reading
from console.api.query import Query
from console.api.tokens import read_tokens, read_user, refuse_challenge, renewal, verification
from console.model.capability import Effect, Operation
from console.model.errors import Forbidden, MfaRequired, NotOffered, ProtocolViolation, SignInRequired
from console.model.identity import Challenge, SignedIn, Tokens, User
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.transport import Transport
    from console.model.identity import PasswordCredentials

LOGIN = Operation(
    session=True,
    name="auth.login",
    method="POST",
    routes=("/api/auth/login", "/api/v1/auth/login"),
    effect=Effect.WRITE,
    authenticated=False,
)
_APP_CODE_DIGITS = 6

VERIFY = Operation(
    session=True,
    name="auth.verify",
    method="POST",
    routes=("/api/auth/mfa/verify",),
    effect=Effect.WRITE,
    authenticated=False,
)
VERIFY_USER = Operation(
    session=True,
    name="auth.verify_user",
    method="POST",
    routes=("/api/v1/auth/login/verify-2fa",),
    effect=Effect.WRITE,
    authenticated=False,
)
REFRESH = Operation(
    session=True,
    name="auth.refresh",
    method="POST",
    routes=("/api/auth/refresh", "/api/v1/auth/refresh"),
    effect=Effect.WRITE,
    timeout_s=10.0,  # three times, with OPTIONS: within the lease that keeps other processes from renewing too
    authenticated=False,
)
ME = Operation(
    session=True,
    name="auth.me",
    method="GET",
    routes=("/api/auth/me", "/api/v1/auth/me"),
    effect=Effect.READ,
    timeout_s=10.0,
)
LOGOUT = Operation(
    session=True,
    name="auth.logout",
    method="POST",
    routes=("/api/auth/logout", "/api/v1/auth/logout"),
    effect=Effect.IDEMPOTENT,
    timeout_s=5.0,
)


class DotmacAuthentication:
    """See `console.api.contract.Authentication`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        """Log in. Some servers ask for a user name, some for an address: both get the same text."""
        try:
            reply = await self._transport.call(
                LOGIN,
                payload={
                    "email": credentials.username,
                    "username": credentials.username,
                    "password": credentials.password,
                },
            )
        except Forbidden as exc:
            if exc.code == "2FA_REQUIRED":
                raise MfaRequired(
                    exc.detail, challenge=Challenge(), route=exc.route, request_id=exc.request_id
                ) from exc
            raise
        body = reading.unwrapped(reply.body, "login")
        refuse_challenge(body)
        return _signed_in(body)

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:
        """By the challenge's token, as the guide has it; servers that name the user instead have their own route."""
        if challenge.token:
            operation = VERIFY
            payload: dict[str, object] = {"mfa_token": challenge.token, "code": code}
        elif challenge.user_id:
            backup = not (code.isdigit() and len(code) == _APP_CODE_DIGITS)
            operation = VERIFY_USER
            payload = {"user_id": challenge.user_id, "code": code, "is_backup_code": backup}
        else:
            raise ProtocolViolation("the gateway does not say whose second factor it wants", field="X-User-ID")
        with verification():
            reply = await self._transport.call(operation, payload=payload)
        return _signed_in(reading.unwrapped(reply.body, "verify"))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Trade the refresh token. A server that does not rotate it leaves it out of the answer."""
        if tokens.refresh is None:
            raise SignInRequired("this gateway gave nothing to renew the sign-in with", code=RenewalCode.NOT_RENEWABLE)
        with renewal():
            reply = await self._transport.call(REFRESH, payload={"refresh_token": tokens.refresh})
        renewed = read_tokens(reading.unwrapped(reply.body, "refresh"))
        return renewed if renewed.refresh else msgspec.structs.replace(renewed, refresh=tokens.refresh)

    @property
    def who(self) -> Query[User]:
        """See the port."""
        return Query(operation=ME, decode=_user, tags=frozenset({"user"}))

    async def who_am_i(self) -> User:
        """`GET /api/auth/me`."""
        return _user((await self._transport.call(ME)).body)

    async def sign_out(self, tokens: Tokens) -> None:  # noqa: ARG002  (the port's signature)
        """`POST /api/auth/logout`; where the route is missing there is nothing to end."""
        try:
            await self._transport.call(LOGOUT)
        except NotOffered:
            return


def _user(body: object) -> User:
    found = reading.unwrapped(body, "user")
    inner = found.get("user")
    return read_user(reading.obj(inner, "user") if inner else found)


def _signed_in(body: Mapping[str, object]) -> SignedIn:
    user = body.get("user")
    return SignedIn(tokens=read_tokens(body), user=read_user(reading.obj(user, "user")) if user else None)
