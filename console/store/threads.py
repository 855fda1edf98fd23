"""Work on other threads, awaited from any event loop: asyncio's own or Qt's."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def awaitable(work: Future[T]) -> asyncio.Future[T]:
    """The outcome of a thread's work, for the running loop to await.

    Cancelling it drops work that has not begun; work that runs goes on and its outcome is dropped. So is an outcome
    that comes after the loop was closed: `asyncio.wrap_future` would call into the closed loop instead.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def finished(done: Future[T]) -> None:
        if loop.is_closed():
            return
        with contextlib.suppress(RuntimeError):  # closed between the question and this call
            loop.call_soon_threadsafe(_settle, answer, done)

    def cancelled(future: asyncio.Future[T]) -> None:
        if future.cancelled():
            work.cancel()

    answer.add_done_callback(cancelled)
    work.add_done_callback(finished)
    return answer


def detached(work: Callable[[], T], *, name: str) -> Future[T]:
    """Run `work()` on a thread of its own that nobody has to join: it may hang for good and the program still ends."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()
    threading.Thread(target=_run, args=(work, outcome), name=name, daemon=True).start()
    return outcome


def _run(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as exc:  # noqa: BLE001  (raised again where the outcome is awaited)
        outcome.set_exception(exc)


def _settle(answer: asyncio.Future[T], done: Future[T]) -> None:
    if answer.done():
        return
    if done.cancelled():
        answer.cancel()
    elif (problem := done.exception()) is not None:
        answer.set_exception(problem)
    else:
        answer.set_result(done.result())
