"""Signing in through a browser, as the window tells it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.model.errors import (
    BrowserSignInFailed,
    ConnectFailed,
    MfaRequired,
    NotAGateway,
    WrongUser,
)
from console.model.identity import Challenge
from console.model.oauth import BrowserSignInReason, Provider
from console.model.reasons import ConnectReason
from console.presenters import browser_sign_in
from console.presenters.browser_sign_in import BrowserSignInPresenter, BrowserSignInState
from console.presenters.login import LoginPresenter
from console.services.ports import BrowserProgress
from tests.presenters.fake_directory import FakeDirectory, FakeSession, profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SSO = Provider(id="sso", title="Single sign-on")
GITHUB = Provider(id="github", title="GitHub")


@pytest.fixture
def directory() -> FakeDirectory:
    made = FakeDirectory(profile("kong-prod"), profile("other"))
    made.session("kong-prod").offered = (SSO, GITHUB)
    return made


@pytest.fixture
def session(directory: FakeDirectory) -> FakeSession:
    return directory.session("kong-prod")


@pytest.fixture
async def login(directory: FakeDirectory) -> AsyncIterator[LoginPresenter]:
    def fail(what: str, error: Exception) -> None:
        raise AssertionError(what) from error

    presenter = LoginPresenter(directory, fail)
    yield presenter
    await presenter.stop()


@pytest.fixture
async def opened() -> list[str]:
    return []


@pytest.fixture
async def browser(login: LoginPresenter, opened: list[str]) -> BrowserSignInPresenter:
    def open_url(url: str) -> bool:
        opened.append(url)
        return True

    login.browser.open_url = open_url
    login.browser.choose("kong-prod")
    await settle()
    return login.browser


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_the_gateway_offers_is_shown(browser: BrowserSignInPresenter) -> None:
    assert browser.state == BrowserSignInState(profile="kong-prod", providers=(SSO, GITHUB))


async def test_another_gateway_offers_something_else(browser: BrowserSignInPresenter) -> None:
    browser.choose("other")
    assert browser.state.providers == ()
    await settle()
    assert browser.state == BrowserSignInState(profile="other")


async def test_a_gateway_that_is_away_is_asked_again(
    browser: BrowserSignInPresenter, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_sign_in, "_ASK_AGAIN_S", 0.0)
    session.offered = ConnectFailed(reason=ConnectReason.REFUSED)
    browser.choose("kong-prod")
    await settle()
    assert not browser.state.providers
    session.offered = (SSO,)
    await settle()
    assert browser.state.providers == (SSO,)


async def test_an_answer_that_makes_no_sense_is_not_asked_for_again(
    browser: BrowserSignInPresenter, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_sign_in, "_ASK_AGAIN_S", 0.0)
    session.offered = NotAGateway("a page")
    browser.choose("kong-prod")
    await settle()
    session.offered = (SSO,)
    await settle()
    assert browser.state.providers == ()


async def test_an_attempt_goes_live(browser: BrowserSignInPresenter, session: FakeSession, opened: list[str]) -> None:
    browser.begin("sso")
    assert not browser.state.waiting
    await settle()
    assert browser.state.waiting
    assert browser.state.host == "sso.example"
    assert browser.state.opened
    assert opened == [browser.state.url]
    session.browser_attempts[0].end.set_result(None)
    await settle()
    assert browser.state == BrowserSignInState(profile="kong-prod", providers=(SSO, GITHUB))
    assert session.browser_attempts[0].left


async def test_where_it_leads_is_told_before_it_is_opened(browser: BrowserSignInPresenter) -> None:
    told: list[str] = []
    browser.changed.connect(lambda state: told.append(state.host))
    seen: list[list[str]] = []

    def open_url(_url: str) -> bool:
        seen.append(list(told))
        return True

    browser.open_url = open_url
    browser.begin("sso")
    await settle()
    assert seen[0][-1] == "sso.example"


async def test_a_browser_that_can_not_be_opened_is_told(browser: BrowserSignInPresenter) -> None:  # fault 25
    browser.open_url = lambda _url: False
    browser.begin("sso")
    await settle()
    assert browser.state.opened is False
    assert browser.state.url
    browser.open_url = lambda _url: True
    browser.open_again()
    assert browser.state.opened is True


async def test_cancelling_ends_it(browser: BrowserSignInPresenter, session: FakeSession) -> None:  # fault 15
    browser.begin("sso")
    await settle()
    browser.cancel()
    assert not browser.state.waiting
    await settle()
    assert session.browser_attempts[0].left
    assert browser.state.problem is None


async def test_a_second_click_ends_the_first(browser: BrowserSignInPresenter, session: FakeSession) -> None:  # fault 24
    browser.begin("sso")
    await settle()
    browser.begin("github")
    await settle()
    first, second = session.browser_attempts
    assert first.left
    assert not second.left
    assert browser.state.provider == GITHUB
    browser.paste("the-code")
    assert second.pasted == ["the-code"]


async def test_choosing_another_gateway_ends_it(browser: BrowserSignInPresenter, session: FakeSession) -> None:
    browser.begin("sso")
    await settle()
    browser.choose("other")
    await settle()
    assert session.browser_attempts[0].left
    assert browser.state == BrowserSignInState(profile="other")


async def test_a_provider_that_is_not_offered_is_none(browser: BrowserSignInPresenter, session: FakeSession) -> None:
    browser.begin("gitlab")
    await settle()
    assert session.browser_attempts == []


@pytest.mark.parametrize(
    "error",
    [
        BrowserSignInFailed("<b>no</b>", reason=BrowserSignInReason.DENIED),
        BrowserSignInFailed(reason=BrowserSignInReason.TIMED_OUT),
        WrongUser(expected="ada@example.org", came="bob@example.org"),
    ],
    ids=lambda error: getattr(error, "reason", "wrong user"),
)
async def test_why_it_failed_is_told(browser: BrowserSignInPresenter, session: FakeSession, error: Exception) -> None:
    browser.begin("sso")
    await settle()
    session.browser_attempts[0].end.set_result(error)  # type: ignore[arg-type]
    await settle()
    assert not browser.state.waiting
    assert browser.state.problem is not None
    browser.begin("sso")
    await settle()
    assert browser.state.problem is None


async def test_that_it_can_not_begin_is_told(browser: BrowserSignInPresenter, session: FakeSession) -> None:
    session.begin_refusal = BrowserSignInFailed("it does not begin with https://", reason=BrowserSignInReason.UNSAFE)
    browser.begin("sso")
    await settle()
    assert not browser.state.waiting
    assert browser.state.problem is not None
    assert "not be opened" in browser.state.problem.headline


async def test_a_code_is_pasted(browser: BrowserSignInPresenter, session: FakeSession) -> None:
    browser.begin("sso")
    await settle()
    browser.want_paste()
    assert browser.state.pasting
    browser.paste("  ")
    assert browser.state.paste_problem is not None
    (attempt,) = session.browser_attempts
    attempt.paste_refusal = BrowserSignInFailed(reason=BrowserSignInReason.STATE)
    browser.paste("of-another")
    assert browser.state.paste_problem is not None
    assert browser.state.waiting
    attempt.paste_refusal = None
    browser.paste("the-code")
    browser.paste("the-code")
    assert browser.state.finishing
    assert attempt.pasted == ["the-code"]


async def test_a_gateway_that_sends_the_browser_elsewhere_asks_for_the_code(
    browser: BrowserSignInPresenter, session: FakeSession
) -> None:
    session.sends_elsewhere = True
    browser.begin("sso")
    await settle()
    assert browser.state.pasting
    assert not browser.state.returns_here


async def test_answers_of_strangers_are_counted(browser: BrowserSignInPresenter, session: FakeSession) -> None:
    browser.begin("sso")
    await settle()
    session.browser_attempts[0].progress.set(BrowserProgress(strangers=2))
    await settle()
    assert browser.state.strangers == 2
    browser.cancel()
    await settle()
    session.browser_attempts[0].progress.set(BrowserProgress(strangers=3))
    await settle()
    assert browser.state.strangers == 0


async def test_that_a_code_arrived_is_told(browser: BrowserSignInPresenter, session: FakeSession) -> None:
    browser.begin("sso")
    await settle()
    session.browser_attempts[0].progress.set(BrowserProgress(arrived=True))
    await settle()
    assert browser.state.finishing
    browser.paste("another")
    assert session.browser_attempts[0].pasted == []


async def test_a_second_factor_goes_on_in_the_form(
    browser: BrowserSignInPresenter, login: LoginPresenter, session: FakeSession
) -> None:
    browser.begin("sso")
    await settle()
    session.browser_attempts[0].end.set_result(MfaRequired(challenge=Challenge(token="t", methods=("totp",))))
    await settle()
    assert not browser.state.waiting
    assert login.sign_in_state.code_wanted
    login.answer("123456")
    await settle()
    assert session.codes == ["123456"]
