"""A feed's life: live, kicked, out of its token, silent, full of nonsense. Over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from console.model.capability import Capability
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense
from tests.contract.site import offered

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from console.api.contract import Platform
    from console.model.feed import FeedEvent, FeedItem
    from console.sandbox.server import Sandbox
    from tests.contract.site import Site

    Stream = AsyncGenerator[FeedEvent[FeedItem], None]

Event = TypeVar("Event")


async def first(stream: Stream, kind: type[Event]) -> Event:
    """The next event of a kind; the test's own time limit ends the wait."""
    async for event in stream:
        if isinstance(event, kind):
            return event
    raise AssertionError("the stream ended")


@contextlib.asynccontextmanager
async def listening(site: Site) -> AsyncIterator[Stream]:
    """An operator's feed."""
    async with site.operator("feed", "feed") as operator:
        feed = offered(operator.gateway.feed, operator.gateway, "feed")
        async with contextlib.aclosing(feed.events()) as stream:
            yield stream


def stir(site: Site) -> None:
    """Let something happen that every platform's feed can tell."""

    async def act(sandbox: Sandbox) -> None:
        sandbox.world.notices.create(kind="quota", title="Nearly full", message="of tests", severity="warning")

    site.sandbox.call(act)
    site.sandbox.apply(kill_service="redis")
    site.sandbox.apply(restart_service="redis")


async def stirred(site: Site, stream: Stream, kind: type[Event]) -> Event:
    """The next event of a kind while things keep happening."""

    async def keep_stirring() -> None:
        while True:
            await asyncio.to_thread(stir, site)
            await asyncio.sleep(0.05)

    stirring = asyncio.ensure_future(keep_stirring())
    try:
        return await first(stream, kind)
    finally:
        stirring.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stirring


async def test_it_goes_live_and_tells_what_happens(wired: Site) -> None:
    async with listening(wired) as stream:
        live = await first(stream, FeedLive)
        assert live.lost_at is None
        message = await stirred(wired, stream, FeedMessage)
        assert message.at >= live.at


async def test_a_kicked_feed_comes_back_and_says_since_when_it_was_away(wired: Site) -> None:
    async with listening(wired) as stream:
        await first(stream, FeedLive)
        wired.sandbox.apply(kick_feeds=True)
        lost = await first(stream, FeedLost)
        assert lost.reason
        assert not lost.unauthorized
        live = await first(stream, FeedLive)
        assert live.lost_at is not None
        await stirred(wired, stream, FeedMessage)


async def test_an_expired_token_is_renewed_or_the_feed_says_why_it_is_over(wired: Site, platform: Platform) -> None:
    async with listening(wired) as stream:
        await first(stream, FeedLive)
        wired.sandbox.apply(expire_tokens=True)
        if Capability.REFRESH in platform.capabilities:
            live = await first(stream, FeedLive)
            assert live.lost_at is not None
        else:
            lost = await first(stream, FeedLost)
            assert lost.unauthorized or lost.next_try_at is None or lost.reason


async def test_a_mute_feed_is_silent_and_speaks_again(wired: Site) -> None:
    async with listening(wired) as stream:
        await first(stream, FeedLive)
        wired.sandbox.apply(mute_feeds=True)
        stir(wired)
        wired.sandbox.apply(mute_feeds=False)
        await stirred(wired, stream, FeedMessage)


async def test_nonsense_is_told_one_by_one_and_ends_nothing(wired: Site) -> None:
    async with listening(wired) as stream:
        await first(stream, FeedLive)
        wired.sandbox.apply(garble=True)
        for _count in range(3):
            assert (await stirred(wired, stream, FeedNonsense)).detail
        wired.sandbox.apply(garble=False)
        await stirred(wired, stream, FeedMessage)


async def test_nobody_listens_without_a_sign_in(wired: Site) -> None:
    async with wired.visitor() as visitor:
        feed = offered(visitor.gateway.feed, visitor.gateway, "feed")
        async with contextlib.aclosing(feed.events()) as stream:
            async for event in stream:
                assert not isinstance(event, FeedMessage)
                if isinstance(event, FeedLost):
                    break
