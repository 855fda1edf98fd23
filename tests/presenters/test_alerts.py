"""Alerts of every gateway, grouped, as the window and the desktop are told of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.health import HealthStatus
from console.model.preferences import Alerts, Preferences
from console.presenters.alerts import Alert, AlertPresenter
from console.services.latest import Latest
from tests.presenters.fake_directory import FakeDirectory, FakeSession, profile
from tests.services.test_alerts import NOON, snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD, BAD = HealthStatus.HEALTHY, HealthStatus.UNHEALTHY


class Told:
    def __init__(self, directory: FakeDirectory) -> None:
        self.alerts: list[Alert] = []
        self.preferences: Latest[Preferences] = Latest(Preferences())
        self.errors: list[Exception] = []
        self.presenter = AlertPresenter(
            directory, self.preferences, lambda _what, error: self.errors.append(error), lambda: NOON, interval_s=0.01
        )
        self.presenter.raised.connect(self.alerts.append)


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory(profile("one"), profile("two"))


@pytest.fixture
async def told(directory: FakeDirectory) -> AsyncIterator[Told]:
    told = Told(directory)
    told.presenter.start()
    for name in ("one", "two"):
        await taken(directory.session(name))
    yield told
    await told.presenter.stop()
    assert told.errors == []


async def taken(session: FakeSession) -> None:
    """Until whoever follows its health has taken the newest, and waits for more."""
    async with asyncio.timeout(10):
        while not session.monitor.health._waiting:  # noqa: SLF001  (nothing public tells that a follower has caught up)
            await asyncio.sleep(0.001)


async def seen(told: Told, count: int) -> None:
    async with asyncio.timeout(10):
        while len(told.alerts) < count:
            await asyncio.sleep(0.01)


async def test_each_gateway_tells_of_its_own(directory: FakeDirectory, told: Told) -> None:
    for name in ("one", "two"):
        directory.session(name).monitor.health.set(snapshot(a=GOOD, b=GOOD))
        await taken(directory.session(name))
    directory.session("two").monitor.health.set(snapshot(a=BAD, b=BAD))
    await seen(told, 1)
    assert told.alerts == [Alert(gateway="two", text="2 services of two turned bad: a, b.")]


async def test_nothing_is_told_when_nothing_is_wanted_and_nothing_afterwards(
    directory: FakeDirectory, told: Told
) -> None:
    told.preferences.set(Preferences(alerts=Alerts(enabled=False)))
    health = directory.session("one").monitor.health
    for status in (GOOD, BAD):
        health.set(snapshot(a=status))
        await taken(directory.session("one"))
    told.preferences.set(Preferences(alerts=Alerts(sound=True)))
    health.set(snapshot(a=BAD, b=GOOD))
    await taken(directory.session("one"))
    health.set(snapshot(a=BAD, b=BAD))
    await seen(told, 1)
    assert told.alerts == [Alert(gateway="one", text="b of one turned unhealthy.", sound=True)]


async def test_a_gateway_that_is_reached_anew_begins_anew(directory: FakeDirectory, told: Told) -> None:
    await directory.change(msgspec.structs.replace(profile("one"), read_only=True))
    await directory.remove("two")
    await taken(directory.session("one"))
    health = directory.session("one").monitor.health
    for status in (BAD, GOOD, BAD):
        health.set(snapshot(a=status))
        await taken(directory.session("one"))
    await seen(told, 1)
    assert len(told.alerts) == 1


async def test_what_is_muted_is_not_announced(directory: FakeDirectory) -> None:
    told: list[Alert] = []
    asked: list[tuple[str, str]] = []

    def muted(gateway: str, service: str, _at: object) -> bool:
        asked.append((gateway, service))
        return service == "a"

    presenter = AlertPresenter(
        directory, Latest(Preferences()), lambda _what, error: pytest.fail(str(error)), interval_s=0.01, muted=muted
    )
    presenter.raised.connect(told.append)
    presenter.start()
    await asyncio.sleep(0.05)
    directory.session("one").monitor.health.set(snapshot(a=GOOD, b=GOOD))
    await asyncio.sleep(0.05)
    directory.session("one").monitor.health.set(snapshot(a=BAD, b=BAD))
    async with asyncio.timeout(10):
        while not told:
            await asyncio.sleep(0.01)
    await presenter.stop()
    assert [alert.text for alert in told] == ["b of one turned unhealthy."]
    assert asked == [("one", "a"), ("one", "b")]
