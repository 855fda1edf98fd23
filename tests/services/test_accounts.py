"""Getting an account and getting back into one, against the real sandbox; and sign-ins that are not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.model.account import Registration
from console.model.errors import Rejected, SignInRequired, Unauthorized
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.kept_sign_in import kept_as
from console.services.session import Session
from tests.services.test_session import credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.services.account_desk import AccountDesk
    from console.store.store import Store

ADA = Registration(
    first_name="Ada", last_name="Byron", email="ada@example.org", password="right horse 1", accepts_terms=True
)


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(token_lifetime_s=4.0)) as running:
        yield running


def dafnck(sandbox: SandboxThread) -> Profile:
    return Profile(name="the-dafnck", url=sandbox.dafnck_url, platform="dafnck")


def mailed(sandbox: SandboxThread) -> dict[str, Any]:
    """The newest message."""
    return dict(sandbox.sandbox.outbox()[-1])


async def desk(session: Session) -> AccountDesk:
    found = await session.accounts()
    assert found is not None
    return found


async def test_an_envelope_platform_signs_in_renews_and_stays_live(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(dafnck(sandbox), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        assert session.user is not None
        assert session.user.name == "Sandbox Operator"
        first = await session.token()
        assert first is not None
        assert await session.renew(first) != first
        seen = session.monitor.health.value
        assert seen.observed, "the platform has no health to ask for"
        assert "auth" in {one.value.name for one in seen.services}  # beside what the feed names by itself


async def test_from_a_registration_to_a_live_session(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(dafnck(sandbox), store.vault, store.record)) as session:
        accounts = await desk(session)
        await accounts.register(ADA)
        typed = PasswordCredentials(username=ADA.email, password=ADA.password)
        with pytest.raises(Unauthorized) as early:
            await session.sign_in(typed)
        assert early.value.code == "unverified"
        with pytest.raises(Rejected) as wrong:
            await accounts.verify("not the code")
        assert set(wrong.value.fields) == {"token"}
        former = mailed(sandbox)["code"]
        await accounts.resend(ADA.email)
        assert mailed(sandbox)["code"] != former
        with pytest.raises(Rejected):  # a newer code ends the older one
            await accounts.verify(former)
        await accounts.verify(mailed(sandbox)["code"])
        await session.sign_in(typed)
        await until(session, is_live)
        assert session.user is not None
        assert session.user.name == "Ada Byron"


async def test_what_is_wrong_with_a_registration_stands_under_its_field(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(dafnck(sandbox), store.vault, store.record)) as session:
        accounts = await desk(session)
        with pytest.raises(Rejected) as refused:
            await accounts.register(
                Registration(first_name="", last_name="", email="nobody", password="short", accepts_terms=False)
            )
        assert set(refused.value.fields) == {"first_name", "last_name", "email", "password", "terms"}
        assert "8 characters" in refused.value.fields["password"]


async def test_a_forgotten_password_is_replaced_and_old_sessions_end(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(dafnck(sandbox), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        accounts = await desk(session)
        await accounts.forgot("nobody@example.org")  # the answer is the same
        assert not sandbox.sandbox.outbox()
        await accounts.forgot(sandbox.username)
        code = mailed(sandbox)["code"]
        with pytest.raises(Rejected) as weak:
            await accounts.reset(code, "short")
        assert set(weak.value.fields) == {"password"}
        await accounts.reset(code, "another horse 2")
        with pytest.raises(Rejected):  # each code once
            await accounts.reset(code, "another horse 3")
        refused = await session.token()
        assert refused is not None
        with pytest.raises(SignInRequired):
            await session.renew(refused)
        await session.sign_in(PasswordCredentials(username=sandbox.username, password="another horse 2"))
        await until(session, is_live)


async def test_a_password_is_changed_by_whoever_knows_it(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(dafnck(sandbox), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        accounts = await desk(session)
        with pytest.raises(Rejected) as wrong:
            await accounts.change_password("not it", "another horse 2")
        assert set(wrong.value.fields) == {"current"}
        await accounts.change_password(sandbox.password, "another horse 2")
        with pytest.raises(Unauthorized):
            await session.sign_in(credentials(sandbox))


async def test_other_platforms_leave_accounts_to_others(sandbox: SandboxThread, store: Store) -> None:
    for platform in ("kong", "dotmac"):
        async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
            assert await session.accounts() is None


@pytest.mark.parametrize("platform", ["kong", "dotmac"])
async def test_a_sign_in_that_is_not_to_be_kept_ends_with_the_program(
    sandbox: SandboxThread, store: Store, platform: str
) -> None:
    typed = PasswordCredentials(username=sandbox.username, password=sandbox.password, remember=False)
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        assert await store.vault.load_sign_in(kept_as(session.profile)) is not None
        await session.sign_in(typed)
        await until(session, is_live)
        assert await store.vault.load_sign_in(kept_as(session.profile)) is None
        first = await session.token()
        assert first is not None
        assert await session.renew(first) != first
        assert await store.vault.load_sign_in(kept_as(session.profile)) is None
    async with running(Session(profile(sandbox, platform), store.vault, store.record)) as restarted:
        assert await restarted.token() is None


def test_no_password_stands_in_a_repr() -> None:
    assert "right horse" not in repr(ADA)
