"""opssight's numbers on the wire: pure functions from payloads to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.api import gauges, reading
from console.api.gauges import Gauge
from console.model.metrics import Metric, MetricsReport, Target, Unit

if TYPE_CHECKING:
    from datetime import timedelta

_USAGES = frozenset({"cpuusage", "memoryusage", "diskusage"})
_HIT_RATE = Target(limit=0.85, at_most=False)

# The targets are those that the platform sets itself.
DASHBOARD = (
    Gauge(id="cpu", name="CPU", fields=("cpu_usage", "cpu"), unit=Unit.RATIO),
    Gauge(id="memory", name="Memory", fields=("memory_usage", "memory"), unit=Unit.RATIO),
    Gauge(id="disk", name="Disk", fields=("disk_usage", "disk"), unit=Unit.RATIO),
    Gauge(
        id="dashboard.cache_hit_rate",
        name="Cache hit rate, dashboard",  # the cache itself counts over another time
        fields=("cache_hit_rate",),
        unit=Unit.RATIO,
        target=_HIT_RATE,
    ),
    Gauge(id="requests.rate", name="Requests", fields=("request_rate", "requests_per_second"), unit=Unit.PER_SECOND),
    Gauge(id="requests.errors", name="Errors", fields=("error_rate",), unit=Unit.RATIO),
    Gauge(id="users.active", name="Active users", fields=("active_users",)),
)
CACHE = (
    Gauge(id="cache.hit_rate", name="Cache hit rate", fields=("hit_rate",), unit=Unit.RATIO, target=_HIT_RATE),
    Gauge(id="cache.miss_rate", name="Cache miss rate", fields=("miss_rate",), unit=Unit.RATIO),
    Gauge(id="cache.hits", name="Cache hits", fields=("hits",)),
    Gauge(id="cache.misses", name="Cache misses", fields=("misses",)),
    Gauge(id="cache.requests", name="Cache requests", fields=("total_requests",)),
    Gauge(id="cache.entries", name="Cache entries", fields=("size", "entries")),
    Gauge(id="cache.size", name="Cache size", fields=("cache_size", "size_bytes"), unit=Unit.BYTES),
    Gauge(id="cache.evictions", name="Cache evictions", fields=("eviction_count", "evictions")),
    Gauge(id="cache.mean", name="Cache response time", fields=("avg_response_time",), unit=Unit.MILLISECONDS),
)
PERFORMANCE = (
    Gauge(id="api.mean", name="API mean", fields=("avg_response_time", "mean"), unit=Unit.MILLISECONDS),
    Gauge(id="api.p50", name="API p50", fields=("p50", "p50_response_time"), unit=Unit.MILLISECONDS),
    Gauge(
        id="api.p95",
        name="API p95",
        fields=("p95", "p95_response_time"),
        unit=Unit.MILLISECONDS,
        target=Target(limit=200.0),
    ),
    Gauge(
        id="api.p99",
        name="API p99",
        fields=("p99", "p99_response_time"),
        unit=Unit.MILLISECONDS,
        target=Target(limit=500.0),
    ),
    Gauge(id="api.rate", name="API requests", fields=("requests_per_second",), unit=Unit.PER_SECOND),
    Gauge(id="api.errors", name="API errors", fields=("error_rate",), unit=Unit.RATIO),
    Gauge(id="api.connections", name="API connections", fields=("active_connections",)),
)
FEED_TARGET = Target(limit=50.0)


def dashboard(body: object) -> MetricsReport:
    """`GET /metrics`, and what the feed pushes. Usages of one reading are all in percent, or all ratios."""
    found = reading.unwrapped(body, "metrics")
    read = {name: reading.number(value) for name, value in found.items() if _is_usage(name)}
    usages = {name: value for name, value in read.items() if value is not None}
    if any(value > 1 for value in usages.values()):
        found = {**found, **{name: f"{value:f}%" for name, value in usages.items()}}
    return gauges.report(found, DASHBOARD, prefix="dashboard")


def cache(body: object) -> MetricsReport:
    """`GET /cache/metrics`. A cache that nobody asked yet has no rates, whatever number stands there."""
    found = reading.unwrapped(body, "cache")
    if isinstance(found.get("size"), str) and "cache_size" not in found:  # "256MB" counts no entries
        found = {("cache_size" if name == "size" else name): value for name, value in found.items()}
    report = gauges.report(found, CACHE, prefix="cache")
    told = {metric.id: metric.value for metric in report.metrics}
    asked = [told.get(name) for name in ("cache.hits", "cache.misses", "cache.requests")]
    if not any(asked) and any(count == 0 for count in asked):
        metrics = tuple(
            msgspec.structs.replace(one, value=None) if one.unit is Unit.RATIO else one for one in report.metrics
        )
        return msgspec.structs.replace(report, metrics=metrics)
    return report


def performance(body: object) -> MetricsReport:
    """`GET /api/performance`."""
    return gauges.report(body, PERFORMANCE, prefix="api")


def _is_usage(name: str) -> bool:
    return name.replace("_", "").casefold() in _USAGES


def feed_latency(round_trip: timedelta) -> MetricsReport:
    """What a question over the feed took until its answer came: no clock but ours has a part in it."""
    metric = Metric(
        id="feed.latency",
        name="Feed latency",
        value=round_trip.total_seconds() * 1000,
        unit=Unit.MILLISECONDS,
        target=FEED_TARGET,
    )
    return MetricsReport(metrics=(metric,))
