"""A feed over one WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, WebSocketException

from console.api import network
from console.api.feed.conversation import SILENT, Conversation
from console.api.feed.failures import REFUSING_CODES, from_websocket
from console.api.feed.inbound import InboundConnection
from console.api.feed.origin import is_own
from console.api.feed.running import SLICE_S
from console.model.errors import ConnectFailed, ConnectionLost, GatewayError, Unauthorized
from console.model.feed import FeedLive, FeedMessage, FeedNonsense, Via
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell
    from console.model.address import Address
    from console.model.network import NetworkOptions

T = TypeVar("T")

MESSAGE_LIMIT_BYTES = 1024 * 1024
LAST_LOOK_S = 0.05

_quiet = logging.getLogger(f"{__name__}.wire")  # the library's own would write URLs and headers, tokens included
_quiet.setLevel(logging.CRITICAL)


class TokenPlace(enum.Enum):
    """Where a platform wants the token."""

    HEADER = enum.auto()
    QUERY = enum.auto()  # only where the platform takes it nowhere else: proxies write URLs to their logs
    FIRST_MESSAGE = enum.auto()  # `Conversation.first` puts it there
    NOWHERE = enum.auto()


def _no_parameters() -> Mapping[str, str]:
    return {}


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[T]):
    """Where a feed is and how its messages read.

    Attributes:
        address: The gateway, for proxy and trust rules. Only its own origin gets the token.
        url: `ws://` or `wss://`, without a token in it.
        decode: One message to values. Raises Unauthorized where the message says that the token is refused: that ends
            the connection. Raises any other GatewayError for nonsense, which is counted and never fatal.
        headers: Made anew for each attempt; the token is added here.
        parameters: Of the URL, made anew for each attempt; the token is added here.
        token_place: Where the token goes.
        query_name: The token's name in the URL.
        refusing_codes: Close codes that say that the token is refused.
        conversation: What the platform expects to hear from us.
        options: Trust and proxy, the same as those of the gateway's HTTP.
    """

    address: Address
    url: str
    decode: Callable[[str | bytes], Sequence[T]]
    headers: Callable[[], Mapping[str, str]] = _no_headers
    parameters: Callable[[], Mapping[str, str]] = _no_parameters
    token_place: TokenPlace = TokenPlace.HEADER
    query_name: str = "token"
    refusing_codes: frozenset[int] = REFUSING_CODES
    conversation: Conversation = SILENT
    options: NetworkOptions = network.DEFAULT


@dataclass
class _End:
    """Why we gave a connection up; empty when we did not."""

    reason: str = ""


class WebSocketLink(Generic[T]):
    """See `console.api.feed.reconnecting.Link`. A dead connection is noticed by unanswered pings, or by silence."""

    def __init__(self, endpoint: Endpoint[T]) -> None:
        self._endpoint = endpoint
        self._socket: InboundConnection | None = None

    @property
    def asked_wait_s(self) -> float | None:
        """See `Link`: nothing says so here."""
        return None

    def forget(self) -> None:
        """See `Link`: nothing is remembered here."""

    @property
    def route(self) -> str:
        """Method and path, for errors."""
        return f"GET {urlsplit(self._endpoint.url).path or '/'}"

    async def run(self, token: str | None, tell: Tell[T], policy: FeedPolicy) -> None:
        """See `Link.run`."""
        if not is_own(self._endpoint.url, self._endpoint.address):
            token = None
        end = _End()
        try:
            async with self._opening(token, policy) as socket, self._alive(socket, end, policy):
                self._socket = socket
                try:
                    early = await self._greet(socket, token, policy)
                    tell(FeedLive(at=datetime.now(UTC), via=Via.WEBSOCKET))
                    await self._listen(socket, early, tell)
                finally:
                    await socket.close()  # or it would be closed as our internal error when we hang up
        except (WebSocketException, OSError) as exc:
            if end.reason:
                raise ConnectionLost(end.reason, timed_out=True, route=self.route) from exc
            raise from_websocket(exc, self.route, self._endpoint.refusing_codes) from exc
        finally:
            self._socket = None

    async def say(self, message: object) -> None:
        """Send one text or binary message. See `Link.say`."""
        if self._socket is None:
            raise ConnectionLost("not connected", route=self.route)
        if not isinstance(message, str | bytes):
            raise TypeError(f"a WebSocket sends text or bytes, not {type(message).__name__}")
        try:
            await self._socket.send(message)
        except ConnectionClosed as exc:
            raise from_websocket(exc, self.route, self._endpoint.refusing_codes) from exc

    def _opening(self, token: str | None, policy: FeedPolicy) -> _NoRedirects:
        endpoint = self._endpoint
        headers, parameters = dict(endpoint.headers()), dict(endpoint.parameters())
        if token is not None and endpoint.token_place is TokenPlace.HEADER:
            headers["Authorization"] = f"Bearer {token}"
        elif token is not None and endpoint.token_place is TokenPlace.QUERY:
            parameters[endpoint.query_name] = token
        proxy = network.proxy_for(endpoint.address, endpoint.options)
        return _NoRedirects(
            f"{endpoint.url}?{urlencode(parameters)}" if parameters else endpoint.url,
            additional_headers=headers,
            ssl=self._tls(),
            proxy=proxy,
            **_proxy_tls(proxy, endpoint.options),
            user_agent_header=network.USER_AGENT,
            open_timeout=policy.open_s,
            close_timeout=1.0,
            ping_interval=None,  # `_ping` asks, and takes anything for an answer
            max_size=MESSAGE_LIMIT_BYTES,
            create_connection=InboundConnection,
            logger=_quiet,
        )

    async def _greet(self, socket: InboundConnection, token: str | None, policy: FeedPolicy) -> Sequence[str | bytes]:
        """Say what comes first, and wait until it is acknowledged. What came behind that is returned."""
        conversation = self._endpoint.conversation
        for ours in conversation.first(token):
            await socket.send(ours)
        if conversation.acknowledges is None:
            return ()
        return await self._acknowledged(socket, conversation.acknowledges, policy)

    async def _listen(self, socket: InboundConnection, early: Sequence[str | bytes], tell: Tell[T]) -> None:
        clock = asyncio.get_running_loop().time
        batch, turn_ends = early, clock() + SLICE_S
        with contextlib.suppress(ConnectionClosedOK):
            while True:
                for message in batch:
                    if (answer := self._take(message, tell)) is not None:
                        await socket.send(answer)
                    if clock() > turn_ends:  # the consumer and the window want their turn too
                        await asyncio.sleep(0)
                        turn_ends = clock() + SLICE_S
                if not (batch := socket.take()):
                    await socket.filled()
                    turn_ends = clock() + SLICE_S

    def _take(self, message: str | bytes, tell: Tell[T]) -> str | None:
        """Tell what a message says; our answer to it, where it wants one."""
        endpoint = self._endpoint
        answer = None
        if endpoint.conversation is not SILENT:
            answer = endpoint.conversation.reply(message)
            if endpoint.conversation.is_noise(message):
                return answer
        at = datetime.now(UTC)
        try:
            values = endpoint.decode(message)
        except Unauthorized:
            raise
        except GatewayError as exc:
            tell(FeedNonsense(at=at, detail=exc.detail))
            return answer
        for value in values:
            tell(FeedMessage(at=at, value=value))
        return answer

    async def _acknowledged(
        self, socket: InboundConnection, acknowledges: Callable[[str | bytes], bool], policy: FeedPolicy
    ) -> Sequence[str | bytes]:
        try:
            async with asyncio.timeout(policy.open_s):
                while True:
                    await socket.filled()
                    batch = socket.take()
                    for number, message in enumerate(batch):
                        if acknowledges(message):
                            return batch[number + 1 :]
                        self._refused(message)
        except TimeoutError as exc:
            raise ConnectFailed(
                "the handshake was never acknowledged", reason=ConnectReason.TIMEOUT, route=self.route
            ) from exc
        except ConnectionClosedOK as exc:
            raise ConnectionLost("closed by the gateway before it acknowledged", route=self.route) from exc

    def _refused(self, message: str | bytes) -> None:
        """Look into a message before the feed is live only for the token's refusal."""
        try:
            self._endpoint.decode(message)
        except Unauthorized:
            raise
        except GatewayError:
            return

    @contextlib.asynccontextmanager
    async def _alive(self, socket: InboundConnection, end: _End, policy: FeedPolicy) -> AsyncIterator[None]:
        """Inside the block, heartbeats go out and silence ends the connection."""
        jobs = [asyncio.create_task(_ping(socket, end, policy))]
        if (beat := self._endpoint.conversation.beat) is not None:
            jobs.append(asyncio.create_task(_beat(socket, beat, self._endpoint.conversation.beat_interval_s)))
        if policy.silence_s is not None:
            jobs.append(asyncio.create_task(_watch(socket, end, policy.silence_s)))
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs)

    def _tls(self) -> ssl.SSLContext | None:
        return network.tls_context(self._endpoint.options) if self._endpoint.url.startswith("wss:") else None


