"""What operators do in a soak: reads by hand at any moment, and now and then a sign-out and a sign-in."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from benchmarks.soak_ledger import FRESH_TOKEN_TOLD, CallEnd
from benchmarks.soak_renewals import AROUND_TOKENS
from console.api import registry
from console.model.connection import Phase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from random import Random

    from benchmarks.soak_ledger import Ledger
    from console.model.exchange import Exchange
    from console.model.identity import PasswordCredentials
    from console.services.session import Session

READ_WITHIN_S = 30.0  # the longest deadline of a read
SIGN_WITHIN_S = 60.0  # several requests one after the other
RECOVERED_WITHIN_S = 45.0
_LINES = 2
_SHOWN = 12  # requests, of a session that does not recover


class Operator:
    """Works with one session.

    Args:
        session: Through the proxy.
        credentials: To sign in with.
        chance: Decides what is done next.
        ledger: Where every call's end is noted.
    """

    def __init__(self, session: Session, credentials: PasswordCredentials, chance: Random, ledger: Ledger) -> None:
        self.session = session
        self.face = session.profile.platform
        self._credentials = credentials
        self._chance = chance
        self._ledger = ledger
        # Half of what the platform is asked at most: polls give way to what is done by hand, and must not starve.
        self._pause_s = max(0.5, _LINES * 60 / (registry.platform(self.face).polls_per_minute / 2))
        self.requests = 0
        self._seen = session.tracking.count
        self._around_tokens: list[Exchange] = []
        self._is_signed_in = False
        self._over = asyncio.Event()
        self._turns = 0  # sign-ins and sign-outs: what is under way during one may be told so

    def take_requests(self) -> Sequence[Exchange]:
        """What was asked around tokens until now. Call it now and then: the session keeps the newest requests only."""
        tracking = self.session.tracking
        fresh = tracking.since(self._seen)
        if len(fresh) < tracking.count - self._seen:
            self._ledger.broken.append(f"{self.face}: more requests than are kept: they are not accounted for")
        self._seen, self.requests = tracking.count, self.requests + len(fresh)
        self._around_tokens += (one for one in fresh if one.operation in AROUND_TOKENS)
        return self._around_tokens

    async def sign_in(self) -> None:
        """Until it succeeds, as an operator would who waits for the network."""
        while True:
            self._turns += 1
            if await self._ended("sign in", self.session.sign_in(self._credentials), SIGN_WITHIN_S):
                break
            await asyncio.sleep(1.0)
        self._turns += 1
        self._is_signed_in = True

    async def sign_out(self) -> None:
        """Whatever the gateway says."""
        self._turns += 1
        self._is_signed_in = False
        await self._ended("sign out", self.session.sign_out(), SIGN_WITHIN_S)

    async def work(self) -> None:
        """Read on several lines at once, signing out and in now and then, until told that it is over.

        What is under way then comes to its end.
        """
        watching = asyncio.get_running_loop().create_task(self._watch(), name=f"watch {self.face}")
        try:
            async with asyncio.TaskGroup() as tasks:
                for line in range(_LINES):
                    tasks.create_task(self._read_on(), name=f"reads {line} {self.face}")
                tasks.create_task(self._turn_over(), name=f"sign-ins {self.face}")
        finally:
            watching.cancel()

    def finish(self) -> None:
        """Begin nothing more."""
        self._over.set()

    async def _paused(self, seconds: float) -> bool:
        """Whether to go on after a pause."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
        return not self._over.is_set()

    async def recovered(self) -> bool:
        """Whether, in calm, a read succeeds and the story is live again before long."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(RECOVERED_WITHIN_S):
                while True:
                    if await self._ended("read in calm", self._who(), READ_WITHIN_S):
                        break
                    await asyncio.sleep(1.0)
                async with aclosing(self.session.connection.follow()) as stories:
                    async for story in stories:
                        if story.phase is Phase.LIVE:
                            break
        except TimeoutError:
            self._ledger.broken.append(
                f"{self.face}: not live {RECOVERED_WITHIN_S:.0f} s after the storm: {self._state()}"
            )
            return False
        self._ledger.slowest_recovery_s = max(self._ledger.slowest_recovery_s, time.monotonic() - started)
        return True

    def _state(self) -> str:
        """Where the session stands, and what it asked last."""
        told = self.session.connection.value
        asked = self.session.tracking.since(0)[-_SHOWN:]
        last = ", ".join(f"{one.at:%H:%M:%S} {one.operation} {one.status or one.error}" for one in asked)
        return f"{told.phase}, {told.facts.error or 'no error'}, feed {told.facts.feed}; {last}"

    async def _who(self) -> None:
        await self.session.gateway.authentication.who_am_i()

    async def _read_on(self) -> None:
        while await self._paused(self._chance.uniform(0.3, 1.7) * self._pause_s):
            session = self.session
            who = session.gateway.authentication.who
            match self._chance.choice(("who", "kept who", "kept who anew", "tenants", "poll now")):
                case "who":
                    await self._ended("who", self._who(), READ_WITHIN_S)
                case "kept who":
                    await self._ended("kept who", session.cache.read(who), READ_WITHIN_S)
                case "kept who anew":
                    await self._ended("kept who anew", session.cache.read(who, anew=True), READ_WITHIN_S)
                case "tenants":
                    await self._ended("kept tenants", session.tenants(), READ_WITHIN_S)
                    if session.gateway.tenancy is not None:
                        await self._ended("tenants", session.gateway.tenancy.tenants(), READ_WITHIN_S)
                case "poll now":
                    session.monitor.refresh()

    async def _turn_over(self) -> None:
        while await self._paused(self._chance.uniform(20.0, 60.0)):
            if self._ledger.resting:
                continue  # what is held is measured with everybody signed in
            await self.sign_out()
            await asyncio.sleep(self._chance.uniform(0.0, 2.0))
            await self.sign_in()

    async def _watch(self) -> None:
        """The operator is never asked to sign in again: the gateway refused nothing."""
        async with aclosing(self.session.connection.follow()) as stories:
            async for story in stories:
                if story.phase is not Phase.SIGN_IN_NEEDED:
                    continue
                if FRESH_TOKEN_TOLD in story.facts.error and not story.facts.refused:
                    # Ended while it was on its way here: a gateway that does so twice is left alone for a moment, and
                    # said so. Whether that passes by itself the next calm shows.
                    self._ledger.events[f"a new token was ended ({self.face})"] += 1
                else:
                    self._ledger.broken.append(
                        f"{self.face}: asked to sign in: {story.facts.refusal or story.facts.error}"
                    )

    async def _ended(self, what: str, call: Awaitable[object], within_s: float) -> bool:
        """Whether a call ended with an answer."""
        turns = self._turns
        end = await self._ledger.ended(
            f"{self.face}: {what}",
            call,
            within_s,
            signs=lambda: self._turns != turns or not self._is_signed_in,
        )
        return end is CallEnd.ANSWERED
