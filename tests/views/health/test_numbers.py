"""Numbers, their charts, and deployments in the Health view, on the window's loop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from console.model.capability import Capability
from console.model.errors import Forbidden
from console.model.tenancy import Standing
from console.presenters.health import HealthPresenter
from console.presenters.health_state import Pane
from console.services.ports import Told
from console.views.health.view import HealthView
from tests.presenters.fake_session import NOON, FakeClock, sample, service, snapshot
from tests.presenters.numbers import CPU, P95, cpu, deployment, listed, p95, seen, told
from tests.presenters.test_numbers import Session
from tests.views.health.themes import dark, provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

W = TypeVar("W", bound=QWidget)


class Stage:
    """A Health view that follows a session to play with."""

    def __init__(self) -> None:
        self.session = Session()
        self.session.monitor.health.set(snapshot([service("1", "orders"), service("2", "payments")]))
        self.clock = FakeClock()
        self.theme: ThemeProvider = provider()
        self.presenter = HealthPresenter(self.session, _raise, self.clock)
        self.view = HealthView(self.presenter, self.theme)
        self.view.resize(1200, 800)

    def find(self, kind: type[W], name: str) -> W:
        found = self.view.findChild(kind, name)
        assert found is not None, name
        return found

    def text(self, name: str) -> str:
        return self.find(QLabel, name).text()

    def shown(self, name: str) -> bool:
        return any(found.isVisible() for found in self.view.findChildren(QWidget, name))

    def press(self, name: str) -> None:
        QTest.mouseClick(self.find(QAbstractButton, name), Qt.MouseButton.LeftButton)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    at = Stage()
    try:
        at.view.show()
        yield at
    finally:
        at.view.close()
        await at.presenter.stop()


def tile(metric_id: str) -> str:
    return f"health.numbers.tile.{metric_id}"


async def test_a_platform_without_any_of_it_shows_nothing_of_it() -> None:
    async with stage() as at:
        await until(lambda: at.presenter.cards.rowCount() == 2)
        at.presenter.tick()
        assert not at.shown("health.numbers")


async def test_a_missed_target_is_said_and_its_chart_has_the_line() -> None:
    async with stage() as at:
        values = [(NOON - timedelta(seconds=age), 180.0 + age / 10) for age in range(600, -1, -60)]
        at.session.telemetry.values[P95] = values
        at.session.telemetry.metrics.set(told([seen(cpu()), seen(p95())]))
        at.session.telemetry.deployments.set(listed(deployment(age_s=300)))
        await until(lambda: at.shown(tile(P95)))
        assert at.text("health.numbers.verdicts") == "1 of 1 targets missed"
        assert "Missed" in at.find(QAbstractButton, tile(P95)).accessibleName()
        at.find(QAbstractButton, tile(P95)).setFocus()
        QTest.keyClick(at.find(QAbstractButton, tile(P95)), Qt.Key.Key_Space)
        await until(lambda: at.view.number.chart is not None)
        chart = at.view.number.chart
        assert chart is not None
        assert chart.target_at == 200.0
        assert chart.top > 240.0
        assert len(chart.points()[0]) == len(values)
        assert chart.flagged == pytest.approx([(NOON - timedelta(seconds=300)).timestamp()])
        assert at.text("health.number.target") == "Missed · target below 200 ms"
        QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        assert chart.reading is not None
        assert "orders 2.0" in chart.reading.note
        chart.setFocus()
        QTest.keyClick(chart, Qt.Key.Key_Escape)
        QTest.keyClick(chart, Qt.Key.Key_Escape)
        assert at.presenter.state.pane is Pane.NONE
        assert at.find(QAbstractButton, tile(P95)).hasFocus(), "the keyboard goes back to where it came from"


async def test_another_number_has_a_chart_of_its_own_and_a_second_click_closes_it() -> None:
    async with stage() as at:
        at.session.telemetry.metrics.set(told([seen(p95()), seen(cpu())]))
        await until(lambda: at.shown(tile(P95)))
        at.press(tile(P95))
        await until(lambda: at.view.number.chart is not None)
        former = at.view.number.chart
        at.press(tile(CPU))
        chart = at.view.number.chart
        assert chart is not None
        assert chart is not former
        assert chart.target_at is None
        assert at.text("health.number.name") == "CPU"
        assert at.find(QAbstractButton, tile(CPU)).isChecked()
        at.press(tile(CPU))
        assert at.presenter.state.pane is Pane.NONE
        assert not at.find(QAbstractButton, tile(CPU)).isChecked()


async def test_what_gave_nothing_stands_there_in_one_line() -> None:
    async with stage() as at:
        refusal = Forbidden("admins only", route="GET /cache/metrics", request_id="r-1")
        at.session.telemetry.metrics.set(told([seen(cpu())], ("cache.metrics", refusal)))
        await until(lambda: at.shown("health.numbers.failures"))
        (line,) = at.find(QWidget, "health.numbers.failures").findChildren(QLabel)
        assert line.text().startswith("GET /cache/metrics: ")
        assert "r-1" in line.toolTip()


async def test_an_empty_cache_is_asked_for_and_on_production_typed() -> None:
    async with stage() as at:
        at.session.changes = {"production": True}
        at.session.standing.set(Standing(offered=frozenset({Capability.CACHE_CONTROL})))
        at.session.telemetry.metrics.set(told([seen(cpu())]))
        await until(lambda: at.shown("health.cache.empty"))
        at.press("health.cache.empty")
        assert not at.find(QAbstractButton, "question.go").isEnabled()
        at.find(QLineEdit, "question.typed").setText("kong-prod")
        at.press("question.go")
        await until(lambda: at.text("health.cache.said").startswith("The cache was emptied"))
        assert at.session.telemetry.invalidated == [""]


async def test_a_read_only_profile_can_empty_nothing_and_says_why() -> None:
    async with stage() as at:
        at.session.changes = {"read_only": True}
        at.session.standing.set(Standing(offered=frozenset({Capability.CACHE_CONTROL})))
        at.session.telemetry.metrics.set(told([seen(cpu())]))
        await until(lambda: at.shown("health.cache.empty"))
        assert not at.find(QAbstractButton, "health.cache.empty").isEnabled()
        assert "read-only" in at.text("health.cache.said")


async def test_ten_thousand_deployments_are_listed_and_flagged_once_a_pixel() -> None:
    async with stage() as at:
        many = tuple(deployment(number, age_s=number / 20) for number in range(10_000))
        at.session.telemetry.deployments.set(listed(*many))
        at.session.monitor.samples["1"] = [sample(at=NOON - timedelta(seconds=age)) for age in range(600, -1, -5)]
        await until(lambda: at.shown("health.deployments.open"))
        assert at.find(QAbstractButton, "health.deployments.open").text() == "Deployments 10,000"
        at.press("health.deployments.open")
        table = at.view.deployments.table
        assert table.model().rowCount() == 10_000
        assert at.shown("health.deployments.table")
        table.scrollToBottom()
        QTest.keyClick(table, Qt.Key.Key_Escape)
        assert at.find(QAbstractButton, "health.deployments.open").hasFocus()
        at.presenter.open_detail("1")
        await until(lambda: at.view.detail.chart is not None)
        chart = at.view.detail.chart
        assert chart is not None
        await until(lambda: chart.width() > 300)
        assert 1 < len(chart.flagged) <= chart.width()


async def test_a_new_deployment_leaves_the_chosen_row_chosen() -> None:
    async with stage() as at:
        first = (deployment(1), deployment(0, age_s=999))
        at.session.telemetry.deployments.set(listed(*first))
        await until(lambda: at.shown("health.deployments.open"))
        at.press("health.deployments.open")
        table = at.view.deployments.table
        table.selectRow(0)
        at.session.telemetry.deployments.set(listed(deployment(2, age_s=1), *first))
        await until(lambda: table.model().rowCount() == 3)
        assert [index.row() for index in table.selectionModel().selectedRows()] == [1]


@pytest.mark.parametrize(
    ("told_of", "headline"),
    [
        (listed(), "Nothing was rolled out"),
        (Told(), "Reading the deployments"),
        (Told(error=Forbidden("no", request_id="r-3")), "You are not allowed to see this (no)."),
    ],
)
async def test_where_there_are_none_a_face_says_why(told_of: Told, headline: str) -> None:  # type: ignore[type-arg]  # of deployments
    async with stage() as at:
        at.session.telemetry.deployments.set(told_of)
        await until(lambda: at.shown("health.deployments.open"))
        at.press("health.deployments.open")
        assert at.text("health.deployments.face.headline") == headline


async def test_hovering_a_flag_tells_of_it_and_it_survives_the_theme() -> None:
    async with stage() as at:
        at.session.telemetry.deployments.set(listed(deployment(3, age_s=450)))
        at.session.monitor.samples["1"] = [sample(at=NOON - timedelta(seconds=age)) for age in range(900, -1, -5)]
        await until(lambda: bool(at.presenter.deployments.flags))
        at.presenter.open_detail("1")
        await until(lambda: at.view.detail.chart is not None)
        chart = at.view.detail.chart
        assert chart is not None
        await until(lambda: bool(chart.flagged))
        dark(at.theme)
        QApplication.sendEvent(
            chart, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
        )
        assert chart.reading is not None
        assert "orders 2.3 to production" in chart.reading.note
        plot = chart.findChild(QWidget, "health.chart.score")
        assert plot is not None
        assert plot.rect().contains(QPoint(10, 10))


async def test_the_view_says_that_health_is_observed() -> None:
    async with stage() as at:
        at.session.monitor.health.set(snapshot([service("observed:auth", "auth")], observed=True))
        await until(lambda: at.shown("health.notices"))
        (line,) = at.find(QWidget, "health.notices").findChildren(QLabel)
        assert line.text().startswith("This platform has no health to ask for. Observed by this console")
        at.session.monitor.health.set(snapshot([], observed=True))
        await until(lambda: at.shown("health.face.headline"))
        assert at.text("health.face.headline") == "Nothing was asked of this gateway yet"


def _raise(_name: str, error: Exception) -> None:
    raise error
