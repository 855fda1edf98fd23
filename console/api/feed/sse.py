"""A feed over server-sent events: one answer that never ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from console import __version__
from console.api import body, failures, network
from console.api.feed.event_stream import EventStreamParser, ServerEvent
from console.api.feed.origin import is_own
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    GatewayError,
    NotAGateway,
    ProtocolViolation,
    Unauthorized,
)
from console.model.feed import FeedLive, FeedMessage, FeedNonsense, Via
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell
    from console.model.address import Address
    from console.model.network import NetworkOptions

T = TypeVar("T")

CONTENT_TYPE = "text/event-stream"
LAST_ID_LIMIT_CHARS = 1024

_OK = 200
# The stream has no pings: the system asks the other side's, so that a dead one is noticed after 25 s of silence.
_KEEPALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)] + [
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
]


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class StreamEndpoint(Generic[T]):
    """Where a stream is and how its events read.

    Attributes:
        address: The gateway, for proxy and trust rules. Only its own origin gets the token.
        url: `http://` or `https://`, without a token in it.
        decode: One event to values. Raises Unauthorized where the event says that the token is refused: that ends the
            connection. Raises any other GatewayError for nonsense, which is counted and never fatal.
        headers: Made anew for each attempt; the token is added here.
        options: Trust and proxy, the same as those of the gateway's other HTTP.
    """

    address: Address
    url: str
    decode: Callable[[ServerEvent], Sequence[T]]
    headers: Callable[[], Mapping[str, str]] = _no_headers
    options: NetworkOptions = network.DEFAULT


class EventStreamLink(Generic[T]):
    """See `console.api.feed.reconnecting.Link`. Asks for what it missed where the events have ids."""

    def __init__(self, endpoint: StreamEndpoint[T]) -> None:
        self._endpoint = endpoint
        self._last_id = ""
        self._retry_s: float | None = None

    @property
    def route(self) -> str:
        """Method and path, for errors."""
        return f"GET {urlsplit(self._endpoint.url).path or '/'}"

    @property
    def asked_wait_s(self) -> float | None:
        """What the stream's last `retry` said."""
        return self._retry_s

    def forget(self) -> None:
        """See `Link`: the former consumer's last event is nobody else's."""
        self._last_id, self._retry_s = "", None

    async def run(self, token: str | None, tell: Tell[T], policy: FeedPolicy) -> None:
        """See `Link.run`."""
        endpoint = self._endpoint
        transport = httpx.AsyncHTTPTransport(
            verify=network.tls_for(endpoint.address, endpoint.options),
            proxy=network.http_proxy(endpoint.address, endpoint.options),
            trust_env=False,
            socket_options=_KEEPALIVE,
        )
        timeout = httpx.Timeout(policy.open_s, read=policy.silence_s)
        try:
            async with httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False) as client:
                request = client.build_request("GET", endpoint.url, headers=self._headers(token))
                response = await self._asked(client, request, policy)
                async with contextlib.aclosing(response):
                    await self._listen(response, tell, policy)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError) as exc:
            raise failures.from_httpx(exc, self.route, "") from exc

    async def say(self, message: object) -> None:  # noqa: ARG002  (there is no way back)
        """See `Link.say`: streams only listen.

        Raises:
            ConnectionLost: Always.
        """
        raise ConnectionLost("server-sent events only listen", route=self.route)

    def _headers(self, token: str | None) -> dict[str, str]:
        headers = {
            "User-Agent": f"{network.USER_AGENT}/{__version__}",
            **self._endpoint.headers(),
            "Accept": CONTENT_TYPE,
            "Accept-Encoding": "identity",
            "Cache-Control": "no-store",
        }
        if token is not None and is_own(self._endpoint.url, self._endpoint.address):
            headers["Authorization"] = f"Bearer {token}"
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        return headers

    async def _asked(self, client: httpx.AsyncClient, request: httpx.Request, policy: FeedPolicy) -> httpx.Response:
        try:
            async with asyncio.timeout(policy.open_s):
                return await client.send(request, stream=True, follow_redirects=False)
        except TimeoutError as exc:
            raise ConnectFailed("no answer", reason=ConnectReason.TIMEOUT, route=self.route) from exc

    async def _listen(self, response: httpx.Response, tell: Tell[T], policy: FeedPolicy) -> None:
        await self._check(response, policy)
        tell(FeedLive(at=datetime.now(UTC), via=Via.EVENT_STREAM))
        parser = EventStreamParser(self._last_id)
        async for chunk in response.aiter_raw():
            events = parser.feed(chunk)
            self._last_id, self._retry_s = _fit(parser.last_id), parser.retry_s or self._retry_s
            for event in events:
                self._decode(event, tell)
            await asyncio.sleep(0)  # chunks that are there already come without a pause
        # The end of an answer is no goodbye: a stream is asked for again, unless it is gone by then.
        raise ConnectionLost("closed by the gateway", route=self.route)

    async def _check(self, response: httpx.Response, policy: FeedPolicy) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if response.status_code != _OK:
            raw = b""
            with contextlib.suppress(TimeoutError):  # why it says no may never come; that it does is known
                async with asyncio.timeout(policy.open_s):
                    raw = b"" if response.is_success else await body.read(response, route=self.route, request_id="")
            error = failures.from_answer(response.status_code, response.headers, raw, route=self.route, request_id="")
            error.detail = error.detail or f"answered with {response.status_code}"
            raise error
        if kind != CONTENT_TYPE:
            raise NotAGateway(f"no {CONTENT_TYPE}", content_type=kind, route=self.route, status=_OK)
        if response.headers.get("content-encoding", "identity").strip().casefold() != "identity":
            raise ProtocolViolation("compressed, although not asked for", field="content-encoding", route=self.route)

    def _decode(self, event: ServerEvent, tell: Tell[T]) -> None:
        at = datetime.now(UTC)
        try:
            values = self._endpoint.decode(event)
        except Unauthorized:
            raise
        except GatewayError as exc:
            tell(FeedNonsense(at=at, detail=exc.detail))
            return
        for value in values:
            tell(FeedMessage(at=at, value=value))


def _fit(event_id: str) -> str:
    """An id that a header can carry; empty for one that can't."""
    fits = event_id.isascii() and event_id.isprintable() and len(event_id) <= LAST_ID_LIMIT_CHARS
    return event_id if fits else ""
