"""What python-engineio sends its requests through, and where it complains."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, NoReturn

import aiohttp

from console import __version__
from console.api import failures, network
from console.api.feed.running import SLICE_S
from console.api.feed.socketio_packet import ATTACHING, plain_event
from console.api.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.address import Address
    from console.model.errors import GatewayError
    from console.model.network import NetworkOptions

    Hear = Callable[[str, list[object]], bool]

ANSWER_LIMIT_BYTES = 16 * 1024 * 1024
CLOSE_S = 1.0


class TappedSocket:
    """As much of an aiohttp WebSocket as python-engineio uses; plain events take a short cut around it.

    The library starts two tasks for each message and takes some 4,000 a second: a flood would grow old in the
    gateway's memory and the network's, where nobody can drop anything.

    Args:
        socket: The real one.
        hear: Takes namespace, and name and arguments, of an event; False when it does not want it.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, hear: Hear) -> None:
        self._socket = socket
        self._hear = hear
        self._attaching = False
        self.send_str = socket.send_str
        self.send_bytes = socket.send_bytes
        self.close = socket.close

    async def receive(self) -> aiohttp.WSMessage:
        """The next message that is no plain event."""
        clock = asyncio.get_running_loop().time
        turn_ends = clock() + SLICE_S
        while True:
            message = await self._socket.receive()
            text = message.data if message.type is aiohttp.WSMsgType.TEXT else ""
            event = None if self._attaching else plain_event(text)
            if event is None or not self._hear(*event):
                self._attaching = text.startswith(ATTACHING)
                return message
            if clock() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = clock() + SLICE_S


class Session:
    """As much of an aiohttp session as python-engineio uses, with trust and proxy as everywhere.

    It follows no redirect (the library would post the token again, wherever a 307 leads), reads no body without a
    limit, and closes WebSockets that the library opened and forgot.

    Attributes:
        redirected: Where to an answer wanted to lead, as an error; None when none did.
    """

    def __init__(self, address: Address, options: NetworkOptions, route: str, hear: Hear) -> None:
        self.redirected: GatewayError | None = None
        self._route = route
        self._hear = hear
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
        """See aiohttp. Whole: the library does not read the answer, which keeps its connection when that ends late."""
        response = await self._http.post(url, **options)
        await response.read()
        return response

    async def ws_connect(self, url: str, **options: Any) -> TappedSocket:
        """See aiohttp."""
        socket: aiohttp.ClientWebSocketResponse = await self._http.ws_connect(url, **options)
        self._sockets.append(socket)
        return TappedSocket(socket, self._hear)

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
