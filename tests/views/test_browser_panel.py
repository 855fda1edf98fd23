"""Signing in through a browser, in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason, Provider
from console.views.clipboard import secret_clipboard
from console.views.login.web_page import open_web_page
from tests.presenters.fake_directory import FakeDirectory, FakeSession, profile
from tests.views.shell_window import Desk, desk, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from console.views.theme import ThemeProvider

ODD = Provider(id="odd", title="<b>R&D</b> \N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 100)


class Opened(QObject):
    """Stands in for the system's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.urls.append(url.toString())


@pytest.fixture
def opened(qapp: object) -> Iterator[Opened]:
    handler = Opened()
    for scheme in ("https", "file", "smb"):
        QDesktopServices.setUrlHandler(scheme, handler, "open")  # type: ignore[arg-type]  # the stub wants bytes, Qt a name
    yield handler
    for scheme in ("https", "file", "smb"):
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.fixture
async def session(directory: FakeDirectory) -> FakeSession:
    return directory.session("kong-prod")


@pytest.fixture
def directory() -> FakeDirectory:
    made = FakeDirectory(profile("kong-prod"))
    made.session("kong-prod").offered = (Provider(id="sso", title="Single sign-on"), ODD)
    return made


@pytest.fixture
async def at_desk(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path, opened: Opened
) -> AsyncIterator[Desk]:
    async with desk(directory, themes, tmp_path / "window.ini") as one:
        await until(lambda: one.shown("login.oauth.sso"))
        yield one
        assert one.errors == []


async def begun(at_desk: Desk) -> Desk:
    at_desk.find(QPushButton, "login.oauth.sso").click()
    await until(lambda: at_desk.shown("login.oauth.url"))
    return at_desk


async def test_a_button_for_everybody_who_vouches(at_desk: Desk) -> None:
    odd = at_desk.find(QPushButton, "login.oauth.odd").text()
    assert odd.startswith("Sign in with <b>R&&D</b> \N{REPLACEMENT CHARACTER}")
    assert len(odd) < 80


async def test_nothing_is_shown_where_nobody_vouches(themes: ThemeProvider, tmp_path: Path, opened: Opened) -> None:
    async with desk(FakeDirectory(profile("plain")), themes, tmp_path / "window.ini") as one:
        await until(lambda: one.shown("login.username"))
        assert not one.shown("login.oauth")


async def test_the_browser_is_opened_and_the_window_goes_on_by_itself(
    at_desk: Desk, session: FakeSession, opened: Opened
) -> None:
    await begun(at_desk)
    assert opened.urls == ["https://sso.example/sso?state=s"]
    assert "Waiting" in at_desk.find(QLabel, "login.oauth.title").text()
    assert "sso.example" in at_desk.find(QLabel, "login.oauth.where").text()
    assert not at_desk.shown("login.username")
    session.browser_attempts[0].end.set_result(None)
    await until(lambda: not at_desk.shown("login"))


async def test_the_address_can_be_copied(at_desk: Desk, session: FakeSession) -> None:  # fault 25
    await begun(at_desk)
    address = at_desk.find(QLineEdit, "login.oauth.url")
    assert address.isReadOnly()
    assert address.text() == session.browser_attempts[0].url
    at_desk.find(QPushButton, "login.oauth.copy").click()
    assert QGuiApplication.clipboard().text() == address.text()
    assert QGuiApplication.clipboard().mimeData().hasFormat("x-kde-passwordManagerHint")
    secret_clipboard().clear()  # as when its time is up
    assert QGuiApplication.clipboard().text() == ""
    address.selectAll()
    copy = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    QApplication.sendEvent(address, copy)
    assert QGuiApplication.clipboard().text() == address.text()
    secret_clipboard().clear()
    assert QGuiApplication.clipboard().text() == "", "also where it was copied by hand"


async def test_that_no_browser_opens_is_said(at_desk: Desk, session: FakeSession) -> None:  # fault 25
    at_desk.login.browser.open_url = lambda _url: False
    await begun(at_desk)
    await until(lambda: at_desk.shown("login.oauth.notice"))
    assert "No browser could be opened" in at_desk.find(QLabel, "login.oauth.notice").text()
    at_desk.find(QPushButton, "login.oauth.cancel").click()
    await until(lambda: session.browser_attempts[0].left)


async def test_cancelling_brings_the_form_back(at_desk: Desk, session: FakeSession) -> None:  # fault 15
    await begun(at_desk)
    assert at_desk.focus() == "login.oauth.cancel"
    at_desk.find(QPushButton, "login.oauth.cancel").click()
    await until(lambda: at_desk.shown("login.username"))
    assert not at_desk.shown("login.oauth.waiting")
    assert at_desk.focus() == "login.username"
    await until(lambda: session.browser_attempts[0].left)


async def test_a_code_is_pasted_and_forgotten(at_desk: Desk, session: FakeSession) -> None:
    await begun(at_desk)
    assert not at_desk.shown("login.oauth.code")
    at_desk.find(QPushButton, "login.oauth.paste").click()
    await until(lambda: at_desk.shown("login.oauth.code"))
    assert at_desk.focus() == "login.oauth.code"
    code = at_desk.find(QLineEdit, "login.oauth.code")
    (attempt,) = session.browser_attempts
    attempt.paste_refusal = BrowserSignInFailed(reason=BrowserSignInReason.MALFORMED)
    code.setText("not a code")
    at_desk.find(QPushButton, "login.oauth.submit").click()
    assert "holds no code" in at_desk.find(QLabel, "login.oauth.code.error").text()
    attempt.paste_refusal = None
    code.setText("canary-code")
    at_desk.find(QPushButton, "login.oauth.submit").click()
    assert attempt.pasted == ["canary-code"]
    attempt.end.set_result(BrowserSignInFailed(reason=BrowserSignInReason.TIMED_OUT))
    await until(lambda: at_desk.shown("login.oauth.error"))
    assert code.text() == ""


async def test_why_it_failed_stands_at_the_buttons_as_plain_text(
    at_desk: Desk, session: FakeSession
) -> None:  # fault 16
    await begun(at_desk)
    session.browser_attempts[0].end.set_result(BrowserSignInFailed("<img src=x>", reason=BrowserSignInReason.DENIED))
    await until(lambda: at_desk.shown("login.oauth.error"))
    assert "<img src=x>" in at_desk.find(QLabel, "login.oauth.error").text()
    assert at_desk.shown("login.oauth.sso")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "smb://host/x",
        "javascript:alert(1)",
        "//host/x",
        "https://",
        "https:///x",
        "sso.example",
    ],
)
async def test_nothing_but_web_pages_is_opened(opened: Opened, url: str) -> None:  # fault 117
    assert not open_web_page(url)
    assert opened.urls == []
