"""opssight: the numbers it gives of itself, with the targets it sets itself, and the cache that operators may empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.platforms.opssight import wire_numbers
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.api.transport import Transport
    from console.model.metrics import MetricsReport


def _query(
    name: str, routes: tuple[str, ...], decode: Callable[[object], MetricsReport], *tags: str
) -> Query[MetricsReport]:
    operation = Operation(name=name, method="GET", routes=routes, effect=Effect.READ, timeout_s=8.0, polled=True)
    return Query(operation=operation, decode=decode, freshness=Freshness.METRICS, tags=frozenset({"metrics", *tags}))


DASHBOARD = _query("metrics.dashboard", ("/api/v1/metrics", "/metrics"), wire_numbers.dashboard)
CACHE = _query("metrics.cache", ("/cache/metrics", "/api/v1/cache/metrics"), wire_numbers.cache)
PERFORMANCE = _query("metrics.performance", ("/api/performance", "/api/v1/performance"), wire_numbers.performance)
QUERIES = (PERFORMANCE, DASHBOARD, CACHE)

INVALIDATE = Operation(
    name="cache.invalidate",
    method="POST",
    routes=("/cache/invalidate", "/api/v1/cache/invalidate"),
    effect=Effect.WRITE,
    timeout_s=15.0,
)


class OpssightCache:
    """See `console.api.contract.CacheControl`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def invalidate(self, pattern: str = "") -> None:
        """`POST /cache/invalidate {pattern?}`."""
        await self._transport.call(INVALIDATE, payload={"pattern": pattern} if pattern else {})
