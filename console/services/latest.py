"""A value that changes, and those who follow it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds the newest value; a slow follower misses what came in between, never the newest.

    Belongs to one event loop. Setting never blocks and never calls anyone back.
    """

    def __init__(self, value: T) -> None:
        self._value = value
        self._version = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def value(self) -> T:
        """The newest value."""
        return self._value

    def set(self, value: T) -> None:
        """Replace the value and wake every follower."""
        self._value = value
        self._version += 1
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def follow(self) -> AsyncGenerator[T, None]:
        """The current value at once, then every newer one. Ends when the follower is cancelled."""
        seen = -1
        while True:
            while seen == self._version:
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                try:
                    await future
                finally:
                    self._waiting.discard(future)
            seen = self._version
            yield self._value