async def _beat(socket: InboundConnection, beat: Callable[[], str], interval_s: float) -> None:
    with contextlib.suppress(ConnectionClosed):  # whoever listens notices too
        while True:
            await asyncio.sleep(interval_s)
            await socket.send(beat())


async def _ping(socket: InboundConnection, end: _End, policy: FeedPolicy) -> None:
    """Anything that comes is a sign of life: the pong itself waits behind all that was sent before it."""
    clock = asyncio.get_running_loop().time
    asked_at: float | None = None
    with contextlib.suppress(ConnectionClosed):
        while True:
            due_s = policy.ping_interval_s
            if asked_at is not None:
                due_s = min(due_s, max(0.0, asked_at + policy.ping_timeout_s - clock()))
            await asyncio.sleep(due_s)
            if asked_at is not None and clock() >= asked_at + policy.ping_timeout_s and socket.heard_at < asked_at:
                await asyncio.sleep(LAST_LOOK_S)  # a loop that was held up has not looked at the socket yet
                if socket.heard_at < asked_at:
                    end.reason = f"no answer to a ping for {policy.ping_timeout_s:g} s"
                    socket.transport.abort()
                    return
            if asked_at is None or socket.heard_at >= asked_at:
                asked_at = clock()
            await socket.ping()


async def _watch(socket: InboundConnection, end: _End, silence_s: float) -> None:
    clock = asyncio.get_running_loop().time
    while (left_s := socket.spoken_at + silence_s - clock()) > 0:  # noqa: ASYNC110  (a deadline that moves)
        await asyncio.sleep(left_s)
    end.reason = f"no sign of life for {silence_s:g} s"
    socket.transport.abort()


class _NoRedirects(connect):
    """A handshake that is redirected has failed: headers of ours would travel along."""

    async def __aenter__(self) -> InboundConnection:
        opened = await super().__aenter__()
        if not isinstance(opened, InboundConnection):
            raise TypeError("asked for another kind of connection")
        return opened

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def _proxy_tls(proxy: str | None, options: NetworkOptions) -> dict[str, Any]:
    """Websockets refuses a TLS context for a proxy that is reached without."""
    return {"proxy_ssl": network.proxy_tls(options)} if proxy and proxy.startswith("https:") else {}
