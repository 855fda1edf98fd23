"""Whether a token that a feed refuses is refused by the gateway as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.errors import GatewayError, SignInRequired
from console.model.reasons import RenewalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.api.contract import TokenSource


class SecondOpinion:
    """A token source for feeds whose sign-ins perhaps can't be renewed.

    There a feed that turns somebody away, for a tenant or a fault of its own, would end a good sign-in. So the gateway
    is asked with the same token: only where that is refused too, it is renewed or over, as for any other request.

    Args:
        tokens: Where the token comes from.
        ask: What tells whether the gateway takes the token.
        renew_first: Sign-ins mostly can be renewed: the gateway is asked only where there is nothing to renew with.
    """

    def __init__(self, tokens: TokenSource, ask: Callable[[], Awaitable[object]], *, renew_first: bool = False) -> None:
        self._tokens = tokens
        self._ask = ask
        self._renew_first = renew_first

    async def token(self) -> str | None:
        """See `console.api.contract.TokenSource`."""
        return await self._tokens.token()

    async def renew(self, refused: str) -> str:
        """Another token, when the question led to one.

        Raises:
            SignInRequired: The gateway refuses the token too.
            GatewayError: It accepts it, or could not be asked.
        """
        if self._renew_first:
            try:
                return await self._tokens.renew(refused)
            except SignInRequired as exc:
                if exc.code != RenewalCode.NOT_RENEWABLE:
                    raise
        await self._ask()
        token = await self._tokens.token()
        if token is None or token == refused:
            raise GatewayError("the feed refuses a sign-in that the gateway accepts", route="feed")
        return token
