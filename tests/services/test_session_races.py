"""Sign-in, sign-out, tenant switch and renewal that cross each other: the later intent of the operator stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.model.connection import Phase
from console.model.errors import SignInRequired, Unauthorized
from console.model.identity import PasswordCredentials
from console.model.notice import Notice
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.kept_sign_in import kept_as
from console.services.session import Session
from tests.services.test_session import credentials, is_live, profile, running, until
from tests.services.test_session_tenants import of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.model.identity import Tokens
    from console.model.tenancy import TenantConfig
    from console.store.store import Store

OTHER = "ana@sandbox.example"


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running:
        yield running


def other(sandbox: SandboxThread) -> PasswordCredentials:
    return PasswordCredentials(username=OTHER, password=sandbox.password)


class HeldSignOut:
    """The gateway's own sign-out, whose answer is a long time coming."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()
        told = session.gateway.authentication.sign_out

        async def sign_out(tokens: Tokens) -> None:
            await told(tokens)
            self.begun.set()
            await self.goes_on.wait()

        monkeypatch.setattr(session.gateway.authentication, "sign_out", sign_out)


async def test_a_sign_out_that_is_broken_off_is_done_here_all_the_same(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        held = HeldSignOut(session, monkeypatch)
        leaving = asyncio.ensure_future(session.sign_out())
        await held.begun.wait()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert leaving.cancelled()
        assert await session.token() is None
        assert session.connection.value.phase is Phase.SIGNED_OUT
        assert await store.vault.load_sign_in(kept_as(session.profile)) is None


async def test_who_signs_in_during_a_sign_out_stays_signed_in(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        held = HeldSignOut(session, monkeypatch)
        leaving = asyncio.ensure_future(session.sign_out())
        await held.begun.wait()
        await session.sign_in(other(sandbox))
        held.goes_on.set()
        await leaving
        assert await session.token() is not None
        assert session.user is not None
        assert session.user.answers_to(OTHER)
        assert await store.vault.load_sign_in(kept_as(session.profile)) is not None
        await until(session, is_live)


async def test_nothing_is_renewed_and_nobody_is_asked_to_sign_in_while_signing_out(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        held = HeldSignOut(session, monkeypatch)
        leaving = asyncio.ensure_future(session.sign_out())
        await held.begun.wait()  # from now on the gateway refuses the token
        session.try_now()
        asked = sandbox.stats()["requests"]
        for _round in range(3):
            await asyncio.to_thread(sandbox.stats)  # time for a poll, if there were one
        assert session.connection.value.phase is not Phase.SIGN_IN_NEEDED
        held.goes_on.set()
        await leaving
        stats = sandbox.stats()
        assert stats["refreshes"] == 0
        assert stats["requests"] == asked
        assert session.connection.value.phase is Phase.SIGNED_OUT


async def test_a_sign_in_that_fails_has_no_say_in_whether_the_present_one_is_kept(
    sandbox: SandboxThread, store: Store
) -> None:
    async with running(Session(profile(sandbox, "dotmac"), store.vault, store.record)) as session:
        fleeting = PasswordCredentials(username=sandbox.username, password=sandbox.password, remember=False)
        await session.sign_in(fleeting)
        with pytest.raises(Unauthorized):
            await session.sign_in(credentials(sandbox, "wrong"))
        token = await session.token()
        assert token is not None
        await session.renew(token)
        assert await store.vault.load_sign_in(kept_as(session.profile)) is None


async def test_somebody_elses_sign_in_in_another_process_is_not_taken_for_ours(
    sandbox: SandboxThread, store: Store
) -> None:  # fault 39
    mine = profile(sandbox, "dotmac")
    async with (
        running(Session(mine, store.vault, store.record)) as ours,
        running(Session(mine, store.vault, store.record)) as theirs,
    ):
        await ours.sign_in(credentials(sandbox))
        await until(ours, is_live)
        await theirs.sign_in(other(sandbox))
        token = await ours.token()
        assert token is not None
        with pytest.raises(SignInRequired):
            await ours.renew(token)
        kept = await store.vault.load_sign_in(kept_as(mine))
        assert kept is not None
        assert kept.user is not None
        assert kept.user.answers_to(OTHER)
        assert kept.tokens.access == await theirs.token()


async def test_a_tenant_is_not_switched_for_somebody_who_signed_in_meanwhile(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, lambda connection: connection.phase in (Phase.LIVE, Phase.PARTIAL))
        tenancy = session.gateway.tenancy
        assert tenancy is not None
        asked, goes_on, config = asyncio.Event(), asyncio.Event(), tenancy.config

        async def late(tenant_id: str) -> TenantConfig:
            found = await config(tenant_id)
            if tenant_id == "contoso":
                asked.set()
                await goes_on.wait()
            return found

        monkeypatch.setattr(tenancy, "config", late)
        switching = asyncio.ensure_future(session.switch_tenant("contoso"))
        await asked.wait()
        await session.sign_in(other(sandbox))
        goes_on.set()
        with pytest.raises(SignInRequired):
            await switching
        assert session.profile.tenant == "northwind"


async def test_what_a_feed_says_last_is_not_for_who_signs_in_next(
    sandbox: SandboxThread, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(Session(of(sandbox, "northwind"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, lambda connection: connection.phase in (Phase.LIVE, Phase.PARTIAL))
        begin_login = session.cache.begin_login

        def late(user: str, tenant: str = "") -> None:
            begin_login(user, tenant)
            session.monitor.told(Notice(id="late", at=datetime.now(UTC), title="for the former one"), datetime.now(UTC))

        monkeypatch.setattr(session.cache, "begin_login", late)
        await session.sign_in(other(sandbox))
        assert not shown(session)
        await until(session, lambda connection: connection.phase in (Phase.LIVE, Phase.PARTIAL))
        session.monitor.told(Notice(id="now", at=datetime.now(UTC), title="for both"), datetime.now(UTC))
        assert "now" in shown(session)


def shown(session: Session) -> list[str]:
    told = session.telemetry.notices.value
    known = told.known.value if told is not None and told.known is not None else ()
    return [one.id for one in known if one.id in ("late", "now")]
