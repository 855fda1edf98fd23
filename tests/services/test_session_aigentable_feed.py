"""A session at the aigentable face: what its feed tells, and that a feed's refusal ends no good sign-in."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from console.api.platforms.aigentable import PLATFORM
from console.model.address import Address
from console.model.connection import FeedState, Phase
from console.model.feed import FeedLost, PlatformEvent
from console.model.notice import Severity
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.doctor import PassingSession
from console.services.session import Session
from tests.services.test_session import LIMIT_S, credentials, profile, running, until
from tests.services.test_session_kong import FORMS, feed_is, notice, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from console.model.feed import FeedItem
    from console.store.store import Store


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running_sandbox:
        yield running_sandbox


async def no_feeds(sandbox: SandboxThread) -> None:
    async with asyncio.timeout(LIMIT_S):
        while sandbox.stats()["open_feeds"]:
            await asyncio.sleep(0.05)


@FORMS
async def test_the_feed_tells_notices_and_numbers_and_ends_with_the_sign_in(
    sandbox: SandboxThread, store: Store, *, field_routes: bool
) -> None:
    sandbox.apply(field_routes=field_routes)
    session = Session(profile(sandbox, PLATFORM.name), store.vault, store.record)
    told = session.monitor.told
    events: list[FeedItem] = []

    def hear(item: FeedItem, at: datetime) -> None:
        events.append(item)
        told(item, at)

    session.monitor.told = hear
    async with running(session):
        await session.sign_in(credentials(sandbox))
        await session.switch_tenant((await session.tenants())[0].id)
        await until(session, feed_is(FeedState.LIVE))
        tell(sandbox, "Only just", severity="critical")
        assert (await notice(session, "Only just")).severity is Severity.CRITICAL
        async with asyncio.timeout(LIMIT_S):
            async for numbers in session.telemetry.metrics.follow():
                if {"requests.rate", "cpu"} <= {one.value.id for one in numbers.metrics}:
                    break
        assert any(isinstance(one, PlatformEvent) and one.kind == "unread_notifications" for one in events)
        await session.sign_out()  # the server would leave the connection open
        await no_feeds(sandbox)


async def test_a_kick_is_answered_by_a_new_connection(sandbox: SandboxThread, store: Store) -> None:  # fault 66
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(kick_feeds=True)
        await until(session, feed_is(FeedState.LOST))
        await until(session, feed_is(FeedState.LIVE))
        tell(sandbox, "After the kick")
        await notice(session, "After the kick")


@FORMS
async def test_what_expires_is_renewed_or_over_as_the_gateway_has_it(  # fault 33  # fault 67
    sandbox: SandboxThread, store: Store, *, field_routes: bool
) -> None:
    sandbox.apply(field_routes=field_routes)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        before = await session.token()
        sandbox.apply(expire_tokens=True)
        if not field_routes:
            await until(session, lambda one: one.phase is Phase.SIGN_IN_NEEDED)
            return
        async with asyncio.timeout(LIMIT_S):
            while await session.token() == before:
                await asyncio.sleep(0.05)
        await until(session, feed_is(FeedState.LIVE))
        assert session.connection.value.facts.signed_in


async def test_a_feed_that_turns_somebody_away_ends_no_sign_in(sandbox: SandboxThread) -> None:  # fault 68
    patient = PassingSession(Address.parse(sandbox.aigentable_url), PLATFORM.name, "somebody-elses")
    try:
        await patient.sign_in(credentials(sandbox))
        assert patient.gateway.feed is not None
        losses = []
        async with asyncio.timeout(LIMIT_S), contextlib.aclosing(patient.gateway.feed.events()) as events:
            async for event in events:
                if isinstance(event, FeedLost):
                    losses.append(event)
                    if not event.unauthorized:
                        break
        assert [loss.unauthorized for loss in losses] == [True, False]
        assert "tenant" in losses[-1].reason
        assert losses[-1].next_try_at is not None
    finally:
        await patient.close()


async def test_without_a_server_for_it_asking_is_enough(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(socketio_absent=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await until(session, lambda one: one.phase is Phase.LIVE and bool(one.facts.feed_lost))
        assert told.facts.feed is FeedState.NONE
