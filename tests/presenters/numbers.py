"""Numbers and deployments for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from console.model.deployment import Deployment, DeploymentState
from console.model.freshness import Observed, Source
from console.model.metrics import Metric, Target, Unit
from console.services.ports import MetricsSnapshot, Told
from tests.presenters.fake_session import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.model.errors import GatewayError

P95 = "api.p95"
CPU = "cpu"


def p95(value: float | None = 232.0) -> Metric:
    return Metric(id=P95, name="API p95", value=value, unit=Unit.MILLISECONDS, target=Target(limit=200))


def cpu(value: float | None = 0.37) -> Metric:
    return Metric(id=CPU, name="CPU", value=value, unit=Unit.RATIO)


def seen(metric: Metric, age_s: float = 4.0, *, source: Source = Source.LIVE, problem: str = "") -> Observed[Metric]:
    return Observed(value=metric, observed_at=NOON - timedelta(seconds=age_s), source=source, problem=problem)


def told(metrics: Iterable[Observed[Metric]], *failures: tuple[str, GatewayError]) -> MetricsSnapshot:
    return MetricsSnapshot(offered=True, loaded=True, metrics=tuple(metrics), failures=failures)


def deployment(
    number: int = 0,
    *,
    age_s: float = 120.0,
    took_s: float | None = 60.0,
    service: str = "orders",
    state: DeploymentState = DeploymentState.SUCCEEDED,
    status: str = "",
) -> Deployment:
    started = NOON - timedelta(seconds=age_s)
    return Deployment(
        id=str(number),
        service=service,
        version=f"2.{number}",
        environment="production",
        author="ada@example.org",
        state=state,
        status=status,
        started_at=started,
        finished_at=started + timedelta(seconds=took_s) if took_s is not None else None,
    )


def listed(*deployments: Deployment, error: GatewayError | None = None) -> Told[tuple[Deployment, ...]]:
    return Told(Observed(value=deployments, observed_at=NOON - timedelta(seconds=9)), error)
