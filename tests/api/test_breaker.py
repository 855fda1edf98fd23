"""Circuits, by table and by machine."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from console.api.breaker import FAILURES, REST_S, WINDOW_S, Breaker, CircuitState
from console.model.errors import (
    BreakerOpen,
    ConnectFailed,
    ConnectionLost,
    GatewayError,
    NotFound,
    RateLimited,
    ServiceFailed,
)

ROUTE = "GET /documents"
ROUTES = {ROUTE}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def ask(breaker: Breaker, error: GatewayError | None, service: str = "documents") -> None:
    with contextlib.suppress(GatewayError), breaker.guard(service, ROUTES):
        if error is not None:
            raise error


def dead() -> ServiceFailed:
    return ServiceFailed("", status=503, route=ROUTE)


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        ask(breaker, dead())
    return breaker, clock


def state(breaker: Breaker) -> CircuitState:
    (view,) = breaker.views()
    return view.state


def test_it_opens_for_one_service_alone_and_says_for_how_long() -> None:  # fault 54
    breaker, clock = opened()
    clock.now = 4.0
    with pytest.raises(BreakerOpen) as refused, breaker.guard("documents", ROUTES):
        raise AssertionError
    assert refused.value.retry_after_s == REST_S - 4.0
    ask(breaker, None, "identity")
    assert [view.state for view in breaker.views()] == [CircuitState.OPEN, CircuitState.CLOSED]
    assert breaker.views()[0].probe_in_s == REST_S - 4.0


def test_failures_far_apart_open_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(4 * FAILURES):
        ask(breaker, dead())
        clock.now += WINDOW_S / (FAILURES - 1)
    assert state(breaker) is CircuitState.CLOSED


def test_answers_between_failures_make_them_no_fewer() -> None:
    breaker = Breaker(Clock())
    for _ in range(FAILURES):
        ask(breaker, None)
        ask(breaker, dead())
    assert state(breaker) is CircuitState.OPEN


def test_one_probe_decides() -> None:  # fault 54
    breaker, clock = opened()
    clock.now = REST_S
    with breaker.guard("documents", ROUTES):
        assert state(breaker) is CircuitState.PROBING
        with pytest.raises(BreakerOpen), breaker.guard("documents", ROUTES):
            raise AssertionError
    assert state(breaker) is CircuitState.CLOSED
    breaker, clock = opened()
    clock.now = REST_S
    ask(breaker, dead())
    assert state(breaker) is CircuitState.OPEN
    assert breaker.views()[0].probe_in_s == REST_S


@pytest.mark.parametrize(
    "error",
    [
        ConnectFailed("", reason="refused", route=ROUTE),
        ConnectionLost("", route=ROUTE),
        RateLimited("", route=ROUTE),
        ServiceFailed("", status=503, route="POST /auth/refresh"),
        asyncio.CancelledError(),
    ],
    ids=repr,
)
def test_a_probe_that_says_nothing_of_the_service_leaves_room_for_another(error: BaseException) -> None:
    breaker, clock = opened()
    clock.now = REST_S
    with pytest.raises(type(error)), breaker.guard("documents", ROUTES):
        raise error
    assert state(breaker) is CircuitState.OPEN
    ask(breaker, NotFound("", status=404, route=ROUTE))  # the service is up and says no
    assert state(breaker) is CircuitState.CLOSED


def test_what_is_not_the_services_doing_does_not_count() -> None:
    breaker = Breaker(Clock())
    for _ in range(3 * FAILURES):
        ask(breaker, ConnectFailed("", reason="refused", route=ROUTE))
        ask(breaker, RateLimited("", route=ROUTE))
        ask(breaker, ServiceFailed("", status=500, route="POST /auth/refresh"))
    assert state(breaker) is CircuitState.CLOSED
    for _ in range(FAILURES):
        ask(breaker, ConnectionLost("", timed_out=True, route=ROUTE))
    assert state(breaker) is CircuitState.OPEN


def test_the_operator_may_ask_for_a_probe_at_once() -> None:
    breaker, _clock = opened()
    breaker.probe_now()
    ask(breaker, None)
    assert state(breaker) is CircuitState.CLOSED


class Circuit(RuleBasedStateMachine):
    """Against a plain account of what was sent and when."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(self.clock)
        self.failed_at: list[float] = []
        self.opened_at: float | None = None

    @rule(seconds=st.floats(0.1, 40))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(fails=st.booleans())
    def send(self, fails: bool) -> None:
        rests = self.opened_at is not None and self.clock.now < self.opened_at + REST_S
        try:
            with self.breaker.guard("s", ROUTES):
                assert not rests
                if fails:
                    raise dead()
        except BreakerOpen:
            assert rests
            return
        except ServiceFailed:
            self.failed_at.append(self.clock.now)
            recent = [at for at in self.failed_at if at > self.clock.now - WINDOW_S]
            if self.opened_at is not None or len(recent) >= FAILURES:
                self.opened_at = self.clock.now
        else:
            if self.opened_at is not None:
                self.opened_at = None
                self.failed_at.clear()

    @precondition(lambda self: self.breaker.views())
    @invariant()
    def what_is_shown_is_true(self) -> None:
        (view,) = self.breaker.views()
        assert (view.state is CircuitState.OPEN) is (self.opened_at is not None)


TestCircuit = Circuit.TestCase
TestCircuit.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
