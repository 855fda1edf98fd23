"""A limit in time whose end is an error of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

    from console.model.errors import ConnectionLost


class Deadline:
    """Around whatever may take time. A class, because generators take a multiple of the time, for every request."""

    def __init__(self, limit: asyncio.Timeout, over: Callable[[], ConnectionLost]) -> None:
        """Args: limit: When it is over. over: What is raised then."""
        self._limit = limit
        self._over = over

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._limit.__aexit__(kind, exc, trace)
        except TimeoutError as timeout:
            raise self._over() from timeout
        if isinstance(exc, TimeoutError):
            raise self._over() from exc
