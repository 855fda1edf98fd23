"""The cache against a gateway whose answers come late, fail, and cross with writes, sign-outs and restarts.

Each value is a set of words that only grows at the gateway, and each word names the user it was written for. So what
may be shown is easily said: nothing of another user, nothing that was never true, and nothing true taken back.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.model.errors import GatewayError, SignInRequired
from console.model.freshness import Source
from console.services.cache import ReadCache
from tests.services.gateway_of_answers import Answering, Asked, Clock, MemoryShelf, idle, question

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from console.model.freshness import Observed

    Words = tuple[str, ...]

QUESTIONS = (question("users.list"), question("users.one", id="1"))
PICK = st.integers(0, len(QUESTIONS) - 1)


class Refused(Exception):
    """The gateway did not take a write."""


@dataclass(eq=False)
class Write:
    """One that is under way: its word is shown ahead of the gateway."""

    number: int
    word: str
    exits: AsyncExitStack
    login: int


@dataclass(eq=False)
class Begun:
    """What the gateway would answer as of when it was asked, and for which login that was."""

    truth: Words
    user: str


def number_of(asked: Asked) -> int:
    return next(number for number, query in enumerate(QUESTIONS) if query.key == asked.query.key)


class CacheMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        self.shelf = MemoryShelf()
        self.gateway = Answering()
        self.truth: dict[tuple[str, int], Words] = {}
        self.begun: dict[Asked, Begun] = {}
        self.writes: list[Write] = []
        self.words = 0
        self.user = ""  # signed in, or was before a pause
        self.paused = False
        self.login = 0
        self.heard: dict[int, datetime] = {}  # by question: when this login's last good answer arrived
        self.must_show: dict[int, set[str]] = {}
        self.must_learn: dict[int, set[str]] = {}
        self.reads: list[tuple[int, asyncio.Task[Observed[Words]]]] = []
        self.follower: asyncio.Task[None] | None = None
        self.followed = 0
        self.told: Observed[Words] | None = None

    def run(self, work: Coroutine[object, object, None] | None = None) -> None:
        async def both() -> None:
            if work is not None:
                await work
            await idle()

        self.loop.run_until_complete(both())
        for asked in self.gateway.asked:
            if asked not in self.begun:
                self.begun[asked] = Begun(self.at_gateway(asked), self.user)

    def at_gateway(self, asked: Asked) -> Words:
        return self.truth.get((self.user, number_of(asked)), ())

    def shown(self, number: int) -> Observed[Words] | None:
        return self.cache.peek(QUESTIONS[number])

    def forget_model(self) -> None:
        self.login += 1
        self.heard.clear()
        self.must_show.clear()
        self.must_learn.clear()

    # Rules

    @initialize()
    def start(self) -> None:
        self.cache = ReadCache(self.gateway, self.shelf, "owner", clock=self.clock, memory_bytes=200)
        self.sign_in("ann")
        for number in range(len(QUESTIONS)):
            self.somebody_else_writes(number)
            self.read(number, anew=False)
        self.everything_is_answered()

    @rule(what=st.sampled_from(["nothing", "sign in", "other", "refuse", "sign out", "restart", "clear"]), number=PICK)
    def disrupt(self, what: str, number: int) -> None:
        """All in one rule, so that it is rare: between two of them things have time to go wrong by themselves."""
        match what:
            case "sign in":
                self.sign_in(self.user or "ann")
            case "other":
                self.sign_in("bob" if self.user == "ann" else "ann")
            case "refuse" if self.user:
                self.refuse()
            case "sign out":
                self.sign_out()
            case "restart":
                self.restart()
            case "clear":
                self.clear(number)

    def sign_in(self, user: str) -> None:
        async def sign_in() -> None:
            self.cache.begin_login(user)

        if user != self.user:
            self.forget_model()
        self.user, self.paused = user, False
        self.run(sign_in())

    def refuse(self) -> None:
        async def refuse() -> None:
            self.cache.pause()

        self.paused = True
        self.run(refuse())

    def sign_out(self) -> None:
        self.run(self.cache.end_login())
        self.user = ""
        self.forget_model()
        assert self.shelf.kept == {}

    def restart(self) -> None:
        """And signed in again, from the vault."""
        self.stop_following()
        self.run(self.cache.close())
        self.cache = ReadCache(self.gateway, self.shelf, "owner", clock=self.clock, memory_bytes=200)
        self.forget_model()
        if self.user:
            self.sign_in(self.user)

    def clear(self, number: int) -> None:
        async def clear() -> None:
            await self.cache.clear(QUESTIONS[number].endpoint)

        self.must_show.pop(number, None)
        self.run(clear())
        assert all(kept.endpoint != QUESTIONS[number].endpoint for kept in self.shelf.kept.values())

    @rule(number=PICK, anew=st.booleans())
    def read(self, number: int, *, anew: bool) -> None:
        async def read() -> None:
            task = asyncio.ensure_future(self.cache.read(QUESTIONS[number], anew=anew))
            self.reads.append((self.login, task))

        self.run(read())

    @rule(number=PICK)
    def follow(self, number: int) -> None:
        async def follow() -> None:
            async with aclosing(self.cache.follow(QUESTIONS[number])) as answers:
                async for answer in answers:
                    self.told = answer.known

        async def begin() -> None:
            self.follower = asyncio.ensure_future(follow())

        self.stop_following()
        self.followed = number
        self.run(begin())

    def stop_following(self) -> None:
        if self.follower is not None:
            self.follower.cancel()
            self.follower = None
            self.run()

    @rule(seconds=st.sampled_from([1.0, 31.0, 301.0, 3600.0, -100.0]))
    def time_passes(self, seconds: float) -> None:
        async def wake() -> None:
            self.cache.invalidate(())  # a follower's own timer runs on another clock than the test's

        self.clock.forward(seconds)
        self.run(wake())

    @precondition(lambda self: self.gateway.open)
    @rule(data=st.data(), late=st.booleans())
    def answer(self, data: st.DataObject, late: bool) -> None:
        """With what was true when it was asked, or with what is true now."""
        self.give(data.draw(st.sampled_from(self.gateway.open)), late=late)
        self.run()

    def give(self, asked: Asked, *, late: bool = False) -> None:
        begun = self.begun[asked]
        number = number_of(asked)
        truth = begun.truth if late else self.truth.get((begun.user, number), ())
        etag = '"' + "-".join(truth) + '"'
        if asked.etag == etag:
            asked.say_unchanged()
        else:
            asked.say(*truth, etag=etag)
        self.heard[number] = self.clock.now

    @precondition(lambda self: self.gateway.open)
    @rule(data=st.data())
    def break_off(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.gateway.open)).break_off()
        self.run()

    @precondition(lambda self: self.user)
    @rule(number=PICK)
    def somebody_else_writes(self, number: int) -> None:
        self.words += 1
        key = (self.user, number)
        self.truth[key] = (*self.truth.get(key, ()), f"{self.user}{self.words}")

    @precondition(lambda self: self.user)
    @rule(number=PICK)
    def write_and_tell(self, number: int) -> None:
        """Without showing it ahead: whoever looks gets an answer from after it."""

        async def tell() -> None:
            self.cache.invalidate(QUESTIONS[number].tags)

        self.somebody_else_writes(number)
        self.must_learn.setdefault(number, set()).add(f"{self.user}{self.words}")
        self.run(tell())

    @precondition(lambda self: self.user)
    @rule(number=PICK)
    def begin_write(self, number: int) -> None:
        self.words += 1
        write = Write(number, f"{self.user}{self.words}", AsyncExitStack(), self.login)

        def change(words: Words) -> Words:
            return words if write.word in words else (*words, write.word)

        async def begin() -> None:
            await write.exits.enter_async_context(self.cache.optimistic(QUESTIONS[number], change))

        self.run(begin())
        self.writes.append(write)

    @precondition(lambda self: self.writes)
    @rule(data=st.data(), taken=st.booleans(), told=st.booleans())
    def end_write(self, data: st.DataObject, taken: bool, told: bool) -> None:
        """The gateway takes it or not; that it took it, the console may never hear."""
        write = data.draw(st.sampled_from(self.writes))
        user = write.word.rstrip("0123456789")
        known = self.shown(write.number) is not None

        async def end() -> None:
            with contextlib.suppress(Refused):
                if taken and told:
                    await write.exits.aclose()
                else:
                    error = Refused()
                    await write.exits.__aexit__(Refused, error, None)

        if taken:
            key = (user, write.number)
            self.truth[key] = (*self.truth.get(key, ()), write.word)
        self.writes.remove(write)
        if taken and told and known and write.login == self.login:
            self.must_show.setdefault(write.number, set()).add(write.word)
        self.run(end())

    @rule()
    def everything_is_answered(self) -> None:
        """With nothing under way any more, whoever follows sees the truth as of the last answer."""
        for _ in range(20):
            if not self.gateway.open:
                break
            for asked in self.gateway.open:
                self.give(asked)
            self.run()
        assert not self.gateway.open
        if self.follower is not None:
            assert self.told == self.shown(self.followed)
            if self.told is not None and not self.told.problem and not self.paused:
                assert self.must_learn.get(self.followed, set()) <= set(self.told.value)

    # What holds at any time

    @invariant()
    def nothing_of_others_and_nothing_untrue_is_shown(self) -> None:
        pending = {write.word for write in self.writes}
        for number in range(len(QUESTIONS)):
            if (shown := self.shown(number)) is not None:
                assert self.user, "nobody is signed in"
                assert all(word.startswith(self.user) for word in shown.value)
                assert set(shown.value) <= set(self.truth.get((self.user, number), ())) | pending

    @invariant()
    def what_was_written_stays_shown(self) -> None:
        for number, words in self.must_show.items():
            if (shown := self.shown(number)) is not None and shown.source is Source.LIVE:
                assert words <= set(shown.value), "an answer from before the write took it back"
        for write in self.writes:
            if write.login == self.login and (now := self.shown(write.number)) is not None:
                assert write.word in now.value, "the change is not shown ahead"

    @invariant()
    def ages_are_of_the_last_answer(self) -> None:
        for number in range(len(QUESTIONS)):
            shown = self.shown(number)
            if shown is not None and shown.source is Source.LIVE:
                assert shown.observed_at == self.heard[number]

    @invariant()
    def each_question_is_asked_once_at_a_time(self) -> None:
        keys = [asked.query.key for asked in self.gateway.open]
        assert len(keys) == len(set(keys))

    @invariant()
    def nothing_is_asked_without_a_login(self) -> None:
        if not self.user or self.paused:
            assert not self.gateway.open

    @invariant()
    def reads_end(self) -> None:
        for login, task in [read for read in self.reads if read[1].done()]:
            self.reads.remove((login, task))
            assert not task.cancelled()
            if (error := task.exception()) is not None:
                assert isinstance(error, GatewayError | SignInRequired)
        if not self.gateway.open:
            assert not self.reads, "somebody waits for nothing"

    def teardown(self) -> None:
        self.stop_following()
        self.run(self.cache.close())
        for _login, task in self.reads:
            task.exception()
        assert not asyncio.all_tasks(self.loop)
        self.loop.close()


TestCacheMachine = CacheMachine.TestCase
TestCacheMachine.settings = settings(
    max_examples=200, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
