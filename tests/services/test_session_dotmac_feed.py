"""A session at the dotmac face: alerts of its health feed, and the notifications of running servers."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.api.platforms.dotmac import PLATFORM
from console.model.connection import FeedState
from console.model.errors import NotOffered
from console.model.health import HealthStatus, Origin
from console.model.notice import Severity
from console.presenters.connection_story import feed_text
from console.sandbox.faults import Flood
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services import monitor
from console.services.session import Session
from tests.services.pushed import feed_is, notice, tell
from tests.services.test_session import credentials, is_up, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.store.store import Store


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running_sandbox:
        yield running_sandbox


async def test_a_service_that_turns_unhealthy_is_alerted_with_its_score(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(kill_service="workflow-service")
        told = await notice(session, lambda one: one.source == "workflow-service")
        assert (told.severity, told.title) == (Severity.CRITICAL, "workflow-service is unhealthy")
        assert "score: 0" in told.text


async def test_running_servers_list_notifications_but_take_no_word_of_reading(
    sandbox: SandboxThread, store: Store
) -> None:
    sandbox.apply(field_routes=True)
    tell(sandbox, "From before")
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_up)
        told = await notice(session, lambda one: one.title == "From before")
        assert not told.read
        with pytest.raises(NotOffered):
            await session.telemetry.mark_read(told.id)
        assert not (await notice(session, lambda one: one.id == told.id)).read


async def test_where_its_feed_is_blocked_values_go_on_by_polling_until_it_is_not(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:  # fault 70
    monkeypatch.setattr(monitor, "FALLBACK_INTERVAL_S", 0.1)
    sandbox.apply(block_upgrade=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await until(session, lambda one: one.facts.last_success_at is not None and bool(one.facts.feed_lost))
        assert told.facts.feed is not FeedState.LIVE
        assert "by polling" in feed_text(told, datetime.now(UTC))
        for kill, restart in (("workflow-service", None), (None, "workflow-service")):
            sandbox.apply(kill_service=kill) if kill else sandbox.apply(restart_service=restart)
            wanted = HealthStatus.UNHEALTHY if kill else HealthStatus.HEALTHY
            async with asyncio.timeout(20), contextlib.aclosing(session.monitor.health.follow()) as snapshots:
                async for snapshot in snapshots:
                    seen = {one.value.name: one.value.sample for one in snapshot.services}
                    if seen and seen["workflow-service"].status is wanted:
                        break
            assert seen["workflow-service"].origin is Origin.POLL
        sandbox.clear()
        session.monitor.refresh()
        await until(session, feed_is(FeedState.LIVE))


async def test_by_the_guide_there_are_none_to_ask_for(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        async for told in session.telemetry.notices.follow():
            if told is not None and told.error is not None:
                assert isinstance(told.error, NotOffered)
                return


async def test_an_alert_survives_a_flood(sandbox: SandboxThread, store: Store) -> None:  # fault 60
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(flood=Flood(face="dotmac", per_s=20_000, seconds=1))
        sandbox.apply(kill_service="workflow-service")
        told = await notice(session, lambda one: one.source == "workflow-service")
        assert told.severity is Severity.CRITICAL
