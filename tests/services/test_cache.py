"""What the state machine does not tell: ages and classes, memory, the record, and the narrow moments one by one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.errors import ConnectionLost, SignInRequired, StoreError
from console.model.freshness import Freshness, Source, ttl_s
from console.services.cache import ReadCache
from console.services.cache_entry import RETRY_PAUSE, Entry, Known
from console.services.cache_shelving import ANSWER_LIMIT_BYTES
from tests.services.gateway_of_answers import NOON, Answering, Clock, MemoryShelf, idle, question

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import datetime

    from console.api.query import Query
    from console.model.cached import Login, StoredAnswer
    from console.model.freshness import Observed

USERS = question("users.list")


class Desk:
    """A cache with all that is around it."""

    def __init__(self, shelf: MemoryShelf | None = None, memory_bytes: int = 1_000_000) -> None:
        self.clock = Clock()
        self.gateway = Answering()
        self.shelf = shelf or MemoryShelf()
        self.cache = ReadCache(self.gateway, self.shelf, "owner", clock=self.clock, memory_bytes=memory_bytes)

    async def know(self, *words: str, etag: str = "", query: Query[tuple[str, ...]] = USERS, **headers: str) -> None:
        """Have the gateway say it."""
        reading = asyncio.ensure_future(self.cache.read(query))
        await idle()
        self.gateway.open[0].say(*words, etag=etag, **headers)
        await reading


@asynccontextmanager
async def desk(
    shelf: MemoryShelf | None = None, user: str = "ann", memory_bytes: int = 1_000_000
) -> AsyncIterator[Desk]:
    found = Desk(shelf, memory_bytes)
    if user:
        found.cache.begin_login(user)
    try:
        yield found
    finally:
        await found.cache.close()


class BrokenShelf(MemoryShelf):
    """A disk that takes nothing and gives nothing."""

    async def load(self, login: Login, key: str) -> StoredAnswer | None:
        raise StoreError("broken")

    async def keep(self, login: Login, answer: StoredAnswer) -> None:
        raise StoreError("broken")

    async def confirm(self, login: Login, key: str, observed_at: datetime, *, invalid: bool) -> None:
        raise StoreError("broken")

    async def invalidate(self, login: Login, tags: Collection[str]) -> None:
        raise StoreError("broken")


@pytest.mark.parametrize("preferred_s", [None, 90.0])
@pytest.mark.parametrize("freshness", list(Freshness))
async def test_each_class_is_asked_anew_after_its_own_time(freshness: Freshness, preferred_s: float | None) -> None:
    query = question("users.list", freshness=freshness)
    anew_s = ttl_s(preferred_s or freshness.default_budget_s)
    async with desk() as at:
        at.cache.prefer({freshness: preferred_s} if preferred_s else {})
        await at.know("a", query=query)
        at.clock.forward(anew_s - 0.1)
        assert (await at.cache.read(query)).age_s(at.clock.now) == pytest.approx(anew_s - 0.1)
        await idle()
        assert not at.gateway.open
        at.clock.forward(0.2)
        assert (await at.cache.read(query)).value == ("a",)  # at once, while the gateway is asked
        await idle()
        assert len(at.gateway.open) == 1
        at.gateway.open[0].say("a", "b")
        await idle()
        assert (await at.cache.read(query)).observed_at == at.clock.now
        stats = at.cache.stats
        assert (stats.misses, stats.hits, stats.stale_hits, stats.asks) == (1, 2, 1, 2)
        assert stats.hit_ratio == 0.75


async def test_many_askers_are_one_request() -> None:
    async with desk() as at:
        askers = [asyncio.ensure_future(at.cache.read(USERS)) for _ in range(50)]
        await idle()
        assert len(at.gateway.asked) == 1
        askers[0].cancel()  # nobody else's loss
        await idle()
        at.gateway.open[0].say("a")
        assert {(await asker).value for asker in askers[1:]} == {("a",)}
        assert (at.cache.stats.misses, at.cache.stats.asks) == (50, 1)


async def test_a_failure_leaves_the_old_value_with_the_problem_and_is_not_repeated_at_once() -> None:
    async with desk() as at:
        await at.know("a")
        at.clock.forward(301)
        reading = asyncio.ensure_future(at.cache.read(USERS, anew=True))
        await idle()
        at.gateway.open[0].break_off()
        found = await reading
        assert (found.value, found.observed_at, found.problem) == (("a",), NOON, "cut")
        assert found.is_stale(at.clock.now, budget_s=1e9, source_lost=False)
        await at.cache.read(USERS)
        await idle()
        assert not at.gateway.open
        at.clock.forward(RETRY_PAUSE.total_seconds())
        await at.cache.read(USERS)
        await idle()
        at.gateway.open[0].say("b")
        await idle()
        assert (await at.cache.read(USERS)).problem == ""
        assert at.cache.stats.failures == 1


async def test_what_failed_is_asked_at_once_when_somebody_believes_in_it() -> None:
    async with desk() as at, following(at) as told:
        at.gateway.open[0].break_off()
        await idle()
        assert not at.gateway.open
        at.cache.try_now()
        await idle()
        at.gateway.open[0].say("a")
        await idle()
        assert [one.value for one in told if one is not None] == [("a",)]


async def test_nothing_known_and_no_answer_is_an_error() -> None:
    async with desk() as at:
        reading = asyncio.ensure_future(at.cache.read(USERS))
        await idle()
        at.gateway.open[0].break_off()
        with pytest.raises(ConnectionLost):
            await reading
        assert at.cache.stats.entries == 0


async def test_without_a_login_nothing_is_asked() -> None:
    async with desk(user="") as at:
        with pytest.raises(SignInRequired):
            await at.cache.read(USERS)
        with pytest.raises(SignInRequired):
            async with at.cache.optimistic(USERS, lambda words: words):
                pass
        assert not at.gateway.asked


async def test_a_sign_out_ends_the_wait_of_whoever_asked() -> None:  # fault 38
    async with desk() as at:
        reading = asyncio.ensure_future(at.cache.read(USERS))
        await idle()
        await at.cache.end_login()
        with pytest.raises(SignInRequired):
            await reading
        assert at.shelf.kept == {}


async def test_an_answer_that_waits_to_be_stored_does_not_come_back_after_a_sign_out() -> None:  # fault 38
    async with desk() as at:
        reading = asyncio.ensure_future(at.cache.read(USERS))
        await idle()
        at.gateway.open[0].say("a")
        await asyncio.sleep(0)  # the answer has landed, and nobody has begun to store it
        assert at.cache.peek(USERS) is not None
        assert at.shelf.kept == {}
        await at.cache.end_login()
        await asyncio.gather(reading, return_exceptions=True)
        await idle()
        assert at.shelf.kept == {}


async def test_a_refused_sign_in_keeps_what_is_known_and_asks_no_more() -> None:
    async with desk() as at:
        await at.know("a")
        at.clock.forward(3600)
        at.cache.pause()
        assert (await at.cache.read(USERS, anew=True)).value == ("a",)
        with pytest.raises(SignInRequired):
            await at.cache.read(question("jobs.list"))
        assert len(at.gateway.asked) == 1
        at.cache.begin_login("ann")
        assert at.cache.peek(USERS) is not None
        at.cache.pause()
        at.cache.begin_login("bob")
        assert at.cache.peek(USERS) is None


async def test_two_who_are_unknown_are_not_taken_for_the_same() -> None:  # fault 39
    async with desk(user="") as at:
        at.cache.begin_login("")
        await at.know("a")
        at.cache.pause()
        at.cache.begin_login("")
        assert at.cache.peek(USERS) is None
        assert at.shelf.kept == {}


async def test_a_user_who_becomes_known_keeps_the_answers() -> None:
    async with desk(user="") as at:
        at.cache.begin_login("")
        await at.know("a")
        at.cache.identify("ann")
        assert at.cache.peek(USERS) is not None
        await at.know("j", query=question("jobs.list"))
        await idle()
        assert [place[1] for place in at.shelf.kept] == ["ann"]


async def test_a_change_of_tenant_shows_nothing_of_the_former_one() -> None:
    async with desk(user="") as at:
        at.cache.begin_login("ann", "north")
        await at.know("a")
        reading = asyncio.ensure_future(at.cache.read(USERS, anew=True))
        await idle()
        at.cache.begin_login("ann", "south")
        with pytest.raises(SignInRequired):
            await reading
        assert at.cache.peek(USERS) is None
        await at.know("b")
        await idle()
        at.cache.begin_login("ann", "north")
        assert (await at.cache.read(USERS)).value == ("a",)  # from the record: the tenant is the user's still


async def test_after_a_restart_it_is_warm_with_its_age_and_asks_with_the_tag() -> None:
    shelf = MemoryShelf()
    async with desk(shelf) as at:
        await at.know("a", etag='"1"')
    async with desk(shelf) as again:
        again.clock.forward(400)
        found = await again.cache.read(USERS)
        assert (found.value, found.source, found.age_s(again.clock.now)) == (("a",), Source.RECORD, 400)
        await idle()
        assert [asked.etag for asked in again.gateway.open] == ['"1"']
        again.gateway.open[0].say_unchanged()
        await idle()
        found = await again.cache.read(USERS)
        assert (found.value, found.source, found.observed_at) == (("a",), Source.LIVE, again.clock.now)
        stats = again.cache.stats
        assert (stats.revalidations, stats.from_record, stats.stale_hits, stats.hits) == (1, 1, 1, 1)
    async with desk(shelf) as third:
        third.clock.forward(401)
        await third.cache.read(USERS)
        await idle()
        assert not third.gateway.asked  # the confirmation moved the stored age on


async def test_what_a_write_touched_is_asked_anew_after_a_restart_too() -> None:
    shelf = MemoryShelf()
    async with desk(shelf) as at:
        await at.know("a")
    async with desk(shelf) as other:
        other.cache.invalidate({"users"})  # it is not in memory
    async with desk(shelf) as again:
        await again.cache.read(USERS)
        await idle()
        assert len(again.gateway.open) == 1


@pytest.mark.parametrize("body", [b"{}", b"[", b"\xff"])
async def test_a_stored_answer_that_nobody_understands_is_asked_for_anew(body: bytes) -> None:
    shelf = MemoryShelf()
    async with desk(shelf) as at:
        await at.know("a")

    shelf.kept = {place: msgspec.structs.replace(answer, body=body) for place, answer in shelf.kept.items()}
    async with desk(shelf) as again:
        await again.know("b")
        assert (await again.cache.read(USERS)).value == ("b",)


async def test_a_broken_record_costs_nobody_an_answer() -> None:
    async with desk(BrokenShelf()) as at:
        await at.know("a")
        at.cache.invalidate({"users"})
        assert (await at.cache.read(USERS)).value == ("a",)


@pytest.mark.parametrize("directive", ["no-store", "private, No-Store"])
async def test_what_the_gateway_wants_kept_nowhere_is_not_stored(directive: str) -> None:
    async with desk() as at:
        await at.know("a", cache_control=directive)
        await idle()
        assert at.shelf.kept == {}
        assert at.cache.peek(USERS) is not None


async def test_an_answer_beyond_measure_is_not_stored() -> None:
    async with desk(memory_bytes=2 * ANSWER_LIMIT_BYTES) as at:
        await at.know("x" * ANSWER_LIMIT_BYTES)
        await idle()
        assert at.shelf.kept == {}


async def test_memory_is_bounded_and_what_was_used_longest_ago_goes_first() -> None:
    queries = [question("users.one", id=str(number)) for number in range(4)]
    async with desk(memory_bytes=3 * 104) as at:
        for query in queries[:3]:
            await at.know("x" * 100, query=query)
        await at.cache.read(queries[0])
        await at.know("x" * 100, query=queries[3])
        await idle()
        assert [at.cache.peek(query) is not None for query in queries] == [True, False, True, True]
        stats = at.cache.stats
        assert (stats.entries, stats.evictions, stats.size_bytes) == (3, 1, 3 * 104)
        assert (await at.cache.read(queries[1])).source is Source.RECORD


async def test_what_somebody_looks_at_is_not_dropped_for_want_of_room() -> None:
    async with desk(memory_bytes=150) as at, following(at) as told:
        at.gateway.open[0].say("x" * 100)
        await idle()
        await at.know("x" * 100, query=question("jobs.list"))
        await idle()
        assert at.cache.peek(USERS) is not None
        assert at.cache.peek(question("jobs.list")) is None
        assert told[-1] is not None


async def test_clearing_one_endpoint_leaves_the_others() -> None:
    jobs = question("jobs.list")
    async with desk() as at:
        await at.know("a", etag='"1"')
        await at.know("j", query=jobs)
        await idle()
        assert await at.cache.clear("users.list") == 1
        assert at.cache.peek(USERS) is None
        assert at.cache.peek(jobs) is not None
        assert await at.cache.clear() == 1
        assert at.cache.peek(jobs) is None


async def test_nothing_modified_is_no_answer_for_what_was_cleared_meanwhile() -> None:
    async with desk() as at:
        await at.know("a", etag='"1"')
        reading = asyncio.ensure_future(at.cache.read(USERS, anew=True))
        await idle()
        await at.cache.clear()
        at.gateway.open[0].say_unchanged()
        await idle()
        assert [asked.etag for asked in at.gateway.open] == [""]
        at.gateway.open[0].say("b")
        assert (await reading).value == ("b",)


async def test_what_was_being_restored_while_it_was_cleared_stays_cleared() -> None:
    shelf = MemoryShelf()
    async with desk(shelf) as at:
        await at.know("old")
    async with desk(shelf) as again:
        reading = asyncio.ensure_future(again.cache.read(USERS))
        for _ in range(2):  # it has been read, and has not arrived
            await asyncio.sleep(0)
        assert shelf.loads == 2
        assert await again.cache.clear() == 1
        await idle()
        again.gateway.open[0].say("new")
        assert (await reading).value == ("new",)


async def test_who_looks_gets_what_was_cleared_anew() -> None:
    async with desk() as at, following(at) as told:
        at.gateway.open[0].say("a")
        await idle()
        await at.cache.clear()
        await idle()
        at.gateway.open[0].say("b")
        await idle()
        assert [one.value if one else None for one in told] == [None, ("a",), None, ("b",)]


async def test_a_follower_sees_the_change_the_failure_and_the_rollback() -> None:
    async with desk() as at, following(at) as told:
        at.gateway.open[0].say("a")
        await idle()
        with suppress(ConnectionLost):
            async with at.cache.optimistic(USERS, lambda words: (*words, "new")):
                await idle()
                raise ConnectionLost("cut")
        await idle()
        assert [one.value for one in told if one is not None] == [("a",), ("a", "new"), ("a",)]
        assert len(at.gateway.open) == 1  # nobody knows how far the write got


async def test_a_rollback_shows_what_a_refresh_brought_meanwhile() -> None:
    async with desk() as at:
        await at.know("old")
        with suppress(ConnectionLost):
            async with at.cache.optimistic(USERS, lambda words: (*words, "new")):
                reading = asyncio.ensure_future(at.cache.read(USERS, anew=True))
                await idle()
                at.gateway.open[0].say("fresh")
                assert (await reading).value == ("fresh", "new")
                raise ConnectionLost("cut")
        found = at.cache.peek(USERS)
        assert found is not None
        assert found.value == ("fresh",)


def test_a_value_from_the_future_is_due() -> None:
    known: Known[tuple[str, ...]] = Known(value=("a",), observed_at=NOON + timedelta(days=1), source=Source.LIVE)
    entry: Entry[tuple[str, ...]] = Entry(USERS, known=known)
    assert entry.due_in_s(NOON, 300.0) <= 0


def test_questions_are_told_apart() -> None:
    keys = {
        question("users.list").key,
        question("users.list", page="1").key,
        question("users.list", page="2").key,
        question("users", list="1").key,
    }
    assert len(keys) == 4
    assert question("a", x="1", y="2").key == question("a", y="2", x="1").key


@asynccontextmanager
async def following(at: Desk) -> AsyncIterator[list[Observed[tuple[str, ...]] | None]]:
    told: list[Observed[tuple[str, ...]] | None] = []

    async def follow() -> None:
        async with aclosing(at.cache.follow(USERS)) as answers:
            async for answer in answers:
                told.append(answer.known)  # noqa: PERF401  (others look at it meanwhile)

    task = asyncio.ensure_future(follow())
    await idle()
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_stored_answer_that_finds_no_room_is_shown_all_the_same() -> None:
    shelf = MemoryShelf()
    async with desk(shelf) as at:
        await at.know("alice")
    async with desk(shelf, memory_bytes=1) as again, asyncio.timeout(10):
        assert (await again.cache.read(USERS)).value == ("alice",)
        again.cache.begin_login("")
        again.cache.begin_login("ann")
        async with aclosing(again.cache.follow(USERS)) as answers:
            first = (await anext(answers)).known
        assert first is not None
        assert first.value == ("alice",)
