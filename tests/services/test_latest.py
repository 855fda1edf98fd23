"""Followers see the newest value, miss nothing that is newest, and leave nothing behind."""

from __future__ import annotations

import asyncio

from console.services.latest import Latest


async def test_a_follower_gets_the_current_value_at_once() -> None:
    latest = Latest(1)
    assert await anext(latest.follow()) == 1


async def test_a_slow_follower_misses_what_came_between_never_the_newest() -> None:
    latest = Latest(0)
    followed = latest.follow()
    assert await anext(followed) == 0
    for value in (1, 2, 3):
        latest.set(value)
    assert await anext(followed) == 3
    waiting = asyncio.ensure_future(anext(followed))
    await asyncio.sleep(0)
    assert not waiting.done()
    latest.set(4)
    assert await waiting == 4


async def test_many_followers_are_woken_by_one_change() -> None:
    latest = Latest(0)
    follows = [latest.follow() for _ in range(50)]
    for follow in follows:
        await anext(follow)
    waiting = [asyncio.ensure_future(anext(follow)) for follow in follows]
    await asyncio.sleep(0)
    latest.set(7)
    assert await asyncio.gather(*waiting) == [7] * 50


async def test_a_cancelled_follower_is_forgotten() -> None:
    latest = Latest(0)
    follow = latest.follow()
    await anext(follow)
    waiting = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not latest._waiting  # noqa: SLF001  (the leak is what is tested)
    latest.set(1)
