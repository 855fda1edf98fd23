"""What operators do in a soak: reads by hand at any moment, and now and then a sign-out and a sign-in."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from console.api import registry
from console.model.connection import Phase
from console.model.errors import GatewayError, SignInRequired

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from random import Random

    from benchmarks.soak_ledger import Ledger
    from console.model.identity import PasswordCredentials
    from console.services.session import Session

READ_WITHIN_S = 30.0  # the longest deadline of a read
SIGN_WITHIN_S = 60.0  # several requests one after the other
MARGIN_S = 5.0
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
        self.signed_in_s = 0.0
        self.sign_ins = 0
        self._credentials = credentials
        self._chance = chance
        self._ledger = ledger
        # Half of what the platform is asked at most: polls give way to what is done by hand, and must not starve.
        self._pause_s = max(1.0, _LINES * 60 / (registry.platform(self.face).polls_per_minute / 2))
        self._since: float | None = None
        self._turns = 0  # sign-ins and sign-outs: what is under way during one may be told so

    async def sign_in(self) -> None:
        """Until it succeeds, as an operator would who waits for the network."""
        while True:
            self._turns += 1
            if await self._ended("sign in", self.session.sign_in(self._credentials), SIGN_WITHIN_S):
                break
            await asyncio.sleep(1.0)
        self._turns += 1
        self.sign_ins += 1
        self._since = time.monotonic()

    async def sign_out(self) -> None:
        """Whatever the gateway says."""
        self._turns += 1
        if self._since is not None:
            self.signed_in_s += time.monotonic() - self._since
            self._since = None
        await self._ended("sign out", self.session.sign_out(), SIGN_WITHIN_S)

    def known_signed_in_s(self) -> float:
        """Seconds spent signed in, until now."""
        return self.signed_in_s + (time.monotonic() - self._since if self._since is not None else 0.0)

    async def work(self) -> None:
        """Read on several lines at once, signing out and in now and then, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for line in range(_LINES):
                tasks.create_task(self._read_on(), name=f"reads {line} {self.face}")
            tasks.create_task(self._turn_over(), name=f"sign-ins {self.face}")
            tasks.create_task(self._watch(), name=f"watch {self.face}")

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
        while True:
            await asyncio.sleep(self._chance.uniform(0.3, 1.7) * self._pause_s)
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
        while True:
            await asyncio.sleep(self._chance.uniform(20.0, 60.0))
            await self.sign_out()
            await asyncio.sleep(self._chance.uniform(0.0, 2.0))
            await self.sign_in()

    async def _watch(self) -> None:
        """The operator is never asked to sign in again: the gateway refused nothing."""
        async with aclosing(self.session.connection.follow()) as stories:
            async for story in stories:
                if story.phase is Phase.SIGN_IN_NEEDED:
                    self._ledger.broken.append(
                        f"{self.face}: asked to sign in: {story.facts.refusal or story.facts.error}"
                    )

    async def _ended(self, what: str, call: Awaitable[object], within_s: float) -> bool:
        """Whether a call ended with an answer; anything but an answer or a gateway's error in time is a break."""
        turns, started = self._turns, time.monotonic()
        try:
            async with asyncio.timeout(within_s + MARGIN_S):
                await call
        except SignInRequired as exc:
            if self._turns == turns and self._since is not None:
                self._ledger.broken.append(f"{self.face}: {what}: {exc}")
            self._ledger.failed[type(exc).__name__] += 1
        except GatewayError as exc:
            self._ledger.failed[type(exc).__name__] += 1
        except TimeoutError:
            self._ledger.broken.append(f"{self.face}: {what}: no end after {time.monotonic() - started:.0f} s")
        except Exception as exc:  # noqa: BLE001  (a soak reports every kind of break and goes on)
            self._ledger.broken.append(f"{self.face}: {what}: {type(exc).__name__}: {exc}")
        else:
            self._ledger.answered[what] += 1
            return True
        return False
