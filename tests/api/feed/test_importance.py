"""In a flood every platform's notices outlast what is told again, or concerns no screen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.api import registry
from console.api.feed.queue import LIMIT, FeedQueue
from console.api.feed.running import RunningFeed
from console.api.transport import Transport
from console.model.address import Address
from console.model.feed import FeedItem, FeedMessage, PlatformEvent
from console.model.notice import Notice
from tests.api.scripted_gateway import Tokens

BUILT_IN = ("kong", "dotmac", "dafnck", "aigentable", "opssight")


@pytest.mark.parametrize("name", BUILT_IN)
async def test_a_notice_outlasts_a_flood_of_other_events(name: str) -> None:  # fault 60
    platform = registry.platform(name)
    address = Address.parse("http://127.0.0.1:9")
    transport = Transport(address, platform, tokens=Tokens(), observe=lambda _exchange: None)
    try:
        feed = platform.build(transport, Tokens()).feed
        assert isinstance(feed, RunningFeed)
        queue = FeedQueue[FeedItem](feed.importance)
        at = datetime.now(UTC)
        queue.put(FeedMessage(at=at, value=Notice(id="n", at=at, title="read me")))
        for _ in range(LIMIT + 10):
            queue.put(FeedMessage(at=at, value=PlatformEvent(kind="workflow.progress")))
        queue.end()
        left = []
        while (event := await queue.get()) is not None:
            left.append(event)
        assert any(isinstance(event, FeedMessage) and isinstance(event.value, Notice) for event in left)
    finally:
        await transport.close()
