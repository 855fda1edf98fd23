"""Requests and turns of the story reach the real record, also those of the last moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.connection import Phase
from console.model.errors import ConnectionLost
from console.model.exchange import Exchange
from console.services.connection import ConnectionWatch
from console.services.journal import Journal

if TYPE_CHECKING:
    from console.store.store import Store


def exchange(number: int) -> Exchange:
    return Exchange(
        at=datetime.now(UTC),
        operation="auth.me",
        method="GET",
        route="/api/auth/me",
        status=200,
        error="",
        total_ms=5.0,
        gateway_ms=None,
        upstream_ms=None,
        request_id=str(number),
        attempt=1,
    )


async def test_what_is_pending_at_the_end_is_written(store: Store) -> None:
    journal, watch = Journal(store.record, "gw"), ConnectionWatch()
    running = asyncio.ensure_future(journal.run(watch.story))
    for number in range(3):
        journal.note(exchange(number))
    watch.signed_in()
    before = datetime.now(UTC) - timedelta(minutes=1)
    async with asyncio.timeout(10):
        while Phase.CONNECTING not in [turn.phase for turn in await store.record.story("gw", before)]:
            await asyncio.sleep(0.01)
    now = datetime.now(UTC)
    watch.failed(ConnectionLost("gone"), now, now)
    async with asyncio.timeout(10):
        while not any(turn.detail == "gone" for turn in await store.record.story("gw", before)):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [kept.request_id for kept in await store.record.exchanges("gw", before)] == ["0", "1", "2"]


async def test_the_same_phase_is_told_once(store: Store) -> None:
    journal, watch = Journal(store.record, "gw"), ConnectionWatch()
    running = asyncio.ensure_future(journal.run(watch.story))
    watch.signed_in()
    before = datetime.now(UTC) - timedelta(minutes=1)
    for _ in range(5):
        watch.succeeded(datetime.now(UTC))
        await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while len(await store.record.story("gw", before)) < 1:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    phases = [turn.phase for turn in await store.record.story("gw", before)]
    assert len(phases) == len(set(phases))
    assert phases[-1] is Phase.LIVE
