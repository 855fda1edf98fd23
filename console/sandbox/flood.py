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
    from collections.abc import Iterator

    from console.sandbox.faults import Flood
    from console.sandbox.feeds import FeedEvent, Subscription
    from console.sandbox.world import World

_TICK_S = 0.005


async def pour(world: World, flood: Flood) -> None:
    """Send for as long as the flood lasts; cancelling ends it. Late ticks catch up, so the rate is an average.

    What is sent depends on what a feed can tell: the health of each service in turn, metrics, or notifications.
    """
    readings = itertools.cycle(world.components.values())
    numbers = itertools.count(1)

    def events(subscription: Subscription) -> Iterator[FeedEvent]:
        while True:
            if HealthRead in subscription.kinds:
                component = next(readings)
                reading = component.reading
                yield HealthRead(component.spec.name, reading.status.value, reading.score)
            elif MetricsRead in subscription.kinds:
                yield MetricsRead(metrics)
            else:
                yield NoticeCreated(_notice(next(numbers)))

    metrics = world.metrics()
    began, sent = time.monotonic(), 0
    while (passed_s := time.monotonic() - began) < flood.seconds:
        due = int(passed_s * flood.per_s)
        for subscription in world.feeds:
            if subscription.face == flood.face and not world.feeds.muted:
                for event in itertools.islice(events(subscription), due - sent):
                    subscription.put(event)
        sent = max(sent, due)
        await asyncio.sleep(_TICK_S)


def _notice(number: int) -> Notice:
    return Notice(
        id=f"flood-{secrets.token_hex(6)}",
        created_at=time.time(),
        kind="flood",
        title=f"Message {number} of a flood",
        message="One of very many",
        severity="info",
    )
