"""Acting for one of several tenants: what is shown is theirs, and nothing of the former one remains."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.api.platforms.dotmac.tenants import DotmacHeartbeat
from console.model.capability import Capability
from console.model.connection import FeedState, Phase
from console.model.errors import ConnectFailed, ConnectionLost, Forbidden, NotOffered, TenantMismatch
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.directory import Directory
from console.services.explain import story
from console.services.session import Session
from console.settings import Settings
from tests.services.test_session import LIMIT_S, credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from console.model.profile import Profile
    from console.model.tenancy import Standing
    from console.store.store import Store


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running:
        yield running


def of(sandbox: SandboxThread, tenant: str) -> Profile:
    return msgspec.structs.replace(profile(sandbox, "dotmac"), tenant=tenant)


async def standing(session: Session, wanted: Callable[[Standing], bool]) -> Standing:
    async with asyncio.timeout(LIMIT_S):
        async for found in session.standing.follow():
            if wanted(found):
                return found
    raise AssertionError


async def test_whoever_may_act_for_several_tenants_is_asked(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        asked = await standing(session, lambda now: now.wanted)
        assert [tenant.id for tenant in asked.choices] == ["northwind", "contoso"]
        assert asked.current is None
        assert asked.permissions.roles == ("operator", "auditor")


@pytest.mark.parametrize("field_routes", [False, True])
async def test_switching_leaves_nothing_of_the_former_tenant(
    sandbox: SandboxThread, store: Store, *, field_routes: bool
) -> None:
    sandbox.apply(field_routes=field_routes)
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, lambda connection: connection.phase in (Phase.LIVE, Phase.PARTIAL))
        first = await standing(session, lambda now: now.confirmed)
        assert first.current is not None
        assert first.current.name == "Northwind Traders"
        former = session.profile.gateway_id
        feeds = int(str(sandbox.stats()["feeds_opened"]))
        sandbox.apply(drop=True)
        with pytest.raises((ConnectFailed, ConnectionLost)):
            await session.switch_tenant("contoso")
        assert session.profile.tenant == "northwind", "a switch that did not come about changes nothing"
        sandbox.clear()
        sandbox.apply(field_routes=field_routes)
        await session.switch_tenant("contoso")
        second = await standing(session, lambda now: now.confirmed)
        assert second.current is not None
        assert second.current.name == "Contoso Field Services"
        assert second.branding != first.branding or field_routes
        await until(session, lambda connection: connection.phase in (Phase.LIVE, Phase.PARTIAL))
        assert session.profile.gateway_id != former
        assert await store.record.services(former)
        async with asyncio.timeout(LIMIT_S):
            while not await store.record.services(session.profile.gateway_id):
                await asyncio.sleep(0.1)
        if not field_routes:
            await until(session, lambda connection: connection.facts.feed is FeedState.LIVE)
            assert int(str(sandbox.stats()["feeds_opened"])) > feeds


async def test_health_is_forgotten_before_the_new_tenants_is_asked_for(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        service = session.monitor.health.value.services[0].value.id
        assert session.monitor.recent(service)
        seen: list[int] = []

        async def watch() -> None:
            async for snapshot in session.monitor.health.follow():
                seen.append(len(snapshot.services))  # noqa: PERF401  (it is cancelled half-way)

        watching = asyncio.ensure_future(watch())
        await session.switch_tenant("contoso")
        await until(session, is_live)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert 0 in seen


async def test_an_answer_of_another_tenant_is_an_error_and_changes_nothing(
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        sandbox.apply(ignore_tenant=True)
        with pytest.raises(TenantMismatch) as told:
            await session.switch_tenant("contoso")
        assert (told.value.wanted, told.value.answered) == ("contoso", "northwind")
        assert session.profile.tenant == "northwind"
        assert is_live(session.connection.value)


async def test_a_start_shows_nothing_live_of_another_tenant(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(ignore_tenant=True)
    async with running(Session(of(sandbox, "contoso"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await standing(session, lambda now: now.problem is not None)
        assert isinstance(told.problem, TenantMismatch)
        assert told.wanted
        assert told.current is None
        assert session.monitor.health.value.services == ()
        sandbox.clear()
        await session.switch_tenant("contoso")
        await until(session, is_live)


async def test_a_tenant_that_is_not_the_users_can_be_exchanged(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(of(sandbox, "fabrikam"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await standing(session, lambda now: now.problem is not None)
        assert isinstance(told.problem, Forbidden)
        assert not session.monitor.health.value.services
        with pytest.raises(Forbidden):
            await session.switch_tenant("fabrikam")
        await session.switch_tenant("northwind")
        await until(session, is_live)


async def test_a_gateway_that_wants_a_tenant_gets_to_ask_for_one(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(require_tenant=True)
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await standing(session, lambda now: now.problem is not None)
        assert told.wanted
        assert [tenant.id for tenant in told.choices] == ["northwind", "contoso"]
        stopped = await until(session, lambda connection: connection.facts.wants_tenant)
        assert "tenant" in story(stopped, datetime.now(UTC))
        await session.switch_tenant("contoso")
        await until(session, is_live)


async def test_a_platform_without_tenants_has_none_to_switch(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, "kong"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        with pytest.raises(NotOffered):
            await session.switch_tenant("northwind")
        assert session.standing.value.choices == ()


async def test_the_tenant_is_kept_for_the_next_start(sandbox: SandboxThread, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    directory = Directory(Settings(file), store.vault, store.record)
    await directory.add(profile(sandbox, "dotmac"))
    session = directory.session("the-dotmac")
    await session.sign_in(credentials(sandbox))
    await session.switch_tenant("contoso")
    assert directory.profiles.value[0].tenant == "contoso"
    await directory.close()
    again = Directory(Settings(file), store.vault, store.record)
    try:
        restarted = again.session("the-dotmac")
        await until(restarted, is_live)
        found = await standing(restarted, lambda now: now.confirmed)
        assert found.current is not None
        assert found.current.id == "contoso"
    finally:
        await again.close()


async def test_flags_say_what_is_switched_off(sandbox: SandboxThread, store: Store) -> None:
    sandbox.apply(features_off=["service_monitoring"])
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        found = await standing(session, lambda now: now.confirmed)
        assert found.flags.off == {Capability.HEALTH: "service_monitoring"}
        assert found.flags.named["real_time_notifications"] is True


@pytest.mark.expects_logs
async def test_a_heartbeat_that_fails_is_a_warning_only(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DotmacHeartbeat, "interval_s", 0.05)
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        path = "dotmac POST /api/auth/session-heartbeat"
        before = _count(sandbox, path)
        sandbox.apply(status={"path": "/api/auth/session-heartbeat", "status": 500})
        async with asyncio.timeout(LIMIT_S):
            while _count(sandbox, path) < before + 3:
                await asyncio.sleep(0.05)
        assert is_live(session.connection.value)


def _count(sandbox: SandboxThread, route: str) -> int:
    found = sandbox.stats()["requests"]
    assert isinstance(found, dict)
    return int(found.get(route, 0))
