"""A session at the kong face: its feed, what it tells of notices, and what comes when the feed goes wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.api.platforms.kong import PLATFORM
from console.model.connection import FeedState, Phase
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.session import Session
from tests.services.test_session import LIMIT_S, credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.model.connection import Connection
    from console.model.notice import Notice
    from console.sandbox.server import Sandbox
    from console.store.store import Store

FORMS = pytest.mark.parametrize("field_routes", [False, True], ids=["guide", "field"])


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running_sandbox:
        yield running_sandbox


def tell(sandbox: SandboxThread, title: str, severity: str = "warning") -> None:
    async def create(running: Sandbox) -> None:
        running.world.notices.create(kind="test", title=title, message="All of it", severity=severity, source="auth")

    sandbox.call(create)


async def notice(session: Session, title: str, wanted: Callable[[Notice], bool] = lambda _one: True) -> Notice:
    """The notice with this title, once it is known and as wanted."""
    async with asyncio.timeout(LIMIT_S):
        async for told in session.telemetry.notices.follow():
            for one in told.known.value if told is not None and told.known is not None else ():
                if one.title == title and wanted(one):
                    return one
    raise AssertionError


def feed_is(state: FeedState) -> Callable[[Connection], bool]:
    return lambda connection: connection.facts.feed is state


@FORMS
async def test_what_the_feed_tells_is_there_and_can_be_marked_read(
    sandbox: SandboxThread, store: Store, *, field_routes: bool
) -> None:
    sandbox.apply(field_routes=field_routes)
    tell(sandbox, "From before")
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await notice(session, "From before")
        await until(session, is_live)
        tell(sandbox, "Only just", severity="critical")
        told = await notice(session, "Only just")
        assert (told.severity, told.source, told.text, told.read) == ("critical", "auth", "All of it", False)
        await session.telemetry.mark_read(told.id)
        await notice(session, "Only just", lambda one: one.read)


async def test_a_kick_is_answered_by_a_new_connection(sandbox: SandboxThread, store: Store) -> None:  # fault 66
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(kick_feeds=True)
        await until(session, feed_is(FeedState.LOST))
        await until(session, feed_is(FeedState.LIVE))
        tell(sandbox, "After the kick")
        await notice(session, "After the kick")


async def test_an_expired_token_is_renewed_and_the_feed_comes_back(  # fault 56  # fault 67
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
        tell(sandbox, "With another token")
        await notice(session, "With another token")


async def test_a_mute_feed_is_no_lost_one(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(mute_feeds=True)
        tell(sandbox, "Unheard")
        session.telemetry.missed()  # as after a gap
        await notice(session, "Unheard")
        assert session.connection.value.facts.feed is FeedState.LIVE


async def test_where_upgrades_are_blocked_it_polls_and_says_so(
    sandbox: SandboxThread, store: Store
) -> None:  # fault 70
    sandbox.apply(block_upgrade=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await until(session, feed_is(FeedState.LIVE))
        assert "no WebSocket" in told.facts.feed_degraded
        tell(sandbox, "By polling")
        await notice(session, "By polling")


async def test_without_a_server_for_it_asking_is_the_feed(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(socketio_absent=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await until(session, lambda one: one.phase is Phase.LIVE and bool(one.facts.feed_lost))
        assert told.facts.feed is FeedState.NONE
        tell(sandbox, "Asked for")
        session.telemetry.missed()
        await notice(session, "Asked for")


async def test_a_flood_leaves_the_newest_and_tells_of_the_rest(
    sandbox: SandboxThread, store: Store
) -> None:  # fault 60
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, feed_is(FeedState.LIVE))
        sandbox.apply(flood={"face": "kong", "per_s": 2_000, "seconds": 1})
        tell(sandbox, "Amidst")
        await notice(session, "Amidst")
        assert session.telemetry.notices.value is not None
