"""Deployments as rows, as flags, and what is said when there are none."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.model.deployment import Deployment, DeploymentState
from console.model.errors import Forbidden, ServiceFailed
from console.model.health import HealthStatus
from console.presenters.deployments import DeploymentsPhase, DeploymentsPresenter, flags_of
from console.presenters.deployments_model import AGE, DURATION, STATE, STATUS_ROLE, DeploymentsModel
from console.services.ports import Told
from tests.presenters.fake_session import NOON, FakeClock, FakeSession, snapshot
from tests.presenters.numbers import deployment, listed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.model.errors import GatewayError


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def following(session: FakeSession, clock: FakeClock | None = None) -> AsyncIterator[DeploymentsPresenter]:
    session.monitor.health.set(snapshot([]))
    presenter = DeploymentsPresenter(session, clock or FakeClock(), _raise)
    presenter.start()
    await asyncio.sleep(0)
    try:
        yield presenter
    finally:
        await presenter.stop()


def texts(model: DeploymentsModel, row: int) -> list[str]:
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_a_row_says_what_when_and_how_long(qapp: object) -> None:
    model = DeploymentsModel(FakeClock())
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show((deployment(7),))
    service, version, environment, state, age, took, started, author = texts(model, 0)
    assert (service, version, environment, state, author) == (
        "orders", "2.7", "production", "Succeeded", "ada@example.org",
    )  # fmt: skip
    assert started
    assert (took, age) == ("1 min", "2 min")
    assert model.index(0, STATE).data(STATUS_ROLE) == HealthStatus.HEALTHY
    assert model.index(0, AGE).data(Qt.ItemDataRole.AccessibleTextRole) == "Age: 2 min"


@pytest.mark.parametrize(
    ("state", "status", "word", "mark"),
    [
        (DeploymentState.FAILED, "boom", "Failed", HealthStatus.UNHEALTHY),
        (DeploymentState.ROLLED_BACK, "", "Rolled back", HealthStatus.DEGRADED),
        (DeploymentState.RUNNING, "", "Running", HealthStatus.UNKNOWN),
        (DeploymentState.OTHER, "on \u202eholiday", "on \ufffdholiday", HealthStatus.UNKNOWN),
    ],
)
def test_a_state_is_shape_and_word(
    qapp: object,
    state: DeploymentState,
    status: str,
    word: str,
    mark: HealthStatus,
) -> None:
    model = DeploymentsModel(FakeClock())
    model.show((deployment(state=state, status=status),))
    assert model.index(0, STATE).data() == word
    assert model.index(0, STATE).data(STATUS_ROLE) == mark


def test_what_nobody_says_is_left_blank(qapp: object) -> None:
    model = DeploymentsModel(FakeClock())
    model.show((Deployment(id="1", service="orders"), deployment(took_s=None, state=DeploymentState.RUNNING)))
    assert texts(model, 0) == ["orders", "", "", "Unknown", "", "", "", ""]
    assert model.index(1, DURATION).data() == "2 min so far"


def test_new_ones_come_on_top_and_a_changed_one_stays_in_its_row(qapp: object) -> None:
    model = DeploymentsModel(FakeClock())
    came: list[tuple[int, int]] = []
    resets: list[bool] = []
    model.rowsInserted.connect(lambda _parent, first, last: came.append((first, last)))
    model.modelReset.connect(lambda: resets.append(True))
    first = (deployment(1),)
    model.show(first)
    model.show((deployment(3), deployment(2), *first))
    model.show((deployment(3, state=DeploymentState.FAILED), deployment(2), *first))
    assert came == [(0, 0), (0, 1)]
    assert not resets
    model.show(())
    assert resets


async def test_flags_are_those_whose_time_is_known_oldest_first() -> None:
    session = FakeSession()
    known = (deployment(2, age_s=60), deployment(1, age_s=600), Deployment(id="x", service="no time"))
    session.telemetry.deployments.set(listed(*known))
    async with following(session) as deployments:
        await until(lambda: bool(deployments.flags))
        assert [flag.deployment.id for flag in deployments.flags] == ["1", "2"]
        assert deployments.flags[0].text.startswith("orders 2.1 to production, succeeded, ada@example.org, ")


@pytest.mark.parametrize(
    ("told", "phase"),
    [
        (Told(), DeploymentsPhase.LOADING),
        (listed(), DeploymentsPhase.EMPTY),
        (Told(error=Forbidden("no")), DeploymentsPhase.FORBIDDEN),
        (Told(error=ServiceFailed("no", status=500)), DeploymentsPhase.FAILED),
        (listed(deployment(), error=ServiceFailed("no", status=500)), DeploymentsPhase.LISTED),
    ],
)
async def test_each_state_has_its_face(told: Told[tuple[Deployment, ...]], phase: DeploymentsPhase) -> None:
    session = FakeSession()
    session.telemetry.deployments.set(told)
    async with following(session) as deployments:
        await until(lambda: deployments.state.offered)
        assert deployments.state.phase is phase
        error: GatewayError | None = told.error
        assert (deployments.state.explanation is None) is (error is None)
        assert deployments.state.stale is (told.known is not None and error is not None)


async def test_a_platform_that_knows_of_none_offers_none() -> None:
    async with following(FakeSession()) as deployments:
        deployments.tick()
        assert not deployments.state.offered


def test_thousands_of_flags_are_in_order() -> None:
    flags = flags_of(deployment(number, age_s=float(number)) for number in range(10_000))
    assert len(flags) == 10_000
    assert flags[-1].at == NOON.timestamp()


def _raise(_name: str, error: Exception) -> None:
    raise error
