"""A session against the real sandbox: signed in once, renewed once, restored without typing, ended only by refusal."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from console.model.address import Address
from console.model.blame import Layer
from console.model.connection import FeedState, Phase
from console.model.errors import (
    ChallengeExpired,
    ConnectFailed,
    ConnectionLost,
    MfaRequired,
    SignInRequired,
    Unauthorized,
    WrongCode,
)
from console.model.health import Origin
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.explain import explain
from console.services.kept_sign_in import kept_as
from console.services.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from console.model.connection import Connection
    from console.model.identity import Challenge
    from console.store.store import Store

LIMIT_S = 45.0


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running:
        yield running


@pytest.fixture
def brief() -> Iterator[SandboxThread]:
    """Access tokens that live for four seconds."""
    with SandboxThread(SandboxOptions(token_lifetime_s=4.0)) as running:
        yield running


# Elsewhere health is for everybody: a sign-in that is over shows when it is to be renewed.
HEALTH_NEEDS_SIGN_IN = ["kong", "dotmac"]


def profile(sandbox: SandboxThread, platform: str) -> Profile:
    url = sandbox.sandbox.url(platform)
    return Profile(name=f"the-{platform}", url=url, platform=platform)


def credentials(sandbox: SandboxThread, password: str | None = None) -> PasswordCredentials:
    return PasswordCredentials(username=sandbox.username, password=password or sandbox.password)


@contextlib.asynccontextmanager
async def running(session: Session) -> AsyncIterator[Session]:
    task = asyncio.ensure_future(session.run())
    await session.restored()
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(session: Session, wanted: Callable[[Connection], bool]) -> Connection:
    async with asyncio.timeout(LIMIT_S):
        async for connection in session.connection.follow():
            if wanted(connection):
                return connection
    raise AssertionError


def is_live(connection: Connection) -> bool:
    return connection.phase is Phase.LIVE


def is_up(connection: Connection) -> bool:
    """With or without a feed."""
    return connection.phase in (Phase.LIVE, Phase.PARTIAL)


@pytest.mark.parametrize("platform", ["kong", "dotmac", "opssight"])
async def test_signing_in_goes_live_and_a_restart_needs_no_typing(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as first:
        assert first.connection.value.phase is Phase.SIGNED_OUT
        await first.sign_in(credentials(sandbox))
        await until(first, is_live)
        assert first.user is not None
        assert first.user.email == sandbox.username
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as second:
        await until(second, is_live)
        assert second.user == first.user
        assert second.monitor.health.value.services


@pytest.mark.parametrize("platform", ["kong", "dotmac", "opssight"])
async def test_a_wrong_password_changes_nothing(sandbox: SandboxThread, store: Store, platform: str) -> None:
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        with pytest.raises(Unauthorized):
            await session.sign_in(credentials(sandbox, "not the password"))
        assert session.connection.value.phase is Phase.SIGNED_OUT
    assert await store.vault.load_sign_in(kept_as(session.profile)) is None


@pytest.mark.parametrize("platform", ["kong", "dotmac", "opssight"])
async def test_tokens_are_renewed_ahead_of_their_end(brief: SandboxThread, store: Store, platform: str) -> None:
    async with running(Session(profile(brief, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(brief))
        first = await session.token()
        async with asyncio.timeout(LIMIT_S):
            while (await session.token()) == first:
                await asyncio.sleep(0.05)
        stored = await store.vault.load_sign_in(kept_as(session.profile))
        assert stored is not None
        assert stored.tokens.access == await session.token()
        await until(session, is_live)


async def test_fifty_who_were_refused_share_one_renewal(sandbox: SandboxThread, store: Store) -> None:  # fault 28
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        refused = await session.token()
        assert refused is not None
        before = sandbox.stats()["refreshes"]
        renewed = await asyncio.gather(*(session.renew(refused) for _ in range(50)))
        assert len(set(renewed)) == 1
        assert renewed[0] != refused
        assert int(str(sandbox.stats()["refreshes"])) - int(str(before)) == 1


async def test_two_processes_share_one_renewal(sandbox: SandboxThread, store: Store) -> None:  # fault 29
    one = Session(profile(sandbox, "dotmac"), store.vault, store.record)
    other = Session(profile(sandbox, "dotmac"), store.vault, store.record)
    async with running(one):
        await one.sign_in(credentials(sandbox))
        async with running(other):
            refused = await one.token()
            assert refused is not None
            assert await other.token() == refused
            before = sandbox.stats()["refreshes"]
            first, second = await asyncio.gather(one.renew(refused), other.renew(refused))
            assert first == second != refused
            assert int(str(sandbox.stats()["refreshes"])) - int(str(before)) == 1


async def test_expired_everywhere_is_renewed_without_being_told_as_lost(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, "kong"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(expire_tokens=True)
        refused = await session.token()
        reading = await session.gateway.health.read()  # type: ignore[union-attr]
        assert len(reading.services) == 4
        assert await session.token() != refused


async def test_a_refused_renewal_asks_once_and_keeps_the_record(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(expire_tokens=True, revoke_refresh=True)
        session.try_now()
        ended = await until(session, lambda connection: connection.phase is Phase.SIGN_IN_NEEDED)
        assert ended.layer is Layer.SIGN_IN
        with pytest.raises(SignInRequired):
            await session.renew("anything")
        assert session.monitor.health.value.services
        assert session.monitor.health.value.source_lost
    assert await store.vault.load_sign_in(kept_as(session.profile)) is None
    assert await store.record.services(session.profile.gateway_id)


async def test_an_unreachable_renewal_stays_signed_in(sandbox: SandboxThread, store: Store) -> None:  # fault 33
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(outage=True)
        refused = await session.token()
        assert refused is not None
        with pytest.raises((ConnectFailed, ConnectionLost)):
            await session.renew(refused)
        lost = await until(session, lambda connection: connection.phase is Phase.LOST)
        assert lost.layer is Layer.GATEWAY
        assert await store.vault.load_sign_in(kept_as(session.profile)) is not None
        sandbox.clear()
        await until(session, is_live)


async def test_a_cancellation_that_comes_while_closing_leaves_no_socket_open(
    sandbox: SandboxThread, store: Store
) -> None:
    session = Session(profile(sandbox, "kong"), store.vault, store.record)
    task = asyncio.ensure_future(session.run())
    await session.sign_in(credentials(sandbox))
    await until(session, is_live)
    assert len(open_connections(session.profile.url)) > 1
    task.cancel()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(task, return_exceptions=True)
    assert open_connections(session.profile.url) == []


def open_connections(url: str) -> list[socket.socket]:
    """This side's ends of the connections to an address."""
    port = Address.parse(url).port
    found: list[socket.socket] = []
    for candidate in gc.get_objects():
        if type(candidate) is socket.socket and candidate.family is socket.AF_INET:  # isinstance() asks weak proxies
            with contextlib.suppress(OSError):  # closed, or listening
                if candidate.getpeername()[1] == port:
                    found.append(candidate)
    return found


