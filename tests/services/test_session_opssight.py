"""A session at the opssight face: its numbers, deployments and alerts, over each form of its feed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.api.platforms.opssight import PLATFORM
from console.model.connection import FeedState, Phase
from console.model.deployment import DeploymentState
from console.model.notice import Severity
from console.sandbox.faults import Rule, Switches
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.session import Session
from tests.services.pushed import deploy, deployment, feed_is, notice, numbers, recorded
from tests.services.test_session import LIMIT_S, credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.store.store import Store

FORMS = pytest.mark.parametrize(
    "form",
    [
        Switches(opssight_form="guide"),
        Switches(opssight_form="open", field_routes=True),
        Switches(opssight_form="first_message", field_routes=True),
    ],
    ids=["guide", "open", "first-message"],
)


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0, metrics_interval_s=0.5)) as running_sandbox:
        yield running_sandbox


@FORMS
async def test_numbers_deployments_and_alerts_over_any_form(
    sandbox: SandboxThread, store: Store, form: Switches
) -> None:
    sandbox.apply(form)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        known = await numbers(session, "api.p95", "api.p99", "cache.hit_rate", "cpu")
        assert 0 <= (known["cpu"] or 0) <= 1
        await deployment(session, lambda one: one.state is not DeploymentState.RUNNING)  # it was read, or asked for
        deploy(sandbox, "search-indexer", "9.9.9")
        told = await deployment(session, lambda one: one.version == "9.9.9")
        assert (told.service, told.author) == ("search-indexer", "ann")
        sandbox.apply(kill_service="workflow-service")
        alert = await notice(session, lambda one: one.source == "workflow-service")
        assert alert.severity is Severity.CRITICAL


async def test_the_feed_of_the_guide_is_timed(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        known = await numbers(session, "feed.latency")
        assert (known["feed.latency"] or 0) > 0


@FORMS
async def test_the_cache_can_be_emptied(sandbox: SandboxThread, store: Store, form: Switches) -> None:
    sandbox.apply(form)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await numbers(session, "cache.hit_rate")
        await session.telemetry.invalidate("deployments*")
        await session.telemetry.invalidate()


async def test_an_expired_token_is_renewed_and_the_feed_comes_back(  # fault 56
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        before = await session.token()
        sandbox.apply(expire_tokens=True)
        async with asyncio.timeout(LIMIT_S):
            while await session.token() == before:
                await asyncio.sleep(0.05)
        await until(session, feed_is(FeedState.LIVE))
        deploy(sandbox, "search-indexer", "8.8.8")
        await deployment(session, lambda one: one.version == "8.8.8")


async def test_where_nothing_renews_a_refused_token_asks_for_a_sign_in(  # fault 56
    sandbox: SandboxThread, store: Store
) -> None:
    sandbox.apply(opssight_form="first_message", field_routes=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(expire_tokens=True)
        await until(session, lambda connection: connection.phase is Phase.SIGN_IN_NEEDED)


async def test_a_mute_feed_is_there_but_grows_old(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await numbers(session, "cpu")
        await until(session, is_live)
        sandbox.apply(mute_feeds=True)
        heard = session.connection.value.facts.feed_at
        assert heard is not None
        session.monitor.refresh()
        told = await until(session, lambda one: (one.facts.last_success_at or heard) > heard)
        # What was on its way when it fell silent may still come, nothing after that.
        assert told.facts.feed is FeedState.LIVE
        last, asked = told.facts.feed_at, told.facts.last_success_at or heard
        session.monitor.refresh()
        later = await until(session, lambda one: (one.facts.last_success_at or asked) > asked)
        assert later.facts.feed_at == last


async def test_a_kick_is_answered_by_a_new_connection(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(kick_feeds=True)
        await until(session, feed_is(FeedState.LOST))
        await until(session, feed_is(FeedState.LIVE))
        deploy(sandbox, "search-indexer", "7.7.7")
        await deployment(session, lambda one: one.version == "7.7.7")


async def test_what_makes_no_sense_is_counted_and_the_rest_is_heard(  # fault 59
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(garble=Rule(path="/ws/dashboard", count=3))
        deploy(sandbox, "search-indexer", "6.6.6")
        deploy(sandbox, "redis", "6.6.6")
        deploy(sandbox, "postgres", "6.6.6")
        deploy(sandbox, "audit-trail", "6.6.6")
        await deployment(session, lambda one: (one.service, one.version) == ("audit-trail", "6.6.6"))
        await recorded(store.record, "unreadable")  # which may take longer: the last deployment is also read
