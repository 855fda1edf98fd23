"""Following what a list names: one question for each member, for as long as it is listed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.query import Family, Query
    from console.services.cache import ReadCache
    from console.services.ports import Told

T = TypeVar("T")


async def follow_family(
    cache: ReadCache,
    family: Family[T],
    *,
    listed: Callable[[Told[tuple[str, ...]]], None],
    take: Callable[[str, Told[T]], None],
    gone: Callable[[str], None],
) -> None:
    """Tell of every member that is listed, until cancelled. A list that is not known has no members.

    Args:
        cache: What is asked.
        family: Of what.
        listed: Told which members there are, or why that is not known.
        take: Told of one member.
        gone: Told of a member that is listed no more.
    """
    async with asyncio.TaskGroup() as tasks:
        followed: dict[str, asyncio.Task[None]] = {}
        async with aclosing(cache.follow(family.members)) as answers:
            async for told in answers:
                listed(told)
                names = told.known.value if told.known is not None else ()
                for name in followed.keys() - set(names):
                    followed.pop(name).cancel()
                    gone(name)
                for name in names:
                    if name not in followed:
                        followed[name] = tasks.create_task(_follow(cache, family.each(name), partial(take, name)))


async def _follow(cache: ReadCache, query: Query[T], take: Callable[[Told[T]], None]) -> None:
    async with aclosing(cache.follow(query)) as answers:
        async for told in answers:
            take(told)