@pytest.mark.parametrize("platform", HEALTH_NEEDS_SIGN_IN)
@pytest.mark.parametrize("ended_by", ["sign-out", "refusal"])
async def test_after_the_end_of_a_session_the_next_sign_in_goes_live(
    sandbox: SandboxThread, store: Store, platform: str, ended_by: str
) -> None:
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        for _ in range(2):
            await session.sign_in(credentials(sandbox))
            await until(session, is_live)
            if ended_by == "sign-out":
                await session.sign_out()
            else:
                sandbox.apply(expire_tokens=True, revoke_refresh=True)
                session.try_now()
            await until(session, lambda connection: connection.phase in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED))
            sandbox.clear()


async def test_signing_out_drops_what_is_kept_here_also_when_the_gateway_is_gone(
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(profile(sandbox, "kong"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(outage=True)
        unheard = await session.sign_out()
        assert unheard is not None
        assert "the gateway was not told" in explain(unheard).headline
        assert session.connection.value.phase is Phase.SIGNED_OUT
        assert await session.token() is None
    assert await store.vault.load_sign_in(kept_as(session.profile)) is None


@pytest.mark.parametrize(("platform", "outage_s", "told"), [("kong", 4, False), ("dotmac", 34, True)])
async def test_an_outage_stays_a_hole_or_is_filled_from_the_registrys_history(
    sandbox: SandboxThread, store: Store, platform: str, outage_s: int, *, told: bool
) -> None:
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(outage=True)
        session.try_now()
        await until(session, lambda connection: connection.phase is Phase.LOST)
        began = datetime.now(UTC)
        async with asyncio.timeout(LIMIT_S):
            # The platform behind the gateway goes on; the wait is the outage itself.
            while datetime.now(UTC) < began + timedelta(seconds=outage_s):
                await asyncio.sleep(0.2)
        ended = datetime.now(UTC)
        sandbox.clear()
        await until(session, is_live)
        session.monitor.refresh()
        async with asyncio.timeout(LIMIT_S):
            service = session.monitor.health.value.services[0].value
            while True:
                margin = timedelta(seconds=1)
                hole = await session.monitor.history(service.id, began + margin, ended - margin)
                if hole or not told:
                    break
                await asyncio.sleep(0.2)
    assert bool(hole) is told
    assert all(sample.origin is Origin.HISTORY for sample in hole)


async def test_a_lost_feed_alone_is_told_and_comes_back(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, lambda connection: connection.facts.feed is FeedState.LIVE)
        sandbox.apply(kick_feeds=True)
        await until(session, lambda connection: connection.facts.feed is FeedState.LOST)
        await until(session, lambda connection: connection.facts.feed is FeedState.LIVE and is_live(connection))


async def test_a_clock_an_hour_ahead_is_noticed_and_taken_off_the_history(store: Store) -> None:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as skewed:
        skewed.apply(clock_skew_s=3600.0)
        async with running(Session(profile(skewed, "dotmac"), store.vault, store.record)) as session:
            await session.sign_in(credentials(skewed))
            await until(session, is_live)
            snapshot = session.monitor.health.value
            assert snapshot.clock_offset_s is not None
            assert abs(snapshot.clock_offset_s - 3600) < 10
            service = snapshot.services[0].value.id
            later = await session.monitor.history(
                service, datetime.now(UTC) + timedelta(minutes=2), datetime.now(UTC) + timedelta(hours=3)
            )
            assert not later, "nothing is drawn in the future"


@pytest.mark.parametrize(
    ("platform", "field_routes", "left"), [("kong", False, 4), ("dotmac", False, None), ("dotmac", True, None)]
)
async def test_a_second_factor_is_asked_for_and_answered(
    sandbox: SandboxThread, store: Store, platform: str, *, field_routes: bool, left: int | None
) -> None:  # fault 26
    sandbox.apply(require_mfa=True, field_routes=field_routes)
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        challenge = await challenged(session, sandbox)
        with pytest.raises(WrongCode) as wrong:
            await session.answer(challenge, "000000" if sandbox.mfa_code != "000000" else "111111", username="x")
        assert wrong.value.attempts_left == left
        assert not is_up(session.connection.value)
        await session.answer(challenge, sandbox.mfa_code, username=sandbox.username)
        await until(session, is_up)
        assert session.user is not None
        with pytest.raises(ChallengeExpired):  # each challenge can be answered once
            await session.answer(challenge, sandbox.mfa_code, username=sandbox.username)
        assert is_up(session.connection.value)
    assert await store.vault.load_sign_in(kept_as(session.profile)) is not None


async def test_too_many_wrong_codes_lock_the_account(sandbox: SandboxThread, store: Store) -> None:  # fault 26
    sandbox.apply(require_mfa=True)
    async with running(Session(profile(sandbox, "kong"), store.vault, store.record)) as session:
        challenge = await challenged(session, sandbox)
        for _ in range(4):
            with pytest.raises(WrongCode):
                await session.answer(challenge, "not it", username=sandbox.username)
        with pytest.raises(Unauthorized) as locked:
            await session.answer(challenge, "not it", username=sandbox.username)
        assert locked.value.code == "locked"


async def challenged(session: Session, sandbox: SandboxThread) -> Challenge:
    with pytest.raises(MfaRequired) as caught:
        await session.sign_in(credentials(sandbox))
    return caught.value.challenge
