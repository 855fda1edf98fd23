"""Work that goes on, a bug in it notwithstanding."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.services.kept_going import kept_going

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Work:
    """Fails as often as asked, then waits for ever."""

    def __init__(self, failures: int) -> None:
        self.begun = 0
        self.settled = asyncio.Event()
        self._failures = failures

    def __call__(self) -> Coroutine[None, None, None]:
        return self._run()

    async def _run(self) -> None:
        self.begun += 1
        if self.begun <= self._failures:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._fail())
        self.settled.set()
        await asyncio.Event().wait()

    async def _fail(self) -> None:
        raise ZeroDivisionError("a bug")


@pytest.mark.expects_logs
async def test_a_bug_is_logged_and_the_work_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(failures=3)
    going = asyncio.get_running_loop().create_task(kept_going("telemetry", work, pause_s=0.0))
    async with asyncio.timeout(10):
        await work.settled.wait()
    assert work.begun == 4
    assert [record.getMessage() for record in caplog.records] == ["telemetry failed and begins anew"] * 3
    assert "a bug" in caplog.text
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert work.begun == 4


@pytest.mark.expects_logs
async def test_cancelled_while_it_rests_it_does_not_begin_anew(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(failures=1)
    going = asyncio.get_running_loop().create_task(kept_going("telemetry", work, pause_s=3600.0))
    async with asyncio.timeout(10):
        while not caplog.records:
            await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert work.begun == 1


async def test_work_that_returns_is_done() -> None:
    async def once() -> None:
        done.append(True)

    done: list[bool] = []
    await kept_going("once", once)
    assert done == [True]
