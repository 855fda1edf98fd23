"""Whose form it is: nothing typed or asked for one gateway goes to another, nothing secret waits in a field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLineEdit, QListWidget, QPushButton, QWidget

from console.model.capability import Capability
from console.model.errors import MfaRequired
from console.model.identity import Challenge, Tenant
from console.model.oauth import Provider
from console.model.tenancy import Standing
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import Desk, desk, until
from tests.views.test_account_pages import FakeDesk, fill, press

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

TWO = (Tenant(id="<b>north</b>", name="Northwind"), Tenant(id="contoso", name="Contoso"))


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


def password(at: Desk) -> QLineEdit:
    found = at.window.findChild(QLineEdit, "login.password")
    assert isinstance(found, QLineEdit)
    return found


def walk(at: Desk, key: Qt.Key, steps: int) -> Iterator[str]:
    """The names of what has the keyboard, before each press of the key."""
    for step in range(steps):
        yield at.focus()
        if step < steps - 1:
            QTest.keyClick(at.window.focusWidget() or at.window, key)


async def test_a_forgotten_password_is_asked_of_the_gateway_that_is_shown(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"), profile("two"))
    desks = {name: FakeDesk() for name in ("one", "two")}
    for name, accounts in desks.items():
        directory.session(name).desk = accounts
    directory.session("two").standing.set(Standing(offered=frozenset({Capability.CHANGE_PASSWORD, Capability.HEALTH})))
    directory.session("two").go_live()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("account.forgot"))
        at.shell.choose("two")
        await until(lambda: at.shown("health.view"))
        at.window.actions_registry.run("password.change")
        await until(lambda: at.shown("account.current"))
        press(at, "back")
        at.shell.choose("one")
        await until(lambda: at.shown("account.forgot"))
        press(at, "forgot")
        fill(at, email="ada@example.org")
        press(at, "submit")
        await until(lambda: any(accounts.asked for accounts in desks.values()))
        assert desks["two"].asked == []
        assert desks["one"].asked == [("forgot", "ada@example.org")]


async def test_a_page_that_is_left_keeps_no_password(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    directory.session("one").desk = FakeDesk()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("account.register"))
        press(at, "register")
        fill(at, first_name="Ada", password="new horse 1", again="new horse 1")
        press(at, "back")
        assert at.shown("login.username")
        press(at, "register")
        assert at.find(QLineEdit, "account.password").text() == ""
        assert at.find(QLineEdit, "account.again").text() == ""
        assert at.find(QLineEdit, "account.first_name").text() == "Ada"


async def test_the_terms_of_one_platform_are_not_those_of_another(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"), profile("two"))
    for name in ("one", "two"):
        directory.session(name).desk = FakeDesk()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("account.register"))
        press(at, "register")
        at.find(QCheckBox, "account.terms").setChecked(True)
        at.shell.choose("two")
        await until(lambda: at.shown("account.register"))
        press(at, "register")
        assert not at.find(QCheckBox, "account.terms").isChecked()


async def test_a_code_for_a_gateway_that_was_moved_is_not_sent_to_the_new_address(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    first = directory.session("one")
    first.refusal = MfaRequired(challenge=Challenge(token="c-1", methods=("totp",)))
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.password"))
        password(at).setText("right horse")
        at.find(QAbstractButton, "login.submit").click()
        await until(lambda: at.shown("login.code"))
        await directory.change(msgspec.structs.replace(first.profile, url="http://127.0.0.1:9999"))
        await until(lambda: not at.shown("login.code"))
        assert password(at).text() == "", "it was typed for another address"
        at.login.answer("123456")
        await asyncio.sleep(0)
        assert directory.session("one").codes == []


async def test_a_sign_in_is_not_cut_off_by_the_page_of_its_tenants(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    session = directory.session("one")
    session.gate.clear()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.password"))
        password(at).setText("right horse")
        at.find(QAbstractButton, "login.submit").click()
        await until(lambda: bool(session.attempts))
        session.standing.set(Standing(choices=TWO, wanted=True))
        session.go_live()  # its tokens are there; who signed in is still asked for
        await until(lambda: at.shown("tenant.list"))
        session.gate.set()
        await until(lambda: at.login.sign_in_state.succeeded == 1)
        assert password(at).text() == ""
        rows = at.find(QListWidget, "tenant.list")
        tip = QTextDocument()
        tip.setHtml(rows.item(0).toolTip())  # Qt takes what looks like markup for markup
        assert tip.toPlainText() == "<b>north</b>", "its markup is shown, not obeyed"


async def test_a_password_typed_before_the_browser_was_chosen_is_forgotten(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    session = directory.session("one")
    session.offered = (Provider(id="sso", title="Single sign-on"),)
    async with desk(directory, themes, settings) as at:
        at.login.browser.open_url = lambda _url: True
        await until(lambda: bool(at.login.browser.state.providers))
        at.login.browser.open_url = lambda _url: True
        password(at).setText("right horse")
        at.find(QCheckBox, "login.keep").setChecked(False)
        at.find(QPushButton, "login.oauth.sso").click()
        await until(lambda: bool(session.browser_attempts))
        assert session.browser_remember == [False], "the tick above the buttons holds for them too"
        session.browser_attempts[0].end.set_result(None)
        await until(lambda: at.shown("health.view"))
        assert password(at).text() == ""


async def test_a_view_that_is_chosen_twice_stays_marked(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.password"))
        health = at.find(QAbstractButton, "nav.health")
        health.click()
        assert not health.isChecked(), "the sign-in form is shown"
        directory.session("one").go_live()
        await until(lambda: at.shown("health.view"))
        health.click()
        assert health.isChecked()


async def test_the_tab_key_goes_down_the_window(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    directory.session("one").offered = (Provider(id="sso", title="Single sign-on"), Provider(id="b", title="B"))
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.oauth.sso"))
        at.find(QAbstractButton, "rail.gateway.one").setFocus()
        wanted = ["rail.gateway.one", "nav.health", "nav.diagnostics", "nav.documents", "nav.settings"]
        wanted += ["login.username", "login.password", "login.keep", "login.submit"]
        wanted += ["login.oauth.sso", "login.oauth.b", "login.remove"]
        assert list(walk(at, Qt.Key.Key_Tab, len(wanted))) == wanted
        assert list(walk(at, Qt.Key.Key_Backtab, len(wanted))) == list(reversed(wanted))
        at.find(QAbstractButton, "nav.overview").setFocus()
        QTest.keyClick(at.window, Qt.Key.Key_Backtab)
        assert at.focus() == "status.palette", "around, to the foot of the window"


async def test_the_tab_key_does_not_go_behind_a_sheet(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.password"))
        at.window.open_story()
        assert at.shown("connection")
        sheet = next(one for one in at.window.findChildren(QWidget, "connection") if one.isVisible())
        for _press in range(4):
            QTest.keyClick(at.window.focusWidget() or at.window, Qt.Key.Key_Tab)
            now = at.window.focusWidget()
            assert now is not None
            assert sheet.isAncestorOf(now)


async def test_a_probe_under_way_ends_when_the_way_to_reach_it_changes(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory()
    gate = asyncio.Event()
    discover = directory.discover

    async def slow(typed: str, options: object = None) -> object:
        await gate.wait()
        return await discover(typed)

    directory.discover = slow  # type: ignore[assignment,method-assign]
    async with desk(directory, themes, settings) as at:
        at.find(QLineEdit, "login.url").setText("http://127.0.0.1:8000")
        at.find(QAbstractButton, "login.probe").click()
        await until(lambda: at.login.add_state.busy)
        form = at.window.findChild(QWidget, "login.network")
        assert form is not None
        form.changed.emit()  # type: ignore[attr-defined]
        gate.set()
        await until(lambda: not at.login.add_state.busy)
        assert at.login.add_state.found is None, "it was found in another way"


async def test_the_admin_address_is_asked_for_where_the_platform_has_one(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory()
    async with desk(directory, themes, settings) as at:
        at.find(QLineEdit, "login.url").setText("http://127.0.0.1:8000")
        at.find(QAbstractButton, "login.probe").click()
        await until(lambda: at.shown("login.admin_url"))
        at.find(QLineEdit, "login.admin_url").setText("http://127.0.0.1:8445")
        platform = at.find(QComboBox, "login.platform")
        platform.setCurrentIndex(platform.findData("dotmac"))
        await until(lambda: not at.shown("login.admin_url"))
        platform.setCurrentIndex(platform.findData("kong"))
        await until(lambda: at.shown("login.admin_url"))
        at.find(QAbstractButton, "login.add.submit").click()
        await until(lambda: bool(directory.profiles.value))
        assert directory.profiles.value[0].admin_url == "http://127.0.0.1:8445"
