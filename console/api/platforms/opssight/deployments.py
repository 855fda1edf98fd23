"""opssight: what was rolled out where and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from console.api import reading
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.deployment import Deployment, DeploymentState
from console.model.errors import ProtocolViolation
from console.model.freshness import Freshness

PAGE = 100
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_STARTS = ("started_at", "startedAt", "created_at", "createdAt", "timestamp")
_ENDS = ("finished_at", "finishedAt", "completed_at", "completedAt", "ended_at")

LIST = Operation(
    name="deployments.list",
    method="GET",
    routes=("/api/v1/deployments", "/deployments"),
    effect=Effect.READ,
    timeout_s=10.0,
    polled=True,
)


def listing(body: object) -> tuple[Deployment, ...]:
    """One page, newest first, whatever the server's order; those without a time come last.

    Raises:
        ProtocolViolation: It is no list, or one of them lacks its id or its service.
    """
    found = []
    for index, entry in enumerate(reading.listing(body, "deployments")):
        try:
            found.append(deployment(entry))
        except ProtocolViolation as exc:
            raise ProtocolViolation(f"deployments[{index}]: {exc.detail}", field=exc.field) from exc
    return tuple(sorted(found, key=lambda one: one.started_at or _BEFORE_ALL, reverse=True))


def deployment(body: object) -> Deployment:
    """`{id, service|name, version, environment, status, started_at, finished_at?, author?}`.

    Raises:
        ProtocolViolation: Its id or its service is missing.
    """
    found = reading.obj(body, "deployment")
    status = _first(found, "status", "state")
    return Deployment(
        id=reading.required_text(found, "id", "deployment_id", "deploymentId", "uuid"),
        service=_name(found, "service", "service_name", "name", "application", "project")
        or reading.required_text(found, "service"),
        started_at=_when(found, _STARTS),
        finished_at=_when(found, _ENDS),
        version=_first(found, "version", "tag", "commit_sha", "commit"),
        environment=_name(found, "environment", "env"),
        state=DeploymentState.of(status),
        status=status,
        author=_name(found, "author", "deployed_by", "deployedBy", "user", "triggered_by"),
    )


QUERY: Query[tuple[Deployment, ...]] = Query(
    operation=LIST,
    decode=listing,
    params={"page": "1", "limit": str(PAGE)},
    freshness=Freshness.METRICS,
    tags=frozenset({"deployments", "metrics"}),
)


def _first(found: Mapping[str, object], *names: str) -> str:
    return next((text for name in names if (text := reading.text(found.get(name)))), "")


def _name(found: Mapping[str, object], *names: str) -> str:
    """A text, or an object that is known by one."""
    for name in names:
        value = found.get(name)
        inner = value if isinstance(value, Mapping) else {"name": value}
        if said := _first(inner, "name", "username", "email", "id"):
            return said
    return ""


def _when(found: Mapping[str, object], names: tuple[str, ...]) -> datetime | None:
    return next((at for name in names if (at := reading.instant(found.get(name))) is not None), None)
