"""The queue between a socket and its consumer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.api.feed.queue import FeedQueue
from console.model.feed import FeedDropped, FeedEvent, FeedLost, FeedMessage, FeedNonsense

START = datetime(2026, 1, 1, tzinfo=UTC)


def message(value: int, second: int = 0) -> FeedMessage[int]:
    return FeedMessage(at=START + timedelta(seconds=second), value=value)


async def drained(queue: FeedQueue[int]) -> list[FeedEvent[int]]:
    queue.end()
    taken = []
    while (event := await queue.get()) is not None:
        taken.append(event)
    return taken


async def test_the_oldest_of_the_least_important_gives_way_and_the_loss_is_told() -> None:  # fault 60
    queue = FeedQueue[int](importance=lambda value: value % 2, limit=4)
    for second, value in enumerate([0, 1, 2, 3, 5, 4, 7]):
        queue.put(message(value, second))
    queue.put(FeedLost(at=START, reason="gone"))
    loss, *kept = await drained(queue)
    assert isinstance(loss, FeedDropped)
    assert (loss.count, loss.since) == (4, START)
    assert [event.value for event in kept if isinstance(event, FeedMessage)] == [3, 5, 7]
    assert isinstance(kept[-1], FeedLost)


async def test_nonsense_gives_way_first() -> None:  # fault 60
    queue = FeedQueue[int](limit=2)
    queue.put(message(1))
    queue.put(FeedNonsense(at=START, detail="?"))
    queue.put(message(2))
    assert [event.value for event in await drained(queue) if isinstance(event, FeedMessage)] == [1, 2]


async def test_an_ongoing_loss_is_not_told_with_every_message() -> None:
    queue = FeedQueue[int](limit=2)
    told = []
    for value in range(200):
        queue.put(message(value))
        queue.put(message(value))
        told.append(await queue.get())
    told += await drained(queue)
    losses = [event for event in told if isinstance(event, FeedDropped)]
    messages = [event for event in told if isinstance(event, FeedMessage)]
    assert len(losses) < 20
    assert sum(loss.count for loss in losses) + len(messages) == 400


async def test_a_waiting_consumer_is_woken() -> None:
    queue = FeedQueue[int]()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.put(message(1))
    assert await waiting == message(1)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=80), st.integers(1, 10))
def test_nothing_is_lost_in_silence_and_order_holds_within_a_class(steps: list[tuple[int, bool]], limit: int) -> None:
    async def run() -> None:
        queue = FeedQueue[int](importance=lambda value: value % 4, limit=limit)
        taken: list[FeedEvent[int]] = []
        for number, (importance, take) in enumerate(steps):
            queue.put(message(4 * number + importance))
            assert len(queue) <= limit
            if take and (event := await queue.get()) is not None:
                taken.append(event)
        taken += await drained(queue)
        got = [event.value for event in taken if isinstance(event, FeedMessage)]
        dropped = sum(event.count for event in taken if isinstance(event, FeedDropped))
        assert len(got) + dropped == len(steps)
        assert got == sorted(got)

    asyncio.run(run())
