"""Socket.IO and server-sent events over TLS and through a proxy with a password, as WebSocket is in `tests/faults`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

import pytest
import socketio
import trustme
from aiohttp import web

from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.socketio import SocketIoEndpoint, SocketIoLink
from console.api.feed.sse import EventStreamLink, StreamEndpoint
from console.model.address import Address
from console.model.feed import FeedLive, FeedLost, Via
from tests.api.feed.listening import AT_ONCE, Tokens, count, until
from tests.api.feed.serving import listening
from tests.faults.chaos_proxy import ChaosProxy
from tests.faults.connect_proxy import ConnectProxy
from tests.faults.test_tls_and_proxies import serving, trusting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from console.api.feed.reconnecting import Link
    from console.model.network import NetworkOptions

NAME = "gateway.example"  # that only the proxy can find


@contextlib.asynccontextmanager
async def gateway(*, websocket: bool = True) -> AsyncIterator[int]:
    server = socketio.AsyncServer(async_mode="aiohttp", ping_interval=1, ping_timeout=1)
    server.on("connect", lambda _sid, _environ, _auth: None)

    @web.middleware
    async def blocking(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        if not websocket and request.query.get("transport") == "websocket":
            raise web.HTTPForbidden
        return await handler(request)

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await asyncio.sleep(60)
        return response

    app = web.Application(middlewares=[blocking])
    server.attach(app)
    app.router.add_get("/events", events)
    async with listening(app) as port:
        yield port


def feed_of(via: Via, url: str, options: NetworkOptions) -> ReconnectingFeed[object]:
    address = Address.parse(url)
    link: Link[object]
    if via is Via.EVENT_STREAM:
        link = EventStreamLink(
            StreamEndpoint(address=address, url=f"{url}/events", decode=lambda _event: [], options=options)
        )
    else:
        link = SocketIoLink(SocketIoEndpoint(address=address, url=url, decode=lambda _event: [], options=options))
    return ReconnectingFeed(link, Tokens(), AT_ONCE)


@pytest.mark.parametrize("via", [Via.SOCKETIO, Via.SOCKETIO_POLLING, Via.EVENT_STREAM])
async def test_feeds_go_through_tls_and_a_proxy_with_a_password(  # faults 50 and 51
    via: Via, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    authority = trustme.CA()
    async with gateway(websocket=via is Via.SOCKETIO) as port:
        with ChaosProxy(port, tls=serving(authority, NAME)) as front:
            async with ConnectProxy("operator:hush-hush").listening() as proxy:
                options = trusting(authority, tmp_path, proxy=f"http://operator:hush-hush@127.0.0.1:{proxy.port}")
                feed = feed_of(via, f"https://{NAME}:{front.port}", options)
                seen = await until(feed, lambda seen: count(seen, FeedLive) == 1)
                assert set(proxy.asked) == {f"{NAME}:{front.port}"}
    assert [event.via for event in seen if isinstance(event, FeedLive)] == [via]
    assert "hush-hush" not in repr(seen) + caplog.text


@pytest.mark.parametrize("via", [Via.SOCKETIO, Via.EVENT_STREAM])
async def test_a_certificate_of_somebody_else_is_refused_and_not_tried_again_by_polling(  # fault 51
    via: Via, tmp_path: Path
) -> None:
    async with gateway() as port:
        with ChaosProxy(port, tls=serving(trustme.CA())) as front:
            feed = feed_of(via, f"https://127.0.0.1:{front.port}", trusting(trustme.CA(), tmp_path))
            seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert "certificate" in seen[-1].reason


@pytest.mark.parametrize("via", [Via.SOCKETIO, Via.EVENT_STREAM])
async def test_a_proxy_that_refuses_the_password_is_named_and_the_password_is_not(  # fault 50
    via: Via, tmp_path: Path
) -> None:
    authority = trustme.CA()
    async with ConnectProxy("operator:other").listening() as proxy:
        options = trusting(authority, tmp_path, proxy=f"http://operator:hush-hush@127.0.0.1:{proxy.port}")
        seen = await until(feed_of(via, f"https://{NAME}:1", options), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason.startswith("407")
    assert "hush-hush" not in repr(seen)
