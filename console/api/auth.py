"""The access token on its way to the gateway, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from console.model.errors import SignInRequired

if TYPE_CHECKING:
    from console.api.contract import TokenSource
    from console.model.address import Address


class Bearer:
    """Puts the token on requests for one origin.

    Not an `httpx.Auth`: between two attempts httpx reads the refused answer whole, without any limit on its size.
    """

    def __init__(self, source: TokenSource, address: Address) -> None:
        self._source = source
        self._origin = _origin(httpx.URL(address.origin))
        self.login = 0  # counts those who signed in: a request of one is not sent in the name of the next

    async def sign(self, request: httpx.Request, login: int) -> str | None:
        """Add the token, and say which one; None where none goes along: signed out, or another origin.

        Raises:
            SignInRequired: The login that the request is for has ended.
            GatewayError: See `TokenSource.token`.
        """
        if _origin(request.url) != self._origin or (token := await self._source.token()) is None:
            return None
        self._check(login)
        request.headers["Authorization"] = f"Bearer {token}"
        return token

    async def renew(self, request: httpx.Request, refused: str, login: int) -> None:
        """Replace the token that the gateway refused.

        Raises:
            SignInRequired: The login that the request is for has ended.
            GatewayError: See `TokenSource.renew`.
        """
        token = await self._source.renew(refused)
        self._check(login)
        request.headers["Authorization"] = f"Bearer {token}"

    def _check(self, login: int) -> None:
        if login != self.login:
            raise SignInRequired("somebody signed in anew meanwhile")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
