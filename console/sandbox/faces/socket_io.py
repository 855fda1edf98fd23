"""A Socket.IO server inside a face: namespaces, one task for each client that listens, and the switches of feeds."""

from __future__ import annotations

import asyncio
import importlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from console.sandbox.faults import FaultKind
from console.sandbox.feeds import FeedClose

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from console.sandbox.faces.socket_io_engine import Engine
    from console.sandbox.feeds import FeedEvent, Subscription, Told
    from console.sandbox.tokens import Claims
    from console.sandbox.world import World

    Handler = Callable[..., Awaitable[object]]

PATH = "/socket.io"
TOKEN_EXPIRED = 4401
_PING_S, _PONG_S = 25.0, 20.0  # what Socket.IO servers have unless told otherwise
_UNSENT = 500
_LOOK_AGAIN_S = 0.005


class HandshakeRefused(Exception):
    """Raised by a handler of `connect`; the client reads the text."""


class Feed(Protocol):
    """What a face does on its Socket.IO server."""

    async def tell(self, client: Client, event: FeedEvent | Told) -> None:
        """Say to a client what happened."""

    async def leave(self, client: Client, reason: FeedClose) -> None:
        """Say what there is to say before the server disconnects a client."""


@dataclass(eq=False)
class Client:
    """A client in one namespace, once it is known who it is.

    Attributes:
        claims: Of the token that it showed last.
    """

    sid: str
    namespace: str
    claims: Claims
    subscription: Subscription
    expiry: asyncio.TimerHandle | None = None


