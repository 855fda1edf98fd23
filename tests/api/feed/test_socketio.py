"""The Socket.IO feed against a real server of it, and against raw ones that break its rules."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
import socket
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import socketio
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve

from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.socketio import SocketEvent, SocketIoEndpoint, SocketIoLink
from console.model.address import Address
from console.model.errors import ConnectionLost, ProtocolViolation, Unauthorized
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense, Via
from tests.api.feed.listening import AT_ONCE, Tokens, count, until, values
from tests.api.feed.serving import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence


def decode(event: SocketEvent) -> list[SocketEvent]:
    said = event.args[0] if event.args else None
    if event.name == "error" and isinstance(said, dict) and said.get("type") == "authentication_error":
        raise Unauthorized("authentication_error")
    if event.name == "odd":
        raise ProtocolViolation("odd", field="odd")
    return [event]


def feed_of(
    port: int,
    tokens: Tokens | None = None,
    *,
    namespaces: tuple[str, ...] = ("/communication", "/workflow"),
    policy: FeedPolicy = AT_ONCE,
    first: Callable[[str | None], Sequence[SocketEvent]] = lambda _token: (),
) -> ReconnectingFeed[SocketEvent]:
    address = Address.parse(f"http://127.0.0.1:{port}")
    endpoint = SocketIoEndpoint(address=address, url=address.origin, decode=decode, namespaces=namespaces, first=first)
    return ReconnectingFeed(SocketIoLink(endpoint), tokens or Tokens(), policy)


class Gateway:
    """A Socket.IO server with two namespaces that remembers who came."""

    def __init__(self, **options: Any) -> None:
        self.server = socketio.AsyncServer(async_mode="aiohttp", **options)
        self.auths: list[tuple[str, object]] = []
        self.heard: list[tuple[str, str, object]] = []
        self.refuse: Callable[[str, dict[str, str]], str | None] = lambda _namespace, _auth: None
        self.on_connect: Callable[[str, str], Awaitable[None]] | None = None
        self.app = web.Application()
        self.server.attach(self.app)
        for namespace in ("/communication", "/workflow"):
            self._serve(namespace)

    def _serve(self, namespace: str) -> None:
        async def connect(sid: str, _environ: object, auth: dict[str, str]) -> None:
            self.auths.append((namespace, auth))
            if (reason := self.refuse(namespace, auth)) is not None:
                raise socketio.exceptions.ConnectionRefusedError(reason)
            if self.on_connect is not None:
                self.server.start_background_task(self.on_connect, namespace, sid)

        async def anything(event: str, _sid: str, data: object = None) -> None:
            self.heard.append((namespace, event, data))

        self.server.on("connect", connect, namespace=namespace)
        self.server.on("*", anything, namespace=namespace)

    async def kick(self, namespace: str, sid: str) -> None:
        await self.server.disconnect(sid, namespace=namespace)


async def test_both_namespaces_come_through_one_connection_with_the_token_in_the_handshake_alone() -> None:  # fault 64
    gateway = Gateway()
    urls: list[str] = []

    @web.middleware
    async def noting(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        urls.append(str(request.rel_url))
        return await handler(request)

    gateway.app.middlewares.append(noting)

    async def greet(namespace: str, sid: str) -> None:
        await gateway.server.emit("hello", {"from": namespace}, to=sid, namespace=namespace)

    gateway.on_connect = greet
    async with listening(gateway.app) as port:
        seen = await until(feed_of(port), lambda seen: count(seen, FeedMessage) == 2)
    live = next(event for event in seen if isinstance(event, FeedLive))
    assert live.via is Via.SOCKETIO
    assert not live.degraded
    assert isinstance(seen[1], FeedLive)  # what came before both were acknowledged is told after it
    assert {event.namespace for event in values(seen)} == {"/communication", "/workflow"}
    assert sorted(gateway.auths, key=str) == [
        ("/communication", {"token": "first"}),
        ("/workflow", {"token": "first"}),
    ]
    assert len(urls) == 1
    assert "first" not in urls[0]


async def test_authenticate_is_emitted_after_connecting_and_its_refusal_renews() -> None:  # fault 56
    gateway = Gateway()
    tokens = Tokens()

    async def judge(event: str, sid: str, data: dict[str, str]) -> None:
        if event == "authenticate" and data["token"] == "first":
            await gateway.server.emit("error", {"type": "authentication_error"}, to=sid, namespace="/communication")
        else:
            await gateway.server.emit("welcome", data["token"], to=sid, namespace="/communication")

    gateway.server.on("*", judge, namespace="/communication")

    def first(token: str | None) -> list[SocketEvent]:
        return [SocketEvent(name="authenticate", args=({"token": token},), namespace="/communication")]

    async with listening(gateway.app) as port:
        seen = await until(feed_of(port, tokens, first=first), lambda seen: count(seen, FeedMessage) == 1)
    assert values(seen)[0].args == ("renewed-1",)
    assert [event.unauthorized for event in seen if isinstance(event, FeedLost)] == [True]


async def test_a_namespace_that_refuses_the_token_gets_a_new_one() -> None:  # fault 68
    gateway = Gateway()
    gateway.refuse = lambda _namespace, auth: "jwt expired" if auth["token"] == "first" else None
    tokens = Tokens()
    async with listening(gateway.app) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedLive) == 1)
    lost = [event for event in seen if isinstance(event, FeedLost)]
    assert [event.unauthorized for event in lost] == [True]
    assert "jwt expired" in lost[0].reason
    assert tokens.renewals == 1


async def test_a_gateway_without_the_namespace_has_no_such_feed() -> None:  # fault 68
    gateway = Gateway()
    async with listening(gateway.app) as port:
        feed = feed_of(port, namespaces=("/communication", "/elsewhere"))
        seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].absent
    assert "/elsewhere" in seen[-1].reason


async def test_after_the_server_disconnects_us_we_return_with_the_token_of_then() -> None:  # fault 66
    gateway = Gateway()
    tokens = Tokens()
    kicked = False

    async def kick_once(namespace: str, sid: str) -> None:
        nonlocal kicked
        if namespace == "/workflow" and not kicked:
            kicked = True
            tokens.current = "second"
            await gateway.kick(namespace, sid)

    gateway.on_connect = kick_once
    async with listening(gateway.app) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedLive) == 2)
    lost = next(event for event in seen if isinstance(event, FeedLost))
    assert lost.reason == "/workflow was closed by the gateway"
    assert [auth for _, auth in gateway.auths] == [{"token": "first"}] * 2 + [{"token": "second"}] * 2


async def test_after_an_abrupt_drop_we_return_with_the_token_of_then() -> None:  # fault 67
    gateway = Gateway()
    tokens = Tokens()
    sockets: list[web.Request] = []
    loops: list[asyncio.AbstractEventLoop] = []

    @web.middleware
    async def noting(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        sockets.append(request)
        loops.append(asyncio.get_running_loop())
        return await handler(request)

    gateway.app.middlewares.append(noting)
    async with listening(gateway.app) as port:
        feed = feed_of(port, tokens)

        def wanted(seen: list[Any]) -> bool:
            if isinstance(seen[-1], FeedLive) and count(seen, FeedLive) == 1:
                tokens.current = "second"
                transport = sockets[-1].transport
                assert transport is not None
                loops[-1].call_soon_threadsafe(transport.abort)
            return count(seen, FeedLive) == 2

        seen = await until(feed, wanted)
    assert count(seen, FeedLost) == 1
    assert gateway.auths[-1][1] == {"token": "second"}


async def test_rooms_are_joined_by_saying_so_and_again_after_a_reconnect() -> None:
    gateway = Gateway()
    rooms = ["one"]

    def first(_token: str | None) -> list[SocketEvent]:
        return [SocketEvent(name="join-conversation", args=(room,), namespace="/communication") for room in rooms]

    async with listening(gateway.app) as port:
        feed = feed_of(port, first=first)
        with pytest.raises(ConnectionLost):
            await feed.say(SocketEvent(name="join-conversation", args=("two",)))
        async with asyncio.timeout(10), contextlib.aclosing(feed.events()) as events:
            async for event in events:
                if isinstance(event, FeedLive):
                    break
            await feed.say(SocketEvent(name="join-conversation", args=("two",), namespace="/communication"))
            while len(gateway.heard) < 2:
                await asyncio.sleep(0.01)
    assert gateway.heard == [
        ("/communication", "join-conversation", "one"),
        ("/communication", "join-conversation", "two"),
    ]


async def test_where_the_upgrade_is_blocked_polling_works_and_is_told_as_degraded() -> None:  # fault 70
    gateway = Gateway(ping_interval=1, ping_timeout=1)  # a poll that nobody answers keeps the server from stopping

    @web.middleware
    async def blocking(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        if request.query.get("transport") == "websocket":
            raise web.HTTPBadRequest(text="no upgrades here")
        return await handler(request)

    gateway.app.middlewares.append(blocking)

    async def flood(namespace: str, sid: str) -> None:
        if namespace == "/workflow":
            for number in range(100):  # more than the library takes in one answer
                await gateway.server.emit("step", number, to=sid, namespace=namespace)

    gateway.on_connect = flood
    async with listening(gateway.app) as port:
        seen = await until(feed_of(port), lambda seen: count(seen, FeedMessage) == 100)
    live = next(event for event in seen if isinstance(event, FeedLive))
    assert live.via is Via.SOCKETIO_POLLING
    assert live.degraded.startswith("no WebSocket")
    assert [event.args[0] for event in values(seen)] == list(range(100))


async def test_polling_posts_nothing_where_a_redirect_leads() -> None:  # fault 65
    visited: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        visited.append(request.path)
        return web.Response(text="hello")

    other = web.Application()
    other.router.add_route("*", "/{path:.*}", elsewhere)
    async with listening(other) as other_port:

        async def lead_away(_request: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:{other_port}/socket.io/")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", lead_away)
        async with listening(app) as port:
            seen = await until(feed_of(port), lambda seen: count(seen, FeedLost) == 1)
    assert not visited
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == f"redirects to http://127.0.0.1:{other_port}"


async def test_another_origin_gets_no_token() -> None:  # fault 65
    gateway = Gateway()
    async with listening(gateway.app) as port:
        endpoint = SocketIoEndpoint(
            address=Address.parse(f"http://127.0.0.1:{port + 1 if port < 65535 else port - 1}"),
            url=f"http://127.0.0.1:{port}",
            decode=decode,
            namespaces=("/workflow",),
        )
        feed = ReconnectingFeed(SocketIoLink(endpoint), Tokens(), AT_ONCE)
        await until(feed, lambda seen: count(seen, FeedLive) == 1)
    assert gateway.auths == [("/workflow", None)]


def opened(**changes: object) -> str:
    return "0" + json.dumps({"sid": "s", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000, **changes})


@contextlib.asynccontextmanager
async def raw(handler: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[int]:
    async with serve(handler, "127.0.0.1", 0) as server:
        yield next(iter(server.sockets)).getsockname()[1]


IMPATIENT = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), open_s=0.3)


async def test_a_namespace_that_is_never_acknowledged_is_a_loss_after_our_own_limit() -> None:  # fault 68
    async def handler(connection: ServerConnection) -> None:
        await connection.send(opened())
        await connection.send('40/communication,{"sid":"1"}')
        await connection.wait_closed()

    async with raw(handler) as port:
        seen = await until(feed_of(port, policy=IMPATIENT), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == "never acknowledged: /workflow"


async def test_a_server_of_the_former_protocol_is_told_as_such() -> None:  # fault 69
    async def handler(connection: ServerConnection) -> None:
        await connection.send(opened())
        await connection.send("40")
        await connection.send("40/workflow,")
        await connection.wait_closed()

    async with raw(handler) as port:
        seen = await until(feed_of(port, namespaces=("/workflow",)), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert "older Socket.IO" in seen[-1].reason


@pytest.mark.parametrize(
    "packet",
    [
        "49/workflow,[]",
        "4",
        "4x",
        "42/workflow,",
        "42/workflow,{}",
        "42/workflow,[1]",
        "42/workflow,[]",
        '42/workflow,["cut',
        "42/workflow," + "[" * 5000,
        '4{"not": "a packet"}',
        "43/workflow,1{}",
        b"\x00\xff",
        '451-/workflow,["file",{"_placeholder":true,"num":7}]',
        '4599999999999-/workflow,["file"]',
    ],
)
async def test_odd_packets_are_told_and_the_next_event_still_comes(packet: str | bytes) -> None:  # fault 69
    async def handler(connection: ServerConnection) -> None:
        await connection.send(opened())
        await connection.send('40/workflow,{"sid":"1"}')
        await connection.send(packet)
        if isinstance(packet, str) and packet.startswith("451-"):
            await connection.send('42/workflow,["instead of the attachment"]')
        await connection.send('42/workflow,["odd"]')
        await connection.send('42/workflow,["sense",{"a":1}]')
        await connection.wait_closed()

    async with raw(handler) as port:
        feed = feed_of(port, namespaces=("/workflow",))
        seen = await until(feed, lambda seen: count(seen, FeedMessage) == 1)
    assert values(seen) == [SocketEvent(name="sense", args=({"a": 1},), namespace="/workflow")]
    assert count(seen, FeedNonsense) == 2


@pytest.mark.parametrize(
    "greeting", ["", "x", "0", "0[]", "0{}", opened(pingInterval="soon"), opened(sid=None), b"\x00", "1", "3probe"]
)
async def test_an_odd_handshake_is_a_clean_loss(greeting: str | bytes) -> None:  # fault 69
    async def handler(connection: ServerConnection) -> None:
        await connection.send(greeting)
        await connection.wait_closed()

    async with raw(handler) as port:
        seen = await until(feed_of(port, policy=IMPATIENT), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason


async def test_a_message_over_the_limit_ends_the_connection_with_a_penalty() -> None:  # fault 58
    async def handler(connection: ServerConnection) -> None:
        await connection.send(opened())
        await connection.send('40/workflow,{"sid":"1"}')
        await connection.send('42/workflow,["' + "x" * 2 * 1024 * 1024 + '"]')
        await connection.wait_closed()

    async with raw(handler) as port:
        seen = await until(feed_of(port, namespaces=("/workflow",)), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].next_try_at is not None
    assert count(seen, FeedMessage) == 0


async def test_a_server_that_stops_pinging_is_half_open_and_noticed() -> None:  # fault 61
    async def handler(connection: ServerConnection) -> None:
        await connection.send(opened(pingInterval=100, pingTimeout=100))
        await connection.send('40/workflow,{"sid":"1"}')
        await connection.wait_closed()

    async with raw(handler) as port:
        seen = await until(feed_of(port, namespaces=("/workflow",)), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == "Server has stopped communicating"


async def test_interrupting_stays_the_programs_own_affair() -> None:  # fault 71
    before = signal.getsignal(signal.SIGINT)
    gateway = Gateway()
    async with listening(gateway.app) as port:
        await until(feed_of(port), lambda seen: count(seen, FeedLive) == 1)
    assert signal.getsignal(signal.SIGINT) is before


async def test_two_hundred_clients_leave_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:  # fault 72
    gateway = Gateway()
    descriptors = Path("/proc/self/fd")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead_port = closed.getsockname()[1]
    async with listening(gateway.app) as port:
        await until(feed_of(port), lambda seen: count(seen, FeedLive) == 1)
        before = len(list(descriptors.iterdir())) if descriptors.exists() else 0
        tasks_before = len(asyncio.all_tasks())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for number in range(200):
                if number % 2:
                    await until(feed_of(port), lambda seen: count(seen, FeedLive) == 1)
                else:
                    await until(feed_of(dead_port), lambda seen: count(seen, FeedLost) == 1)
            gc.collect()
        await asyncio.sleep(0.1)
        assert len(asyncio.all_tasks()) - tasks_before < 8
        if before:
            assert len(list(descriptors.iterdir())) - before < 8
    from engineio import base_client

    assert not base_client.connected_clients
    assert not [record for record in caplog.records if "Unclosed" in record.getMessage()]
