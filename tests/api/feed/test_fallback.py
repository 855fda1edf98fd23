"""Polling, and one feed standing in for another."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from console.api.feed.fallback import FallbackFeed, first_of
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.polling import PollingFeed
from console.api.feed.running import RunningFeed, Tell
from console.model.errors import ConnectionLost, NotOffered, RateLimited, SignInRequired
from console.model.feed import FeedConnecting, FeedEvent, FeedLive, FeedLost, FeedMessage, Via
from tests.api.feed.listening import AT_ONCE, count, until, values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Puppet(RunningFeed[str]):
    """Tells what the test has it tell, and counts how often it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0
        self.running = False
        self.hurried = 0
        self.said: list[object] = []
        self.error: asyncio.Future[None] | None = None
        self._tell: Tell[str] | None = None

    async def run(self, tell: Tell[str]) -> None:
        self.runs += 1
        self.running, self._tell = True, tell
        self.error = asyncio.get_running_loop().create_future()
        try:
            await self.error
        finally:
            self.running = False

    def try_now(self) -> None:
        self.hurried += 1

    async def say(self, message: object) -> None:
        self.said.append(message)

    def tell(self, event: FeedEvent[str]) -> None:
        assert self._tell is not None
        self._tell(event)

    def live(self, via: Via = Via.WEBSOCKET) -> None:
        self.tell(FeedLive(at=datetime.now(UTC), via=via))

    def message(self, value: str) -> None:
        self.tell(FeedMessage(at=datetime.now(UTC), value=value))

    def lost(self, reason: str = "broke off", *, absent: bool = False, spent: bool = False) -> None:
        now = datetime.now(UTC)
        next_try_at = now + timedelta(seconds=60)
        self.tell(FeedLost(at=now, reason=reason, absent=absent, spent=spent, next_try_at=next_try_at))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def collecting(feed: RunningFeed[str]) -> AsyncIterator[list[FeedEvent[str]]]:
    seen: list[FeedEvent[str]] = []
    take = seen.append

    async def collect() -> None:
        async with contextlib.aclosing(feed.events()) as events:
            async for event in events:
                take(event)

    task = asyncio.create_task(collect())
    await settled()
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("how", ["absent", "spent"])
async def test_the_next_best_takes_over_and_gives_back(how: str) -> None:
    better, worse = Puppet(), Puppet()
    feed = FallbackFeed(better, worse)
    async with collecting(feed) as seen:
        assert worse.runs == 0
        better.lost("no such feed", absent=how == "absent", spent=how == "spent")
        await settled()
        assert worse.running
        worse.tell(FeedConnecting(at=datetime.now(UTC), attempt=1))
        worse.live(Via.POLLING)
        worse.message("polled")
        await feed.say("to the worse one")
        better.tell(FeedConnecting(at=datetime.now(UTC), attempt=2))
        better.lost("still no such feed")
        await settled()
        assert isinstance(seen[-1], FeedMessage)  # what the better one tries is of no interest now
        better.live()
        better.message("pushed")
        await settled()
        assert not worse.running
        await feed.say("to the better one")
    live = [event for event in seen if isinstance(event, FeedLive)]
    assert [(event.via, event.degraded) for event in live] == [(Via.POLLING, "no such feed"), (Via.WEBSOCKET, "")]
    assert values(seen) == ["polled", "pushed"]
    assert count(seen, FeedConnecting) == 0
    assert (better.said, worse.said) == (["to the better one"], ["to the worse one"])


async def test_a_moment_of_loss_is_no_reason_yet() -> None:
    better, worse = Puppet(), Puppet()
    async with collecting(FallbackFeed(better, worse, patience_s=3600.0)):
        better.live()
        better.lost()
        await settled()
        better.live()
        await settled()
        assert worse.runs == 0


async def test_after_patience_it_takes_over_although_the_better_one_still_tries() -> None:
    better, worse = Puppet(), Puppet()
    async with collecting(FallbackFeed(better, worse, patience_s=0.01)):
        better.lost()
        async with asyncio.timeout(10):
            while not worse.running:
                await asyncio.sleep(0.005)


async def test_three_levels_nest() -> None:
    first, second, third = Puppet(), Puppet(), Puppet()
    feed = first_of(first, second, third)
    async with collecting(feed) as seen:
        first.lost("one", absent=True)
        await settled()
        second.lost("two", absent=True)
        await settled()
        third.live(Via.POLLING)
        await settled()
        second.live(Via.WEBSOCKET)
        await settled()
        assert not third.running
        first.live(Via.EVENT_STREAM)
        await settled()
        assert not second.running
        feed.try_now()
    live = [event for event in seen if isinstance(event, FeedLive)]
    assert [event.degraded for event in live] == ["two", "one", ""]
    assert first.hurried == second.hurried == third.hurried == 1


async def test_a_session_that_is_over_ends_both() -> None:
    better, worse = Puppet(), Puppet()

    async def consume() -> None:
        await until(FallbackFeed(better, worse), lambda _seen: False)

    task = asyncio.create_task(consume())
    await settled()
    better.lost(absent=True)
    await settled()
    assert worse.error is not None
    worse.error.set_exception(SignInRequired("over"))
    with pytest.raises(SignInRequired):
        await task
    assert not better.running


class Readings:
    """Answers to one reading after the other, the last one for ever."""

    def __init__(self, *answers: list[int] | Exception) -> None:
        self._answers = list(answers)
        self.count = 0

    async def read(self) -> Sequence[int]:
        self.count += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_polling_tells_the_same_story_as_a_feed() -> None:
    readings = Readings([1], ConnectionLost("no answer"), [2, 3])
    feed = PollingFeed(readings.read, 0.01, AT_ONCE)
    seen = await until(feed, lambda seen: count(seen, FeedMessage) == 3)
    kinds = [type(event).__name__ for event in seen]
    assert " ".join(kinds).replace("Feed", "") == "Connecting Live Message Lost Connecting Live Message Message"
    live = [event for event in seen if isinstance(event, FeedLive)]
    assert [event.via for event in live] == [Via.POLLING] * 2
    assert [event.lost_at is None for event in live] == [True, False]


@pytest.mark.parametrize(
    ("error", "absent", "wait_s"),
    [(NotOffered("none"), True, 60.0), (RateLimited("slow", retry_after_s=17.0), False, 17.0)],
)
async def test_polling_waits_as_long_as_the_answer_says(error: Exception, absent: bool, wait_s: float) -> None:
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),))
    feed = PollingFeed(Readings(error).read, 0.01, policy)
    lost = (await until(feed, lambda seen: count(seen, FeedLost) == 1))[-1]
    assert isinstance(lost, FeedLost)
    assert lost.absent is absent
    assert lost.next_try_at == lost.at + timedelta(seconds=wait_s)


async def test_polling_reads_at_once_when_hurried() -> None:
    readings = Readings([1])
    feed = PollingFeed(readings.read, 3600.0)

    def wanted(seen: list[FeedEvent[int]]) -> bool:
        asyncio.get_running_loop().call_soon(feed.try_now)
        return count(seen, FeedMessage) == 3

    await until(feed, wanted)
    assert readings.count >= 3


async def test_polling_ends_when_the_session_is_over() -> None:
    with pytest.raises(SignInRequired):
        await until(PollingFeed(Readings(SignInRequired("over")).read, 0.01), lambda _seen: False)
