"""Signing in, and adding a gateway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.model.errors import (
    ChallengeExpired,
    ConnectFailed,
    MfaRequired,
    NotAGateway,
    ProfileError,
    Unauthorized,
    WrongCode,
)
from console.model.identity import Challenge
from console.presenters.login import AddState, LoginPresenter, SignInState
from tests.presenters.fake_directory import FakeDirectory, profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory(profile("kong-prod"))


@pytest.fixture
async def login(directory: FakeDirectory) -> AsyncIterator[LoginPresenter]:
    def fail(what: str, error: Exception) -> None:
        raise AssertionError(what) from error

    presenter = LoginPresenter(directory, fail)
    yield presenter
    await presenter.stop()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("username", "password", "field"), [("", "x", "username"), ("a@b.c", "", "password")])
async def test_an_empty_field_is_said_under_it(
    login: LoginPresenter, directory: FakeDirectory, username: str, password: str, field: str
) -> None:
    login.sign_in("kong-prod", username, password)
    assert login.sign_in_state.problem is not None
    assert login.sign_in_state.problem.field == field
    assert directory.session("kong-prod").attempts == []


async def test_a_sign_in_that_works_counts(login: LoginPresenter, directory: FakeDirectory) -> None:
    login.sign_in("kong-prod", " ada@example.org ", "right horse")
    await settle()
    assert login.sign_in_state == SignInState(succeeded=1)
    assert directory.session("kong-prod").attempts[0].username == "ada@example.org"


async def test_a_double_click_is_one_submit(login: LoginPresenter, directory: FakeDirectory) -> None:
    session = directory.session("kong-prod")
    session.gate.clear()
    for _ in range(2):
        login.sign_in("kong-prod", "ada@example.org", "right horse")
    await settle()
    assert login.sign_in_state.busy
    session.gate.set()
    await settle()
    assert len(session.attempts) == 1


async def test_a_wrong_password_is_said_under_the_password(login: LoginPresenter, directory: FakeDirectory) -> None:
    directory.session("kong-prod").refusal = Unauthorized("no", route="POST /auth/login", request_id="r-7")
    login.sign_in("kong-prod", "ada@example.org", "wrong horse")
    await settle()
    problem = login.sign_in_state.problem
    assert problem is not None
    assert (problem.field, problem.request_id) == ("password", "r-7")
    assert not login.sign_in_state.busy


async def test_no_state_and_no_repr_holds_the_password(login: LoginPresenter, directory: FakeDirectory) -> None:
    seen: list[object] = []
    login.sign_in_changed.connect(seen.append)
    directory.session("kong-prod").refusal = Unauthorized("no", route="POST /auth/login")
    login.sign_in("kong-prod", "ada@example.org", "correct-battery")
    await settle()
    assert len(seen) == 2
    assert "correct-battery" not in repr(seen)
    assert "correct-battery" not in repr(directory.session("kong-prod").attempts)


async def test_cancelling_gives_the_form_back(login: LoginPresenter, directory: FakeDirectory) -> None:
    directory.session("kong-prod").gate.clear()
    login.sign_in("kong-prod", "ada@example.org", "right horse")
    await settle()
    login.cancel_sign_in()
    await settle()
    assert login.sign_in_state == SignInState()


async def test_discovery_proposes_and_adds(login: LoginPresenter, directory: FakeDirectory) -> None:
    added: list[str] = []
    login.added.connect(added.append)
    login.discover("http://127.0.0.1:8000")
    await settle()
    state = login.add_state
    assert [proposal.platform for proposal in state.proposals] == ["kong", "dotmac"]
    assert [ok for _text, ok in state.layers] == [True, True]
    assert state.name == "127.0.0.1:8000"
    login.add(name=" edge ", platform="kong", label=" lab ", production=True, read_only=False)
    await settle()
    assert added == ["edge"]
    kept = directory.profiles.value[-1]
    assert (kept.name, kept.url, kept.label, kept.production) == ("edge", "http://127.0.0.1:8000", "lab", True)


async def test_a_web_page_is_no_gateway(login: LoginPresenter, directory: FakeDirectory) -> None:
    directory.problem = NotAGateway("it answers with a web page", content_type="text/html")
    login.discover("http://127.0.0.1:8000/portal")
    await settle()
    assert login.add_state.proposals == ()
    assert login.add_state.problem is not None
    assert login.add_state.problem.field == "url"
    assert [ok for _text, ok in login.add_state.layers] == [True, False]


@pytest.mark.parametrize("typed", ["", "file:///etc/passwd", "http://user:secret@127.0.0.1/"])
async def test_what_is_no_address_is_said_under_it(login: LoginPresenter, typed: str) -> None:  # fault 118
    login.discover(typed)
    await settle()
    assert login.add_state.problem is not None
    assert login.add_state.problem.field == "url"
    assert "secret" not in repr(login.add_state)


async def test_a_taken_name_keeps_what_was_found(login: LoginPresenter) -> None:
    login.discover("http://127.0.0.1:8000")
    await settle()
    login.add(name="kong-prod", platform="kong", label="", production=False, read_only=False)
    await settle()
    assert login.add_state.problem is not None
    assert login.add_state.problem.field == "name"
    assert login.add_state.proposals


async def test_the_newest_address_wins(login: LoginPresenter, directory: FakeDirectory) -> None:
    directory.problem = ConnectFailed("", reason="refused")
    login.discover("http://127.0.0.1:1")
    directory.problem = None
    login.discover("http://127.0.0.1:8001")
    await settle()
    assert login.add_state.name == "127.0.0.1:8001"
    login.begin_add()
    assert login.add_state == AddState()


def test_an_unknown_profile_is_an_error_of_the_tree(directory: FakeDirectory) -> None:
    with pytest.raises(ProfileError):
        directory.session("nobody")


async def challenged(login: LoginPresenter, directory: FakeDirectory) -> None:
    directory.session("kong-prod").refusal = MfaRequired(challenge=Challenge(token="canary", methods=("totp",)))
    login.sign_in("kong-prod", "ada@example.org", "right horse")
    await settle()


async def test_a_second_factor_is_asked_for_and_spaces_are_no_part_of_it(
    login: LoginPresenter, directory: FakeDirectory
) -> None:
    await challenged(login, directory)
    assert login.sign_in_state == SignInState(code_wanted=True, methods=("totp",))
    assert "canary" not in repr(login.sign_in_state)
    login.answer("  ")
    assert login.sign_in_state.problem is not None
    assert login.sign_in_state.problem.field == "code"
    login.answer(" 123 456 ")
    await settle()
    assert directory.session("kong-prod").codes == ["123456"]
    assert login.sign_in_state == SignInState(methods=("totp",), succeeded=1)


async def test_a_wrong_code_says_what_is_left(login: LoginPresenter, directory: FakeDirectory) -> None:  # fault 26
    await challenged(login, directory)
    directory.session("kong-prod").code_refusal = WrongCode("no", attempts_left=2)
    login.answer("123456")
    await settle()
    state = login.sign_in_state
    assert (state.code_wanted, state.refused_codes) == (True, 1)
    assert state.problem is not None
    assert "2 attempts are left" in state.problem.text
    assert directory.session("kong-prod").codes == ["123456"]  # not tried again by itself


async def test_a_challenge_that_is_over_begins_anew(
    login: LoginPresenter, directory: FakeDirectory
) -> None:  # fault 26
    await challenged(login, directory)
    directory.session("kong-prod").code_refusal = ChallengeExpired()
    login.answer("123456")
    await settle()
    assert not login.sign_in_state.code_wanted
    assert login.sign_in_state.problem is not None
    login.answer("123456")
    await settle()
    assert directory.session("kong-prod").codes == ["123456"]


@pytest.mark.parametrize("give_up", [LoginPresenter.cancel_sign_in, LoginPresenter.begin_sign_in])
async def test_giving_up_forgets_the_challenge(
    login: LoginPresenter, directory: FakeDirectory, give_up: Callable[[LoginPresenter], None]
) -> None:
    await challenged(login, directory)
    give_up(login)
    assert not login.sign_in_state.code_wanted
    login.answer("123456")
    await settle()
    assert directory.session("kong-prod").codes == []
