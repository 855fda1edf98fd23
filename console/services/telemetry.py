"""What a gateway tells of itself beside its services' health: numbers, deployments, notices."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from console.model.deployment import Deployment
from console.model.errors import NotFound, NotOffered
from console.model.freshness import Observed
from console.model.metrics import MetricsReport
from console.model.notice import Notice
from console.services.families import follow_family
from console.services.kept_going import kept_going
from console.services.latest import Latest
from console.services.ports import MetricsSnapshot, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from console.api.contract import Gateway
    from console.api.query import Family, Query
    from console.model.feed import FeedItem
    from console.model.metrics import Metric
    from console.services.cache import ReadCache

T = TypeVar("T")
E = TypeVar("E", Deployment, Notice)

SERIES_WINDOW = timedelta(hours=1)
PUSHED_LIMIT = 200
METRICS_LIMIT = 200  # a server may name its numbers anew with every reading
SERIES_LIMIT = 7_200


class Telemetry:
    """See `console.services.ports.Telemetry`. What is read comes through the cache; the feed fills in between.

    Args:
        cache: What is read, for one login at a time.
        is_theirs: Whether the feed that speaks is that login's: one that is about to end may have more to say.
    """

    def __init__(self, cache: ReadCache, is_theirs: Callable[[], bool] = lambda: True) -> None:
        self._cache = cache
        self._is_theirs = is_theirs
        cache.dropped = self.forget
        self._gateway: Gateway | None = None
        self._read: dict[str, Told[MetricsReport]] = {}  # by endpoint, in the dialect's order
        self._era = 0  # counts those for whom numbers were known
        self._metrics: dict[str, Observed[Metric]] = {}
        self._series: dict[str, deque[tuple[datetime, float]]] = {}
        self._deployed: Told[tuple[Deployment, ...]] = Told()
        self._noticed: Told[tuple[Notice, ...]] = Told()
        self._pushed_deployments: dict[str, Observed[Deployment]] = {}
        self._pushed_notices: dict[str, Observed[Notice]] = {}
        self.metrics: Latest[MetricsSnapshot] = Latest(MetricsSnapshot())
        self.deployments: Latest[Told[tuple[Deployment, ...]] | None] = Latest(None)
        self.notices: Latest[Told[tuple[Notice, ...]] | None] = Latest(None)

    async def run(self, gateway: Gateway) -> None:
        """Keep everything up to date until cancelled, from what is known first; whoever is signed in."""
        await kept_going("telemetry", partial(self._run, gateway))

    async def _run(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.metrics.set(MetricsSnapshot(offered=bool(gateway.metrics), era=self._era))
        async with asyncio.TaskGroup() as tasks:
            for query in gateway.metrics:
                self._read[query.endpoint] = Told()
                tasks.create_task(self._follow(query, partial(self._take_metrics, query.endpoint)))
            for family in gateway.metric_families:
                tasks.create_task(self._follow_family(family))
            if gateway.deployments is not None:
                tasks.create_task(self._follow(gateway.deployments, self._take_deployments))
            if gateway.notifications is not None:
                tasks.create_task(self._follow(gateway.notifications.listing, self._take_notices))

    async def _follow(self, query: Query[T], take: Callable[[Told[T]], None]) -> None:
        async with aclosing(self._cache.follow(query)) as answers:
            async for told in answers:
                take(told)

    async def _follow_family(self, family: Family[MetricsReport]) -> None:
        name = family.members.endpoint
        await follow_family(
            self._cache,
            family,
            listed=lambda told: self._take_offered(name, Told(None, told.error)),
            take=lambda member, told: self._take_offered(f"{name} {member}", told),
            gone=lambda member: self._drop_read(f"{name} {member}"),
        )

    def forget(self) -> None:
        """Somebody else, or nobody, is signed in now, or acts for another tenant: what was pushed was not for them."""
        self._era += 1
        self._metrics, self._series = {}, {}
        self._pushed_deployments, self._pushed_notices = {}, {}
        self._deployed, self._noticed = Told(), Told()
        self._read = dict.fromkeys(self._read, Told())
        self.metrics.set(MetricsSnapshot(offered=self.metrics.value.offered, era=self._era))
        self._publish_deployments()
        self._publish_notices()

    def heard(self, item: FeedItem, at: datetime) -> None:
        """What the feed pushed."""
        if not self._is_theirs():
            return
        match item:
            case MetricsReport():
                self._note(Observed(value=item, observed_at=at))
                self._publish_metrics()
            case Deployment():
                _push(self._pushed_deployments, item, at)
                self._publish_deployments()
            case Notice():
                _push(self._pushed_notices, item, at)
                self._publish_notices()
            case _:
                pass  # of no concern here

    def missed(self) -> None:
        """What the feed told for a while was not heard: what can be asked for is read anew."""
        if (gateway := self._gateway) is None:
            return
        queries: list[Query[Any]] = [*gateway.metrics, *(family.members for family in gateway.metric_families)]
        queries += [gateway.deployments] if gateway.deployments is not None else []
        queries += [gateway.notifications.listing] if gateway.notifications is not None else []
        if queries:
            self._cache.invalidate(frozenset().union(*(query.tags for query in queries)))

    def series(self, metric_id: str) -> Sequence[tuple[datetime, float]]:
        """See the port."""
        return tuple(self._series.get(metric_id, ()))

    async def mark_read(self, notice_id: str) -> None:
        """See the port."""
        centre = self._gateway.notifications if self._gateway is not None else None
        if centre is None:
            raise NotOffered("this platform keeps no account of what was read")

        def change(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
            return tuple(msgspec.structs.replace(one, read=True) if one.id == notice_id else one for one in notices)

        async with self._cache.optimistic(centre.listing, change):
            await centre.mark_read(notice_id)
        if (pushed := self._pushed_notices.get(notice_id)) is not None:
            self._pushed_notices[notice_id] = msgspec.structs.replace(
                pushed, value=msgspec.structs.replace(pushed.value, read=True)
            )
            self._publish_notices()

    async def invalidate(self, pattern: str = "") -> None:
        """See the port."""
        control = self._gateway.cache_control if self._gateway is not None else None
        if control is None:
            raise NotOffered("this platform has no cache that could be emptied")
        await control.invalidate(pattern)
        self._cache.invalidate({"metrics"})

    # Taking

    def _take_metrics(self, endpoint: str, told: Told[MetricsReport]) -> None:
        self._read[endpoint] = told
        if told.known is not None:
            self._note(told.known)
        self._publish_metrics()

    def _note(self, report: Observed[MetricsReport]) -> None:
        for metric in report.value.metrics:
            former = self._metrics.get(metric.id)
            if former is None and len(self._metrics) >= METRICS_LIMIT:
                self._drop_oldest()
            if former is not None and former.observed_at > report.observed_at:
                continue  # the feed was quicker
            self._metrics[metric.id] = Observed(
                value=metric, observed_at=report.observed_at, source=report.source, problem=report.problem
            )
            if metric.value is not None and (former is None or former.observed_at < report.observed_at):
                self._append(metric.id, report.observed_at, metric.value)

    def _take_offered(self, name: str, told: Told[MetricsReport]) -> None:
        """As any numbers, but that a gateway has no such route, or no such part any more, is nothing to tell."""
        if isinstance(told.error, NotOffered | NotFound):
            told = Told(told.known)
        self._take_metrics(name, told)

    def _drop_read(self, name: str) -> None:
        """There is no such part any more, nor numbers of it."""
        told = self._read.pop(name, Told())
        for metric in told.known.value.metrics if told.known is not None else ():
            self._metrics.pop(metric.id, None)
            self._series.pop(metric.id, None)
        self._publish_metrics()

    def _drop_oldest(self) -> None:
        oldest = min(self._metrics, key=lambda id_: self._metrics[id_].observed_at)
        del self._metrics[oldest]
        self._series.pop(oldest, None)

    def _append(self, metric_id: str, at: datetime, value: float) -> None:
        series = self._series.setdefault(metric_id, deque(maxlen=SERIES_LIMIT))
        series.append((at, value))
        while series[0][0] < at - SERIES_WINDOW:
            series.popleft()

    def _take_deployments(self, told: Told[tuple[Deployment, ...]]) -> None:
        self._deployed = told
        self._publish_deployments()

    def _take_notices(self, told: Told[tuple[Notice, ...]]) -> None:
        self._noticed = told
        self._publish_notices()

    # Publishing

    def _publish_metrics(self) -> None:
        self.metrics.set(
            MetricsSnapshot(
                offered=bool(self._read) or bool(self._metrics),
                loaded=bool(self._metrics) or any(told.error is not None for told in self._read.values()),
                metrics=tuple(self._metrics.values()),
                failures=tuple((name, told.error) for name, told in self._read.items() if told.error is not None),
                era=self._era,
            )
        )

    def _publish_deployments(self) -> None:
        offered = self._gateway is not None and self._gateway.deployments is not None
        if not offered and not self._pushed_deployments:
            self.deployments.set(None)
            return
        self.deployments.set(_with(self._deployed, self._pushed_deployments.values(), _begun))

    def _publish_notices(self) -> None:
        offered = self._gateway is not None and self._gateway.notifications is not None
        if not offered and not self._pushed_notices:
            self.notices.set(None)
            return
        self.notices.set(_with(self._noticed, self._pushed_notices.values(), _happened))


def _push(pushed: dict[str, Observed[E]], entry: E, at: datetime) -> None:
    """Take one in; beyond the limit the oldest goes."""
    pushed.pop(entry.id, None)
    pushed[entry.id] = Observed(value=entry, observed_at=at)
    if len(pushed) > PUSHED_LIMIT:
        del pushed[next(iter(pushed))]


def _with(
    told: Told[tuple[E, ...]], pushed: Iterable[Observed[E]], when: Callable[[E], datetime]
) -> Told[tuple[E, ...]]:
    """What was read, and what was pushed since then or is in no list, newest first."""
    read_at = told.known.observed_at if told.known is not None else None
    newer = [one for one in pushed if read_at is None or one.observed_at > read_at or _unlisted(one.value)]
    if not newer:
        return told
    entries = {entry.id: entry for entry in (told.known.value if told.known is not None else ())}
    entries |= {one.value.id: one.value for one in newer}
    value = tuple(sorted(entries.values(), key=when, reverse=True))
    if told.known is None:
        return Told(Observed(value=value, observed_at=max(one.observed_at for one in newer)), told.error)
    return Told(msgspec.structs.replace(told.known, value=value), told.error)


def _unlisted(entry: Deployment | Notice) -> bool:
    return isinstance(entry, Notice) and entry.only_pushed


def _begun(deployment: Deployment) -> datetime:
    return deployment.started_at or datetime.min.replace(tzinfo=UTC)


def _happened(notice: Notice) -> datetime:
    return notice.said_at or notice.at
