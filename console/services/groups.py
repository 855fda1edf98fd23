"""Task groups: how one ends, and what it raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio

E = TypeVar("E", bound=Exception)


def first_of(group: ExceptionGroup[E]) -> E:
    """The first single exception in a group of groups."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, ExceptionGroup) else first


class Over(Exception):
    """What the group was for has ended."""


async def until(event: asyncio.Event) -> None:
    """End the task group that this runs in once the event is set.

    Raises:
        Over: It was set.
    """
    await event.wait()
    raise Over


async def nobody(*_told: object) -> None:
    """Listens in place of somebody who wants to know."""
