"""The notifications centre in the window: list, filter, muting, the way to the thing."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QPushButton, QWidget

from console.model.errors import ConnectionLost
from console.model.freshness import Observed
from console.model.health import HealthStatus
from console.model.notice import Notice, Severity
from console.model.noticed import Entry
from console.presenters.health import HealthPresenter
from console.presenters.notice_rows import Group
from console.services.ports import Told
from console.views.health.view import HealthView
from console.views.notices.view import NoticesView
from console.views.widgets.label import PlainLabel
from tests.presenters.fake_directory import FakeDirectory, FakeSession, profile
from tests.presenters.fake_session import NOON, service, snapshot
from tests.views.shell_window import desk, until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.views.theme import ThemeProvider
    from tests.views.shell_window import Desk

MARKUP = "<b>search</b> is <img src='http://127.0.0.1/x'> slow"


def notice(id_: str, minutes: float = 0, **fields: Any) -> Notice:
    at = NOON - timedelta(minutes=minutes)
    return Notice(id=id_, at=at, **{"title": f"notice {id_}", "source": "orders", **fields})


def say(session: FakeSession, notices: Sequence[Notice]) -> None:
    session.telemetry.notices.set(Told(Observed(value=tuple(notices), observed_at=NOON)))


@pytest.fixture
def directory() -> FakeDirectory:
    directory = FakeDirectory(profile("one"), profile("two"))
    for session in directory.sessions.values():
        session.go_live()
        session.monitor.health.set(snapshot([service("7", "orders"), service("8", "search")]))
    return directory


async def opened(desk: Desk, rows: int) -> NoticesView:
    desk.window.go("notices")
    view = desk.find(NoticesView, "notices.view")
    await until(lambda: view.list.model().rowCount() == rows)
    return view


def rail_count(desk: Desk) -> str:
    return desk.find(QWidget, "nav.notices").accessibleName()


async def test_the_rail_counts_and_the_list_groups(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        say(directory.session("one"), [notice("a", 1), notice("b", 2, source="search", title=MARKUP)])
        say(directory.session("two"), [notice("c", 3), notice("d", 4, title="notice c"), notice("e", 60, read=True)])
        await until(lambda: "3 unread" in rail_count(window))
        view = await opened(window, 3 + 4)
        rows = view.presenter.model.rows
        groups = [(row.gateway, row.source, row.count) for row in rows if isinstance(row, Group)]
        assert groups == [("one", "orders", 1), ("one", "search", 1), ("two", "orders", 2)]
        assert "2 times, last" in view.presenter.model.index(5).data()
        view.list.setCurrentIndex(view.presenter.model.index(3))
        title = window.find(PlainLabel, "notices.detail.title")
        assert title.text() == MARKUP
        assert title.textFormat() is Qt.TextFormat.PlainText
        QTest.keyClick(view.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert MARKUP in QGuiApplication.clipboard().text()
        assert "2026-03-14T11:58:00+00:00" in QGuiApplication.clipboard().text()
        view.grab()
        window.find(QPushButton, "notices.detail.close").click()
        assert not window.shown("notices.detail")


async def test_each_filter_narrows_and_clearing_them_shows_all(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        say(directory.session("one"), [notice("a", 1, severity=Severity.CRITICAL), notice("b", 30, read=True)])
        say(directory.session("two"), [notice("c", 3, severity=Severity.WARNING, text="disk of node 4")])
        view = await opened(window, 5)

        def shown() -> list[str]:
            return [row.id for row in view.presenter.model.rows if isinstance(row, Entry)]

        window.find(QLineEdit, "notices.filter").setText("NODE disk")
        assert shown() == ["c"]
        window.find(QLineEdit, "notices.filter").setText("nothing like it")
        assert window.shown("notices.face")
        window.find(QPushButton, "notices.face.act").click()
        assert shown() == ["a", "b", "c"]
        gateways = window.find(QComboBox, "notices.gateway")
        gateways.setCurrentIndex(gateways.findData("two"))
        gateways.activated.emit(gateways.currentIndex())
        assert shown() == ["c"]
        view.header.clear()
        severities = window.find(QComboBox, "notices.severity")
        severities.setCurrentIndex(2)
        severities.activated.emit(2)
        assert shown() == ["a"]
        view.header.clear()
        window.find(QPushButton, "notices.unread.only").click()
        assert shown() == ["a", "c"]
        window.find(QPushButton, "notices.read.all").click()
        await until(lambda: shown() == [])
        assert window.find(PlainLabel, "notices.face.headline").text() == "Everything is read"
        assert directory.session("one").telemetry.read == ["a"]
        assert "unread" not in rail_count(window)


async def test_a_failure_to_mark_is_told_and_taken_back(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    directory.session("one").telemetry.fail = ConnectionLost("cut")
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        say(directory.session("one"), [notice("a")])
        view = await opened(window, 2)
        view.presenter.mark_all_read()
        await until(lambda: bool(window.errors))
        assert view.presenter.state.unread == 1
        window.errors.clear()


async def test_muting_greys_and_is_kept_until_it_is_stopped(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        say(directory.session("one"), [notice("a"), notice("b", 1, source="search")])
        view = await opened(window, 4)
        view.list.setCurrentIndex(view.presenter.model.index(1))
        menu = window.find(QPushButton, "notices.mute").menu()
        menu.aboutToShow.emit()
        parts = [action.text() for action in menu.actions()]
        assert parts == ["Mute one · orders", "Mute one"]
        submenu = menu.actions()[0].menu()
        assert isinstance(submenu, QMenu)
        assert [action.text() for action in submenu.actions()] == ["For 1 hour", "Until tomorrow, 8:00", "For good"]
        submenu.actions()[2].trigger()
        await until(lambda: view.presenter.state.muted_unread == 1)
        assert "1 unread" in rail_count(window)
        assert "orders = true" in window.settings_file.read_text(encoding="utf-8")
        assert view.presenter.model.rows[0].muted
        assert "muted" in window.find(PlainLabel, "notices.notes").text()
        view.grab()
        muted = window.find(QPushButton, "notices.muted").menu()
        muted.aboutToShow.emit()
        muted.actions()[0].trigger()
        await until(lambda: view.presenter.state.unread == 2)
        assert not window.shown("notices.muted")


async def test_show_and_enter_lead_to_the_service(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        say(directory.session("two"), [notice("a", source="SEARCH"), notice("b", 20, source="nobody")])
        view = await opened(window, 4)
        led: list[str] = []
        monkeypatch.setattr(HealthPresenter, "open_detail", lambda _self, id_: led.append(id_))
        view.list.setCurrentIndex(view.presenter.model.index(1))
        QTest.keyClick(view.list, Qt.Key.Key_Return)
        await until(lambda: window.shown("health.view"))
        assert window.shell.state.current == "two"
        assert led == ["8"]
        await until(lambda: directory.session("two").telemetry.read == ["a"])
        window.window.go("notices")
        view.list.setCurrentIndex(view.presenter.model.index(3))
        window.find(QPushButton, "notices.show").click()
        assert window.shown("health.view")  # of the gateway: there is no such service
        assert led == ["8"]


async def test_health_opens_the_service_it_is_led_to(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        window.window.show_service("two", "8")
        view = window.find(HealthView, "health.view")
        await until(lambda: window.shown("health.detail"))
        assert view.grid.currentIndex().isValid()
        # Loaded on a thread: one that outlives the window is no part of this.
        await until(lambda: "console.views.widgets.chart" in sys.modules)


async def test_what_is_chosen_stays_while_others_come(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        many = [notice(str(number), 100 + number * 20, source=f"s{number % 7}") for number in range(60)]
        say(directory.session("one"), many)
        view = await opened(window, 67)
        view.list.setCurrentIndex(view.presenter.model.index(31))
        chosen = view.presenter.state.chosen
        assert isinstance(chosen, Entry)
        top = view.list.visualRect(view.list.currentIndex()).top()
        say(directory.session("one"), [*many, notice("new", 1, source="newer"), notice("newest", 0, source="newest")])
        await until(lambda: view.list.model().rowCount() == 71)
        assert view.presenter.state.chosen == chosen
        assert view.list.currentIndex().row() == 35
        assert view.list.visualRect(view.list.currentIndex()).top() == top


async def test_empty_reading_and_old_are_said(directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        directory.session("one").telemetry.notices.set(Told())
        await opened(window, 0)
        await until(lambda: window.find(PlainLabel, "notices.face.headline").text() == "Reading notifications")
        directory.session("one").telemetry.notices.set(Told(None, ConnectionLost("cut")))
        await until(lambda: window.find(PlainLabel, "notices.face.headline").text() == "No notifications")
        notes = window.find(PlainLabel, "notices.notes")
        await until(lambda: "one: none could be read." in notes.text())
        assert "two: no list to read, only what is pushed" in notes.text()
        said: tuple[Notice, ...] = (notice("a"),)
        old = Told(Observed(value=said, observed_at=NOON - timedelta(hours=2)), ConnectionLost("cut"))
        directory.session("one").telemetry.notices.set(old)
        await until(lambda: "one: as of 2 h ago." in notes.text())


async def test_ten_thousand_entries_are_shown_and_filtered(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        window.centre._limit = 20_000  # noqa: SLF001  (the program's own limit is lower)
        say(directory.session("one"), [notice(str(n), n, source=f"s{n % 50}") for n in range(10_000)])
        view = await opened(window, 10_050)
        view.grab()
        window.find(QLineEdit, "notices.filter").setText("9999")
        assert view.list.model().rowCount() == 2
        view.list.scrollToBottom()


async def test_a_service_that_turns_bad_is_listed_as_open(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        view = await opened(window, 0)
        await until(lambda: len(window.centre.noticed.value.reach) == 2)
        bad = [service("7", "orders", HealthStatus.UNHEALTHY), service("8", "search")]
        directory.session("one").monitor.health.set(snapshot(bad))
        await until(lambda: view.list.model().rowCount() == 2)
        assert "orders turned unhealthy" in view.presenter.model.index(1).data()
        assert "open" in view.presenter.model.index(1).data()
