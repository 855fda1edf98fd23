"""The examination's reads: numbers, deployments, notices, and what the gateway's admin API says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from console.i18n import tr
from console.model.errors import Forbidden, NotOffered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from console.api.contract import Gateway
    from console.api.query import Family, Query
    from console.api.transport import Reply
    from console.model.deployment import Deployment
    from console.model.metrics import MetricsReport
    from console.model.notice import Notice

    Step = tuple[str, str, Callable[[], Awaitable[str]] | None]
    Ask = Callable[[Query[Any]], Awaitable[Reply]]


class Unavailable(Exception):
    """The gateway is well and says no: nothing is wrong with it, and nothing was looked at."""


def steps(gateway: Gateway, ask: Ask) -> Iterator[Step]:
    """One for each read that the platform has; None in the place of what it lacks."""
    own = [query for query in gateway.metrics if not query.operation.admin]
    if not own:
        yield "metrics", "numbers", None
    for query in own:
        yield "metrics", _named(query, own), partial(_numbers, ask, query)
    deployments, notifications = gateway.deployments, gateway.notifications
    yield "deployments", "latest", partial(_deployments, ask, deployments) if deployments else None
    yield "notifications", "latest", partial(_notices, ask, notifications.listing) if notifications else None
    for query in gateway.metrics:
        if query.operation.admin:
            yield "admin", "status", partial(_admin, ask, query)
    for family in gateway.metric_families:
        yield "admin", "upstreams", partial(_family, ask, family)


def _named(query: Query[Any], among: list[Query[MetricsReport]]) -> str:
    return "numbers" if len(among) == 1 else query.endpoint


async def _numbers(ask: Ask, query: Query[MetricsReport]) -> str:
    report = query.decode((await asked(ask, query)).body)
    missed = [metric.name for metric in report.metrics if metric.missed]
    told = tr("{count} numbers", count=len(report.metrics))
    return tr("{told}; beyond their targets: {names}", told=told, names=", ".join(missed)) if missed else told


async def _deployments(ask: Ask, query: Query[tuple[Deployment, ...]]) -> str:
    return tr("{count} deployments", count=len(query.decode((await asked(ask, query)).body)))


async def _notices(ask: Ask, query: Query[tuple[Notice, ...]]) -> str:
    found = query.decode((await asked(ask, query)).body)
    unread = sum(not notice.read for notice in found)
    return tr("{count} notices, {unread} not read", count=len(found), unread=unread)


async def _admin(ask: Ask, query: Query[MetricsReport]) -> str:
    """Its address was given: that it has no such route is a failure."""
    report = query.decode((await ask(query)).body)
    missed = [metric.name for metric in report.metrics if metric.missed]
    told = tr("{count} numbers", count=len(report.metrics))
    return tr("{told}; not as promised: {names}", told=told, names=", ".join(missed)) if missed else told


async def _family(ask: Ask, family: Family[MetricsReport]) -> str:
    names = family.members.decode((await asked(ask, family.members)).body)
    missed: list[str] = []
    for query in map(family.each, names):
        report = query.decode((await asked(ask, query)).body)
        missed += [metric.name for metric in report.metrics if metric.missed]
    told = tr("{count} upstreams", count=len(names))
    return tr("{told}; not as promised: {names}", told=told, names=", ".join(missed)) if missed else told


async def asked(ask: Ask, query: Query[Any]) -> Reply:
    """A read whose absence, or being for others, is no failure."""
    try:
        return await ask(query)
    except Forbidden as exc:
        raise Unavailable(tr("not for this user: {detail}", detail=exc.detail or exc.route)) from exc
    except NotOffered as exc:
        raise Unavailable(tr("this gateway has no route for it: {answers}", answers=", ".join(exc.answers))) from exc
