"""The Health view of real sessions: sandbox, sockets, encrypted store, widgets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.presenters.health import HealthPresenter
from console.sandbox.thread import SandboxThread
from console.services.session import Session
from console.store.key import MemoryOnly
from console.store.store import Store, open_store
from console.views.health.view import HealthView
from tests.views.health.themes import provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from console.sandbox.server import Sandbox

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

HIT_RATE = "health.numbers.tile.cache.hit_rate"


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
async def looking_at(
    sandbox: SandboxThread, store: Store, platform: str, *, read_only: bool = False
) -> AsyncIterator[HealthView]:
    profile = Profile(name=f"the-{platform}", url=sandbox.sandbox.url(platform), platform=platform, read_only=read_only)
    session = Session(profile, store.vault, store.record)
    task = asyncio.ensure_future(session.run())
    presenter = HealthPresenter(session, _raise)
    view = HealthView(presenter, provider())
    try:
        await session.restored()
        await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
        view.resize(1200, 800)
        view.show()
        yield view
    finally:
        view.close()
        await presenter.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.02)


def shown(view: HealthView, name: str) -> bool:
    return any(found.isVisible() for found in view.findChildren(QWidget, name))


def button(view: HealthView, name: str) -> QAbstractButton:
    found = view.findChild(QAbstractButton, name)
    assert found is not None, name
    return found


def text(view: HealthView, name: str) -> str:
    found = view.findChild(QLabel, name)
    assert found is not None, name
    return found.text()


async def ask_for_much_that_is_not_cached(running: Sandbox) -> None:
    """So that what the console itself asks for does not bring the rate of hits to its target."""
    for number in range(10_000):
        running.world.cache.get(f"of-a-test-{number}", lambda: b"", lifetime_s=0.0)


async def test_targets_deployments_and_the_cache_of_a_platform_that_has_them(
    sandbox: SandboxThread, store: Store
) -> None:
    sandbox.call(ask_for_much_that_is_not_cached)
    async with looking_at(sandbox, store, "opssight") as view:
        await until(lambda: shown(view, HIT_RATE))
        await until(lambda: "Missed" in button(view, HIT_RATE).accessibleName())
        assert "missed" in text(view, "health.numbers.verdicts")
        button(view, HIT_RATE).click()
        await until(lambda: view.number.chart is not None)
        assert view.number.chart is not None
        assert view.number.chart.target_at == pytest.approx(0.85)
        await until(lambda: view.deployments.table.model().rowCount() > 0)
        button(view, "health.deployments.open").click()
        assert shown(view, "health.deployments.table")
        button(view, "health.cache.empty").click()
        button(view, "question.go").click()
        await until(lambda: "emptied" in text(view, "health.cache.said"))


async def test_a_read_only_profile_empties_no_cache(sandbox: SandboxThread, store: Store) -> None:
    async with looking_at(sandbox, store, "opssight", read_only=True) as view:
        await until(lambda: shown(view, "health.cache.empty"))
        assert not button(view, "health.cache.empty").isEnabled()
        assert "read-only" in text(view, "health.cache.said")


async def test_numbers_without_promises_and_without_deployments(sandbox: SandboxThread, store: Store) -> None:
    async with looking_at(sandbox, store, "aigentable") as view:
        await until(lambda: shown(view, "health.numbers.tile.cpu"))
        assert text(view, "health.numbers.verdicts") == ""
        assert not shown(view, "health.deployments.open")
        assert not shown(view, "health.cache.empty")


async def test_a_platform_without_health_is_observed(sandbox: SandboxThread, store: Store) -> None:
    async with looking_at(sandbox, store, "dafnck") as view:
        await until(lambda: view.grid.model().rowCount() > 0)
        (line,) = view.notices.findChildren(QLabel)
        assert "Observed by this console" in line.text()
        assert not shown(view, "health.numbers")


def _raise(_name: str, error: Exception) -> None:
    raise error
