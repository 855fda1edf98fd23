"""The detail pane with the view, on the window's loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from console.presenters.health import HealthPresenter
from console.presenters.health_detail import TimeRange
from console.views.health.view import HealthView
from tests.presenters.fake_session import NOON, FakeClock, FakeSession, sample, service, snapshot
from tests.views.health.themes import provider

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_enter_opens_the_charts_and_esc_gives_the_cards_back() -> None:
    session, clock = FakeSession(), FakeClock()
    ages = range(600, -1, -5)
    session.monitor.samples["1"] = [sample(at=NOON - timedelta(seconds=age), score=0.9, total_ms=90) for age in ages]
    session.monitor.recorded["1"] = [sample(at=NOON - timedelta(hours=20), score=0.7), *session.monitor.samples["1"]]
    session.monitor.health.set(snapshot([service("1", "orders"), service("2", "payments")]))
    presenter = HealthPresenter(session, _raise, clock)
    view = HealthView(presenter, provider())
    try:
        view.resize(1200, 800)
        view.show()
        await until(lambda: presenter.cards.rowCount() == 2)
        QTest.keyClick(view.grid, Qt.Key.Key_Home)
        QTest.keyClick(view.grid, Qt.Key.Key_Return)
        await until(lambda: view.detail.chart is not None)
        assert _label(view, "health.detail.name") == "orders"
        assert _label(view, "health.detail.address") == "10.0.4.17:8443"
        _button(view, "health.detail.address.copy").click()
        assert QGuiApplication.clipboard().text() == "10.0.4.17:8443"
        _button(view, "health.range.24h").click()
        await until(lambda: len(presenter.detail.state.series) == len(ages) + 1)
        assert presenter.detail.state.range is TimeRange.DAY
        chart = view.detail.chart
        assert chart is not None
        live = _button(view, "health.live")
        assert not live.isVisible()
        QTest.keyClick(chart, Qt.Key.Key_Plus)
        assert live.isVisible()
        live.click()
        assert chart.following
        assert not live.isVisible()
        chart.setFocus()
        QTest.keyClick(chart, Qt.Key.Key_Escape)
        assert not view.detail.isVisible()
        assert view.grid.currentIndex().row() == presenter.cards.row_of("1")
    finally:
        view.close()
        await presenter.stop()
        view.deleteLater()


def _raise(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


def _label(view: QWidget, name: str) -> str:
    found = view.findChild(QWidget, name)
    assert found is not None
    return str(found.property("text"))


def _button(view: QWidget, name: str) -> QAbstractButton:
    found = view.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton)
    return found
