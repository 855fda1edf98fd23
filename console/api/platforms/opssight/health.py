"""opssight: the health of the server and its parts, from one route at the root."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api.platforms.opssight import wire
from console.model.capability import Effect, Operation

if TYPE_CHECKING:
    from console.api.transport import Transport
    from console.model.health import HealthReport

INTERVAL_S = 10.0

DETAILED = Operation(
    name="health.detailed",
    method="GET",
    routes=("/health/detailed", "/api/v1/health/detailed", "/health", "/api/v1/health"),
    effect=Effect.READ,
    timeout_s=8.0,
    polled=True,
)


class OpssightHealth:
    """See `console.api.contract.HealthSource`. Asked every 10 s: six of the hundred requests a minute."""

    interval_s = INTERVAL_S

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self) -> HealthReport:
        """`GET /health/detailed`; `degraded` comes with 200, a server that is down with 503 and the same body."""
        reply = await self._transport.call(DETAILED)
        return wire.report(
            reply.body,
            at=datetime.now(UTC),
            total_ms=reply.exchange.total_ms,
            clock_offset_s=reply.clock_offset_s,
        )
