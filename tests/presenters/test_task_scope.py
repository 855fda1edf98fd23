"""Tasks that end with their owner."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QObject

from console.presenters.task_scope import TaskScope


@pytest.fixture
def errors() -> list[tuple[str, Exception]]:
    return []


def scope(errors: list[tuple[str, Exception]], owner: QObject) -> TaskScope:
    return TaskScope(owner, lambda name, error: errors.append((name, error)))


async def test_a_second_start_of_a_name_is_refused(errors: list[tuple[str, Exception]]) -> None:
    owner = QObject()
    tasks, gate, runs = scope(errors, owner), asyncio.Event(), []

    async def work() -> None:
        runs.append(1)
        await gate.wait()

    assert tasks.start("submit", work)
    assert not tasks.start("submit", work)
    await asyncio.sleep(0)
    gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert runs == [1]
    assert not tasks.running("submit")


async def test_restarting_cancels_the_older_one(errors: list[tuple[str, Exception]]) -> None:
    owner = QObject()
    tasks, seen = scope(errors, owner), []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            seen.append(name)
        except asyncio.CancelledError:
            seen.append(f"{name} cancelled")
            raise

    tasks.start("probe", lambda: work("old"))
    await asyncio.sleep(0)
    tasks.restart("probe", lambda: work("new"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert seen == ["old cancelled", "new"]


async def test_an_error_goes_to_the_handler_once(errors: list[tuple[str, Exception]]) -> None:
    owner = QObject()
    tasks = scope(errors, owner)

    async def work() -> None:
        raise ValueError("no")

    tasks.start("bad", work)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [(name, str(error)) for name, error in errors] == [("bad", "no")]


async def test_tasks_end_with_their_owner(errors: list[tuple[str, Exception]]) -> None:  # fault 7
    owner = QObject()
    tasks, ended = scope(errors, owner), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start("watch", work)
    await asyncio.sleep(0)
    owner.deleteLater()
    async with asyncio.timeout(5):
        await ended.wait()
    assert not tasks.running("watch")
    assert errors == []


async def test_a_closed_scope_starts_nothing(errors: list[tuple[str, Exception]]) -> None:
    owner = QObject()
    tasks = scope(errors, owner)
    await tasks.close()

    async def work() -> None:
        raise AssertionError("must not run")

    assert not tasks.start("late", work)
