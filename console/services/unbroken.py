"""Work that a cancellation waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


async def unbroken(work: Coroutine[None, None, T]) -> T:
    """Await work that must not be broken off half-way, such as a write: a cancellation comes through once it is done.

    Keep it short: whoever cancels waits for it, however often they do. What it raises comes before the cancellation.
    """
    task = asyncio.get_running_loop().create_task(work, name="unbroken")
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as exc:
            cancelled = exc
    if cancelled is not None and (task.cancelled() or task.exception() is None):
        raise cancelled
    return task.result()
