"""What befalls the connections and the gateway in a soak: by chance, but the same chance for the same seed."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from tests.faults.chaos_proxy import Fate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from benchmarks.soak_ledger import Ledger
    from console.sandbox.process import SandboxProcess
    from tests.faults.chaos_proxy import ChaosProxy

REFRESH_ROUTES = {
    "kong": "/api/v1/auth/refresh",
    "dotmac": "/api/auth/refresh",
    "opssight": "/api/v1/auth/refresh",
    "dafnck": "/api/auth/refresh",
}
WRITTEN_TO, WRITE_ROUTE = "dafnck", "/api/auth/forgot-password"
GATEWAY_EVENTS = (
    "503",
    "503 for a renewal",
    "503 for a write",
    "slow",
    "dropped",
    "renewal's answer lost",
    "write's answer lost",
    "tokens expired",
    "feeds kicked",
)
_LONGEST_FREEZE_S = 6.0
_OUTAGE_S = 3.0


class Fates:
    """What becomes of the next connections through one proxy; asked from the proxy's thread."""

    def __init__(self) -> None:
        self._waiting: deque[Fate] = deque()

    def __call__(self) -> Fate:
        """The next connection's."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return Fate()

    def add(self, *fates: Fate) -> None:
        """One connection each."""
        self._waiting.extend(fates)

    def forget(self) -> None:
        """All is well from now on."""
        self._waiting.clear()


class Weather:
    """Storms and calm.

    Args:
        sandbox: The gateway.
        proxies: The way to each of its faces.
        fates: Of each of those ways.
        chance: Decides everything.
        ledger: Where it is noted.
    """

    def __init__(
        self,
        sandbox: SandboxProcess,
        proxies: Mapping[str, ChaosProxy],
        fates: Mapping[str, Fates],
        chance: Random,
        ledger: Ledger,
    ) -> None:
        self._sandbox = sandbox
        self._fates = fates
        self._proxies = proxies
        self._chance = chance
        self._ledger = ledger
        self._is_up = True
        self._due = chance.sample(GATEWAY_EVENTS, len(GATEWAY_EVENTS))  # each once, before chance decides
        self.ended_at: list[datetime] = []  # all tokens were
        self._served_before = 0

    async def storm(self, seconds: float, *, crash: bool) -> None:
        """Misbehave for so long; once, if told so, the gateway crashes in the midst of it."""
        async with asyncio.TaskGroup() as tasks:
            for face, proxy in self._proxies.items():
                tasks.create_task(self._line(face, proxy, seconds), name=f"weather {face}")
            tasks.create_task(self._gateway(seconds), name="weather of the gateway")
            if crash:
                tasks.create_task(self._crash(seconds / 2), name="crash")

    async def calm(self) -> None:
        """Everything works again."""
        for face, proxy in self._proxies.items():
            self._fates[face].forget()
            proxy.thaw()
            proxy.cut_after(Fate())  # what trickles or is to be cut goes on as it should
        await self._control("DELETE", "faults")

    async def served_refreshes(self) -> int:
        """How many requests the refresh routes worked on since the soak began."""
        async with httpx.AsyncClient(trust_env=False) as client:
            stats = (await client.get(f"{self._sandbox.control_url}/__sandbox/stats")).json()
        return self._served_before + int(stats["refreshes"])

    async def _line(self, face: str, proxy: ChaosProxy, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            match event := self._chance.choice(
                ("cut", "reset", "delay", "trickle", "freeze", "lose", "refuse", "none")
            ):
                case "cut" | "reset":
                    proxy.cut_all(reset=event == "reset")
                case "delay":
                    self._fates[face].add(*(Fate(delay_s=self._chance.uniform(0.2, 3.0)) for _ in range(3)))
                case "trickle":
                    proxy.cut_after(Fate(trickle_s=0.005))
                case "freeze":
                    proxy.freeze()
                    await asyncio.sleep(self._chance.uniform(0.5, _LONGEST_FREEZE_S))
                    proxy.thaw()
                case "lose":
                    limit = self._chance.choice((0, 1, 60, 200))
                    fate = Fate(cut_down_bytes=limit, reset=self._chance.random() < 0.5)
                    proxy.cut_after(fate)
                    self._fates[face].add(fate)
                case "refuse":
                    self._fates[face].add(Fate(refuse=True), Fate(refuse=True))
            self._ledger.events[f"{event} ({face})"] += 1
            await asyncio.sleep(self._chance.uniform(0.3, 2.0))

    async def _gateway(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            event = self._due.pop() if self._due else self._chance.choice(GATEWAY_EVENTS)
            change = self._change(event)
            if "expire_tokens" in change:
                self._ledger.tokens_ended += 1
                self.ended_at.append(datetime.now(UTC))  # before: a client may hear of it at once
            if await self._control("POST", "faults", change):
                self._ledger.events[event] += 1
            else:
                self._due.append(event)
            await asyncio.sleep(self._chance.uniform(1.0, 4.0))

    def _change(self, event: str) -> Mapping[str, object]:
        """What the gateway's switches are told for it."""
        face = self._chance.choice(sorted(self._proxies))
        refresh = {"face": face, "path": REFRESH_ROUTES[face], "count": 1}
        write = {"face": WRITTEN_TO, "path": WRITE_ROUTE, "count": 1}
        match event:
            case "503":
                return {"status": {"face": face, "status": 503, "count": 3}}
            case "503 for a renewal":
                return {"status": {**refresh, "status": 503}}
            case "503 for a write":
                return {"status": {**write, "status": 503}}
            case "slow":
                return {"latency": {"face": face, "seconds": 1.5, "count": 4}}
            case "dropped":
                return {"drop": {"face": face, "count": 2}}
            case "renewal's answer lost":
                return {"lose_answer": refresh}
            case "write's answer lost":
                return {"lose_answer": write}
            case "tokens expired":
                return {"expire_tokens": True}
        return {"kick_feeds": True}

    async def _crash(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._served_before = await self.served_refreshes()
        self._is_up = False
        await self._sandbox.kill()
        await asyncio.sleep(_OUTAGE_S)
        await self._sandbox.start()
        self._is_up = True
        self._ledger.events["crash"] += 1

    async def _control(self, method: str, route: str, change: object = None) -> bool:
        """Whether the gateway was there to be told."""
        if not self._is_up:
            return False
        url = f"{self._sandbox.control_url}/__sandbox/{route}"
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                (await client.request(method, url, json=change)).raise_for_status()
            except httpx.TransportError:
                return False  # crashed just now
        return True
