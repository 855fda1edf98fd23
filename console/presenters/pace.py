"""Slowing a value that changes hundreds of times a second down to what eyes and frames can take."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from console.services.latest import Latest

T = TypeVar("T")

STATE_INTERVAL_S = 0.1


async def paced(
    latest: Latest[T],
    interval_s: float = STATE_INTERVAL_S,
    *,
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[T, None]:
    """The current value at once, then the newest one, at most once per `interval_s` seconds.

    What is set while it rests is skipped unless it is still the newest afterwards: the last value always arrives.
    Ends when the follower is cancelled; close it with `contextlib.aclosing`.
    """
    async with aclosing(latest.follow()) as values:
        async for value in values:
            yield value
            await rest(interval_s)
