"""The limit on everything together, by a clock that the test turns."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from console.services.uploads.bandwidth import BURST_S, Bandwidth


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        await asyncio.sleep(0)


@given(
    pieces=st.lists(st.integers(min_value=1, max_value=2_000_000), min_size=1, max_size=30),
    limit=st.integers(1_000, 10**7),
)
def test_the_rate_holds_whatever_the_pieces(pieces: list[int], limit: int) -> None:
    clock = Clock()
    bandwidth = Bandwidth(limit, clock=clock, sleep=clock.sleep)

    async def send() -> None:
        for piece in pieces:
            await bandwidth.take(piece)

    asyncio.run(send())
    least_s = (sum(pieces[:-1]) - limit * BURST_S) / limit
    assert clock.now - 100.0 >= least_s - 1e-3


def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    asyncio.run(Bandwidth(clock=clock, sleep=clock.sleep).take(1 << 30))
    assert clock.now == 100.0


def test_a_limit_that_is_lifted_lets_those_go_who_wait() -> None:
    clock = Clock()
    bandwidth = Bandwidth(1_000, clock=clock, sleep=clock.sleep)

    async def lift() -> None:
        await bandwidth.take(1_000_000)  # owed for a quarter of an hour
        waiting = asyncio.ensure_future(bandwidth.take(1))
        await asyncio.sleep(0)
        bandwidth.limit(None)
        await waiting

    asyncio.run(lift())
    assert clock.now < 110.0


def test_a_pause_is_not_made_up_for_at_full_speed() -> None:
    clock = Clock()
    bandwidth = Bandwidth(1_000, clock=clock, sleep=clock.sleep)

    async def after_a_pause() -> None:
        clock.now += 3_600.0
        for _ in range(10):
            await bandwidth.take(1_000)

    asyncio.run(after_a_pause())
    assert clock.now - 3_700.0 >= 9.0 - BURST_S - 1e-3
