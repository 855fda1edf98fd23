"""The few threads that read files."""

from __future__ import annotations

import asyncio
import threading

import pytest

from console.services.uploads.threads import Threads


def held(begun: threading.Event, go_on: threading.Event) -> bool:
    begun.set()
    return go_on.wait()


async def test_what_is_returned_or_raised_reaches_who_asked() -> None:
    threads = Threads(2, "reading")
    assert await threads.run(lambda: threading.current_thread().name) in ("reading-0", "reading-1")
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)
    threads.close()


async def test_no_more_threads_than_wanted_begin_and_only_when_needed() -> None:
    threads = Threads(3, "counted")
    before = threading.active_count()
    together = threading.Barrier(3, timeout=10)
    await asyncio.gather(*(threads.run(together.wait) for _ in range(9)))
    assert threading.active_count() == before + 3
    threads.close()


async def test_who_gave_up_is_not_told() -> None:
    threads = Threads(1, "slow")
    go_on = threading.Event()
    given_up = threads.run(go_on.wait)
    given_up.cancel()
    go_on.set()
    assert await threads.run(lambda: "next") == "next"
    threads.close()


async def test_closed_threads_finish_what_they_do_and_refuse_the_rest() -> None:
    threads = Threads(1, "closed")
    begun, go_on = threading.Event(), threading.Event()
    running = threads.run(lambda: held(begun, go_on))
    waiting = threads.run(lambda: "never")
    await asyncio.to_thread(begun.wait)
    threads.close()
    go_on.set()
    assert await running
    with pytest.raises(RuntimeError, match="nothing more"):
        await waiting
    with pytest.raises(RuntimeError, match="nothing more"):
        threads.run(lambda: "never")


def test_a_loop_that_is_gone_harms_no_thread() -> None:
    threads = Threads(1, "late")
    begun, go_on = threading.Event(), threading.Event()

    async def leave() -> None:
        threads.run(lambda: held(begun, go_on))
        await asyncio.to_thread(begun.wait)

    async def come() -> str:
        return await threads.run(lambda: "still here")

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(come()) == "still here"
    threads.close()
