"""aigentable: password sign-in. The guide renews nothing; where a server does, the refresh token rotates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.platforms.aigentable import wire
from console.api.query import Query
from console.api.tokens import renewal
from console.model.capability import Effect, Operation
from console.model.errors import NotOffered, SignInRequired
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from console.api.transport import Transport
    from console.model.identity import Challenge, PasswordCredentials, SignedIn, Tokens, User

LOGIN = Operation(
    session=True,
    name="auth.login",
    method="POST",
    routes=("/auth/login",),
    effect=Effect.WRITE,
    timeout_s=10.0,
    authenticated=False,
)
REFRESH = Operation(
    session=True,
    name="auth.refresh",
    method="POST",
    routes=("/auth/refresh",),
    effect=Effect.WRITE,
    timeout_s=10.0,
    authenticated=False,
)
ME = Operation(
    session=True,
    name="auth.me",
    method="GET",
    routes=("/auth/me",),
    effect=Effect.READ,
    timeout_s=10.0,
)
LOGOUT = Operation(
    session=True,
    name="auth.logout",
    method="POST",
    routes=("/auth/logout",),
    effect=Effect.IDEMPOTENT,
    timeout_s=5.0,
)


class AigentableAuthentication:
    """See `console.api.contract.Authentication`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def sign_in(self, credentials: PasswordCredentials) -> SignedIn:
        """`POST /auth/login {email, password}`."""
        typed = {"email": credentials.username, "password": credentials.password}
        return wire.signed_in((await self._transport.call(LOGIN, payload=typed)).body)

    async def answer(self, challenge: Challenge, code: str) -> SignedIn:  # noqa: ARG002  (the port's signature)
        """This platform asks for no second factor."""
        raise NotOffered("a second factor is not offered")

    async def refresh(self, tokens: Tokens) -> Tokens:
        """`POST /auth/refresh {refreshToken}` where the sign-in brought one. A sign-in elsewhere makes it worthless."""
        if tokens.refresh is None:
            raise SignInRequired("this platform renews no sign-in", code=RenewalCode.NOT_RENEWABLE)
        with renewal():
            reply = await self._transport.call(REFRESH, payload={"refreshToken": tokens.refresh})
        return wire.renewed(reply.body, tokens.refresh)

    @property
    def who(self) -> Query[User]:
        """See the port."""
        return Query(operation=ME, decode=wire.user, tags=frozenset({"user"}))

    async def who_am_i(self) -> User:
        """`GET /auth/me`."""
        return wire.user((await self._transport.call(ME)).body)

    async def sign_out(self, tokens: Tokens) -> None:  # noqa: ARG002  (the port's signature)
        """`POST /auth/logout`; where the route is missing there is nothing to end."""
        try:
            await self._transport.call(LOGOUT)
        except NotOffered:
            return
