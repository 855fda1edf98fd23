"""Sign-in through a browser: a session, the sandbox, and real sockets in between."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from console.model.connection import Phase
from console.model.errors import (
    BrowserSignInFailed,
    ChallengeExpired,
    ConnectFailed,
    GatewayError,
    MfaRequired,
    NotAGateway,
    NotFound,
    ProtocolViolation,
    SignInRequired,
    WrongCode,
    WrongUser,
)
from console.model.identity import PasswordCredentials
from console.model.oauth import BrowserSignInReason as Reason
from console.model.oauth import Provider
from console.model.profile import Profile
from console.sandbox.faults import Switches
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services import browser_sign_in
from console.services.kept_sign_in import kept_as
from console.services.ports import BrowserProgress
from console.services.session import Session
from tests.services.browser import ANA, Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from console.sandbox.faults import OAuthFault
    from console.services.browser_sign_in import BrowserSignIn
    from console.store.store import Store

LIMIT_S = 45.0
SSO = Provider(id="sandbox-sso", title="Sandbox single sign-on")


@pytest.fixture(scope="module")
def platform() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0, auth_limit_per_minute=10_000)) as running:
        yield running


@pytest.fixture
def sandbox(platform: SandboxThread) -> Iterator[SandboxThread]:
    yield platform
    platform.clear()


def profile(sandbox: SandboxThread, **fields: object) -> Profile:
    told = {"name": "the-opssight", "url": sandbox.opssight_url, "platform": "opssight", **fields}
    return msgspec.convert(told, Profile)


@contextlib.asynccontextmanager
async def running(session: Session) -> AsyncIterator[Session]:
    task = asyncio.ensure_future(session.run())
    await session.restored()
    try:
        async with asyncio.timeout(LIMIT_S):
            yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def session(sandbox: SandboxThread, store: Store) -> AsyncIterator[Session]:
    async with running(Session(profile(sandbox), store.vault, store.record)) as one:
        yield one


@pytest.fixture
def person() -> Person:
    return Person()


def trades(sandbox: SandboxThread) -> int:
    count = sandbox.stats()["code_trades"]
    assert isinstance(count, int)
    return count


def operator(sandbox: SandboxThread) -> str:
    return "8f3c1a52-0d7e-4b7c-9a57-6a1e5f0b2c11"


def port_of(attempt: BrowserSignIn) -> int:
    (redirect,) = parse_qs(urlsplit(attempt.url).query)["redirect_uri"]
    port = urlsplit(redirect).port
    assert port is not None
    return port


def bend(sandbox: SandboxThread, fault: OAuthFault) -> None:
    sandbox.apply(Switches(oauth=fault))


async def is_free(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


@pytest.mark.parametrize("field_routes", [False, True])
async def test_signing_in_goes_live_and_a_restart_needs_no_typing(
    sandbox: SandboxThread, store: Store, person: Person, field_routes: bool
) -> None:
    sandbox.apply(Switches(field_routes=field_routes))
    async with running(Session(profile(sandbox), store.vault, store.record)) as first:
        (provider,) = await first.providers()
        assert provider.title == "Sandbox single sign-on"
        before = trades(sandbox)
        async with first.sign_in_with(provider) as attempt:
            assert attempt.host == "127.0.0.1"
            assert attempt.returns_here
            page = await person.agree(attempt, ANA)
            await attempt.finished()
        assert "go back to Gatewatch" in page.text
        assert trades(sandbox) == before + 1
        assert first.user is not None
        assert first.user.email == "ana@sandbox.example"
        assert first.connection.value.phase is not Phase.SIGNED_OUT
    async with running(Session(profile(sandbox), store.vault, store.record)) as second:
        assert second.user == first.user


async def test_the_name_is_kept_for_the_next_time(session: Session, person: Person) -> None:
    told: list[str] = []

    async def note(_profile: Profile, username: str) -> None:
        told.append(username)

    session.signed_in_as = note
    async with session.sign_in_with(SSO) as attempt:
        await person.agree(attempt, ANA)
        await attempt.finished()
    assert told == ["ana@sandbox.example"]


async def test_an_answer_with_another_state_is_refused_and_the_right_one_still_awaited(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:  # fault 12
    before = trades(sandbox)
    async with session.sign_in_with(SSO) as attempt:
        bend(sandbox, "wrong_state")
        await person.agree(attempt, ANA)
        assert attempt.progress.value == BrowserProgress(strangers=1)
        assert trades(sandbox) == before
        assert session.user is None
        bend(sandbox, "none")
        await person.agree(attempt, ANA)
        assert attempt.progress.value == BrowserProgress(strangers=1, arrived=True)
        await attempt.finished()
    assert trades(sandbox) == before + 1
    assert session.user is not None


async def test_a_browser_that_is_gone_before_our_page_still_signs_in(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:  # fault 13
    async with session.sign_in_with(SSO) as attempt:
        async with httpx.AsyncClient(trust_env=False) as browser:
            sent_on = await browser.post(attempt.url, data={"user": ANA})
        target = urlsplit(sent_on.headers["location"])
        _reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        writer.write(f"GET {target.path}?{target.query} HTTP/1.1\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await attempt.finished()
    assert session.user is not None


@pytest.mark.parametrize("fault", ["none", "no_user"])
async def test_another_user_than_the_profiles_is_refused(
    sandbox: SandboxThread, store: Store, person: Person, fault: OAuthFault
) -> None:  # fault 14
    bend(sandbox, fault)
    kept = profile(sandbox, username=sandbox.username)
    before = sandbox.stats()["requests"].get("opssight POST /api/v1/auth/logout", 0)  # type: ignore[attr-defined]
    async with running(Session(kept, store.vault, store.record)) as session:
        async with session.sign_in_with(SSO) as attempt:
            await person.agree(attempt, ANA)
            with pytest.raises(WrongUser) as caught:
                await attempt.finished()
        assert (caught.value.expected, caught.value.came) == (sandbox.username, "ana@sandbox.example")
        assert sandbox.stats()["requests"]["opssight POST /api/v1/auth/logout"] == before + 1  # type: ignore[index]
        assert session.user is None
        assert await session.token() is None
        assert await store.vault.load_sign_in(kept_as(kept)) is None


async def test_the_former_session_outlives_another_users_sign_in(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:  # fault 14
    await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
    token = await session.token()
    bend(sandbox, "other_user")
    async with session.sign_in_with(SSO) as attempt:
        await person.agree(attempt, operator(sandbox))
        with pytest.raises(WrongUser):
            await attempt.finished()
    assert await session.token() == token


@pytest.mark.parametrize("fault", ["none", "no_user"])
async def test_the_profiles_own_user_is_let_in(
    sandbox: SandboxThread, store: Store, person: Person, fault: OAuthFault
) -> None:
    bend(sandbox, fault)
    kept = profile(sandbox, username=sandbox.username.upper())
    async with running(Session(kept, store.vault, store.record)) as session:
        async with session.sign_in_with(SSO) as attempt:
            await person.agree(attempt, operator(sandbox))
            await attempt.finished()
        assert session.user is not None
        assert session.user.email == sandbox.username


async def test_when_nobody_comes_back_it_ends_and_the_port_is_free(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:  # fault 15
    monkeypatch.setattr(browser_sign_in, "LIMIT_S", 0.05)
    async with session.sign_in_with(SSO) as attempt:
        port = port_of(attempt)
        assert not await is_free(port)
        with pytest.raises(BrowserSignInFailed) as caught:
            await attempt.finished()
    assert caught.value.reason == Reason.TIMED_OUT
    assert await is_free(port)


async def test_giving_up_frees_the_port_at_once(session: Session) -> None:  # fault 15
    ports: list[int] = []

    async def wait() -> None:
        async with session.sign_in_with(SSO) as attempt:
            ports.append(port_of(attempt))
            await attempt.finished()

    task = asyncio.ensure_future(wait())
    while not ports:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await is_free(ports[0])


async def test_no_is_told_as_plain_text(session: Session, person: Person) -> None:  # fault 16
    async with session.sign_in_with(SSO) as attempt:
        await person.decline(attempt)
        with pytest.raises(BrowserSignInFailed) as caught:
            await attempt.finished()
    assert caught.value.reason == Reason.DENIED
    assert caught.value.detail == "You said <b>no</b> to Gatewatch."


async def test_a_code_that_comes_twice_is_traded_once(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:  # fault 17
    before = trades(sandbox)
    async with session.sign_in_with(SSO) as attempt:
        await person.agree(attempt, ANA)
        async with httpx.AsyncClient(trust_env=False) as browser:
            again = await asyncio.gather(*(browser.get(person.landed) for _ in range(5)))
        assert {page.status_code for page in again} == {200}
        attempt.paste(person.landed)
        await attempt.finished()
    assert trades(sandbox) == before + 1


async def test_a_used_code_is_refused_by_the_gateway(session: Session, sandbox: SandboxThread, person: Person) -> None:
    async with session.sign_in_with(SSO) as attempt:
        await person.agree(attempt, ANA)
        await attempt.finished()
    (code,) = parse_qs(urlsplit(person.landed).query)["code"]
    async with session.sign_in_with(SSO) as attempt:
        attempt.paste(code)  # another attempt's: its verifier is not this one's
        with pytest.raises(GatewayError):
            await attempt.finished()


async def test_another_issuer_is_refused_before_the_code_is_used(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:  # fault 22
    (provider,) = await session.providers()
    assert provider.issuer
    before = trades(sandbox)
    bend(sandbox, "wrong_issuer")
    async with session.sign_in_with(provider) as attempt:
        await person.agree(attempt, ANA)
        with pytest.raises(BrowserSignInFailed) as caught:
            await attempt.finished()
    assert caught.value.reason == Reason.ISSUER
    assert trades(sandbox) == before


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("html", NotAGateway),
        ("error_200", ProtocolViolation),
        ("bad_lifetime", ProtocolViolation),
        ("mac_token", ProtocolViolation),
    ],
)
async def test_a_broken_token_answer_stores_nothing(
    sandbox: SandboxThread, store: Store, person: Person, fault: OAuthFault, kind: type[GatewayError]
) -> None:  # fault 23
    bend(sandbox, fault)
    one = profile(sandbox)
    async with running(Session(one, store.vault, store.record)) as session:
        async with session.sign_in_with(SSO) as attempt:
            await person.agree(attempt, ANA)
            with pytest.raises(kind):
                await attempt.finished()
        assert await session.token() is None
    assert await store.vault.load_sign_in(kept_as(one)) is None


async def test_a_second_start_ends_the_first(session: Session, person: Person) -> None:  # fault 24
    async with session.sign_in_with(SSO) as first:
        waiting = asyncio.ensure_future(first.finished())
        async with session.sign_in_with(SSO) as second:
            with pytest.raises(BrowserSignInFailed) as caught:
                await waiting
            assert caught.value.reason == Reason.SUPERSEDED
            await person.agree(second, ANA)
            await second.finished()
    assert session.user is not None


async def test_a_gateway_that_sends_the_browser_elsewhere_takes_a_pasted_code(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:
    bend(sandbox, "elsewhere")
    async with session.sign_in_with(SSO) as attempt:
        assert not attempt.returns_here
        page = await person.agree(attempt, ANA)
        code = page.text.split("<code>")[1].split("</code>")[0]
        with pytest.raises(BrowserSignInFailed):
            attempt.paste("something else")
        attempt.paste(f" {code}\n")
        await attempt.finished()
    assert session.user is not None


async def test_a_route_that_answers_with_a_redirect_is_opened_itself(
    session: Session, sandbox: SandboxThread, person: Person
) -> None:
    bend(sandbox, "page")
    async with session.sign_in_with(SSO) as attempt:
        assert urlsplit(attempt.url).path.endswith("/authorize")
        await person.agree(attempt, ANA)
        await attempt.finished()
    assert session.user is not None


async def test_a_second_factor_goes_on_where_the_browser_ended(
    sandbox: SandboxThread, store: Store, person: Person
) -> None:  # fault 26
    sandbox.apply(Switches(require_mfa=True))
    async with running(Session(profile(sandbox), store.vault, store.record)) as session:
        async with session.sign_in_with(SSO) as attempt:
            await person.agree(attempt, ANA)
            with pytest.raises(MfaRequired) as wanted:
                await attempt.finished()
        with pytest.raises((WrongCode, ChallengeExpired)):
            await session.answer(wanted.value.challenge, "000", username="")
        await session.answer(wanted.value.challenge, sandbox.mfa_code, username="")
        assert session.user is not None
        assert session.user.email == "ana@sandbox.example"


async def test_a_second_factor_makes_nobody_the_profiles_user(
    sandbox: SandboxThread, store: Store, person: Person
) -> None:  # fault 14
    sandbox.apply(Switches(require_mfa=True))
    kept = profile(sandbox, username=sandbox.username)
    async with running(Session(kept, store.vault, store.record)) as session:
        async with session.sign_in_with(SSO) as attempt:
            await person.agree(attempt, ANA)
            with pytest.raises(MfaRequired) as wanted:
                await attempt.finished()
        with pytest.raises(WrongUser):
            await session.answer(wanted.value.challenge, sandbox.mfa_code, username=sandbox.username)
        assert await session.token() is None


async def test_a_gateway_without_it_offers_nobody(session: Session, sandbox: SandboxThread) -> None:
    bend(sandbox, "absent")
    assert await session.providers() == ()
    with pytest.raises(NotFound):
        async with session.sign_in_with(SSO):
            raise AssertionError


async def test_a_gateway_that_is_away_is_said_to_be(session: Session, sandbox: SandboxThread) -> None:
    sandbox.apply(Switches(outage=True))
    with pytest.raises(ConnectFailed):
        await session.providers()
    with pytest.raises(ConnectFailed):
        async with session.sign_in_with(SSO):
            raise AssertionError


async def test_no_secret_is_logged_or_recorded(
    sandbox: SandboxThread, store: Store, person: Person, caplog: pytest.LogCaptureFixture
) -> None:  # fault 27
    caplog.set_level(logging.DEBUG)
    async with running(Session(profile(sandbox), store.vault, store.record)) as session:
        async with session.sign_in_with(SSO) as attempt:
            bend(sandbox, "wrong_state")
            await person.agree(attempt, ANA)
            bend(sandbox, "none")
            await person.agree(attempt, ANA)
            held = attempt._attempt  # noqa: SLF001  (its secrets are what must not be found)
            await attempt.finished()
        token = await session.token()
    assert held is not None
    assert token is not None
    (code,) = parse_qs(urlsplit(person.landed).query)["code"]
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]  # the browser's
    text = "\n".join(logging.Formatter().format(record) for record in ours)
    for secret in (code, held.verifier, held.state, token):
        assert secret not in text


async def test_a_token_of_a_sign_in_that_is_not_taken_over_is_not_renewed() -> None:
    source = browser_sign_in.FixedToken("one")
    assert await source.token() == "one"
    with pytest.raises(SignInRequired):
        await source.renew("one")
