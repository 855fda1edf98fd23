"""Work that a cancellation waits for."""

from __future__ import annotations

import asyncio

import pytest

from console.services.unbroken import unbroken


async def test_a_result_and_an_error_come_through() -> None:
    async def work(error: Exception | None) -> str:
        await asyncio.sleep(0)
        if error is not None:
            raise error
        return "done"

    assert await unbroken(work(None)) == "done"
    with pytest.raises(ValueError, match="no"):
        await unbroken(work(ValueError("no")))


@pytest.mark.parametrize("cancellations", [1, 2, 5])
async def test_cancelled_it_ends_once_the_work_is_done(cancellations: int) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended: list[bool] = []

    async def work() -> None:
        begun.set()
        await may_end.wait()
        ended.append(True)

    waiting = asyncio.ensure_future(unbroken(work()))
    await begun.wait()
    for _ in range(cancellations):
        waiting.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == [True]


async def test_an_error_is_not_hidden_by_a_cancellation() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await may_end.wait()
        raise ValueError("no")

    waiting = asyncio.ensure_future(unbroken(work()))
    await begun.wait()
    waiting.cancel()
    may_end.set()
    with pytest.raises(ValueError, match="no"):
        await waiting
