"""Slowing down keeps the newest value."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from console.presenters.pace import paced
from console.services.latest import Latest


class Rest:
    """Stands in for `asyncio.sleep`: lets a test act while the follower rests."""

    def __init__(self, latest: Latest[int], bursts: list[list[int]]) -> None:
        self.slept: list[float] = []
        self._latest = latest
        self._bursts = bursts

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        for value in self._bursts.pop(0) if self._bursts else []:
            self._latest.set(value)
        await asyncio.sleep(0)


async def _follow(latest: Latest[int], rest: Rest, count: int) -> list[int]:
    seen: list[int] = []
    async with aclosing(paced(latest, 0.1, rest=rest)) as values:
        async for value in values:
            seen.append(value)
            if len(seen) == count:
                break
    return seen


def test_the_newest_of_a_burst_wins_and_the_last_one_always_arrives() -> None:
    latest = Latest(0)
    rest = Rest(latest, [[1, 2, 3], [4], [5, 6]])
    assert asyncio.run(_follow(latest, rest, 4)) == [0, 3, 4, 6]
    assert rest.slept == [0.1, 0.1, 0.1]
