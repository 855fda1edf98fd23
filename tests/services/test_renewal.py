"""When new tokens may be asked for, on a clock that the test turns."""

from __future__ import annotations

import pytest

from console.model.errors import RateLimited, SignInRequired, Unauthorized
from console.services.renewal import FRESH_S, LIMITED_IN_VAIN, PAUSE_CAP_S, PAUSE_S, RenewalPace


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_limited_route_is_left_alone_for_as_long_as_it_said(clock: Clock) -> None:
    pace = RenewalPace(clock)
    pace.admit(ended=True)
    pace.limited(RateLimited(retry_after_s=30.0))
    with pytest.raises(RateLimited) as held:
        pace.admit(ended=True)
    assert held.value.retry_after_s == 30.0
    clock.now_s += 30
    pace.admit(ended=True)


@pytest.mark.parametrize(("said", "waits"), [(None, PAUSE_S), (0.0, 1.0), (86_400.0, PAUSE_CAP_S)])
def test_a_limit_is_never_a_loop_and_never_a_day(clock: Clock, said: float | None, waits: float) -> None:
    pace = RenewalPace(clock)
    pace.limited(RateLimited(retry_after_s=said))
    assert pace.held_s == waits


def test_limited_again_and_again_only_an_ended_token_wants_a_sign_in(clock: Clock) -> None:
    pace = RenewalPace(clock)
    for _ in range(LIMITED_IN_VAIN):
        pace.admit(ended=True)
        pace.limited(RateLimited(retry_after_s=1.0))
        clock.now_s += 1
    pace.admit(ended=False)
    with pytest.raises(SignInRequired) as told:
        pace.admit(ended=True)
    assert told.value.code == "renewal-limited"
    pace.begin()
    pace.admit(ended=True)


def test_a_token_refused_right_after_it_was_given_is_not_renewed_again(clock: Clock) -> None:  # fault 34
    pace = RenewalPace(clock)
    pace.renewed()
    with pytest.raises(Unauthorized) as told:
        pace.admit(ended=False)
    assert not isinstance(told.value, SignInRequired)
    pace.admit(ended=True)
    clock.now_s += FRESH_S
    pace.admit(ended=False)
