"""Equal reads that are under way at the same time are one request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

T = TypeVar("T")


class Coalescer(Generic[T]):
    """Shares results among those who ask for the same while it is on its way. Nothing is kept afterwards."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[T]] = {}

    async def share(self, key: Hashable, begin: Callable[[], Coroutine[None, None, T]]) -> T:
        """The result for `key`, from `begin` unless it is under way already.

        One asker's cancellation is nobody else's; with the last asker the work itself is cancelled.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.get_running_loop().create_task(begin(), name="shared read"))
            flight.task.add_done_callback(lambda _task: self._landed(key, flight))
        flight.askers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.askers -= 1
            if not flight.askers and not flight.task.done():
                self._landed(key, flight)  # whoever asks from now on begins anew
                flight.task.cancel()
                await asyncio.wait({flight.task})

    def _landed(self, key: Hashable, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class _Flight(Generic[T]):
    __slots__ = ("askers", "task")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.askers = 0
