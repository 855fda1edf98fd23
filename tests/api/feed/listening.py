"""Listening to feeds in tests."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from console.api.feed.policy import FeedPolicy, Rise
from console.model.feed import FeedMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.feed.running import RunningFeed
    from console.model.feed import FeedEvent

T = TypeVar("T")

AT_ONCE = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), quiet_s=0.02)


class Tokens:
    """A token source whose renewals are counted; `broken` is raised instead."""

    def __init__(self) -> None:
        self.current = "first"
        self.renewals = 0
        self.broken: Exception | None = None

    async def token(self) -> str | None:
        return self.current

    async def renew(self, refused: str) -> str:
        if self.broken is not None:
            raise self.broken
        if refused == self.current:
            self.renewals += 1
            self.current = f"renewed-{self.renewals}"
        return self.current


async def until(feed: RunningFeed[T], wanted: Callable[[list[FeedEvent[T]]], bool]) -> list[FeedEvent[T]]:
    """Events up to the one that makes `wanted` true; hangs up then."""
    seen: list[FeedEvent[T]] = []
    async with asyncio.timeout(30), contextlib.aclosing(feed.events()) as events:
        async for event in events:
            seen.append(event)
            if wanted(seen):
                return seen
    raise AssertionError(seen)


def count(seen: list[FeedEvent[T]], kind: type) -> int:
    return sum(isinstance(event, kind) for event in seen)


def values(seen: list[FeedEvent[T]]) -> list[T]:
    return [event.value for event in seen if isinstance(event, FeedMessage)]
