"""The only way the window starts a coroutine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from PySide6.QtCore import QObject


class TaskScope:
    """Named, single-flight tasks that end with their owner.

    A second start under a name that still runs is refused, so that a double click is one submit. When the owner is
    destroyed every task is cancelled before it can touch a dead widget. An exception that a task does not handle goes
    to `on_error`, once.
    """

    def __init__(self, owner: QObject, on_error: Callable[[str, Exception], None]) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._on_error = on_error
        self._closed = False
        tasks = self._tasks
        # The slot must not hold `self`, and by then the owner is only a QObject.
        owner.destroyed.connect(lambda: _cancel(tasks))

    def start(self, name: str, work: Callable[[], Coroutine[object, object, None]]) -> bool:
        """Start `work()` under a name; False when that name still runs or the scope is closed."""
        if self._closed or self.running(name):
            return False
        task = asyncio.get_running_loop().create_task(work(), name=name)
        self._tasks[name] = task
        task.add_done_callback(self._ended)
        return True

    def restart(self, name: str, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Start `work()` under a name, cancelling what still runs under it: the newest request wins."""
        self.cancel(name)
        self.start(name, work)

    def running(self, name: str) -> bool:
        """Whether a task of that name is under way."""
        task = self._tasks.get(name)
        return task is not None and not task.done()  # one that is done may not have been taken off the list yet

    def cancel(self, name: str) -> None:
        """Cancel the task of that name, if there is one."""
        if task := self._tasks.pop(name, None):
            task.cancel()

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        self._closed = True
        ending = list(self._tasks.values())
        _cancel(self._tasks)
        await asyncio.gather(*ending, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._tasks.get(task.get_name()) is task:
            del self._tasks[task.get_name()]
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Exception):
            self._on_error(task.get_name(), error)


def _cancel(tasks: dict[str, asyncio.Task[None]]) -> None:
    for task in tasks.values():
        task.cancel()
    tasks.clear()
