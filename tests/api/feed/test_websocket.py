"""The feed against a real WebSocket server that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import http
import logging
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from console.api.feed.backoff import Backoff
from console.api.feed.conversation import Conversation
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.websocket import Endpoint, TokenPlace, WebSocketLink
from console.model.address import Address
from console.model.errors import ConnectionLost, ProtocolViolation, SignInRequired, Unauthorized
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense
from tests.api.feed.listening import AT_ONCE, Tokens, count, until, values

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


def feed_of(port: int, tokens: Tokens, base_s: float = 0.01, policy: FeedPolicy | None = None) -> ReconnectingFeed[str]:
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
    policy = policy or FeedPolicy(rises=(Rise(base_s=base_s, cap_s=base_s),))
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


def talking_feed(
    port: int, conversation: Conversation, policy: FeedPolicy = AT_ONCE, tokens: Tokens | None = None, **more: Any
) -> ReconnectingFeed[str]:
    def decode(message: str | bytes) -> list[str]:
        if message == "refused":
            raise Unauthorized("refused in words")
        return [str(message)]

    endpoint = Endpoint(
        address=Address.parse(f"http://127.0.0.1:{port}"),
        url=f"ws://127.0.0.1:{port}/feed",
        decode=decode,
        conversation=conversation,
        **more,
    )
    return ReconnectingFeed(WebSocketLink(endpoint), tokens or Tokens(), policy)


async def test_heartbeats_go_both_ways_and_are_no_messages() -> None:  # fault 61
    heard: list[str] = []
    answered = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.send("heartbeat")
        async for message in connection:
            heard.append(str(message))
            if {"heartbeat", "heartbeat-ack"} <= set(heard):
                answered.set()
                await connection.send("done")
                break
        await connection.wait_closed()

    conversation = Conversation(
        beat=lambda: "heartbeat",
        beat_interval_s=0.02,
        reply=lambda message: "heartbeat-ack" if message == "heartbeat" else None,
        is_noise=lambda message: message == "heartbeat",
    )
    async with gateway(handler) as port:
        seen = await until(talking_feed(port, conversation), lambda seen: count(seen, FeedMessage) == 1)
    assert values(seen) == ["done"]
    assert answered.is_set()


async def test_silence_although_heartbeats_are_due_is_a_dead_connection() -> None:  # fault 61
    async def handler(connection: ServerConnection) -> None:
        await connection.send("hello")
        await connection.wait_closed()  # its pings and pongs go on: only the application behind it is dead

    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), silence_s=0.2)
    async with gateway(handler) as port:
        feed = talking_feed(port, Conversation(), policy)
        seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == "no sign of life for 0.2 s"


async def test_the_token_may_be_the_first_message_and_only_the_answer_makes_it_live() -> None:  # faults 56 and 64
    requests: list[Request] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        requests.append(connection.request)
        if await connection.recv() == "token=first":
            await connection.close(4001, "bad token first")
            return
        await connection.send("welcome")
        await connection.send("news")
        await connection.wait_closed()

    conversation = Conversation(
        first=lambda token: [f"token={token}"], acknowledges=lambda message: message == "welcome"
    )
    tokens = Tokens()
    async with gateway(handler) as port:
        feed = talking_feed(
            port,
            conversation,
            tokens=tokens,
            token_place=TokenPlace.FIRST_MESSAGE,
            refusing_codes=frozenset({4401, 4001}),
        )
        seen = await until(feed, lambda seen: count(seen, FeedMessage) == 1)
    assert tokens.renewals == 1
    assert values(seen) == ["news"]
    assert count(seen, FeedLive) == 1
    assert "Authorization" not in requests[0].headers
    assert "first" not in repr(seen)


async def test_a_refusal_in_words_renews_before_and_after_the_acknowledgement() -> None:  # fault 56
    replies = iter([["refused"], ["welcome", "refused"], ["welcome", "news"]])

    async def handler(connection: ServerConnection) -> None:
        for reply in next(replies):
            await connection.send(reply)
        await connection.wait_closed()

    conversation = Conversation(acknowledges=lambda message: message == "welcome")
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), stable_s=0.0)
    tokens = Tokens()
    async with gateway(handler) as port:
        feed = talking_feed(port, conversation, policy, tokens)
        await until(feed, lambda seen: count(seen, FeedMessage) == 1)
    assert tokens.renewals >= 1


async def test_a_handshake_that_nobody_acknowledges_is_given_up() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), open_s=0.2)
    async with gateway(handler) as port:
        feed = talking_feed(port, Conversation(acknowledges=lambda _message: False), policy)
        seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert "never acknowledged" in seen[-1].reason


async def test_a_token_that_must_be_in_the_url_is_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:  # fault 64
    caplog.set_level(logging.DEBUG)
    tokens = Tokens()
    tokens.current = "t0p+s3cret"
    paths: list[str] = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        paths.append(request.path)
        return connection.respond(http.HTTPStatus.BAD_GATEWAY, f"no upstream for {request.path} {tokens.current}")

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with gateway(handler, refuse) as port:
        feed = talking_feed(
            port, Conversation(), tokens=tokens, token_place=TokenPlace.QUERY, parameters=lambda: {"userId": "7"}
        )
        seen = await until(feed, lambda seen: count(seen, FeedLost) == 2)
    assert paths[0] == "/feed?userId=7&token=t0p%2Bs3cret"
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert "s3cret" not in repr(seen) + "".join(record.getMessage() for record in ours)


async def test_another_origin_gets_no_token() -> None:  # fault 65
    requests: list[Request] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        requests.append(connection.request)
        await connection.wait_closed()

    async with gateway(handler) as port:
        endpoint = Endpoint(
            address=Address.parse("http://127.0.0.1:1"), url=f"ws://127.0.0.1:{port}/feed", decode=lambda _message: [""]
        )
        feed = ReconnectingFeed(WebSocketLink(endpoint), Tokens(), AT_ONCE)
        await until(feed, lambda seen: count(seen, FeedLive) == 1)
    assert "Authorization" not in requests[0].headers


async def test_what_is_said_reaches_the_gateway_and_only_while_live() -> None:
    heard = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        if await connection.recv() == "request metrics":
            heard.set()
        await connection.wait_closed()

    async with gateway(handler) as port, asyncio.timeout(10):
        feed = feed_of(port, Tokens())
        with pytest.raises(ConnectionLost):
            await feed.say("too early")
        async with contextlib.aclosing(feed.events()) as events:
            async for event in events:
                if isinstance(event, FeedLive):
                    break
            await feed.say("request metrics")
            await heard.wait()
        with pytest.raises(ConnectionLost):
            await feed.say("too late")


async def test_a_message_over_the_limit_is_told_and_costs_a_wait() -> None:  # fault 58
    async def handler(connection: ServerConnection) -> None:
        await connection.send("x" * 2 * 1024 * 1024)
        await connection.wait_closed()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert "1009" in seen[-1].reason
    assert seen[-1].next_try_at is not None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_handshake_that_fails_behind_the_gateway_is_tried_again_without_the_sign_in(status: int) -> None:
    # fault 57
    tokens = Tokens()

    def fail(connection: ServerConnection, _request: Request) -> Response:
        return connection.respond(http.HTTPStatus(status), "no")

    async with gateway(lambda connection: connection.wait_closed(), fail) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedLost) == 2)
    lost = [event for event in seen if isinstance(event, FeedLost)]
    assert tokens.renewals == 0
    assert not any(event.unauthorized or event.absent for event in lost)
    assert str(status) in lost[0].reason or lost[0].reason == "no"


@pytest.mark.parametrize("frame", [b"\x81\x02\xff\xfe", b"\x83\x00", b"\xa1\x01x", b"\x01\x01a\x81\x01b"])
async def test_frames_against_the_protocol_are_a_clean_loss(frame: bytes) -> None:  # fault 59
    async def handler(connection: ServerConnection) -> None:
        connection.transport.write(frame)
        await connection.wait_closed()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason


async def test_who_speaks_lives_although_no_ping_is_answered() -> None:  # fault 60
    # A pong waits behind all that was sent before it: under a flood for longer than a ping may take.
    async def handler(connection: ServerConnection) -> None:
        connection.transport.pause_reading()  # never sees a ping
        for number in range(60):
            await connection.send(str(number))
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.0)
        connection.transport.abort()

    policy = FeedPolicy(rises=(Rise(base_s=60.0, cap_s=60.0),), ping_interval_s=0.05, ping_timeout_s=0.4)
    async with gateway(handler) as port:
        feed = feed_of(port, Tokens(), policy=policy)
        seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert values(seen) == [str(number) for number in range(60)]
    assert count(seen, FeedLive) == 1
    assert isinstance(seen[-1], FeedLost)
    assert "no answer to a ping" in seen[-1].reason


async def test_a_flood_that_is_taken_slowly_is_no_dead_connection() -> None:  # fault 60
    messages = 4000

    async def handler(connection: ServerConnection) -> None:
        for number in range(messages):
            await connection.send(f"{number} " + "x" * 2000)
        await connection.wait_closed()

    policy = FeedPolicy(rises=(Rise(base_s=60.0, cap_s=60.0),), ping_interval_s=0.05, ping_timeout_s=0.2)
    seen = 0
    async with (
        gateway(handler) as port,
        asyncio.timeout(30),
        contextlib.aclosing(feed_of(port, Tokens(), policy=policy).events()) as events,
    ):
        async for event in events:
            assert not isinstance(event, FeedLost), event.reason
            seen += isinstance(event, FeedMessage)
            if seen % 500 == 0:
                time.sleep(0.05)  # noqa: ASYNC251  (the window is busy)
            if isinstance(event, FeedMessage) and event.value.startswith(f"{messages - 1} "):
                break


async def test_messages_of_any_size_and_in_fragments_come_whole_and_in_order() -> None:
    sizes = [0, 1, 125, 126, 4095, 4096, 4097, 65_535, 65_536, 300_000, 3, 1_000_000, 2]

    async def handler(connection: ServerConnection) -> None:
        for size in sizes:
            await connection.send("x" * size)
            await connection.send(["y" * (size // 3), "", "y" * (size - size // 3)])
        await connection.close()

    async with gateway(handler) as port:
        seen = await until(feed_of(port, Tokens()), lambda seen: count(seen, FeedLost) == 1)
    assert values(seen) == [letter * size for size in sizes for letter in "xy"]
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == "closed by the gateway"
