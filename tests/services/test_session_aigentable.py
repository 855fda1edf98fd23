"""A session at the aigentable face: tenants, health, numbers, sign-ins that can't always be renewed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.api.platforms.aigentable import PLATFORM
from console.model.account import Registration
from console.model.errors import Rejected, SignInRequired
from console.sandbox.faults import Switches
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.kept_sign_in import kept_as
from console.services.session import Session
from tests.services.test_session import LIMIT_S, credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.store.store import Store

FORMS = pytest.mark.parametrize("field_routes", [False, True], ids=["guide", "field"])


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running_sandbox:
        yield running_sandbox


def face(sandbox: SandboxThread, *, field_routes: bool) -> None:
    if field_routes:
        sandbox.apply(Switches(field_routes=True))


@FORMS
async def test_a_session_goes_live_with_health_and_numbers(
    sandbox: SandboxThread, store: Store, *, field_routes: bool
) -> None:
    face(sandbox, field_routes=field_routes)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        choices = (await session.tenants())[0]
        await session.switch_tenant(choices.id)
        await until(session, is_live)
        assert session.user is not None
        async with asyncio.timeout(LIMIT_S):
            async for health in session.monitor.health.follow():
                if len(health.services) > 1:
                    break
            async for numbers in session.telemetry.metrics.follow():
                if numbers.loaded:
                    break
        told = {one.value.id for one in numbers.metrics}
        assert told >= {"requests.rate", "cpu", "memory"} or [name for name, _error in numbers.failures]
        await session.sign_out()


async def test_the_guide_renews_nothing(sandbox: SandboxThread, store: Store) -> None:  # fault 33
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        token = await session.token()
        assert token is not None
        with pytest.raises(SignInRequired):
            await session.renew(token)


async def test_where_it_is_renewed_the_refresh_token_rotates(sandbox: SandboxThread, store: Store) -> None:
    face(sandbox, field_routes=True)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        before = await store.vault.load_sign_in(kept_as(session.profile))
        token = await session.token()
        assert token is not None
        renewed = await session.renew(token)
        after = await store.vault.load_sign_in(kept_as(session.profile))
        assert before is not None
        assert after is not None
        assert after.tokens.access == renewed != token
        assert after.tokens.refresh != before.tokens.refresh


@FORMS
async def test_an_account_is_opened_and_its_errors_stand_at_their_fields(
    sandbox: SandboxThread, store: Store, *, field_routes: bool
) -> None:
    face(sandbox, field_routes=field_routes)
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        accounts = session.gateway.accounts
        assert accounts is not None
        wanted = Registration(first_name="Ann", last_name="Lee", email="ann@example.org", password="a long password")
        await accounts.register(wanted)
        with pytest.raises(Rejected) as caught:
            await accounts.register(Registration(first_name="", last_name="", email="nobody", password="x"))
        assert {"email", "password", "first_name"} <= caught.value.fields.keys()
        await accounts.forgot("ann@example.org")
        sent = [message for message in sandbox.sandbox.world.outbox.messages if message.to == "ann@example.org"]
        await accounts.reset(sent[-1].code, "another long password")
