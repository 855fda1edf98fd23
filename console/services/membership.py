"""Who is signed in and for which tenants they may act, with the age of both."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

import msgspec

from console.services.kept_going import kept_going

if TYPE_CHECKING:
    from console.api.contract import Gateway
    from console.api.query import Query
    from console.services.cache import ReadCache
    from console.services.latest import Latest
    from console.services.ports import Membership

T = TypeVar("T")


async def follow_membership(gateway: Gateway, cache: ReadCache, told: Latest[Membership]) -> None:
    """Keep it up to date until cancelled, from what is known first; whoever is signed in."""

    async def follow(name: str, query: Query[T]) -> None:
        async with aclosing(cache.follow(query)) as answers:
            async for answer in answers:
                told.set(msgspec.structs.replace(told.value, **{name: answer.known}))

    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow("user", gateway.authentication.who))
            if gateway.tenancy is not None:
                tasks.create_task(follow("tenants", gateway.tenancy.listing))

    await kept_going("membership", both)
