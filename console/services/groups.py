"""Exceptions that come in groups."""

from __future__ import annotations

from typing import TypeVar

E = TypeVar("E", bound=Exception)


def first_of(group: ExceptionGroup[E]) -> E:
    """The first single exception in a group of groups."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, ExceptionGroup) else first
