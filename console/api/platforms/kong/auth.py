"""kong: password sign-in, refresh through a cookie that the session keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.api import reading
from console.api.query import Query
from console.api.tokens import read_tokens, read_user, refuse_challenge, renewal, verification
from console.model.capability import Effect, Operation
from console.model.errors import Forbidden, GatewayError, NotOffered, Rejected, SignInRequired, Unauthorized
from console.model.identity import SignedIn, Tokens, User
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.transport import Reply, Transport
    from console.model.identity import Challenge, PasswordCredentials

REFRESH_COOKIE = "refresh_token"
_LOCKED = 423

LOGIN = Operation(
    session=True,
    name="auth.login",
    method="POST",
    routes=("/api/v1/auth/login", "/api/v1/auth/auth/login"),
    effect=Effect.WRITE,
    authenticated=False,
)
VERIFY = Operation(
    session=True,
    name="auth.verify",
    method="POST",
    routes=("/api/v1/mfa/verify",),
    effect=Effect.WRITE,
    authenticated=False,
)
SET_REFRESH = Operation(
    session=True,
    name="auth.set_refresh",
    method="POST",
    routes=("/api/v1/auth/set-refresh",),
    effect=Effect.IDEMPOTENT,
    timeout_s=5.0,
    authenticated=False,
)
REFRESH = Operation(
    session=True,
    name="auth.refresh",
    method="POST",
    routes=("/api/v1/auth/refresh",),
    effect=Effect.WRITE,
    timeout_s=15.0,  # with the cookie's 5 s well within the lease that keeps other processes from renewing too
    authenticated=False,
)
ME = Operation(
    session=True,
    name="auth.me",
    method="GET",
    routes=("/api/v1/auth/me", "/api/v1/auth/auth/me"),
    effect=Effect.READ,
    timeout_s=10.0,
)
LOGOUT = Operation(
    session=True,
    name="auth.logout",
    method="POST",
    routes=("/api/v1/auth/logout",),
    effect=Effect.IDEMPOTENT,
    timeout_s=5.0,
)


class KongAuthentication:
    """See `console.api.contract.Authentication`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        """Log in, then trade the refresh token for its cookie, as the guide has it."""
        try:
            reply = await self._transport.call(
                LOGIN, payload={"email": credentials.username, "password": credentials.password}
            )
        except Forbidden as exc:
            raise Unauthorized(
                exc.detail or "the address is not verified yet",
                code="unverified",
                route=exc.route,
                request_id=exc.request_id,
            ) from exc
        except Rejected as exc:
            if exc.status == _LOCKED:
                raise Unauthorized(
                    exc.detail, code="locked", status=_LOCKED, route=exc.route, request_id=exc.request_id
                ) from exc
            raise
        body = reading.unwrapped(reply.body, "login")
        refuse_challenge(body)
        return await self._signed_in(reply, body)

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:
        """`POST /api/v1/mfa/verify {mfa_token, code}` gives what the sign-in would have given."""
        with verification():
            reply = await self._transport.call(VERIFY, payload={"mfa_token": challenge.token, "code": code})
        return await self._signed_in(reply, reading.unwrapped(reply.body, "verify"))

    async def _signed_in(self, reply: Reply, body: Mapping[str, object]) -> SignedIn:
        tokens = await self._with_cookie(read_tokens(body, _refresh_cookie(reply.cookies)))
        user = body.get("user")
        return SignedIn(tokens=tokens, user=read_user(reading.obj(user, "user")) if user else None)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Send the cookie back; the answer has new tokens, and the cookie's successor is asked for at once."""
        if not tokens.renewable:
            raise SignInRequired("this gateway gave nothing to renew the sign-in with", code=RenewalCode.NOT_RENEWABLE)
        cookies = tokens.cookies or {REFRESH_COOKIE: tokens.refresh or ""}
        with renewal():
            reply = await self._transport.call(REFRESH, cookies=cookies)
        renewed = read_tokens(reading.unwrapped(reply.body, "refresh"), _refresh_cookie(reply.cookies))
        if not renewed.renewable:  # not rotated: the old ones stay good
            return msgspec.structs.replace(renewed, refresh=tokens.refresh, cookies=tokens.cookies)
        return await self._with_cookie(renewed)

    @property
    def who(self) -> Query[User]:
        """See the port."""
        return Query(operation=ME, decode=_user, tags=frozenset({"user"}))

    async def who_am_i(self) -> User:
        """`GET /api/v1/auth/me`."""
        return _user((await self._transport.call(ME)).body)

    async def sign_out(self, tokens: Tokens) -> None:
        """`POST /api/v1/auth/logout`; where the route is missing there is nothing to end."""
        try:
            await self._transport.call(LOGOUT, cookies=tokens.cookies)
        except NotOffered:
            return

    async def _with_cookie(self, tokens: Tokens) -> Tokens:
        """Have the gateway place the refresh cookie, unless its answer already did.

        When that fails the refresh token itself serves as the cookie's value: losing a fresh sign-in over it would
        help nobody.
        """
        if tokens.cookies or tokens.refresh is None:
            return tokens
        try:
            reply = await self._transport.call(SET_REFRESH, payload={"refresh_token": tokens.refresh})
        except GatewayError:
            return tokens
        return msgspec.structs.replace(tokens, cookies=_refresh_cookie(reply.cookies))


def _user(body: object) -> User:
    found = reading.unwrapped(body, "user")
    inner = found.get("user")
    return read_user(reading.obj(inner, "user") if inner else found)


def _refresh_cookie(cookies: Mapping[str, str]) -> dict[str, str]:
    value = cookies.get(REFRESH_COOKIE)
    return {REFRESH_COOKIE: value} if value else {}
