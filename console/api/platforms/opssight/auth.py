"""opssight: sign-in by password where offered, refresh by a token in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.api import reading
from console.api.query import Query
from console.api.tokens import read_tokens, read_user, refuse_challenge, renewal, verification
from console.model.capability import Effect, Operation
from console.model.errors import NotOffered, Rejected, SignInRequired
from console.model.identity import SignedIn, Tokens, User
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.transport import Reply, Transport
    from console.model.identity import Challenge, PasswordCredentials

AUTH_BASES = ("/api/v1/auth", "/auth")
_WANTS_A_FORM = 422


def _operation(name: str, method: str, effect: Effect, *, timeout_s: float, authenticated: bool = True) -> Operation:
    return Operation(
        session=True,
        name=f"auth.{name}",
        method=method,
        routes=tuple(f"{base}/{name}" for base in AUTH_BASES),
        effect=effect,
        timeout_s=timeout_s,
        authenticated=authenticated,
    )


LOGIN = _operation("login", "POST", Effect.WRITE, timeout_s=30.0, authenticated=False)
VERIFY = _operation("mfa/verify", "POST", Effect.WRITE, timeout_s=30.0, authenticated=False)
REFRESH = _operation("refresh", "POST", Effect.WRITE, timeout_s=15.0, authenticated=False)
ME = _operation("me", "GET", Effect.READ, timeout_s=10.0)
LOGOUT = _operation("logout", "POST", Effect.IDEMPOTENT, timeout_s=5.0)


class OpssightAuthentication:
    """See `console.api.contract.Authentication`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        """As JSON, as the guide's siblings have it; a server that takes forms only refuses that, and gets a form."""
        username, password = credentials.username, credentials.password
        try:
            reply = await self._transport.call(
                LOGIN, payload={"email": username, "username": username, "password": password}
            )
        except Rejected as exc:
            if exc.status != _WANTS_A_FORM:
                raise
            reply = await self._transport.call(LOGIN, form={"username": username, "password": password})
        body = reading.unwrapped(reply.body, "login")
        refuse_challenge(body)
        return await signed_in(reply, body)

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:
        """The guide has no second factor; servers that want one take it where their siblings do."""
        with verification():
            reply = await self._transport.call(VERIFY, payload={"mfa_token": challenge.token, "code": code})
        return await signed_in(reply, reading.unwrapped(reply.body, "verify"))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """`POST /auth/refresh {refresh_token}`; servers that give none end with the access token."""
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
        """`GET /auth/me`."""
        return _user((await self._transport.call(ME)).body)

    async def sign_out(self, tokens: Tokens) -> None:  # noqa: ARG002  (the port's signature)
        """`POST /auth/logout`; where the route is missing there is nothing to end."""
        try:
            await self._transport.call(LOGOUT)
        except NotOffered:
            return


async def signed_in(_reply: Reply, body: Mapping[str, object]) -> SignedIn:
    """What any way of signing in answers at its end."""
    user = body.get("user")
    return SignedIn(tokens=read_tokens(body), user=read_user(reading.obj(user, "user")) if user else None)


def _user(body: object) -> User:
    found = reading.unwrapped(body, "user")
    inner = found.get("user")
    return read_user(reading.obj(inner, "user") if inner else found)
