"""The Diagnostics view of a real session: sandbox, sockets, encrypted record, widgets."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QStackedWidget, QTableWidget

from console.model.blame import Verdict
from console.model.errors import StoreCorrupt
from console.model.exchange import Exchange, Reason
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.presenters.bundle import BundlePresenter
from console.presenters.diagnostics import DiagnosticsPresenter, RequestRecord
from console.presenters.requests_model import EXCHANGE_ROLE
from console.sandbox.faults import Rule, Switches
from console.sandbox.thread import SandboxThread
from console.services.bundle_facts import gateway_facts
from console.services.session import Session
from console.services.support_bundle import bundle_files
from console.store.key import MemoryOnly
from console.store.store import Store, open_store
from console.views.diagnostics.bundle_dialog import BundleDialog
from console.views.diagnostics.view import DiagnosticsView
from console.views.theme import Choice, ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

TENANTS = "/api/tenants"


@pytest.fixture(autouse=True)
def _stay(qapp: QApplication) -> Iterator[None]:
    """The loop goes on when the view is closed: the session is still to end."""
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(True)


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread() as running:
        yield running


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path, MemoryOnly())
    yield opened
    await opened.close()


@contextlib.asynccontextmanager
async def signed_in(sandbox: SandboxThread, store: Store) -> AsyncIterator[Session]:
    profile = Profile(name="the-dotmac", url=sandbox.sandbox.url("dotmac"), platform="dotmac")
    session = Session(profile, store.vault, store.record)
    task = asyncio.ensure_future(session.run())
    try:
        await session.restored()
        await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.contextmanager
def looking_at(
    session: Session, record: RequestRecord, bundle: Callable[[], BundlePresenter], choice: Choice = Choice.LIGHT
) -> Iterator[DiagnosticsView]:
    failures: list[object] = []
    presenter = DiagnosticsPresenter(session, record, lambda *what: failures.append(what))
    themes = ThemeProvider(choice)
    view = DiagnosticsView(presenter, themes, bundle)
    presenter.setParent(view)
    view.setPalette(themes.current.palette())
    view.resize(936, 640)
    view.show()
    try:
        yield view
    finally:
        view.close()
        view.deleteLater()
    assert not failures


async def ask_for_tenants(session: Session) -> bool:
    """Whether the gateway answered."""
    tenancy = session.gateway.tenancy
    assert tenancy is not None
    return (await session.cache.read(tenancy.listing, anew=True)).problem == ""


def no_bundle() -> BundlePresenter:
    raise AssertionError


def said(view: DiagnosticsView, name: str) -> str:
    label = view.findChild(QLabel, name)
    assert label is not None
    return label.text()


async def come_to(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.02)


def picture(view: DiagnosticsView | BundleDialog, name: str) -> None:
    if folder := os.environ.get("GATEWATCH_PICTURES"):
        view.grab().save(f"{folder}/{name}.png")


@pytest.mark.parametrize("choice", [Choice.LIGHT, Choice.DARK])
async def test_a_retried_call_is_told_as_one(sandbox: SandboxThread, store: Store, choice: Choice) -> None:
    async with signed_in(sandbox, store) as session:
        sandbox.apply(Switches(status=Rule(path=TENANTS, status=503, count=1)))
        assert await ask_for_tenants(session)
        sandbox.apply(Switches(status=Rule(path=TENANTS, status=403, count=1)))
        assert not await ask_for_tenants(session)
        with looking_at(session, store.record, no_bundle, choice) as view:
            await come_to(lambda: said(view, "diagnostics.tile.retries.note") == "1 recovered, 0 did not")
            assert said(view, "diagnostics.tile.retries.value").startswith("1 of ")
            assert "Unknown" not in said(view, "diagnostics.tile.budget.value")
            assert "Unknown" not in said(view, "diagnostics.tile.errors.value")
            view.filter.setText("reason:retry")
            assert view.table.model().rowCount() == 1
            index = view.table.model().index(0, 0)
            retried: Exchange = index.data(EXCHANGE_ROLE)
            assert (retried.reason, retried.attempt, retried.authenticated) == (Reason.RETRY, 2, True)
            view.table.activated.emit(index)
            detail = view.findChild(QPlainTextEdit, "diagnostics.detail.text")
            assert detail is not None
            assert "Attempt 1, the first" in detail.toPlainText()
            assert "The gateway answers with an error (503)." in detail.toPlainText()
            assert "Attempt 2, tried again" in detail.toPlainText()
            services = view.findChild(QTableWidget, "diagnostics.services")
            assert services is not None
            names = {services.item(row, 0).text() for row in range(services.rowCount())}  # type: ignore[union-attr]
            assert "tenants" in names
            view.filter.setText("")
            picture(view, f"gateway-{choice.value}")
    # It is told the same after a restart.
    held = await store.record.exchanges(session.profile.gateway_id, retried.at.replace(hour=0, minute=0, second=0))
    (again,) = [one for one in held if one.reason is Reason.RETRY]
    assert {one.attempt for one in held if one.call_id == again.call_id} == {1, 2}


async def test_a_record_that_can_not_be_read_is_said_and_tried_again(sandbox: SandboxThread, store: Store) -> None:
    class Damaged:
        broken = True

        async def exchanges(self, gateway_id: str, since: object, *, limit: int = 10_000) -> tuple[Exchange, ...]:
            if self.broken:
                raise StoreCorrupt("damaged")
            return ()

    record = Damaged()
    profile = Profile(name="the-dotmac", url=sandbox.sandbox.url("dotmac"), platform="dotmac")
    session = Session(profile, store.vault, store.record)  # nobody signs in: nothing is asked
    with looking_at(session, record, no_bundle) as view:
        pages = view.findChild(QStackedWidget)
        assert pages is not None

        def page() -> str:
            shown = pages.currentWidget()
            return shown.objectName() if shown is not None else ""

        assert page() == "diagnostics.loading"
        picture(view, "gateway-loading")
        await come_to(lambda: page() == "diagnostics.face")
        assert "record can't be read" in said(view, "diagnostics.face.headline")
        assert said(view, "diagnostics.tile.budget.note") == "nothing was asked yet"
        picture(view, "gateway-record-error")
        record.broken = False
        button = view.findChild(QPushButton, "diagnostics.face.again")
        assert button is not None
        button.click()
        await come_to(lambda: said(view, "diagnostics.face.headline") == "No requests yet.")
        picture(view, "gateway-empty")


async def test_a_bundle_tells_how_the_gateway_stands(sandbox: SandboxThread, store: Store, tmp_path: Path) -> None:
    async with signed_in(sandbox, store) as session:
        assert await ask_for_tenants(session)

        async def collect(hide_addresses: bool, verdict: Verdict | None) -> Mapping[str, str]:
            return bundle_files(
                settings_file=tmp_path / "settings.toml",
                logs_dir=tmp_path,
                profiles=[session.profile],
                exchanges={"the-dotmac": session.tracking.since(0)},
                facts={
                    "the-dotmac": await gateway_facts(session, session.profile.gateway_id, store.record, verdict)
                },
                now=session.tracking.since(0)[-1].at,
                hide_addresses=hide_addresses,
            )  # fmt: skip

        with looking_at(session, store.record, no_bundle) as view:
            presenter = BundlePresenter(collect, session.diagnose, lambda *_: None)
            dialog = BundleDialog(view, presenter)
            name = "connection-the-dotmac.json"
            await come_to(lambda: "every layer holds" in (presenter.state.files or {}).get(name, ""))
            told = json.loads((presenter.state.files or {})[name])
            assert told["connection"]["facts"]["signed_in"]
            assert "tenants" in {one["service"] for one in told["circuits"]}
            assert told["polling_budget"]["full_per_minute"] > 0
            assert told["cache"]["misses"] >= 0
            assert sandbox.password not in "".join((presenter.state.files or {}).values())
            dialog.list.setCurrentRow(list(presenter.state.files or {}).index(name))
            dialog.show()
            picture(dialog, "gateway-bundle")
            dialog.hide_addresses.setChecked(True)
            await come_to(lambda: "127.0.0.1" not in (presenter.state.files or {})[name])
            target = tmp_path / "bundle.zip"
            dialog.write(str(target))
            await come_to(target.exists)
            dialog.close()
