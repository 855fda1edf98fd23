"""aigentable: the server's health and numbers, below `/system`. Mostly for admins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api import health_parts
from console.api.platforms.aigentable import wire
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from console.api.transport import Transport
    from console.model.health import HealthReport

INTERVAL_S = 10.0

HEALTH = Operation(
    name="system.health",
    method="GET",
    routes=("/system/health",),
    effect=Effect.READ,
    timeout_s=8.0,
    polled=True,
)
METRICS = Operation(
    name="system.metrics",
    method="GET",
    routes=("/system/metrics",),
    effect=Effect.READ,
    timeout_s=8.0,
    polled=True,
)
NUMBERS = Query(operation=METRICS, decode=wire.metrics, freshness=Freshness.METRICS, tags=frozenset({"metrics"}))


class AigentableHealth:
    """See `console.api.contract.HealthSource`."""

    interval_s = INTERVAL_S

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self) -> HealthReport:
        """`GET /system/health`."""
        reply = await self._transport.call(HEALTH)
        return health_parts.report(
            reply.body,
            title="aigentable",
            at=datetime.now(UTC),
            total_ms=reply.exchange.total_ms,
            clock_offset_s=reply.clock_offset_s,
        )
