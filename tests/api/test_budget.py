"""Polling together, and slowing down when asked."""

from __future__ import annotations

import asyncio

import pytest

from console.api.budget import LEAST_SHARE, RECOVERY_S, RequestBudget
from console.model.errors import GatewayError, RateLimited, ServiceFailed


class Time:
    """A clock that sleeping moves."""

    now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def unavailable(after_s: float | None) -> ServiceFailed:
    error = ServiceFailed("", status=503)
    error.retry_after_s = after_s
    return error


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def budget(time: Time) -> RequestBudget:
    return RequestBudget(60, time.clock, time.sleep)


async def spent(budget: RequestBudget, time: Time, count: int) -> float:
    """Seconds that so many requests take."""
    begun = time.now
    for _ in range(count):
        await budget.take(3600)
    return time.now - begun


async def test_a_burst_then_the_rate(budget: RequestBudget, time: Time) -> None:
    assert await spent(budget, time, 10) == 0
    assert await spent(budget, time, 60) == pytest.approx(60, abs=0.5)


async def test_many_who_ask_at_once_get_no_more(budget: RequestBudget, time: Time) -> None:
    begun = time.now
    await asyncio.gather(*(budget.take(3600) for _ in range(70)))
    assert time.now - begun == pytest.approx(60, abs=0.5)


@pytest.mark.parametrize("error", [RateLimited(""), unavailable(0.0)], ids=repr)
async def test_half_as_many_after_a_refusal_and_slowly_more(
    budget: RequestBudget, time: Time, error: GatewayError
) -> None:  # fault 43
    for _ in range(4):
        budget.heard(error)  # one moment is one refusal
    assert budget.share == 0.5
    for _ in range(10):
        time.now += 1
        budget.heard(error)
    assert budget.share == pytest.approx(LEAST_SHARE, abs=0.01)
    time.now += RECOVERY_S / 2
    assert 0.5 < budget.share < 0.6
    time.now += RECOVERY_S
    assert budget.share == 1.0


async def test_nothing_is_sent_before_the_time_that_was_named(budget: RequestBudget, time: Time) -> None:  # fault 43
    budget.heard(RateLimited("", retry_after_s=20.0))
    assert await spent(budget, time, 1) == pytest.approx(20.0)
    budget.heard(RateLimited("", retry_after_s=20.0))
    with pytest.raises(RateLimited) as refused:
        await budget.take(4.0)
    assert refused.value.retry_after_s == pytest.approx(20.0)


@pytest.mark.parametrize("error", [unavailable(None), ServiceFailed("", status=500), GatewayError("")], ids=repr)
def test_a_dead_service_is_no_refusal(budget: RequestBudget, error: GatewayError) -> None:
    budget.heard(error)
    assert budget.share == 1.0


async def test_what_polls_gives_way(budget: RequestBudget, time: Time) -> None:
    for _ in range(10):
        budget.spend()
    assert await spent(budget, time, 1) == pytest.approx(1.0, abs=0.1)
