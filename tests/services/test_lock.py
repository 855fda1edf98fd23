"""When the console locks itself, by clocks of the test's own."""

from __future__ import annotations

import pytest

from console.model.preferences import Security
from console.services.lock import TICK_S, LockPolicy, Reason


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(("minutes", "idle_s", "reason"), [(0, 9e9, None), (5, 299, None), (5, 300, Reason.IDLE)])
def test_idle_minutes_lock(minutes: int, idle_s: float, reason: Reason | None) -> None:  # fault 108
    clock = Clock()
    policy = LockPolicy(clock, Clock())
    clock.now_s += idle_s
    assert policy.due(Security(lock_after_minutes=minutes)) is reason
    policy.touch()
    assert policy.due(Security(lock_after_minutes=minutes)) is None


@pytest.mark.parametrize(("passed_s", "reason"), [(TICK_S, None), (-3600, None), (3600, Reason.SLEPT)])
def test_a_machine_that_slept_locks_once_when_wanted(passed_s: float, reason: Reason | None) -> None:  # fault 108
    wall = Clock()
    policy = LockPolicy(Clock(), wall)
    wall.now_s += passed_s
    assert policy.due(Security(lock_on_suspend=True)) is reason
    assert policy.due(Security(lock_on_suspend=True)) is None
    wall.now_s += 3600
    assert policy.due(Security(lock_on_suspend=False)) is None
