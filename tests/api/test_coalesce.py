"""Equal reads share one request; nobody's cancellation is anybody else's."""

from __future__ import annotations

import asyncio

import pytest

from console.api.coalesce import Coalescer
from console.model.errors import ConnectionLost


class Wire:
    """Counts what is sent; answers when `gate` opens."""

    def __init__(self, error: Exception | None = None) -> None:
        self.sent = 0
        self.cancelled = 0
        self.error = error
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.sent += 1
        number = self.sent
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return number


async def asked(reads: Coalescer[int], wire: Wire, count: int, key: str = "k") -> list[asyncio.Task[int]]:
    tasks = [asyncio.ensure_future(reads.share(key, wire)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_many_who_ask_at_once_are_one_request() -> None:
    reads, wire = Coalescer[int](), Wire()
    tasks = await asked(reads, wire, 50)
    wire.gate.set()
    assert await asyncio.gather(*tasks) == [1] * 50
    assert await reads.share("k", wire) == 2  # nothing is kept


async def test_an_error_is_everybodys() -> None:
    reads, wire = Coalescer[int](), Wire(ConnectionLost("reset"))
    tasks = await asked(reads, wire, 3)
    wire.gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionLost] * 3
    assert wire.sent == 1


async def test_who_leaves_leaves_alone() -> None:
    reads, wire = Coalescer[int](), Wire()
    first, *others = await asked(reads, wire, 3)
    first.cancel()
    wire.gate.set()
    assert await asyncio.gather(*others) == [1, 1]
    with pytest.raises(asyncio.CancelledError):
        await first
    assert wire.cancelled == 0


async def test_with_the_last_the_request_ends() -> None:
    reads, wire = Coalescer[int](), Wire()
    tasks = await asked(reads, wire, 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (wire.sent, wire.cancelled) == (1, 1)
    wire.gate.set()
    assert await reads.share("k", wire) == 2


async def test_what_differs_is_not_shared() -> None:
    reads, wire = Coalescer[int](), Wire()
    tasks = [*await asked(reads, wire, 2, "a"), *await asked(reads, wire, 2, "b")]
    wire.gate.set()
    assert await asyncio.gather(*tasks) == [1, 1, 2, 2]
