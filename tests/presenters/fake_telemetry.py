"""A gateway's telemetry that does as tests say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.services.latest import Latest
from console.services.ports import MetricsSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.model.deployment import Deployment
    from console.model.errors import GatewayError
    from console.model.notice import Notice
    from console.services.ports import Told


class FakeTelemetry:
    """Implements `Telemetry`."""

    def __init__(self) -> None:
        self.metrics = Latest(MetricsSnapshot())
        self.deployments: Latest[Told[tuple[Deployment, ...]] | None] = Latest(None)
        self.notices: Latest[Told[tuple[Notice, ...]] | None] = Latest(None)
        self.values: dict[str, list[tuple[datetime, float]]] = {}
        self.read: list[str] = []
        self.invalidated: list[str] = []
        self.fail: GatewayError | None = None

    def series(self, metric_id: str) -> Sequence[tuple[datetime, float]]:
        return self.values.get(metric_id, ())

    async def mark_read(self, notice_id: str) -> None:
        if self.fail is not None:
            raise self.fail
        self.read.append(notice_id)

    async def invalidate(self, pattern: str = "") -> None:
        if self.fail is not None:
            raise self.fail
        self.invalidated.append(pattern)
