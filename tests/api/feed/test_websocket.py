"""The feed against a real WebSocket server that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import http
import random
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.server import ServerConnection, serve

from console.api.feed.backoff import Backoff
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.websocket import Endpoint, WebSocketLink
from console.model.address import Address
from console.model.errors import ConnectionLost, ProtocolViolation, SignInRequired
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense
from tests.api.feed.listening import Tokens, count, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from websockets.http11 import Request, Response


@contextlib.asynccontextmanager
async def gateway(
    handler: Callable[[ServerConnection], Awaitable[None]],
    process_request: Callable[[ServerConnection, Request], Response | None] | None = None,
) -> AsyncIterator[int]:
    async with serve(handler, "127.0.0.1", 0, process_request=process_request) as server:
        yield next(iter(server.sockets)).getsockname()[1]


def feed_of(port: int, tokens: Tokens, base_s: float = 0.01) -> ReconnectingFeed[str]:
    def decode(message: str | bytes) -> list[str]:
        if isinstance(message, bytes) or message == "nonsense":
            raise ProtocolViolation("nonsense", field="message")
        return [message]

    endpoint = Endpoint(
        address=Address.parse(f"http://127.0.0.1:{port}"),
        url=f"ws://127.0.0.1:{port}/feed",
        headers=lambda: {"X-Request-ID": "1"},
        decode=decode,
    )
    policy = FeedPolicy(rises=(Rise(base_s=base_s, cap_s=base_s),))
    return ReconnectingFeed(WebSocketLink(endpoint), tokens, policy)


async def test_messages_come_through_with_the_token_as_a_header_only() -> None:  # fault 64
    requests: list[Request] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        requests.append(connection.request)
        await connection.send("hello")
        await connection.wait_closed()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedMessage) == 1)
    assert isinstance(seen[1], FeedLive)
    assert requests[0].headers["Authorization"] == "Bearer first"
    assert "first" not in requests[0].path


async def test_nonsense_is_told_and_the_next_message_still_comes() -> None:  # fault 59
    async def handler(connection: ServerConnection) -> None:
        await connection.send(b"\xff\x00")
        await connection.send("nonsense")
        await connection.send("sense")
        await connection.wait_closed()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedMessage) == 1)
    assert count(seen, FeedNonsense) == 2


async def test_4401_renews_and_reconnects_without_a_penalty() -> None:  # fault 56
    tokens = Tokens()

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        if connection.request.headers["Authorization"] == "Bearer first":
            await connection.close(4401, "token expired")
            return
        await connection.send("back")
        await connection.wait_closed()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedMessage) == 1)
    lost = [event for event in seen if isinstance(event, FeedLost)]
    assert [event.unauthorized for event in lost] == [True]
    assert tokens.renewals == 1


async def test_a_gateway_that_refuses_every_token_gets_one_renewal_then_waits() -> None:  # fault 57
    tokens = Tokens()

    def refuse(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "no")

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with gateway(handler, refuse) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedLost) >= 5)
    assert tokens.renewals == 1
    assert [event.unauthorized for event in seen if isinstance(event, FeedLost)] == [True, False, False, False, False]


async def test_an_unreachable_renewal_is_a_loss_and_not_the_end() -> None:
    tokens = Tokens()
    tokens.broken = ConnectionLost("no answer")

    async def handler(connection: ServerConnection) -> None:
        await connection.close(4401, "token expired")

    async with gateway(handler) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedLost) >= 4)
    assert count(seen, FeedLive) >= 2


async def test_a_refused_renewal_ends_the_feed() -> None:
    tokens = Tokens()
    tokens.broken = SignInRequired("over")

    async def handler(connection: ServerConnection) -> None:
        await connection.close(4401, "token expired")

    async with gateway(handler) as port:
        with pytest.raises(SignInRequired):
            await until(feed_of(port, tokens), lambda _seen: False)


async def test_after_a_loss_it_says_since_when_it_was_deaf() -> None:
    connections = 0

    async def handler(connection: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await connection.send("hello")
        if connections == 1:
            connection.transport.abort()
            return
        await connection.wait_closed()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedLive) == 2)
    first, second = (event for event in seen if isinstance(event, FeedLive))
    assert first.lost_at is None
    assert second.lost_at is not None
    assert first.at <= second.lost_at <= second.at


async def test_a_redirected_handshake_is_a_failure_and_carries_nothing_elsewhere() -> None:  # fault 65
    visited: list[str] = []

    async def elsewhere(connection: ServerConnection) -> None:
        visited.append("elsewhere")
        await connection.wait_closed()

    async with gateway(elsewhere) as other:

        def redirect(connection: ServerConnection, _request: Request) -> Response:
            response = connection.respond(http.HTTPStatus.TEMPORARY_REDIRECT, "")
            response.headers["Location"] = f"ws://127.0.0.1:{other}/feed"
            return response

        async with gateway(elsewhere, redirect) as port:
            seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedLost) == 1)
    assert not visited
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason.startswith("redirects to ws://127.0.0.1")


async def test_nobody_listening_is_a_loss_with_a_next_try() -> None:
    async with gateway(lambda connection: connection.wait_closed()) as port:
        pass
    seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedLost) == 2)
    lost = next(event for event in seen if isinstance(event, FeedLost))
    assert lost.next_try_at is not None
    assert "refused" in lost.reason


async def test_hurrying_cuts_the_wait_short() -> None:
    connected = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        connected.set()
        await connection.wait_closed()

    async with gateway(handler) as port:
        free = port
    feed = feed_of(free, Tokens(), base_s=3600.0)  # only hurrying ends it
    async with asyncio.timeout(10), contextlib.aclosing(feed.events()) as events:
        async for event in events:
            if isinstance(event, FeedLost):
                break
        again = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        feed.try_now()
        await again


async def test_a_reader_that_stops_half_way_leaves_no_connection() -> None:  # fault 4
    gone = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()
        gone.set()

    async with gateway(handler) as port, asyncio.timeout(10):
        async with contextlib.aclosing(feed_of(port, Tokens()).events()) as events:
            async for event in events:
                if isinstance(event, FeedLive):
                    break
        await gone.wait()


def test_backoff_grows_within_its_bounds_and_starts_over() -> None:  # fault 63
    backoff = Backoff(FeedPolicy(), draw=random.Random(1))
    waits = [backoff.next_s() for _ in range(1000)]
    assert all(1.0 <= wait <= 30.0 for wait in waits)
    assert waits[0] == 1.0
    assert max(waits[6:]) > 20.0
    backoff.reset()
    assert backoff.next_s() == 1.0
