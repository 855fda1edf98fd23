"""When the console locks itself: after idle minutes, after the machine slept. Pure but for the clocks it is given."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.preferences import Security

TICK_S = 5.0
SLEPT_S = 30.0  # a loop that is late for less was busy


class Reason(enum.StrEnum):
    """Why it locks."""

    ASKED = "asked"
    IDLE = "idle"
    SLEPT = "slept"


class LockPolicy:
    """Told of every touch and asked every `TICK_S` seconds.

    Sleep is seen afterwards, by a wall clock that is further on than one tick: the window is locked when the machine
    wakes, not before it sleeps.
    """

    def __init__(self, clock_s: Callable[[], float], wall_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._wall_s = wall_s
        self._touched_s = clock_s()
        self._asked_s = wall_s()

    def touch(self) -> None:
        """The operator did something."""
        self._touched_s = self._clock_s()

    def due(self, preferred: Security) -> Reason | None:
        """Why it has to lock now; None when it has not."""
        before_s, self._asked_s = self._asked_s, self._wall_s()
        if preferred.lock_on_suspend and self._asked_s - before_s > TICK_S + SLEPT_S:
            return Reason.SLEPT
        idle_s = self._clock_s() - self._touched_s
        if preferred.lock_after_minutes and idle_s >= preferred.lock_after_minutes * 60:
            return Reason.IDLE
        return None
