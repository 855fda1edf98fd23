"""All gateways at a glance, in the window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from console.model.connection import Facts, tell
from console.model.freshness import Observed
from console.model.health import HealthStatus, ServiceHealth
from console.model.notice import Notice
from console.model.noticed import Noticed
from console.presenters.overview_tiles import Tile, spoken, tiles, worst_text
from console.services.ports import Told
from console.views.overview.view import OverviewView
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.presenters.fake_session import NOON, service, snapshot
from tests.views.shell_window import desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider

BAD, SLOW, GOOD = HealthStatus.UNHEALTHY, HealthStatus.DEGRADED, HealthStatus.HEALTHY


def five() -> FakeDirectory:
    directory = FakeDirectory(
        profile("well"),
        profile("away"),
        profile("slow", label="eu-west"),
        profile("broken", production=True),
        profile("out"),
    )
    for name, statuses in (("well", [GOOD]), ("away", [GOOD]), ("slow", [SLOW, GOOD]), ("broken", [BAD, SLOW, BAD])):
        session = directory.session(name)
        session.go_live()
        session.monitor.health.set(
            snapshot([service(str(number), f"s{number}", status) for number, status in enumerate(statuses)])
        )
    directory.session("away").connection.set(tell(Facts(signed_in=True, failing_since=NOON)))
    old = service("0", "s0", at=NOON - timedelta(minutes=14))
    directory.session("away").monitor.health.set(snapshot([old], source_lost=True))
    return directory


async def test_the_worst_comes_first_and_each_says_how_it_does(themes: ThemeProvider, tmp_path: Path) -> None:
    directory = five()
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        window.window.go("overview")
        view = window.find(OverviewView, "overview.view")
        said: tuple[Notice, ...] = (Notice(id="a", at=NOON, title="x"),)
        told = Told(Observed(value=said, observed_at=NOON))
        directory.session("slow").telemetry.notices.set(told)
        await until(lambda: bool(window.centre.noticed.value.unread) and len(window.centre.noticed.value.entries) > 4)
        view.presenter.look()
        tiles = {one.name: spoken(one, NOON) for one in view.presenter.model.tiles}
        assert list(tiles) == ["broken", "slow", "away", "well", "out"]
        assert "production, live, Unhealthy: s0 and 1 more, 2 unhealthy, 1 degraded, 3 open alerts" in tiles["broken"]
        assert "eu-west, live, Degraded: s0" in tiles["slow"]
        assert "1 open alert · 1 unread" in tiles["slow"]
        assert "unreachable, Was healthy" in tiles["away"]
        assert "seen 14 min, offline ago" in tiles["away"]
        assert "signed out, No services known" in tiles["out"]
        view.grab()
        directory.session("well").monitor.health.set(snapshot([service("0", "s0", BAD), service("1", "s1", BAD)]))
        view.presenter.look()
        assert [one.name for one in view.presenter.model.tiles][:2] == ["broken", "well"]


def test_a_tile_is_no_fresher_than_what_it_says() -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.go_live()

    def tile(*services: Observed[ServiceHealth]) -> Tile:
        session.monitor.health.set(snapshot(services))
        return tiles([session], Noticed(), NOON)[0]

    long_ago = NOON - timedelta(hours=2)
    bad, new = service("1", "s1", BAD, at=long_ago), service("2", "s2")
    assert worst_text(tile(bad, new)) == "Was unhealthy: s1"
    assert tile(bad, new).seen_at == long_ago
    assert worst_text(tile(bad, service("3", "s3", BAD), new)) == "Unhealthy: s3 and 1 more"
    assert worst_text(tile(service("1", "s1", at=long_ago), new)) == "Was healthy"
    unanswered = msgspec.structs.replace(service("1", "s1"), problem="no answer")
    assert tile(unanswered, new).stale
    assert not tile(new).stale
    session.monitor.health.set(snapshot([service("1", "s1", at=long_ago), new], observed=True))
    assert worst_text(tiles([session], Noticed(), NOON)[0]) == "All healthy"


async def test_click_and_enter_open_that_gateways_health(themes: ThemeProvider, tmp_path: Path) -> None:
    async with desk(five(), themes, tmp_path / "window.ini") as window:
        action = window.window.findChild(QAction, "action.view.overview")
        assert isinstance(action, QAction)
        assert action.shortcut().toString() == "Ctrl+0"
        action.trigger()
        await until(lambda: window.shown("overview.tiles"))
        view = window.find(OverviewView, "overview.view")
        row = view.presenter.model.row_of("slow")
        at = view.grid.visualRect(view.presenter.model.index(row)).center()
        QTest.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert (window.shell.state.current, window.shown("health.view")) == ("slow", True)
        window.window.go("overview")
        view.grid.setCurrentIndex(view.presenter.model.index(view.presenter.model.row_of("well")))
        QTest.keyClick(view.grid, Qt.Key.Key_Return)
        assert (window.shell.state.current, window.shown("health.view")) == ("well", True)


async def test_without_a_gateway_it_leads_to_adding_one(themes: ThemeProvider, tmp_path: Path) -> None:
    async with desk(FakeDirectory(), themes, tmp_path / "window.ini") as window:
        window.window.go("overview")
        window.find(QPushButton, "overview.face.act").click()
        assert window.shown("login.url")


async def test_fifty_gateways_fit_by_scrolling_and_the_choice_follows_its_tile(
    themes: ThemeProvider, tmp_path: Path
) -> None:
    directory = FakeDirectory(*(profile(f"gateway {number}") for number in range(50)))
    async with desk(directory, themes, tmp_path / "window.ini") as window:
        window.window.go("overview")
        view = window.find(OverviewView, "overview.view")
        assert view.grid.model().rowCount() == 50
        view.grid.setCurrentIndex(view.presenter.model.index(49))
        assert view.grid.verticalScrollBar().maximum() > 0
        session = directory.session("gateway 49")
        session.go_live()
        session.monitor.health.set(snapshot([service(status=BAD)]))
        view.presenter.look()
        assert view.grid.currentIndex().row() == 0
        view.grab()
        await directory.remove("gateway 49")
        view.presenter.look()
        assert view.grid.model().rowCount() == 49


async def test_the_rail_reads_from_all_gateways_down(themes: ThemeProvider, tmp_path: Path) -> None:
    async with desk(five(), themes, tmp_path / "window.ini") as window:
        await until(lambda: window.shown("rail.gateway.well"))
        names = [part.objectName() for part in window.window.rail.parts()]
        assert names[:4] == ["nav.overview", "nav.notices", "nav.uploads", "rail.gateway.well"]

        def tops() -> list[int]:
            origin = window.window.rect().topLeft()
            return [window.find(QWidget, name).mapTo(window.window, origin).y() for name in names]

        await until(lambda: tops() == sorted(tops()))
