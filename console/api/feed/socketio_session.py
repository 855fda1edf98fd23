"""What python-engineio sends its requests through, and where it complains."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, NoReturn

import aiohttp

from console import __version__
from console.api import failures, network
from console.api.redaction import redact

if TYPE_CHECKING:
    from console.model.address import Address
    from console.model.errors import GatewayError
    from console.model.network import NetworkOptions

ANSWER_LIMIT_BYTES = 16 * 1024 * 1024
CLOSE_S = 1.0


class Session:
    """As much of an aiohttp session as python-engineio uses, with trust and proxy as everywhere.

    It follows no redirect (the library would post the token again, wherever a 307 leads), reads no body without a
    limit, and closes WebSockets that the library opened and forgot.

    Attributes:
        redirected: Where to an answer wanted to lead, as an error; None when none did.
    """

    def __init__(self, address: Address, options: NetworkOptions, route: str) -> None:
        self.redirected: GatewayError | None = None
        self._route = route
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []
        tracing = aiohttp.TraceConfig()
        tracing.on_request_redirect.append(self._refuse)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=network.tls_for(address, options)),
            proxy=network.proxy_for(address, options),
            trust_env=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # load balancers tie pollers to a server by one, by address too
            headers={"User-Agent": f"{network.USER_AGENT}/{__version__}"},
            response_class=_LimitedResponse,
            trace_configs=[tracing],
        )

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._http.closed

    @property
    def cookie_jar(self) -> aiohttp.abc.AbstractCookieJar:
        """See aiohttp."""
        return self._http.cookie_jar

    async def get(self, url: str, **options: Any) -> aiohttp.ClientResponse:
        """See aiohttp."""
        return await self._http.get(url, **options)

    async def post(self, url: str, **options: Any) -> aiohttp.ClientResponse:
        """See aiohttp."""
        return await self._http.post(url, **options)

    async def ws_connect(self, url: str, **options: Any) -> aiohttp.ClientWebSocketResponse:
        """See aiohttp."""
        socket: aiohttp.ClientWebSocketResponse = await self._http.ws_connect(url, **options)
        self._sockets.append(socket)
        return socket

    async def close(self) -> None:
        """Close every connection, within `CLOSE_S` for those that should be told."""
        for socket in self._sockets:
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close()
        await self._http.close()

    async def _refuse(self, _session: object, _context: object, about: aiohttp.TraceRequestRedirectParams) -> NoReturn:
        answer = about.response
        self.redirected = failures.from_answer(answer.status, answer.headers, b"", route=self._route, request_id="")
        answer.close()
        raise aiohttp.ClientPayloadError("redirects are not followed")


class _LimitedResponse(aiohttp.ClientResponse):
    """The library reads whole bodies, however long."""

    async def read(self) -> bytes:
        """See aiohttp."""
        if self._body is None:
            pieces, size = [], 0
            async for piece in self.content.iter_any():
                pieces.append(piece)
                size += len(piece)
                if size > ANSWER_LIMIT_BYTES:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too long")
            self._body = b"".join(pieces)
            self.release()
        return self._body


class LastWords(logging.Handler):
    """Keeps what the library last complained of: it raises nothing for most of what ends a connection."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        self.text = redact(record.getMessage()).removesuffix(", aborting")
