"""The feed of server-sent events against a real web server."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from console.api.feed.event_stream import ServerEvent
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.sse import EventStreamLink, StreamEndpoint
from console.model.address import Address
from console.model.errors import ConnectionLost, ProtocolViolation, Unauthorized
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense, Via
from tests.api.feed.listening import AT_ONCE, Tokens, count, until, values
from tests.api.feed.serving import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

Handler = "Callable[[web.Request], Awaitable[web.StreamResponse]]"


def decode(event: ServerEvent) -> list[ServerEvent]:
    if event.data == "odd":
        raise ProtocolViolation("odd", field="data")
    if event.data == "token expired":
        raise Unauthorized("token expired")
    return [event]


def feed_of(
    port: int, tokens: Tokens | None = None, policy: FeedPolicy = AT_ONCE, own_port: int = 0
) -> ReconnectingFeed[ServerEvent]:
    endpoint = StreamEndpoint(
        address=Address.parse(f"http://127.0.0.1:{own_port or port}"),
        url=f"http://127.0.0.1:{port}/events",
        decode=decode,
    )
    return ReconnectingFeed(EventStreamLink(endpoint), tokens or Tokens(), policy)


@contextlib.asynccontextmanager
async def gateway(*answers: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[int]:
    """Each request gets the next of these answers, the last one for ever."""
    waiting = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    app = web.Application()
    app.router.add_get("/events", answer)
    async with listening(app) as port:
        yield port


def stream(*pieces: bytes, hold: bool = True) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        if hold:
            await asyncio.sleep(60)
        return response

    return answer


async def test_events_come_through_with_the_token_as_a_header() -> None:
    requests: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        return await stream(b": hello\n\ndata: odd\n\nevent: note\nda", b"ta: one\n\n")(request)

    async with gateway(answer) as port:
        seen = await until(feed_of(port), lambda seen: count(seen, FeedMessage) == 1)
    assert values(seen) == [ServerEvent(data="one", name="note")]
    assert count(seen, FeedNonsense) == 1
    live = next(event for event in seen if isinstance(event, FeedLive))
    assert live.via is Via.EVENT_STREAM
    assert requests[0].headers["Authorization"] == "Bearer first"
    assert requests[0].headers["Accept"] == "text/event-stream"


async def test_after_a_loss_it_asks_for_what_it_missed() -> None:  # fault 62
    asked: list[str | None] = []

    async def again(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Last-Event-ID"))
        return await stream(b"data: two\n\n")(request)

    async with gateway(stream(b"id: 41\ndata: one\n\n", hold=False), again) as port:
        seen = await until(feed_of(port), lambda seen: count(seen, FeedMessage) == 2)
    assert asked == ["41"]
    assert [event.data for event in values(seen)] == ["one", "two"]
    assert [event.lost_at is None for event in seen if isinstance(event, FeedLive)] == [True, False]


async def test_who_listens_next_does_not_go_on_where_another_left() -> None:
    asked: list[str | None] = []

    async def note(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Last-Event-ID"))
        return await stream(b"id: 41\ndata: one\n\n")(request)

    async with gateway(note) as port:
        feed = feed_of(port)
        for _ in range(2):
            seen = await until(feed, lambda seen: count(seen, FeedMessage) == 1)
            assert [event.lost_at for event in seen if isinstance(event, FeedLive)] == [None]
    assert asked == [None, None]


async def test_a_wait_that_the_stream_asks_for_is_kept_within_bounds() -> None:
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),))
    for said, least_s, most_s in ((b"5000", 5, 5.1), (b"0", 0.01, 0.1), (b"999999999", 300, 300.1)):
        async with gateway(stream(b"retry: " + said + b"\n\n", hold=False)) as port:
            seen = await until(feed_of(port, policy=policy), lambda seen: count(seen, FeedLost) == 1)
        lost = seen[-1]
        assert isinstance(lost, FeedLost)
        assert lost.next_try_at is not None
        assert least_s <= (lost.next_try_at - lost.at).total_seconds() <= most_s


@pytest.mark.parametrize("in_words", [False, True])
async def test_a_refused_token_is_renewed_once(in_words: bool) -> None:  # fault 57
    async def refuse(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPUnauthorized

    tokens = Tokens()
    first = stream(b"data: token expired\n\n") if in_words else refuse
    async with gateway(first, stream(b"data: back\n\n")) as port:
        seen = await until(feed_of(port, tokens), lambda seen: count(seen, FeedMessage) == 1)
    assert tokens.renewals == 1
    assert [event.unauthorized for event in seen if isinstance(event, FeedLost)] == [True]


async def test_a_redirect_is_a_failure_and_carries_nothing_elsewhere() -> None:  # fault 65
    visited: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        visited.append(request.path)
        return await stream()(request)

    async with gateway(elsewhere) as other:

        async def lead_away(_request: web.Request) -> web.StreamResponse:
            raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:{other}/events")

        async with gateway(lead_away) as port:
            seen = await until(feed_of(port), lambda seen: count(seen, FeedLost) == 1)
    assert not visited
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == f"redirects to http://127.0.0.1:{other}"


async def test_another_origin_gets_no_token() -> None:  # fault 64
    headers: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        headers.append(request.headers.get("Authorization"))
        return await stream()(request)

    async with gateway(answer) as port:
        await until(feed_of(port, own_port=1), lambda seen: count(seen, FeedLive) == 1)
    assert headers == [None]


async def page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>", content_type="text/html")


async def nothing(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def missing(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


@pytest.mark.parametrize("answer", [page, nothing, missing])
async def test_an_answer_that_is_no_stream_means_that_there_is_none(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> None:
    async with gateway(answer) as port:
        seen = await until(feed_of(port), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].absent
    assert seen[-1].reason


async def test_silence_beyond_what_was_promised_is_a_dead_connection() -> None:  # fault 61
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), silence_s=0.2)
    async with gateway(stream(b"data: one\n\n")) as port:
        seen = await until(feed_of(port, policy=policy), lambda seen: count(seen, FeedLost) == 1)
    assert count(seen, FeedMessage) == 1


async def test_an_answer_that_never_begins_is_given_up() -> None:
    async def hesitate(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise web.HTTPNotFound

    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), open_s=0.2)
    async with gateway(hesitate) as port:
        seen = await until(feed_of(port, policy=policy), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason


async def test_a_refusal_whose_words_never_end_is_a_refusal() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=404)
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), quiet_s=0.02, open_s=0.3)
    async with gateway(endless) as port:
        seen = await until(feed_of(port, policy=policy), lambda seen: count(seen, FeedLost) == 1)
    lost = seen[-1]
    assert isinstance(lost, FeedLost)
    assert lost.absent


async def test_an_event_over_the_limit_ends_the_connection_with_a_penalty() -> None:  # fault 58
    async with gateway(stream(b"data: " + b"x" * 2 * 1024 * 1024)) as port:
        seen = await until(feed_of(port), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert "1 MiB" in seen[-1].reason


async def test_there_is_no_way_back() -> None:
    with pytest.raises(ConnectionLost):
        await feed_of(1).say("hello")