class SocketIo:
    """Serves `/socket.io/` of one face, and passes the rest on. `close` when its listener is closed.

    Args:
        world: The platform.
        face: Name of the face.
        feed: What it tells.
        app: Where everything else goes.
        kinds: By namespace, the events that it tells.
        accept_first: Connect a client before it is known who it is; otherwise a refusal is a CONNECT_ERROR.
    """

    def __init__(
        self,
        world: World,
        face: str,
        feed: Feed,
        app: ASGIApp,
        *,
        kinds: Mapping[str, frozenset[type]],
        accept_first: bool,
    ) -> None:
        self._world = world
        self._face = face
        self._feed = feed
        self._app = app
        self._kinds = kinds
        self._tasks: set[asyncio.Task[object]] = set()
        self._clients: dict[str, Client] = {}
        self._accept_first = accept_first
        self._handlers: list[tuple[str, str, Handler]] = [("disconnect", namespace, self._gone) for namespace in kinds]
        self._made: Engine | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here what is ours."""
        if not scope["path"].startswith(f"{PATH}/") or self._world.faults.flags.socketio_absent:
            await self._app(scope, receive, send)
            return
        if self._made is None:
            await self._make()
        if scope["type"] == "websocket":
            await self._server.app(scope, receive, send)
        else:
            scope.setdefault("state", {})["feed"] = True
            await self._poll(scope, receive, send)

    def on(self, event: str, namespace: str, handler: Handler) -> None:
        """Have `handler(sid, *arguments)` called for an event; for `connect` with the environment and `auth`."""
        self._handlers.append((event, namespace, handler))

    def listen(self, sid: str, namespace: str, claims: Claims) -> Client:
        """Tell this client from now on what happens; a known one has shown another token."""
        if (client := self._clients.get(sid)) is not None:
            client.claims, client.subscription.user_id = claims, claims.user_id
            self._end_with_token(client)
            return client
        subscription = self._world.feeds.join(self._face, self._kinds[namespace], claims.user_id)
        self._clients[sid] = client = Client(sid, namespace, claims, subscription)
        self._end_with_token(client)
        self._world.stats.feeds_opened += 1
        self._keep(asyncio.create_task(self._pump(client), name=f"{self._face} Socket.IO client"))
        return client

    def client(self, sid: str) -> Client | None:
        """A client that listens."""
        return self._clients.get(sid)

    def clients(self) -> tuple[Client, ...]:
        """Everyone who listens."""
        return tuple(self._clients.values())

    async def emit(self, sid: str, namespace: str, event: str, data: object) -> None:
        """Say something to one client, unless feeds are mute."""
        if self._world.feeds.muted:
            return
        if self._world.faults.take(self._face, "FEED", namespace, {FaultKind.GARBLE}):
            text = json.dumps(data)
            data = text[: len(text) // 2]
        await self._server.tell(sid, namespace, event, data)

    def later(self, act: Coroutine[Any, Any, None]) -> None:
        """Do something once the present handler has ended, and its client is connected."""
        self._keep(asyncio.create_task(act, name=f"{self._face} Socket.IO greeting"))

    async def disconnect(self, sid: str, namespace: str) -> None:
        """The server's own decision: clients do not come back from it by themselves."""
        await self._server.disconnect(sid, namespace=namespace)

    async def enter(self, client: Client, room: str) -> None:
        """Let a client hear what is said in a room."""
        await self._server.enter_room(client.sid, room, namespace=client.namespace)

    async def leave_room(self, client: Client, room: str) -> None:
        """No longer."""
        await self._server.leave_room(client.sid, room, namespace=client.namespace)

    def rooms(self, client: Client) -> tuple[str, ...]:
        """The rooms that a client is in; its own is not counted."""
        found: Iterable[str] = self._server.rooms(client.sid, namespace=client.namespace)
        return tuple(sorted(room for room in found if room != client.sid))

    @property
    def _server(self) -> Engine:
        assert self._made is not None  # noqa: S101  (nobody comes here before the first request)
        return self._made

    async def _make(self) -> None:
        """Load the library beside the loop: it takes half a second, which the platform's pulse would feel."""
        async with self._making:
            if self._made is None:
                await asyncio.to_thread(importlib.import_module, "console.sandbox.faces.socket_io_engine")
                from console.sandbox.faces.socket_io_engine import Engine  # noqa: PLC0415  (loaded a line above)

                options = self._world.options
                self._made = Engine(
                    self._handlers,
                    keep=self._keep,
                    accept_first=self._accept_first,
                    ping_s=min(_PING_S, options.feed_heartbeat_s),
                    pong_s=min(_PONG_S, options.feed_patience_s),
                )

    async def close(self) -> None:
        """End what is left of sessions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: asyncio.Task[object]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end_with_token(self, client: Client) -> None:
        if client.expiry is not None:
            client.expiry.cancel()
        remaining_s = client.claims.expires_at - self._world.clock.now()
        end = FeedClose(TOKEN_EXPIRED, "token expired")
        client.expiry = asyncio.get_running_loop().call_later(remaining_s, client.subscription.say, end)

    async def _pump(self, client: Client) -> None:
        """Hand on what happens until the token expires, the feed is closed, or the client is gone."""
        while not isinstance(item := await client.subscription.next(), FeedClose):
            await self._feed.tell(client, item)
            await self._until_sent(client)
        if item.code:
            await self._feed.leave(client, item)
            await self.disconnect(client.sid, client.namespace)

    async def _until_sent(self, client: Client) -> None:
        """Do not run ahead of a client that reads slowly: what it misses goes in its subscription."""
        engine_sid = self._server.manager.eio_sid_from_sid(client.sid, client.namespace)
        sockets = self._server.eio.sockets
        while engine_sid in sockets and sockets[engine_sid].queue.qsize() > _UNSENT:  # noqa: ASYNC110  (nobody is told)
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _gone(self, sid: str, _reason: str) -> None:
        if (client := self._clients.pop(sid, None)) is not None:
            self._world.feeds.leave(client.subscription)
            if client.expiry is not None:
                client.expiry.cancel()
            client.subscription.say(FeedClose(code=0))

    async def _poll(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A long poll ends with the connection that it came by: the engine itself would wait on."""
        body = bytearray()
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        waiting: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        engine_sid = parse_qs(scope["query_string"].decode("latin-1")).get("sid", [""])[0]
        session = self._server.eio.sockets.get(engine_sid)

        async def answer() -> None:
            await self._server.app(scope, replay, send)

        answering = asyncio.create_task(answer(), name="Socket.IO poll")
        leaving = asyncio.create_task(_until_gone(receive), name="end of a poll")
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        answering.cancel()
        await asyncio.wait({answering, leaving})
        if not answering.cancelled():
            answering.result()
        if scope["method"] == "POST" and session is not None and session.closed:
            self._server.wake(session)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
