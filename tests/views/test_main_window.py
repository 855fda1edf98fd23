"""The whole window: what it shows when, by keyboard, at odd sizes, with odd names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPushButton, QWidget

from console.model.connection import Facts, Phase, tell
from console.model.errors import MfaRequired, Unauthorized, WrongCode
from console.model.identity import Challenge
from console.views.actions import Command
from console.views.opening import FORMER_THEME_KEY, former_theme, kept_theme
from console.views.theme import Choice
from console.views.widgets.label import LinkLabel
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.presenters.fake_session import NOON, service, snapshot
from tests.views.shell_window import Desk, desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

HTML = "<img src=x><b>bold</b>"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


async def sign_in(at: Desk, username: str, password: str) -> None:
    at.find(QLineEdit, "login.username").setText(username)
    line = at.find(QLineEdit, "login.password")
    line.setText(password)
    QTest.keyClick(line, Qt.Key.Key_Return)


async def test_the_first_run_asks_for_a_gateway(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        assert at.focus() == "login.url"
        assert not at.shown("login.username")
        assert at.find(QLabel, "status.story").text() == "No gateway chosen."
        assert not at.find(QAbstractButton, "nav.health").isEnabled()


async def test_from_an_address_to_the_live_view_by_keyboard(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory()
    async with desk(directory, themes, settings) as at:
        url = at.find(QLineEdit, "login.url")
        QTest.keyClicks(url, "127.0.0.1:8000")
        QTest.keyClick(url, Qt.Key.Key_Return)
        await until(lambda: at.shown("login.platform"))
        assert at.focus() == "login.name"
        assert at.find(QComboBox, "login.platform").currentData() == "kong"
        name = at.find(QLineEdit, "login.name")
        name.selectAll()
        QTest.keyClicks(name, "edge")
        QTest.keyClick(name, Qt.Key.Key_Return)
        await until(lambda: at.shown("login.username"))
        assert at.focus() == "login.username"
        await sign_in(at, "ada@example.org", "right horse")
        await until(lambda: at.shown("health.view"))
        assert at.shell.state.phase is Phase.LIVE
        assert at.window.windowTitle() == "edge — Gatewatch"
        assert not at.shown("login.username")


async def test_a_wrong_password_keeps_the_form_and_a_right_one_empties_it(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    session = directory.session("one")
    session.refusal = Unauthorized("no", route="POST /auth/login", request_id="r-7")
    async with desk(directory, themes, settings) as at:
        assert at.focus() == "login.password"
        await sign_in(at, "ada@example.org", "wrong horse")
        await until(lambda: at.shown("login.password.error"))
        said = at.find(QLabel, "login.password.error").text()
        assert "does not accept" in said
        assert "r-7" in said
        line = at.find(QLineEdit, "login.password")
        assert line.hasSelectedText()
        assert line.echoMode() is QLineEdit.EchoMode.Password
        assert at.focus() == "login.password"
        session.refusal = None
        await sign_in(at, "ada@example.org", "right horse")
        await until(lambda: at.shown("health.view"))
        assert line.text() == ""


async def test_a_second_factor_is_typed_in_the_place_of_the_password(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    session = directory.session("one")
    session.refusal = MfaRequired(challenge=Challenge(token="t", methods=("totp",)))
    session.code_refusal = WrongCode("no", attempts_left=1)
    async with desk(directory, themes, settings) as at:
        await sign_in(at, "ada@example.org", "right horse")
        await until(lambda: at.shown("login.code"))
        assert at.focus() == "login.code"
        assert not at.shown("login.password")
        assert "authenticator" in at.find(QLabel, "login.code.hint").text()
        code = at.find(QLineEdit, "login.code")
        QTest.keyClicks(code, "123456")
        QTest.keyClick(code, Qt.Key.Key_Return)
        await until(lambda: at.shown("login.code.error"))
        assert "One attempt is left" in at.find(QLabel, "login.code.error").text()
        assert code.text() == ""
        assert at.focus() == "login.code"
        at.find(QPushButton, "login.cancel").click()
        await until(lambda: at.shown("login.password"))
        await sign_in(at, "ada@example.org", "right horse")
        await until(lambda: at.shown("login.code"))
        session.code_refusal = None
        QTest.keyClicks(code, "654321")
        QTest.keyClick(code, Qt.Key.Key_Return)
        await until(lambda: at.shown("health.view"))
        assert session.codes == ["123456", "654321"]


async def test_a_refused_session_comes_back_to_the_form_with_its_reason(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one", username="ada@example.org"))
    session = directory.session("one")
    session.monitor.health.set(snapshot([service("1")]))
    session.go_live()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("health.view"))
        session.connection.set(tell(Facts(signed_in=True, refused=True, refusal="token revoked")))
        await until(lambda: at.shown("login.reason"))
        assert "token revoked" in at.find(QLabel, "login.reason").text()
        assert at.find(QLineEdit, "login.username").text() == "ada@example.org"
        at.find(QPushButton, "login.record").click()
        await until(lambda: at.shown("health.view"))
        at.find(QPushButton, "status.act").click()
        await until(lambda: at.shown("login.username"))


async def test_caps_lock_is_noticed_by_what_it_does(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        line = at.find(QLineEdit, "login.password")
        QTest.keyClicks(line, "A")
        assert at.shown("login.password.hint")
        QTest.keyClicks(line, "a")
        assert not at.shown("login.password.hint")


def edge(at: Desk) -> QColor:
    """The colour of the window's left edge."""
    return at.window.grab().toImage().pixelColor(1, at.window.height() // 2)


async def test_production_and_sandbox_are_said_in_words(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("prod", production=True, label="eu"), profile("demo", sandbox=True))
    async with desk(directory, themes, settings) as at:
        await until(lambda: "PRODUCTION" in at.window.windowTitle())
        assert at.shown("status.production")
        await until(lambda: edge(at) == themes.current.label_colour("eu"))
        at.shell.choose("demo")
        assert at.window.windowTitle() == "demo — Gatewatch"
        assert at.shown("banner.sandbox")
        assert not at.shown("status.production")


async def test_plain_http_beyond_this_machine_is_said_all_the_time(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("far", url="http://gateway.example:8000"), profile("near"))
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.where"))
        assert "plain http" in at.find(QLabel, "login.where").text()
        directory.session("far").go_live()
        await until(lambda: at.shown("health.view"))
        assert at.shown("status.unprotected")
        at.shell.choose("near")
        assert not at.shown("status.unprotected")


async def test_what_was_typed_on_one_gateway_is_not_shown_on_another(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"), profile("two"))
    async with desk(directory, themes, settings) as at:
        at.find(QLineEdit, "login.password").setText("for one")
        at.shell.choose("two")
        assert at.find(QLineEdit, "login.password").text() == ""


async def test_the_story_opens_from_the_status_bar(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.connection.set(tell(Facts(signed_in=True, failing_since=NOON, error="connection refused")))
    async with desk(directory, themes, settings) as at:
        await until(lambda: "unreachable" in at.find(QLabel, "status.story").text().lower())
        story = at.find(LinkLabel, "status.story")
        story.setFocus()
        QTest.keyClick(story, Qt.Key.Key_Space)
        assert at.shown("connection")
        at.find(QPushButton, "connection.try").click()
        assert session.tried == 1
        texts = " ".join(label.text() for label in at.window.findChildren(QLabel) if label.isVisible())
        assert "connection refused" in texts
        QTest.keyClick(at.find(QPushButton, "connection.close"), Qt.Key.Key_Escape)
        assert not at.shown("connection")
        assert at.focus() == "status.story"


@pytest.mark.expects_logs
async def test_every_command_can_fail_and_the_window_lives(  # fault 6
    themes: ThemeProvider, settings: Path
) -> None:
    def bug() -> None:
        raise ZeroDivisionError

    async with desk(FakeDirectory(profile("one")), themes, settings) as at:
        registry = at.window.actions_registry
        commands = registry.all()
        assert len({command.id for command in commands}) == len(commands) >= 12
        for command in commands:
            registry.remove(command.id)
            registry.add(Command(id=command.id, text=command.text, handler=bug))
            registry.run(command.id)
            assert f"{command.text}” failed" in _banners(at)[-1]
        assert at.window.isVisible()
        assert len(_banners(at)) <= 5


def _banners(at: Desk) -> list[str]:
    return [label.text() for label in at.window.banners.findChildren(QLabel) if label.isVisible()]


async def test_a_banner_is_put_away_and_said_once(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        for _ in range(2):
            at.window.tell(HTML)
        assert _banners(at) == [HTML]
        at.find(QPushButton, "banner.1.dismiss").click()
        await until(lambda: _banners(at) == [])
        for number in range(9):
            at.window.tell(f"notice {number}")
        assert _banners(at) == [f"notice {number}" for number in range(5, 9)]


async def test_every_label_shows_a_servers_text_literally(themes: ThemeProvider, settings: Path) -> None:  # fault 115
    directory = FakeDirectory(profile(HTML, label=HTML), profile("rtl \u202egnp.exe"))
    session = directory.session(HTML)
    session.connection.set(tell(Facts(signed_in=True, refused=True, refusal=HTML)))
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("login.reason"))
        at.window.tell(HTML)
        at.window.open_story()
        for label in at.window.findChildren(QLabel):
            assert label.textFormat() is Qt.TextFormat.PlainText, label.objectName()
            assert "\u202e" not in label.text()
        for widget in at.window.findChildren(QWidget):
            tip = widget.toolTip()
            assert "<img" not in tip, widget.objectName()
            assert "<b>" not in tip, widget.objectName()


@pytest.mark.parametrize("choice", [Choice.LIGHT, Choice.DARK, Choice.HIGH_CONTRAST])
async def test_every_control_has_an_accessible_name(
    themes: ThemeProvider, settings: Path, choice: Choice
) -> None:  # fault 134
    themes.choose(choice)
    directory = FakeDirectory(profile("one"), profile("two"))
    async with desk(directory, themes, settings) as at:
        for page in ("one", ""):
            at.shell.choose(page)
            for narrow in (1240, 800):
                at.window.resize(narrow, 700)
                for widget in at.window.findChildren(QWidget):
                    if widget.focusPolicy() is Qt.FocusPolicy.NoFocus or not widget.isVisible():
                        continue
                    named = QAccessible.queryAccessibleInterface(widget)
                    assert named is not None
                    name = named.text(QAccessible.Text.Name)
                    assert name, f"{type(widget).__name__} {widget.objectName()} has no accessible name"


async def test_the_rail_gives_way_and_nothing_is_cut_at_the_smallest_size(
    themes: ThemeProvider, settings: Path
) -> None:
    directory = FakeDirectory(*(profile(f"gateway-with-a-long-name-{number}" * 2) for number in range(30)))
    async with desk(directory, themes, settings) as at:
        at.window.resize(1300, 800)
        wide = at.window.rail.width()
        at.window.resize(at.window.minimumSize())
        await until(lambda: at.window.rail.width() < wide)
        assert at.window.height() == at.window.minimumHeight()
        form = at.find(QWidget, "login.form")
        for widget in form.findChildren(QPushButton):
            if widget.isVisible():
                assert widget.width() >= widget.minimumSizeHint().width(), widget.objectName()
        assert at.find(QAbstractButton, "nav.health").isVisible()


async def test_a_chosen_theme_is_worn_at_the_next_start(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:
        at.window.actions_registry.run("theme.dark")
        assert themes.current.dark
        await until(lambda: kept_theme(at.settings_file) is Choice.DARK)
    at.settings_file.write_text("[appearance]\ntheme = 3\n")  # nobody looks at it any more but the next start
    assert kept_theme(at.settings_file) is None


async def test_a_theme_chosen_before_the_settings_held_it_is_taken_over(themes: ThemeProvider, settings: Path) -> None:
    memory = QSettings(str(settings), QSettings.Format.IniFormat)
    memory.setValue(FORMER_THEME_KEY, "dark")
    memory.sync()
    async with desk(FakeDirectory(), themes, settings) as at:
        await until(lambda: kept_theme(at.settings_file) is Choice.DARK)
        assert former_theme(at.window.memory) is None
    memory.setValue(FORMER_THEME_KEY, "no such theme")
    assert former_theme(memory) is None


async def test_splitters_are_kept_per_profile(themes: ThemeProvider, settings: Path) -> None:
    directory = FakeDirectory(profile("a/b"))
    directory.session("a/b").go_live()
    async with desk(directory, themes, settings) as at:
        await until(lambda: at.shown("health.view"))
        at.window.close()
    kept = QSettings(str(settings), QSettings.Format.IniFormat)
    assert isinstance(kept.value("health/splitter/a%2Fb"), QByteArray)


async def test_closing_the_window_asks_to_quit_and_hides_nothing(themes: ThemeProvider, settings: Path) -> None:
    async with desk(FakeDirectory(), themes, settings) as at:  # fault 3
        asked: list[bool] = []
        at.window.close_wanted.connect(lambda: asked.append(True))
        at.window.close()
        assert asked == [True]
        assert at.window.isVisible()
