"""A few threads for what blocks: reading files that are sent."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")
_CLOSED = "these threads do nothing more"
_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Threads:
    """Half of what an executor costs for each call, and a disk that hangs does not keep the program from ending."""

    def __init__(self, count: int, name: str) -> None:
        self._left = count
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._started: list[threading.Thread] = []
        self._closed = False

    def close(self) -> None:
        """Begin nothing more. Waits for nobody: what is under way ends, and tells whoever waits for it."""
        self._closed = True
        for _ in self._started:
            self._jobs.put(None)

    def run(self, call: Callable[[], _T]) -> asyncio.Future[_T]:
        """What `call` returns or raises, once a thread has done it.

        Raises:
            RuntimeError: It is closed.
        """
        if self._closed:
            raise RuntimeError(_CLOSED)
        if self._left:
            self._left -= 1
            thread = threading.Thread(target=self._work, name=f"{self._name}-{self._left}", daemon=True)
            self._started.append(thread)
            thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()
        self._jobs.put((loop, future, call))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop, future, call = job
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                outcome = (None, RuntimeError(_CLOSED)) if self._closed else _outcome(call)
                loop.call_soon_threadsafe(_settle, future, *outcome)
            del job, future, call, outcome  # a piece is not kept until the next comes


def _outcome(call: Callable[[], _T]) -> tuple[_T | None, BaseException | None]:
    try:
        return call(), None
    except BaseException as exc:  # noqa: BLE001  (whatever it is, it belongs to whoever waits)
        return None, exc


def _settle(future: asyncio.Future[_T], result: _T, exc: BaseException | None) -> None:
    if future.done():  # given up
        return
    if exc is not None:
        future.set_exception(exc)
    else:
        future.set_result(result)
