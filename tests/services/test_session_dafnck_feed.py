"""A session at the dafnck face: what its feed tells, and where its token never shows."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from console.api.feed.backoff import Backoff
from console.api.platforms.dafnck import PLATFORM
from console.api.platforms.dafnck.feed import POLICY
from console.model.connection import FeedState
from console.model.health import HealthStatus
from console.model.notice import Severity
from console.model.record import RecordQuery
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.session import Session
from tests.services.pushed import feed_is, notice, tell
from tests.services.test_session import LIMIT_S, credentials, is_up, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.store.store import Store

FORMS = pytest.mark.parametrize("event_stream", [False, True], ids=["websocket", "events"])


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0, feed_heartbeat_s=0.3)) as running_sandbox:
        yield running_sandbox


@FORMS
async def test_notices_are_pushed_over_either_form(sandbox: SandboxThread, store: Store, *, event_stream: bool) -> None:
    sandbox.apply(event_stream=event_stream)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        tell(sandbox, "Only just", severity="critical")
        told = await notice(session, lambda one: one.title == "Only just")
        assert (told.severity, told.text, told.read) == (Severity.CRITICAL, "All of it", False)
        assert told.said_at is not None


async def test_services_that_only_the_feed_names_are_shown(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        async with asyncio.timeout(LIMIT_S):
            async for health in session.monitor.health.follow():
                if any(one.value.name == "redis" for one in health.services):
                    break
        sandbox.apply(kill_service="redis")
        async with asyncio.timeout(LIMIT_S):
            async for health in session.monitor.health.follow():
                statuses = {one.value.name: one.value.sample.status for one in health.services}
                if statuses["redis"] is HealthStatus.UNHEALTHY:
                    break
        session.monitor.refresh()
        await until(session, is_up)
        assert "redis" in {one.value.name for one in session.monitor.health.value.services}


async def test_heartbeats_of_the_gateway_are_acknowledged(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        opened = sandbox.stats()["feeds_opened"]
        await asyncio.sleep(1.0)  # three heartbeats: who does not acknowledge them is dropped
        tell(sandbox, "Still there")
        await notice(session, lambda one: one.title == "Still there")
        assert sandbox.stats()["feeds_opened"] == opened


@FORMS
async def test_an_expired_token_is_renewed_and_the_feed_comes_back(  # fault 56
    sandbox: SandboxThread, store: Store, *, event_stream: bool
) -> None:
    sandbox.apply(event_stream=event_stream)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        before = await session.token()
        sandbox.apply(expire_tokens=True)
        async with asyncio.timeout(LIMIT_S):
            while await session.token() == before:
                await asyncio.sleep(0.05)
        await until(session, feed_is(FeedState.LIVE))
        tell(sandbox, "With another token")
        await notice(session, lambda one: one.title == "With another token")


async def test_the_token_in_the_url_shows_nowhere(  # fault 64
    sandbox: SandboxThread, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = Session(profile(sandbox, PLATFORM.name), store.vault, store.record)
    secrets = []
    stories = []
    async with running(session):
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        secrets.append(await session.token())
        sandbox.apply(garble=True)
        await asyncio.sleep(0.5)
        sandbox.apply(garble=False, block_upgrade=True, kick_feeds=True)
        stories.append(await until(session, feed_is(FeedState.LOST)))
        session.try_now()
        await asyncio.sleep(0.5)
        stories.append(session.connection.value)
        sandbox.apply(block_upgrade=False, expire_tokens=True)
        session.try_now()
        await until(session, feed_is(FeedState.LIVE))
        secrets.append(await session.token())
        exchanges = list(session.tracking.since(0))
    entries = (await store.record.entries(RecordQuery(limit=1000))).entries
    written = [*map(repr, entries), *map(repr, exchanges), *map(repr, stories), caplog.text]
    assert any("feed lost" in text for text in written)
    for secret in secrets:
        assert secret
        for text in written:
            assert secret not in text
            assert quote(secret) not in text


def test_the_numbers_are_the_guides() -> None:
    backoff = Backoff(POLICY)
    waits = [backoff.next_s() for _attempt in range(5)]
    assert all(1 <= wait_s <= min(30, 2.0**attempt) for attempt, wait_s in enumerate(waits))
    assert backoff.spent
    assert (backoff.next_s(), POLICY.stays_closed) == (60.0, True)


async def test_where_the_feed_is_blocked_the_gateway_is_still_asked(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(block_upgrade=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await until(session, is_up)
        assert told.facts.feed is not FeedState.LIVE
        assert told.facts.last_success_at is not None
