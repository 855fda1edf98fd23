"""One connection of python-socketio, told what it does not do by itself.

Importing this takes 270 ms: only `console.api.feed.socketio` does, when a feed first connects.

- Its own reconnection and its SIGINT handler are off: both are somebody else's task.
- Its HTTP session is ours: trust and proxy as everywhere, no redirects (the library would post the token again,
  wherever a 307 leads), and no body without a limit.
- A packet that makes no sense would be an exception in a task that nobody awaits: here it is a message that is told.
- A loop of its that dies by an exception tells nobody: here that is a loss.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

import aiohttp
import socketio
from engineio import base_client as engine_clients
from engineio import payload as engine_payload

from console.api.feed.failures import from_socketio
from console.api.feed.socketio import SocketEvent
from console.api.feed.socketio_packet import CONNECT, NONSENSE, UNGUARDED, GuardedPacket
from console.api.feed.socketio_session import CLOSE_S, LastWords, Session
from console.api.redaction import redact
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    GatewayError,
    NotFound,
    ProtocolViolation,
    Unauthorized,
)
from console.model.feed import FeedMessage, FeedNonsense
from console.model.reasons import ConnectReason

if TYPE_CHECKING:
    from types import TracebackType

    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell
    from console.api.feed.socketio import SocketIoEndpoint
    from console.model.feed import FeedEvent, FeedLive

T = TypeVar("T")

MESSAGE_LIMIT_BYTES = 1024 * 1024
SILENCE_LIMIT_S = 120.0
EARLY_LIMIT = 1000

_NO_SUCH_NAMESPACE = frozenset({"invalid namespace", "unable to connect"})  # as Node's server says it, and Python's
# A server puts all that waits into one answer to a poll. The library refuses more than 16; the size limits them enough.
engine_payload.Payload.max_decode_packets = 100_000


class Connection(Generic[T]):
    """From handshake to end. Closed by leaving its context.

    Args:
        endpoint: Where to.
        route: For errors.
        policy: The platform's numbers.
        tell: Takes messages and nonsense.
    """

    def __init__(self, endpoint: SocketIoEndpoint[T], route: str, policy: FeedPolicy, tell: Tell[T]) -> None:
        self._endpoint = endpoint
        self._route = route
        self._policy = policy
        self._tell = tell
        self._early: list[FeedEvent[T]] | None = []  # what came before the feed was live
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._error: GatewayError | None = None
        self._last_words = LastWords()

    async def __aenter__(self) -> Self:
        """Nothing is sent yet."""
        self._session = Session(self._endpoint.address, self._endpoint.options, self._route, self._take_short_cut)
        self._client = self._new_client()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Hang up, and leave no task and no socket behind."""
        engine = self._client.eio
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError, *UNGUARDED):
            async with asyncio.timeout(CLOSE_S):
                await self._client.disconnect()
        await self._session.close()
        loops = [loop for loop in (engine.read_loop_task, engine.write_loop_task) if loop is not None]
        for loop in loops:
            loop.cancel()
        if loops:
            await asyncio.wait(loops)
        with contextlib.suppress(ValueError):
            engine_clients.connected_clients.remove(engine)

    async def open(self, token: str | None, *, polling: bool = False) -> None:
        """Engine.IO's handshake, over one transport; the library itself does not fall back from WebSocket to polling.

        Raises:
            GatewayError: It did not come about.
        """
        try:
            async with asyncio.timeout(self._policy.open_s):
                await self._client.connect(
                    self._endpoint.url,
                    headers=dict(self._endpoint.headers()),
                    auth=lambda: dict(self._endpoint.auth(token)),
                    transports=["polling" if polling else "websocket"],
                    namespaces=list(self._endpoint.namespaces),
                    socketio_path=self._endpoint.path,
                    wait=False,
                )
        except TimeoutError as exc:
            raise ConnectFailed("no answer to the handshake", reason=ConnectReason.TIMEOUT, route=self._route) from exc
        except (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError) as exc:
            raise self._session.redirected or from_socketio(exc, self._route) from exc
        except UNGUARDED as exc:
            raise self._session.redirected or ProtocolViolation(
                redact(f"the handshake makes no sense: {exc}"), field="packet", route=self._route
            ) from exc
        self._watch_engine()

    async def join(self) -> None:
        """Wait until all namespaces are acknowledged; the library's own wait ends after a second.

        Raises:
            GatewayError: One was refused, or the connection ended. Unauthorized: because of the token.
            ConnectFailed: One never answered.
        """
        wanted = set(self._endpoint.namespaces)
        try:
            async with asyncio.timeout(self._policy.open_s):
                while not wanted <= self._joined:
                    self._raise_end()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as exc:
            missing = ", ".join(sorted(wanted - self._joined))
            raise ConnectFailed(
                f"never acknowledged: {missing}", reason=ConnectReason.TIMEOUT, route=self._route
            ) from exc

    async def emit(self, event: SocketEvent) -> None:
        """Send one event.

        Raises:
            ConnectionLost: The namespace is gone.
        """
        try:
            await self._client.emit(event.name, event.args, namespace=event.namespace)
        except socketio.exceptions.SocketIOError as exc:
            raise from_socketio(exc, self._route) from exc

    def go_live(self, live: FeedLive) -> None:
        """Tell that the feed is live, then what came before it was."""
        early, self._early = self._early or [], None
        self._tell(live)
        for event in early:
            self._tell(event)

    async def ended(self) -> NoReturn:
        """Wait for the end of the connection, which always is an error.

        Raises:
            GatewayError: Why it ended.
        """
        while True:
            self._raise_end()
            self._changed.clear()
            await self._changed.wait()

    def _new_client(self) -> Any:
        words = logging.Logger("socketio", logging.WARNING)  # noqa: LOG001  (kept by nobody else; the default one prints)
        words.addHandler(self._last_words)
        client = socketio.AsyncClient(
            reconnection=False,
            handle_sigint=False,
            logger=words,
            engineio_logger=words,
            serializer=GuardedPacket,
            http_session=self._session,
            request_timeout=self._policy.open_s,
            websocket_extra_options={"max_msg_size": MESSAGE_LIMIT_BYTES},
        )
        for namespace in self._endpoint.namespaces:
            client.on("connect", partial(self._on_connect, namespace), namespace=namespace)
            client.on("connect_error", partial(self._on_refusal, namespace), namespace=namespace)
            client.on("disconnect", partial(self._on_disconnect, namespace), namespace=namespace)
            client.on("*", partial(self._on_event, namespace), namespace=namespace)
        client.on("*", self._on_nonsense, namespace=NONSENSE)
        return client

    def _watch_engine(self) -> None:
        engine = self._client.eio
        longest_s = self._policy.silence_s or SILENCE_LIMIT_S
        engine.ping_interval = min(engine.ping_interval, longest_s / 2)
        engine.ping_timeout = min(engine.ping_timeout, longest_s / 2)
        engine.read_loop_task.add_done_callback(self._engine_stopped)

    def _engine_stopped(self, loop: asyncio.Task[None]) -> None:
        if loop.cancelled():
            return
        exc = loop.exception()
        self._end(from_socketio(exc, self._route) if exc is not None else self._broke_off())

    def _broke_off(self) -> GatewayError:
        return ConnectionLost(self._last_words.text or "the connection broke off", route=self._route)

    def _on_connect(self, namespace: str, *_args: object) -> None:
        self._joined.add(namespace)
        self._changed.set()

    def _on_refusal(self, namespace: str, *args: object) -> None:
        if self._client.eio.state == "connected":  # or it is the transport's failure, which is raised as well
            self._end(refusal_of_namespace(namespace, args, self._route))

    def _on_disconnect(self, namespace: str, reason: object = "") -> None:
        if reason == self._client.reason.SERVER_DISCONNECT:
            self._end(ConnectionLost(f"{namespace} was closed by the gateway", route=self._route))
        else:
            self._end(self._broke_off())

    def _take_short_cut(self, namespace: str, event: list[object]) -> bool:
        if namespace not in self._endpoint.namespaces:
            return False
        self._on_event(namespace, *event)
        return True

    def _on_event(self, namespace: str, name: object, *args: object) -> None:
        at = datetime.now(UTC)
        try:
            values = self._endpoint.decode(SocketEvent(name=str(name), args=args, namespace=namespace))
        except Unauthorized as exc:
            self._end(exc)
        except GatewayError as exc:
            self._put(FeedNonsense(at=at, detail=exc.detail))
        else:
            for value in values:
                self._put(FeedMessage(at=at, value=value))

    def _on_nonsense(self, _name: str, kind: int, detail: str) -> None:
        if kind == CONNECT:
            self._end(ProtocolViolation(detail, field="packet", route=self._route))
        else:
            self._put(FeedNonsense(at=datetime.now(UTC), detail=detail))

    def _put(self, event: FeedEvent[T]) -> None:
        if self._early is None:
            self._tell(event)
        elif len(self._early) < EARLY_LIMIT:
            self._early.append(event)

    def _end(self, error: GatewayError) -> None:
        """The first reason counts; what follows is its consequence."""
        self._error = self._error or error
        self._changed.set()

    def _raise_end(self) -> None:
        if self._error is not None:
            raise self._error


def refusal_of_namespace(namespace: str, args: tuple[object, ...], route: str) -> GatewayError:
    """The tree's error for a CONNECT_ERROR: no such namespace, or the token was refused."""
    said = args[0] if args else ""
    if isinstance(said, dict):
        said = said.get("message", "")
    detail = redact(f"{namespace}: {said}") if isinstance(said, str) and said else f"{namespace} was refused"
    if isinstance(said, str) and said.strip().casefold() in _NO_SUCH_NAMESPACE:
        return NotFound(detail, route=route, status=404)
    return Unauthorized(detail, route=route)
