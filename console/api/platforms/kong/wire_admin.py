"""kong's admin API on the wire: what the gateway says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from console.api import gauges, reading
from console.api.gauges import Gauge
from console.model.errors import ProtocolViolation
from console.model.metrics import Metric, MetricsReport, Target, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UPSTREAMS_LIMIT = 32  # each is asked for by itself
_WORKERS_LIMIT = 1024
_TARGETS_LIMIT = 1024
_HEALTHY = frozenset({"healthy"})
_UNHEALTHY = frozenset({"unhealthy", "dns_error"})

SERVER = (
    Gauge(id="kong.connections.active", name="Connections", fields=("connections_active",)),
    Gauge(id="kong.connections.writing", name="Connections that are answered", fields=("connections_writing",)),
    Gauge(id="kong.connections.waiting", name="Connections that wait", fields=("connections_waiting",)),
    Gauge(id="kong.connections.reading", name="Connections that are read", fields=("connections_reading",)),
    Gauge(id="kong.connections.accepted", name="Connections accepted", fields=("connections_accepted",)),
    Gauge(id="kong.connections.handled", name="Connections handled", fields=("connections_handled",)),
    Gauge(id="kong.requests", name="Requests since its start", fields=("total_requests",)),
)


def status(body: object) -> MetricsReport:
    """`GET /status`: connections, memory, and whether the database can be reached.

    Raises:
        ProtocolViolation: It is none of Kong's.
    """
    found = reading.obj(body, "status")
    server = reading.obj(found.get("server"), "server")
    report = gauges.report(server, SERVER, prefix="kong")
    metrics = (*_database(found.get("database")), *report.metrics, *_memory(found.get("memory")))
    if not metrics:
        raise ProtocolViolation("server has no numbers", field="server")
    return msgspec.structs.replace(report, metrics=metrics)


def _database(told: object) -> Iterable[Metric]:
    """1 or 0; a gateway without a database says nothing, or that it can be reached."""
    reachable = told.get("reachable") if isinstance(told, Mapping) else None
    if isinstance(reachable, bool):
        target = Target(limit=0, at_most=False)
        yield Metric(id="kong.database", name="Database reachable", value=float(reachable), target=target)


def _memory(told: object) -> Iterable[Metric]:
    """Of all workers together, and of what they share."""
    if not isinstance(told, Mapping):
        return
    workers, shared = told.get("workers_lua_vms"), told.get("lua_shared_dicts")
    entries = workers[:_WORKERS_LIMIT] if isinstance(workers, list) else []
    yield from _sum("kong.memory.workers", "Memory of the workers", entries, "http_allocated_gc")
    dictionaries = list(shared.values())[:_WORKERS_LIMIT] if isinstance(shared, Mapping) else []
    yield from _sum("kong.memory.shared", "Memory they share", dictionaries, "allocated_slabs")


def _sum(metric_id: str, name: str, entries: Iterable[object], field: str) -> Iterable[Metric]:
    sizes = [gauges.measure(entry.get(field), Unit.BYTES) for entry in entries if isinstance(entry, Mapping)]
    known = [size for size in sizes if size is not None]
    if known:
        yield Metric(id=metric_id, name=name, value=sum(known), unit=Unit.BYTES)


def upstreams(body: object) -> tuple[str, ...]:
    """`GET /upstreams`: the names on its first page, at most as many as are asked for.

    Raises:
        ProtocolViolation: It is no list.
    """
    entries = (entry for entry in _entries(body, "upstreams") if isinstance(entry, Mapping))
    names = dict.fromkeys(name for entry in entries if (name := reading.text(entry.get("name"))))
    return tuple(names)[:UPSTREAMS_LIMIT]


def upstream_health(upstream: str, body: object) -> MetricsReport:
    """`GET /upstreams/<name>/health`: how many of its targets are healthy, and how many are not.

    A target that nobody checks is neither; where none is checked the numbers have no value.

    Raises:
        ProtocolViolation: It is no list.
    """
    entries = _entries(body, "targets")[:_TARGETS_LIMIT]
    said = [reading.text(entry.get("health")).casefold() for entry in entries if isinstance(entry, Mapping)]
    healthy, unhealthy = (sum(word in words for word in said) for words in (_HEALTHY, _UNHEALTHY))
    unknown = bool(said) and not healthy and not unhealthy
    prefix = f"kong.upstream.{upstream}"
    return MetricsReport(
        metrics=(
            Metric(
                id=f"{prefix}.unhealthy",
                name=f"Unhealthy targets of {upstream}",
                value=None if unknown else float(unhealthy),
                target=Target(limit=1),
            ),
            Metric(
                id=f"{prefix}.healthy",
                name=f"Healthy targets of {upstream}",
                value=None if unknown else float(healthy),
            ),
        )
    )


def _entries(body: object, field: str) -> Sequence[object]:
    """A page's entries; Lua writes a list of none as an object of none."""
    if isinstance(body, Mapping) and body.get("data") == {}:
        return ()
    return reading.listing(body, field)
