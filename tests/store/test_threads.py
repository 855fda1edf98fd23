"""Outcomes of threads reach the loop that waits for them, and no loop that is closed."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from console.store.threads import awaitable, detached


async def test_an_outcome_and_a_failure_are_awaited() -> None:
    assert await awaitable(detached(threading.get_ident, name="other")) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await awaitable(detached(lambda: 1 // 0, name="failing"))


async def test_cancelling_drops_work_that_has_not_begun() -> None:
    work: Future[int] = Future()
    answer = awaitable(work)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    await asyncio.sleep(0)
    assert work.cancelled()


async def test_cancelling_drops_the_outcome_of_work_that_runs() -> None:
    work: Future[int] = Future()
    work.set_running_or_notify_cancel()
    answer = awaitable(work)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    work.set_result(1)
    await asyncio.sleep(0)
    assert answer.cancelled()


@pytest.mark.parametrize("failing", [False, True])
def test_an_outcome_after_the_loop_was_closed_is_dropped(failing: bool) -> None:  # fault 5
    work: Future[int] = Future()
    work.set_running_or_notify_cancel()

    async def start() -> asyncio.Future[int]:
        return awaitable(work)

    with asyncio.Runner() as runner:
        answer = runner.run(start())
    if failing:
        work.set_exception(OSError("late"))
    else:
        work.set_result(1)
    assert not answer.done()
