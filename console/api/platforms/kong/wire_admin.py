"""kong's admin API on the wire: what the gateway says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from console.api import gauges, reading
from console.api.gauges import Gauge
from console.model.errors import ProtocolViolation
from console.model.metrics import Metric, Target, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.model.metrics import MetricsReport

_WORKERS_LIMIT = 1024

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
