"""What a session makes of a gateway that says no: in time, once, and without losing anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.model.connection import Phase
from console.model.errors import Forbidden, RateLimited, SignInRequired, TenantRequired, Unauthorized
from console.sandbox.faults import Rule
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.directory import Directory
from console.services.kept_sign_in import kept_as
from console.services.session import Session
from console.settings import Settings
from tests.services.test_session import HEALTH_NEEDS_SIGN_IN, credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from console.store.store import Store

REFRESH = {
    "kong": "/api/v1/auth/refresh",
    "dotmac": "/api/auth/refresh",
    "opssight": "/api/v1/auth/refresh",
}
ME = {"kong": "/api/v1/auth/me", "dotmac": "/api/auth/me", "opssight": "/api/v1/auth/me"}
each_platform = pytest.mark.parametrize("platform", ["kong", "dotmac", "opssight"])


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running:
        yield running


@pytest.fixture
def lenient() -> Iterator[SandboxThread]:
    """Accepts a refresh token once more, when the answer with its successor got lost."""
    with SandboxThread(SandboxOptions(history_step_s=1.0, refresh_grace_s=60.0)) as running:
        yield running


def refreshes(sandbox: SandboxThread) -> int:
    return int(str(sandbox.stats()["refreshes"]))


@each_platform
async def test_a_limited_renewal_stays_signed_in_and_asks_once(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        refused = await session.token()
        assert refused is not None
        before = refreshes(sandbox)
        asked = requests(sandbox, REFRESH[platform])
        sandbox.apply(status=Rule(path=REFRESH[platform], status=429, retry_after_s=2))
        for _ in range(5):
            with pytest.raises(RateLimited) as limited:
                await session.renew(refused)
            assert limited.value.retry_after_s is not None
        assert requests(sandbox, REFRESH[platform]) - asked == 1
        assert refreshes(sandbox) == before
        assert await session.token() == refused
        sandbox.clear()
        async with asyncio.timeout(20):
            while True:
                try:
                    renewed = await session.renew(refused)
                    break
                except RateLimited as exc:
                    await asyncio.sleep(exc.retry_after_s or 0)
        assert renewed != refused
        assert refreshes(sandbox) == before + 1
        await until(session, is_live)


@each_platform
async def test_a_lost_answer_is_asked_for_again_within_the_grace(
    lenient: SandboxThread, store: Store, platform: str
) -> None:  # fault 30
    async with running(Session(profile(lenient, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(lenient))
        await until(session, is_live)
        refused = await session.token()
        assert refused is not None
        lenient.apply(lose_answer=Rule(path=REFRESH[platform], method="POST", count=1))
        renewed = await session.renew(refused)
        assert renewed != refused
        stored = await store.vault.load_sign_in(kept_as(session.profile))
        assert stored is not None
        assert stored.tokens.access == renewed
        assert (await session.gateway.authentication.who_am_i()).email == lenient.username
        assert await session.gateway.authentication.refresh(stored.tokens), "so is the successor of the old one"


@pytest.mark.parametrize("platform", HEALTH_NEEDS_SIGN_IN)
async def test_a_lost_answer_without_a_grace_asks_for_one_sign_in_and_loses_nothing(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:  # fault 30
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(expire_tokens=True, lose_answer=Rule(path=REFRESH[platform], method="POST", count=1))
        session.try_now()
        await until(session, lambda connection: connection.phase is Phase.SIGN_IN_NEEDED)
        assert session.monitor.health.value.services
        assert await store.record.services(session.profile.gateway_id)
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)


@each_platform
async def test_whoever_hears_of_the_refusal_first_it_is_asked_once_and_told_at_once(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:  # fault 32
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        renewal = f"POST {REFRESH[platform]}"
        asked = requests(sandbox, renewal)
        sandbox.apply(expire_tokens=True, revoke_refresh=True)
        for _time in range(2):  # the feed may have heard first: then there is no token to ask with any more
            with pytest.raises((SignInRequired, Unauthorized)):
                await session.gateway.authentication.who_am_i()
        await until(session, lambda connection: connection.phase is Phase.SIGN_IN_NEEDED)
        assert requests(sandbox, renewal) - asked == 1
        assert session.monitor.health.value.services
        assert await store.record.services(session.profile.gateway_id)
        assert await store.vault.load_sign_in(kept_as(session.profile)) is None


@each_platform
async def test_a_server_that_always_says_401_costs_one_renewal_a_request(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:  # fault 34
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        before, asked = refreshes(sandbox), requests(sandbox, ME[platform])
        sandbox.apply(status=Rule(path=ME[platform], status=401))
        with pytest.raises(Unauthorized) as refused:
            await session.gateway.authentication.who_am_i()
        assert not isinstance(refused.value, SignInRequired)
        assert refreshes(sandbox) - before == 1
        assert requests(sandbox, ME[platform]) - asked <= 4  # each candidate route, each twice
        with pytest.raises(Unauthorized):
            await session.gateway.authentication.who_am_i()
        assert refreshes(sandbox) - before == 1, "a token that was just given is not renewed again"
        assert session.connection.value.phase is not Phase.SIGN_IN_NEEDED


@each_platform
async def test_what_is_forbidden_is_never_renewed(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:  # fault 35
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        before = refreshes(sandbox)
        sandbox.apply(status=Rule(path=ME[platform], status=403))
        for _ in range(3):
            with pytest.raises(Forbidden):
                await session.gateway.authentication.who_am_i()
        assert refreshes(sandbox) == before


async def test_an_expired_token_that_is_called_a_missing_tenant_is_renewed(
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        before, refused = refreshes(sandbox), await session.token()
        sandbox.apply(expire_tokens=True, expired_as_400=True)
        assert (await session.gateway.authentication.who_am_i()).email == sandbox.username
        assert await session.token() != refused
        assert refreshes(sandbox) - before == 1


async def test_a_missing_tenant_that_no_renewal_cures_is_a_question_of_its_own(
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        before = refreshes(sandbox)
        sandbox.apply(require_tenant=True)
        with pytest.raises(TenantRequired):
            await session.gateway.health.read()  # type: ignore[union-attr]
        assert refreshes(sandbox) - before <= 1
        assert session.connection.value.phase is not Phase.SIGN_IN_NEEDED


async def test_a_dead_gateway_keeps_no_other_waiting(sandbox: SandboxThread, store: Store, tmp_path: Path) -> None:
    directory = Directory(Settings(tmp_path / "settings.toml"), store.vault, store.record)
    for platform in ("kong", "dotmac"):
        await directory.add(profile(sandbox, platform))
    dead, alive = directory.session("the-kong"), directory.session("the-dotmac")
    try:
        await dead.sign_in(credentials(sandbox))
        await until(dead, is_live)
        sandbox.apply(expire_tokens=True, latency=Rule(face="kong", seconds=60.0))
        waiting = [
            asyncio.ensure_future(dead.renew(await dead.token() or "")),
            asyncio.ensure_future(dead.gateway.authentication.who_am_i()),
        ]
        await asyncio.sleep(0)
        await alive.sign_in(credentials(sandbox))
        await until(alive, is_live)
        assert await alive.renew(await alive.token() or "")
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        await directory.close()


def requests(sandbox: SandboxThread, path: str) -> int:
    """How many requests came in on a path, whatever became of them."""
    found = sandbox.stats()["requests"]
    assert isinstance(found, dict)
    return sum(count for key, count in found.items() if path in key)
