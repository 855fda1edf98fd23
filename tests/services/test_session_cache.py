"""What a session keeps of its gateway's answers: real sandbox, real encrypted store, restarts, two users, sign-outs."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import pytest

from console.model.address import Address
from console.model.cached import Login
from console.model.connection import Phase
from console.model.errors import SignInRequired
from console.model.freshness import Observed, Source
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.directory import Directory
from console.services.kept_sign_in import kept_as
from console.services.ports import Membership
from console.services.session import Session
from console.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from console.model.exchange import Exchange
    from console.services.latest import Latest
    from console.store.store import Store

T = TypeVar("T")

LIMIT_S = 45.0


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running:
        yield running


def profile(sandbox: SandboxThread, platform: str = "dotmac", name: str = "one") -> Profile:
    url = {"kong": sandbox.kong_url, "dotmac": sandbox.dotmac_url}[platform]
    return Profile(name=name, url=url, platform=platform)


@contextlib.asynccontextmanager
async def running(known: Profile, store: Store) -> AsyncIterator[Session]:
    session = Session(known, store.vault, store.record)
    task = asyncio.ensure_future(session.run())
    await session.restored()
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(latest: Latest[T], wanted: Callable[[T], bool]) -> T:
    async with asyncio.timeout(LIMIT_S):
        async for value in latest.follow():
            if wanted(value):
                return value
    raise AssertionError


async def sign_in(session: Session, sandbox: SandboxThread, username: str | None = None) -> None:
    await session.sign_in(PasswordCredentials(username=username or sandbox.username, password=sandbox.password))


def known(source: Source) -> Callable[[Membership], bool]:
    def wanted(membership: Membership) -> bool:
        found = (membership.user, membership.tenants)
        return all(observed is not None and observed.source is source for observed in found)

    return wanted


async def exchanges(store: Store, session: Session, operation: str) -> list[Exchange]:
    found = await store.record.exchanges(session.profile.gateway_id, datetime(2020, 1, 1, tzinfo=UTC))
    return [one for one in found if one.operation == operation]


async def test_a_start_without_the_gateway_shows_what_is_known_with_its_age(
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(profile(sandbox), store) as session:
        await sign_in(session, sandbox)
        live = await until(session.membership, known(Source.LIVE))
        tenants = await session.tenants()
        assert {tenant.id for tenant in tenants} == {"northwind", "contoso"}
    sandbox.apply(outage=True)
    async with running(profile(sandbox), store) as session:
        recorded = await until(session.membership, known(Source.RECORD))
        assert recorded.user is not None
        assert live.user is not None
        assert recorded.tenants is not None
        assert recorded.user.value == live.user.value
        assert recorded.user.observed_at == live.user.observed_at
        assert recorded.tenants.value == tenants
        assert await session.tenants() == tenants


@pytest.mark.parametrize("platform", ["kong", "dotmac"])
async def test_an_unchanged_answer_crosses_the_wire_once(sandbox: SandboxThread, store: Store, platform: str) -> None:
    async with running(profile(sandbox, platform), store) as session:
        await sign_in(session, sandbox)
        first = await until(session.membership, lambda membership: membership.user is not None)
        who = session.gateway.authentication.who
        again = await session.cache.read(who, anew=True)
        assert first.user is not None
        assert again.value == first.user.value
        assert again.observed_at > first.user.observed_at
        assert session.cache.stats.revalidations == 1
    assert [one.status for one in await exchanges(store, session, who.endpoint)] == [200, 304]


async def test_a_sign_out_leaves_nothing_in_memory_or_on_disk(sandbox: SandboxThread, store: Store) -> None:  # fault 38
    mine = profile(sandbox)
    async with running(mine, store) as session:
        await sign_in(session, sandbox)
        await until(session.membership, known(Source.LIVE))
    assert len(await store.record.cached.listing(kept_as(mine))) == 2
    async with running(mine, store) as session:  # what another run stored goes too
        await session.sign_out()
        assert await store.record.cached.listing(kept_as(mine)) == ()
        await until(session.membership, lambda membership: membership.user is None and membership.tenants is None)
        with pytest.raises(SignInRequired):
            await session.tenants()


async def test_answers_that_come_after_a_sign_out_are_ignored(sandbox: SandboxThread, store: Store) -> None:  # fault 38
    mine = profile(sandbox)
    async with running(mine, store) as session:
        await sign_in(session, sandbox)
        await until(session.membership, known(Source.LIVE))
        heard_at = session.membership.value.tenants.observed_at if session.membership.value.tenants else None
        listing = session.gateway.tenancy.listing if session.gateway.tenancy else None
        assert listing is not None
        sandbox.apply(latency=0.3)
        late = [asyncio.ensure_future(session.cache.read(listing, anew=True)) for _ in range(5)]
        await asyncio.sleep(0)
        await session.sign_out()
        outcomes = await asyncio.gather(*late, return_exceptions=True)
        assert {outcome.observed_at for outcome in outcomes if isinstance(outcome, Observed)} <= {heard_at}
        assert session.cache.peek(listing) is None
        assert await store.record.cached.listing(kept_as(mine)) == ()


async def test_a_sign_out_in_another_process_empties_this_one_too(store: Store) -> None:  # fault 38
    with SandboxThread(SandboxOptions(token_lifetime_s=4.0)) as brief:
        mine = profile(brief)
        async with running(mine, store) as window:
            await sign_in(window, brief)
            await until(window.membership, known(Source.LIVE))
            async with running(mine, store) as command:
                await command.sign_out()
            await until(window.membership, lambda membership: membership == Membership())
            assert await store.record.cached.listing(kept_as(mine)) == ()


async def test_a_refused_sign_in_keeps_the_answers_for_the_same_user(sandbox: SandboxThread, store: Store) -> None:
    async with running(profile(sandbox), store) as session:
        await sign_in(session, sandbox)
        first = await until(session.membership, known(Source.LIVE))
        sandbox.apply(revoke_refresh=True, expire_tokens=True)
        session.try_now()
        await until(session.connection, lambda connection: connection.phase is Phase.SIGN_IN_NEEDED)
        assert session.membership.value == first
        await sign_in(session, sandbox)
        assert session.membership.value == first


async def test_two_users_on_one_host_see_nothing_of_each_other(
    sandbox: SandboxThread, store: Store
) -> None:  # fault 39
    async with (
        running(profile(sandbox, name="one"), store) as one,
        running(profile(sandbox, name="two"), store) as two,
    ):
        await sign_in(one, sandbox)
        await sign_in(two, sandbox, "ana@sandbox.example")
        first = await until(one.membership, known(Source.LIVE))
        second = await until(two.membership, known(Source.LIVE))
        assert first.user is not None
        assert second.user is not None
        assert first.user.value.email != second.user.value.email
        await one.sign_out()
        assert two.membership.value.user is not None
        assert await two.tenants()
        assert await store.record.cached.listing(kept_as(two.profile))


async def test_another_user_of_the_same_profile_starts_from_nothing(sandbox: SandboxThread, store: Store) -> None:
    mine = profile(sandbox)  # fault 39
    async with running(mine, store) as session:
        await sign_in(session, sandbox)
        first = await until(session.membership, known(Source.LIVE))
        await sign_in(session, sandbox, "ana@sandbox.example")
        second = await until(
            session.membership,
            lambda membership: known(Source.LIVE)(membership) and membership.user != first.user,
        )
        assert first.user is not None
        assert second.user is not None
        assert second.user.value.id != first.user.value.id
    who = session.gateway.authentication.who
    assert await store.record.cached.load(Login(owner=kept_as(mine), user=first.user.value.id), who.key) is None
    assert await store.record.cached.load(Login(owner=kept_as(mine), user=second.user.value.id), who.key) is not None


async def test_the_cache_is_cleared_without_opening_the_session(
    sandbox: SandboxThread, store: Store, tmp_path: Path
) -> None:
    mine = profile(sandbox)
    book = Settings(tmp_path / "settings.toml")
    book.save(mine)
    async with running(mine, store) as session:
        await sign_in(session, sandbox)
        await until(session.membership, known(Source.LIVE))
    sandbox.apply(outage=True)
    directory = Directory(book, store.vault, store.record)
    assert {one.endpoint for one in await directory.stored_answers("one")} == {"auth.me", "tenants.list"}
    assert await directory.clear_answers("one", "tenants.list") == 1
    assert await directory.clear_answers("one") == 1
    assert await directory.stored_answers("one") == ()
    await directory.close()


def test_the_owner_of_answers_is_the_profile_at_its_address(sandbox: SandboxThread) -> None:
    mine = profile(sandbox)
    assert kept_as(mine) == f"one at {Address.parse(mine.url).text}"
