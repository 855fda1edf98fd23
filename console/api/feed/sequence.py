"""Numbered messages: what is missing, what came twice, and when the numbering began anew."""

from __future__ import annotations

import enum
from dataclasses import dataclass

RESTART_AFTER = 3
FAR_BACK = 1000


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a message stands.

    Attributes:
        number: Counts up by one a message.
        epoch: Of the numbering, such as the server's own run; empty where there is none.
    """

    number: int
    epoch: str = ""


class Verdict(enum.Enum):
    """What a number says about its message."""

    NEXT = enum.auto()
    GAP = enum.auto()  # take it; something before it is missing
    OLD = enum.auto()  # seen before, or overtaken: what is newer was already told, so leave it out
    ANEW = enum.auto()  # take it; the numbering began anew


class Sequence:
    """Judges marks in the order they come.

    A server that counts anew without saying so would be taken for one that repeats itself, and be mute for ever: so a
    few numbers in a row that only count up, a number far back, or a lower number on a new connection begin anew too.
    """

    def __init__(self) -> None:
        self._last: Mark | None = None
        self._connected_anew = False
        self._row: tuple[int, int] = (0, 0)  # the last old number, and how many came in a row
        self.missing: tuple[int, int] = (0, 0)

    def reconnected(self) -> None:
        """The next mark comes over a new connection."""
        self._connected_anew = True

    def judge(self, mark: Mark) -> Verdict:
        """What `mark` says; after GAP, `missing` holds the first and the last number that never came."""
        last, anew = self._last, self._connected_anew
        self._connected_anew = False
        if last is None:
            verdict = Verdict.NEXT
        elif mark.epoch != last.epoch:
            verdict = Verdict.ANEW
        elif mark.number > last.number:
            self.missing = (last.number + 1, mark.number - 1)
            verdict = Verdict.GAP if mark.number > last.number + 1 else Verdict.NEXT
        elif anew or mark.number < last.number - FAR_BACK or self._counts_up(mark.number):
            verdict = Verdict.ANEW
        else:
            return Verdict.OLD
        self._last, self._row = mark, (0, 0)
        return verdict

    def _counts_up(self, number: int) -> bool:
        before, count = self._row
        self._row = (number, count + 1 if count and number == before + 1 else 1)
        return self._row[1] >= RESTART_AFTER
