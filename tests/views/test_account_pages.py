"""The account pages in the real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QLineEdit

from console.model.capability import Capability
from console.model.errors import RateLimited, Rejected
from console.model.tenancy import Standing
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import Desk, desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.model.account import Registration
    from console.model.errors import GatewatchError
    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


class FakeDesk:
    """Implements `AccountDesk`: notes what it is asked, and refuses what a test wants refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.refusal: GatewatchError | None = None

    async def register(self, wanted: Registration) -> None:
        await self._take("register", wanted.email)

    async def forgot(self, email: str) -> None:
        await self._take("forgot", email)

    async def reset(self, token: str, password: str) -> None:
        await self._take("reset", token, password)

    async def verify(self, token: str) -> None:
        await self._take("verify", token)

    async def resend(self, email: str) -> None:
        await self._take("resend", email)

    async def change_password(self, current: str, password: str) -> None:
        await self._take("change", current, password)

    async def _take(self, *asked: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(asked)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


@pytest.fixture
def accounts() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def directory(accounts: FakeDesk) -> FakeDirectory:
    made = FakeDirectory(profile("one", username="ada@example.org"))
    made.session("one").desk = accounts
    return made


def fill(at: Desk, **texts: str) -> None:
    for name, text in texts.items():
        at.find(QLineEdit, f"account.{name}").setText(text)


def press(at: Desk, name: str) -> None:
    at.find(QAbstractButton, f"account.{name}").click()


async def test_a_forgotten_password_is_replaced(
    themes: ThemeProvider, settings: Path, directory: FakeDirectory, accounts: FakeDesk
) -> None:
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("account.forgot"))
        press(at, "forgot")
        assert at.find(QLineEdit, "account.email").text() == "ada@example.org"
        assert not at.shown("login.username")
        press(at, "submit")
        await until(lambda: at.shown("account.token"))
        assert "If the address is known" in at.find(QLabel, "account.notice").text()
        fill(at, token=" c-1 ", password="new horse 1", again="new horse 2")
        press(at, "submit")
        assert at.shown("account.again.error")
        fill(at, again="new horse 1")
        press(at, "submit")
        await until(lambda: at.shown("login.username"))
        assert accounts.asked == [("forgot", "ada@example.org"), ("reset", "c-1", "new horse 1")]
        assert "changed" in at.find(QLabel, "account.done").text()
        assert at.login.accounts.state.fields == {}
        press(at, "forgot")
        press(at, "submit")
        await until(lambda: at.shown("account.token"))
        assert at.find(QLineEdit, "account.password").text() == "", "no secret waits for the next one"


async def test_an_account_is_asked_for_and_confirmed(
    themes: ThemeProvider, settings: Path, directory: FakeDirectory, accounts: FakeDesk
) -> None:
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("account.register"))
        press(at, "register")
        fill(at, first_name="Ada", last_name="", email="ada@example.org", password="horse", again="horse")
        press(at, "submit")
        assert at.shown("account.last_name.error")
        assert at.shown("account.terms.error")
        assert accounts.asked == []
        fill(at, last_name="Byron")
        at.find(QCheckBox, "account.terms").setChecked(True)
        accounts.refusal = Rejected("no", fields={"password": "Use at least <b>8</b> characters"}, status=422)
        press(at, "submit")
        await until(lambda: at.shown("account.password.error"))
        assert "<b>8</b>" in at.find(QLabel, "account.password.error").text()
        accounts.refusal = None
        press(at, "submit")
        await until(lambda: at.shown("account.resend"))
        finished = at.login.accounts.state.finished
        press(at, "resend")
        await until(lambda: at.login.accounts.state.finished > finished)
        fill(at, token="c-2")
        press(at, "submit")
        await until(lambda: at.shown("login.username"))
        assert accounts.asked == [
            ("register", "ada@example.org"),
            ("resend", "ada@example.org"),
            ("verify", "c-2"),
        ]


async def test_what_is_wrong_beyond_fields_is_said_and_another_gateway_shows_nothing_of_it(
    themes: ThemeProvider, settings: Path, directory: FakeDirectory, accounts: FakeDesk
) -> None:
    await directory.add(profile("two"))
    accounts.refusal = RateLimited(retry_after_s=30.0)
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("account.forgot"))
        press(at, "forgot")
        press(at, "submit")
        await until(lambda: at.shown("account.error"))
        assert "30 s" in at.find(QLabel, "account.error").text()
        at.shell.choose("two")
        await until(lambda: at.shown("login.username"))
        assert not at.shown("account.forgot"), "this gateway leaves accounts to others"


async def test_a_password_is_changed_over_the_window(
    themes: ThemeProvider, settings: Path, directory: FakeDirectory, accounts: FakeDesk
) -> None:
    session = directory.session("one")
    session.standing.set(Standing(offered=frozenset({Capability.CHANGE_PASSWORD, Capability.HEALTH})))
    async with desk(directory, themes, settings) as at:
        session.go_live()
        await until(lambda: at.shown("health.view"))
        at.window.actions_registry.run("password.change")
        await until(lambda: at.shown("account.current"))
        assert at.focus() == "account.current"
        fill(at, current="right horse", password="new horse 1", again="new horse 1")
        press(at, "submit")
        await until(lambda: "changed" in at.find(QLabel, "account.notice").text())
        assert accounts.asked == [("change", "right horse", "new horse 1")]
        assert at.find(QLineEdit, "account.current").text() == ""
        press(at, "back")
        await until(lambda: not at.shown("account.current"))


async def test_a_sign_in_that_is_not_to_be_kept(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    await directory.add(profile("two", keep_signed_in=False))
    async with desk(directory, themes, settings) as at:
        at.shell.choose("two")
        await until(lambda: not at.find(QCheckBox, "login.keep").isChecked())
        at.shell.choose("one")
        await until(lambda: at.find(QCheckBox, "login.keep").isChecked())
        keep = at.find(QCheckBox, "login.keep")
        assert keep.isChecked()
        keep.setChecked(False)
        at.find(QLineEdit, "login.password").setText("right horse")
        at.find(QAbstractButton, "login.submit").click()
        await until(lambda: at.shown("health.view"))
        assert [attempt.remember for attempt in directory.session("one").attempts] == [False]
