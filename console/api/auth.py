"""The access token on its way to the gateway, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from console.api.contract import TokenSource
    from console.model.address import Address

_UNAUTHORIZED = 401
ATTEMPT = "gatewatch.attempt"


class BearerAuth(httpx.Auth):
    """Adds the token to requests for one origin; on a 401 renews it once and sends the request again.

    An `Auth` and not an event hook: httpx drops what an `Auth` added when it follows a redirect elsewhere.
    """

    def __init__(self, source: TokenSource, address: Address) -> None:
        self._source = source
        self._origin = _origin(httpx.URL(address.origin))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """See `httpx.Auth`."""
        if _origin(request.url) != self._origin or (token := await self._source.token()) is None:
            yield request
            return
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != _UNAUTHORIZED:
            return
        token = await self._source.renew(token)
        request.headers["Authorization"] = f"Bearer {token}"
        request.extensions[ATTEMPT] = 2
        yield request

    def sync_auth_flow(
        self,
        request: httpx.Request,  # noqa: ARG002  (httpx's signature)
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Refuse: the console has no synchronous client."""
        raise RuntimeError("BearerAuth works with an asynchronous client only")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
