"""kong: the gateway's own numbers, from its admin API where a profile says where that is."""

from __future__ import annotations

from console.api.platforms.kong import wire_admin
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.freshness import Freshness

STATUS = Operation(
    name="admin.status",
    method="GET",
    routes=("/status",),
    effect=Effect.READ,
    timeout_s=5.0,
    authenticated=False,
    polled=True,
    admin=True,
)
NUMBERS = Query(operation=STATUS, decode=wire_admin.status, freshness=Freshness.METRICS, tags=frozenset({"metrics"}))
