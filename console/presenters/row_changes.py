"""What has to leave a list and what has to enter it, so that it becomes another one: the least, in few steps."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Span(NamedTuple):
    """Rows from `first` to `last`, both included."""

    first: int
    last: int


class Changes(NamedTuple):
    """How one list becomes another.

    Attributes:
        leaving: Spans of the old list, the last one first: none moves another that is still to come.
        entering: Spans of the new list, the first one first, after the others have left.
    """

    leaving: tuple[Span, ...]
    entering: tuple[Span, ...]


def changes(old: Sequence[str], new: Sequence[str]) -> Changes:
    """The changes between two lists of unique keys. What only moved leaves and enters; as much as can be stays."""
    start, shorter = 0, min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old_end, new_end = len(old) - end, len(new) - end
    places = {key: place for place, key in enumerate(new[start:new_end], start)}
    both = [(row, places[old[row]]) for row in range(start, old_end) if old[row] in places]
    staying = [both[number] for number in _rising([place for _row, place in both])]
    kept_old, kept_new = {row for row, _place in staying}, {place for _row, place in staying}
    leaving = _spans(row for row in range(start, old_end) if row not in kept_old)
    entering = _spans(row for row in range(start, new_end) if row not in kept_new)
    return Changes(leaving[::-1], entering)


def _spans(rows: Iterable[int]) -> tuple[Span, ...]:
    found: list[Span] = []
    for row in rows:
        if found and found[-1].last == row - 1:
            found[-1] = Span(found[-1].first, row)
        else:
            found.append(Span(row, row))
    return tuple(found)


def _rising(values: Sequence[int]) -> list[int]:
    """Where the members of a longest rising part stand."""
    tails: list[int] = []  # the smallest end of a rising part of each length
    ends: list[int] = []  # where that end stands
    before: list[int] = []
    for number, value in enumerate(values):
        length = bisect_left(tails, value)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(value)
            ends.append(number)
        else:
            tails[length], ends[length] = value, number
    found: list[int] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        found.append(number)
        number = before[number]
    return found[::-1]
