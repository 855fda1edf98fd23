"""A flood: real events, far more of them than usual, to the feeds of one face."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from typing import TYPE_CHECKING

from console.sandbox.feeds import HealthRead, MetricsRead, NoticeCreated
from console.sandbox.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from console.sandbox.faults import Flood
    from console.sandbox.feeds import FeedEvent, Subscription
    from console.sandbox.world import World

_TICK_S = 0.005
_REPEATED = 500  # the same reading is told that often, so that making messages costs little


async def pour(world: World, flood: Flood) -> None:
    """Send for as long as the flood lasts; cancelling ends it. Late ticks catch up, so the rate is an average.

    What is sent depends on what a feed can tell: the health of each service in turn, metrics, or notifications.
    """
    began, sent = time.monotonic(), 0
    events: dict[Subscription, Iterator[FeedEvent]] = {}
    while (passed_s := time.monotonic() - began) < flood.seconds:
        due = int(passed_s * flood.per_s)
        for subscription in world.feeds:
            if subscription.face == flood.face and not world.feeds.muted:
                source = events.setdefault(subscription, _events(world, subscription.kinds))
                for event in itertools.islice(source, due - sent):
                    subscription.put(event)
        sent = max(sent, due)
        await asyncio.sleep(_TICK_S)


def _events(world: World, kinds: Container[type]) -> Iterator[FeedEvent]:
    if HealthRead in kinds:
        while True:
            readings = [(name, component.reading) for name, component in world.components.items()]
            told = [HealthRead(name, reading.status.value, reading.score) for name, reading in readings]
            for _ in range(1 + _REPEATED // len(told)):
                yield from told
    elif MetricsRead in kinds:
        while True:
            yield from itertools.repeat(MetricsRead(world.metrics()), _REPEATED)
    else:
        poured = secrets.token_hex(4)
        for number in itertools.count(1):
            yield NoticeCreated(_notice(poured, number))


def _notice(poured: str, number: int) -> Notice:
    return Notice(
        id=f"flood-{poured}-{number}",
        created_at=time.time(),
        kind="flood",
        title=f"Message {number} of a flood",
        message="One of very many",
        severity="info",
    )
