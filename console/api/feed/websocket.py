"""A feed over one WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from console.api import network
from console.api.feed.backoff import Backoff
from console.api.feed.failures import from_websocket
from console.model.errors import GatewayError, ProfileError, SignInRequired, Unauthorized
from console.model.feed import FeedConnecting, FeedEvent, FeedLive, FeedLost, FeedMessage, FeedNonsense

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from console.api.contract import TokenSource
    from console.model.address import Address
    from console.model.network import NetworkOptions

T = TypeVar("T")

MESSAGE_LIMIT_BYTES = 1024 * 1024
PING_INTERVAL_S = 4.0
PING_TIMEOUT_S = 6.0
OPEN_TIMEOUT_S = 8.0
STABLE_S = 10.0
ABSENT_RETRY_S = 60.0

_ABSENT = frozenset({403, 404, 405, 501})


class Refusal(enum.Enum):
    """What a lost connection asks for."""

    RENEW = enum.auto()  # the token was refused: renew it, then connect at once
    RETRY = enum.auto()
    ABSENT = enum.auto()  # this gateway has no such feed, or not for this user: look again now and then


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[T]):
    """Where a feed is and how its messages read.

    Attributes:
        address: The gateway, for proxy and trust rules.
        url: `ws://` or `wss://`, without a token in it.
        headers: Made anew for each attempt; the token is added here.
        decode: One message to values. Raises GatewayError for nonsense, which is counted and never fatal.
        options: Trust and proxy, the same as those of the gateway's HTTP.
    """

    address: Address
    url: str
    headers: Callable[[], Mapping[str, str]]
    decode: Callable[[str | bytes], Sequence[T]]
    options: NetworkOptions = network.DEFAULT


class WebSocketFeed(Generic[T]):
    """Connects, listens, reconnects, until its generator is closed.

    A connection that died without a word is noticed by unanswered pings within 10 s. The wait between attempts is
    reset only after a connection has held for 10 s, so that a gateway that accepts and drops is not hammered.
    """

    def __init__(self, endpoint: Endpoint[T], tokens: TokenSource, backoff: Backoff | None = None) -> None:
        self._endpoint = endpoint
        self._tokens = tokens
        self._backoff = backoff or Backoff()
        self._route = urlsplit(endpoint.url).path
        self._hurry = asyncio.Event()
        self._heard_at: datetime | None = None
        self._refused = ""

    def try_now(self) -> None:
        """Cut the wait for the next attempt short."""
        self._hurry.set()

    async def events(self) -> AsyncGenerator[FeedEvent[T], None]:
        """See `console.api.contract.Feed`."""
        attempt = 0
        renewed = False
        while True:
            attempt += 1
            yield FeedConnecting(at=datetime.now(UTC), attempt=attempt)
            lost: BaseException | None = None
            try:
                async with contextlib.aclosing(self._connection()) as events:
                    async for event in events:
                        if isinstance(event, FeedLive):
                            attempt = 0
                        elif isinstance(event, FeedMessage):
                            renewed = False
                        yield event
            except SignInRequired:
                raise
            except (WebSocketException, OSError, GatewayError, ProfileError) as exc:
                lost = exc
            error = from_websocket(lost, f"GET {self._route}")
            refusal = refusal_of(error)
            if refusal is Refusal.RENEW and not renewed:
                renewed = True  # once: a gateway that refuses the new token too is retried in its own time
                yield FeedLost(at=datetime.now(UTC), reason=error.detail, unauthorized=True)
                if await self._renewed():
                    continue
            absent = refusal is Refusal.ABSENT
            wait_s = ABSENT_RETRY_S if absent else self._backoff.next_s()
            now = datetime.now(UTC)
            yield FeedLost(at=now, reason=error.detail, absent=absent, next_try_at=now + timedelta(seconds=wait_s))
            await self._wait(wait_s)

    async def _connection(self) -> AsyncGenerator[FeedEvent[T], None]:
        """One connection from handshake to end. Ends normally when the server closes normally."""
        token = await self._tokens.token()
        self._refused = token or ""
        headers = dict(self._endpoint.headers())
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        options = self._endpoint.options
        proxy = network.proxy_for(self._endpoint.address, options)
        opening = _NoRedirects(
            self._endpoint.url,
            additional_headers=headers,
            ssl=self._tls(),
            proxy=proxy,
            **_proxy_tls(proxy, options),
            user_agent_header=network.USER_AGENT,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=1.0,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            max_size=MESSAGE_LIMIT_BYTES,
        )
        async with opening as socket:
            live_at = datetime.now(UTC)
            yield FeedLive(at=live_at, lost_at=self._heard_at)
            try:
                async for message in socket:
                    self._heard_at = datetime.now(UTC)
                    try:
                        values = self._endpoint.decode(message)
                    except GatewayError as exc:
                        yield FeedNonsense(at=self._heard_at, detail=exc.detail)
                        continue
                    for value in values:
                        yield FeedMessage(at=self._heard_at, value=value)
            finally:
                now = datetime.now(UTC)
                self._heard_at = self._heard_at or live_at
                if now - live_at > timedelta(seconds=STABLE_S):
                    self._backoff.reset()

    def _tls(self) -> ssl.SSLContext | None:
        return network.tls_context(self._endpoint.options) if self._endpoint.url.startswith("wss:") else None

    async def _renewed(self) -> bool:
        try:
            await self._tokens.renew(self._refused)
        except SignInRequired:
            raise
        except GatewayError:
            return False  # unreachable, not refused: wait like for any other loss
        return True

    async def _wait(self, wait_s: float) -> None:
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()


class _NoRedirects(connect):
    """A handshake that is redirected has failed: headers of ours would travel along."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def _proxy_tls(proxy: str | None, options: NetworkOptions) -> dict[str, Any]:
    """Websockets refuses a TLS context for a proxy that is reached without."""
    return {"proxy_ssl": network.proxy_tls(options)} if proxy and proxy.startswith("https:") else {}


def refusal_of(error: GatewayError) -> Refusal:
    """What a lost connection asks for: only the token's own refusals renew it."""
    if isinstance(error, Unauthorized):
        return Refusal.RENEW
    return Refusal.ABSENT if error.status in _ABSENT else Refusal.RETRY
