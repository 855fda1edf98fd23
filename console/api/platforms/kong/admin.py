"""kong: the gateway's own numbers, from its admin API where a profile says where that is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from console.api.platforms.kong import wire_admin
from console.api.query import Family, Query
from console.model.capability import Effect, Operation
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from console.model.metrics import MetricsReport

_TAGS = frozenset({"metrics"})


def _read(name: str, route: str) -> Operation:
    return Operation(
        name=name,
        method="GET",
        routes=(route,),
        effect=Effect.READ,
        timeout_s=5.0,
        authenticated=False,
        polled=True,
        admin=True,
    )


STATUS = _read("admin.status", "/status")
UPSTREAMS = _read("admin.upstreams", "/upstreams")
UPSTREAM_HEALTH = _read("admin.upstream_health", "/upstreams/{name}/health")

NUMBERS = Query(operation=STATUS, decode=wire_admin.status, freshness=Freshness.METRICS, tags=_TAGS)


def _health(name: str) -> Query[MetricsReport]:
    return Query(
        operation=UPSTREAM_HEALTH,
        decode=partial(wire_admin.upstream_health, name),
        fields={"name": name},
        freshness=Freshness.METRICS,
        tags=_TAGS,
    )


TARGETS = Family(
    members=Query(operation=UPSTREAMS, decode=wire_admin.upstreams, freshness=Freshness.METRICS, tags=_TAGS),
    each=_health,
)
