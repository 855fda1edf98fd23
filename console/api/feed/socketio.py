"""A feed over Socket.IO: one connection, one or more namespaces.

What the library needs to be told, and what it does not do, is in `console.api.feed.socketio_client`.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from console.api import network
from console.api.feed.origin import is_own
from console.model.errors import ConnectFailed, ConnectionLost, GatewayError, ProtocolViolation, TlsFailed, Unauthorized
from console.model.feed import FeedLive, Via
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell
    from console.api.feed.socketio_client import Connection
    from console.model.address import Address
    from console.model.network import NetworkOptions

T = TypeVar("T")

ROOT = "/"
PATH = "socket.io"

_CLIENT = "console.api.feed.socketio_client"

_OUT_OF_REACH = frozenset(
    {ConnectReason.REFUSED, ConnectReason.NAME, ConnectReason.NO_ROUTE, ConnectReason.PROXY_CREDENTIALS}
)


class SocketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of Socket.IO, in either direction.

    Attributes:
        name: Of the event.
        args: What comes along: nothing, or plain JSON values and bytes.
        namespace: On which it travels.
    """

    name: str
    args: tuple[object, ...] = ()
    namespace: str = ROOT


def _token_alone(token: str | None) -> Mapping[str, object]:
    return {"token": token} if token is not None else {}


def _nothing_first(_token: str | None) -> Sequence[SocketEvent]:
    return ()


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class SocketIoEndpoint(Generic[T]):
    """Where a Socket.IO server is and how its events read.

    Attributes:
        address: The gateway, for proxy and trust rules. Only its own origin gets the token.
        url: `http://` or `https://`, host and port; its query travels along, its path does not: see `path`.
        decode: One event to values. Raises Unauthorized where the event says that the token is refused: that ends the
            connection. Raises any other GatewayError for nonsense, which is counted and never fatal.
        namespaces: All must be acknowledged before the feed is live, and all end with the first that is lost.
        path: Of the server below the host.
        auth: What is shown to each namespace, made from the token.
        first: What is emitted once all are acknowledged, made from the token: `authenticate`, rooms to join.
        headers: Made anew for each attempt.
        options: Trust and proxy, the same as those of the gateway's HTTP.
    """

    address: Address
    url: str
    decode: Callable[[SocketEvent], Sequence[T]]
    namespaces: tuple[str, ...] = (ROOT,)
    path: str = PATH
    auth: Callable[[str | None], Mapping[str, object]] = _token_alone
    first: Callable[[str | None], Sequence[SocketEvent]] = _nothing_first
    headers: Callable[[], Mapping[str, str]] = _no_headers
    options: NetworkOptions = network.DEFAULT


class SocketIoLink(Generic[T]):
    """See `console.api.feed.reconnecting.Link`.

    WebSocket first; where that does not come through although the host is there, long polling, which is told as
    degraded. Each new connection tries WebSocket again.
    """

    def __init__(self, endpoint: SocketIoEndpoint[T]) -> None:
        self._endpoint = endpoint
        self._connection: Connection[T] | None = None

    @property
    def asked_wait_s(self) -> float | None:
        """See `Link`: nothing says so here."""
        return None

    def forget(self) -> None:
        """See `Link`: nothing is remembered here."""

    @property
    def route(self) -> str:
        """Method and path, for errors."""
        return f"GET /{self._endpoint.path.strip('/')}/"

    async def run(self, token: str | None, tell: Tell[T], policy: FeedPolicy) -> None:
        """See `Link.run`."""
        if not is_own(self._endpoint.url, self._endpoint.address):
            token = None
        if _CLIENT not in sys.modules:
            await asyncio.to_thread(importlib.import_module, _CLIENT)  # beside the window, which would stand still
        from console.api.feed.socketio_client import Connection  # noqa: PLC0415  (270 ms that few platforms need)

        async with Connection(self._endpoint, self.route, policy, tell) as connection:
            via, degraded = Via.SOCKETIO, ""
            try:
                await connection.open(token)
            except GatewayError as exc:
                if not _is_worth_polling(exc):
                    raise
                via, degraded = Via.SOCKETIO_POLLING, f"no WebSocket: {exc.detail}"
                await connection.open(token, polling=True)
            await connection.join()
            for event in self._endpoint.first(token):
                await connection.emit(event)
            self._connection = connection
            try:
                connection.go_live(FeedLive(at=datetime.now(UTC), via=via, degraded=degraded))
                await connection.ended()
            finally:
                self._connection = None

    async def say(self, message: object) -> None:
        """Emit one `SocketEvent`. See `Link.say`."""
        if self._connection is None:
            raise ConnectionLost("not connected", route=self.route)
        if not isinstance(message, SocketEvent):
            raise TypeError(f"Socket.IO emits a SocketEvent, not {type(message).__name__}")
        await self._connection.emit(message)


def _is_worth_polling(error: GatewayError) -> bool:
    """Whether the host is there and may talk plain HTTP, although no WebSocket came about."""
    if isinstance(error, TlsFailed | Unauthorized | ProtocolViolation):
        return False
    return not (isinstance(error, ConnectFailed) and error.reason in _OUT_OF_REACH)
