import asyncio
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QTableWidget, QWidget

from console.api.breaker import CircuitState, CircuitView
from console.api.budget import BudgetView
from console.model.blame import Verdict
from console.model.cached import CacheStats
from console.model.exchange import Exchange, Reason
from console.presenters.bundle import BundlePresenter
from console.presenters.diagnostics import DiagnosticsPresenter
from console.services.tracking import Tracking
from console.views.clipboard import secret_clipboard
from console.views.diagnostics.bundle_dialog import BundleDialog
from console.views.diagnostics.view import DiagnosticsView
from console.views.theme import Choice, ThemeProvider
from tests.presenters.fake_session import FakeSession

# Offscreen says so of every window with a least size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


class TrackedFake(FakeSession):
    def __init__(self) -> None:
        super().__init__()
        self.tracking = Tracking()
        self.cache.stats = CacheStats(hits=9, misses=1)

    def circuits(self) -> tuple[CircuitView, ...]:
        return (
            CircuitView(service="health", state=CircuitState.CLOSED, failures=0, probe_in_s=0.0),
            CircuitView(service="orders", state=CircuitState.OPEN, failures=5, probe_in_s=9.0, open_for_s=75.0),
        )

    def budget(self) -> BudgetView | None:
        return BudgetView(full_per_minute=60.0, per_minute=30.0, free=4.0, closed_for_s=0.0)


def no_bundle() -> BundlePresenter:
    raise AssertionError


class RecordFake:
    async def exchanges(self, gateway_id: str, since: datetime, *, limit: int = 10_000) -> tuple[Exchange, ...]:
        return (request(0, at=datetime.now(UTC) - timedelta(hours=2), route="/former"),)


def request(number: int, **fields: object) -> Exchange:
    values = {
        "at": datetime.now(UTC), "operation": "health.read", "method": "GET", "route": "/api/services", "error": "",
        "status": 200, "total_ms": 20.0 + number % 80, "gateway_ms": 3.0, "upstream_ms": 11.0,
        "request_id": f"id-{number}", "attempt": 1,
    }  # fmt: skip
    return Exchange(**{**values, **fields})  # type: ignore[arg-type]


def shown(view: DiagnosticsView, name: str) -> str:
    label = view.findChild(QLabel, name)
    assert label is not None
    return label.text()


async def until_said(view: DiagnosticsView, name: str, text: str) -> None:
    async with asyncio.timeout(10):
        while shown(view, name) != text:
            await asyncio.sleep(0.02)


async def until(view: DiagnosticsView, rows: int) -> None:
    async with asyncio.timeout(10):
        while view.table.model().rowCount() != rows:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("choice", [Choice.LIGHT, Choice.DARK])
async def test_requests_come_in_and_one_is_looked_at(choice: Choice) -> None:
    themes = ThemeProvider(choice)
    session = TrackedFake()
    failures: list[object] = []
    presenter = DiagnosticsPresenter(session, RecordFake(), lambda *what: failures.append(what))
    view = DiagnosticsView(presenter, themes, no_bundle)
    presenter.setParent(view)
    view.resize(1200, 720)
    view.show()
    try:
        await until(view, 1)
        for number in range(40):
            session.tracking.note(request(number))
        session.tracking.note(request(99, status=503, error="ServiceFailed"))
        session.tracking.note(request(99, attempt=2, total_ms=640.0, reason=Reason.RETRY, authenticated=True))
        await until(view, 43)
        view.filter.setText("id:id-99 status:5xx")
        assert view.table.model().rowCount() == 1
        view.filter.setText("")
        first = view.table.model().index(0, 0)
        view.table.setCurrentIndex(first)
        view.table.activated.emit(first)
        session.tracking.note(request(100))
        await until(view, 44)
        assert view.table.currentIndex().row() == 1  # it stays on its request
        detail = view.findChild(QPlainTextEdit, "diagnostics.detail.text").toPlainText()  # type: ignore[union-attr]
        assert "Attempt 1" in detail
        assert "The gateway answers with an error (503)." in detail
        assert "Attempt 2, tried again" in detail
        for shell, token in (("sh", "$TOKEN"), ("cmd", "%TOKEN%"), ("powershell", "$env:TOKEN")):
            action = view.findChild(QAction, f"diagnostics.curl.{shell}")
            assert action is not None
            action.trigger()
            assert token in QGuiApplication.clipboard().text()
            secret_clipboard().clear()  # as when its time is up
            assert QGuiApplication.clipboard().text() == ""
        assert shown(view, "diagnostics.tile.cache.value") == "90.0% hits"
        assert shown(view, "diagnostics.tile.budget.value") == "30 of 60/min"
        await until_said(view, "diagnostics.tile.errors.value", "2.3%")
        services = view.findChild(QTableWidget, "diagnostics.services")
        assert services is not None
        assert "Left alone for 1 min, next try in 9 s" in services.item(1, 1).text()  # type: ignore[union-attr]
        if folder := os.environ.get("GATEWATCH_PICTURES"):
            view.setPalette(themes.current.palette())
            view.grab().save(f"{folder}/diagnostics-{choice.value}.png")
        view.findChild(QPushButton, "diagnostics.follow").click()  # type: ignore[union-attr]
        session.tracking.note(request(101))
        assert not presenter.state.following
    finally:
        view.close()
        view.deleteLater()
    assert not failures


async def test_ten_thousand_rows_are_the_most() -> None:
    session = TrackedFake()
    presenter = DiagnosticsPresenter(session, RecordFake(), lambda *_: None)
    for number in range(10_050):
        session.tracking.note(request(number))
    presenter.rows.add(session.tracking.since(0))
    presenter.rows.add([request(20_000)])
    assert presenter.rows.rowCount() == 10_000
    assert presenter.rows.exchanges[0].request_id == "id-20000"
    presenter.shown.sort(4, Qt.SortOrder.DescendingOrder)
    presenter.shown.narrow("id:id-20000")
    assert presenter.shown.rowCount() == 1
    presenter.deleteLater()


async def test_a_bundle_is_looked_at_and_thinned_out(tmp_path: Path) -> None:
    async def collect(hiding: bool, verdict: Verdict | None) -> dict[str, str]:
        return {"a.json": "hidden" if hiding else "gw.example", "b.log": "b", "probe.json": str(verdict is not None)}

    async def probe() -> Verdict:
        return Verdict()

    async def come_to(wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not wanted():
                await asyncio.sleep(0.01)

    parent = QWidget()
    presenter = BundlePresenter(collect, probe, lambda *_: None)
    dialog = BundleDialog(parent, presenter)
    said = dialog.findChild(QLabel, "diagnostics.bundle.said")
    assert said is not None
    await come_to(lambda: (presenter.state.files or {}).get("probe.json") == "True")
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    dialog.hide_addresses.setChecked(True)
    await come_to(lambda: (presenter.state.files or {})["a.json"] == "hidden")
    assert dialog.chosen() == {"a.json", "probe.json"}
    dialog.write(str(tmp_path / "out.zip"))
    await come_to(lambda: "Saved" in said.text())
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.json": b"hidden", "probe.json": b"True"}
    dialog.write(str(tmp_path / "nowhere" / "out.zip"))
    await come_to(lambda: "can't be written" in said.text())
    parent.deleteLater()
