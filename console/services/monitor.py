"""Keeps the health of one gateway's services up to date, honest about its age, and on record."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.model.connection import FeedState
from console.model.errors import Forbidden, GatewayError, NotOffered, SignInRequired, StoreError, TenantRequired
from console.model.feed import FeedConnecting, FeedDropped, FeedLive, FeedLost, FeedMessage, FeedNonsense
from console.model.freshness import HEALTH_BUDGET_S, Observed, Source, budget_s
from console.model.health import HealthChange, HealthSample, HealthStatus, Origin, Rates, ServiceHealth
from console.services.feed_log import FeedLog
from console.services.health_pace import RETRY_CAP_S, retry_wait_s
from console.services.latest import Latest
from console.services.observed import INTERVAL_S, NAMED_LIMIT, ObservedHealth, only_told
from console.services.ports import HealthSnapshot
from console.services.sample_writer import SampleWriter
from console.services.samples import WINDOW, RecentSamples

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from console.api.contract import Feed, Gateway, HealthSource
    from console.model.blame import Verdict
    from console.model.errors import GatewatchError
    from console.model.feed import FeedEvent, FeedItem
    from console.model.health import HealthReport
    from console.services.connection import ConnectionWatch
    from console.services.gateway_record import HealthRecord
    from console.services.tracking import Tracking

_log = logging.getLogger(__name__)

FALLBACK_INTERVAL_S = 10.0
PUBLISH_INTERVAL_S = 0.05
FEED_AGE_STEP = timedelta(seconds=0.5)
_NO_STEP = timedelta()
TOLD_TOLERANCE = timedelta(seconds=15)  # what was seen here needs no telling
GAP_FACTOR = 2.2


class Monitor:
    """See `console.services.ports.HealthMonitor`.

    Polls the platform's health, listens to its feed where it has one, and re-reads the truth after every reconnect.
    When the feed is lost the poll comes at once, and then more often, until the feed is back.
    """

    def __init__(
        self,
        record: HealthRecord,
        gateway_id: str,
        watch: ConnectionWatch,
        diagnose: Callable[[], Awaitable[Verdict]],
        feed_log: FeedLog | None = None,
    ) -> None:
        self._source: HealthSource | None = None
        self._witness: ObservedHealth | None = None
        self._interval = 0.0
        self._feed: Feed | None = None
        self._record = record
        self._gateway_id = gateway_id
        self._watch = watch
        self._diagnose = diagnose
        self._seen: dict[str, Observed[ServiceHealth]] = {}
        self._ids_by_name: dict[str, list[str]] = {}
        self._recent = RecentSamples()
        self._told_until: dict[str, datetime] = {}
        self._pushed: dict[str, HealthSample] = {}  # not seen yet
        self._noted_at: datetime | None = None  # when the feed was last said to be live
        self._writer = SampleWriter(
            record,
            gateway_id,
            services_of=lambda ids: [self._seen[id_].value for id_ in ids if id_ in self._seen],
            failed=lambda error: self._publish(unrecorded=error),
            left_out=lambda count: self._feed_log.left_out(datetime.now(UTC), count),
        )
        self._hurry = asyncio.Event()
        self._failures = 0
        self._publishing: asyncio.TimerHandle | None = None
        self._class_budget_s = HEALTH_BUDGET_S
        self._basis = HealthSnapshot()
        self.health: Latest[HealthSnapshot] = Latest(self._basis)
        self._feed_log = feed_log or FeedLog(gateway_id, "health")
        self.told: Callable[[FeedItem, datetime], None] = _nobody  # what the feed says of other things than health
        self.missed: Callable[[], None] = _nothing  # something that the feed told of them was not heard

    def attach(self, gateway: Gateway, tracking: Tracking) -> None:
        """Learn to ask: what the record holds can be shown before there is anything to ask with.

        What was tracked takes the place of the platform's own health where there is none, or none for this user.
        """
        self._witness = ObservedHealth(gateway.authentication, tracking)
        self._source, self._feed = gateway.health or self._witness, gateway.feed
        self._reckon_with(self._source.interval_s)
        self._publish(unsupported=(), observed=gateway.health is None)

    def _reckon_with(self, interval_s: float) -> None:
        """Health is old, and has a hole, by how often its source speaks, in seconds."""
        if interval_s == self._interval:
            return
        self._interval = interval_s
        self._publish(
            budget_s=budget_s(self._class_budget_s, interval_s), gap_s=GAP_FACTOR * max(interval_s, RETRY_CAP_S)
        )

    def set_budget(self, class_budget_s: float) -> None:
        """The age from which health counts as stale, unless its source speaks less often than that."""
        self._class_budget_s = class_budget_s
        self._publish(budget_s=budget_s(class_budget_s, self._interval))

    async def move_to(self, gateway_id: str) -> None:
        """Forget everything and begin anew with another tenant's record. Not while `run` runs."""
        self._settle()
        await self._writer.flush()
        self._writer.move_to(gateway_id)
        self._gateway_id = gateway_id
        self._seen, self._ids_by_name, self._told_until = {}, {}, {}
        self._recent = RecentSamples()
        self._pushed, self._failures = {}, 0
        self._publish(loaded=False, source_lost=True, error=None, unsupported=(), skipped=(), unrecorded=None)
        await self.restore()

    def give_up(self, error: GatewatchError) -> None:
        """Nothing can be asked at all, and this is why; what the record holds stays."""
        self._publish(loaded=True, source_lost=True, error=error)

    def recent(self, service_id: str) -> Sequence[HealthSample]:
        """See the port."""
        return self._recent.of(service_id)

    def rates(self, service_id: str) -> Rates:
        """See the port."""
        return self._recent.rates(service_id)

    async def history(self, service_id: str, since: datetime, until: datetime) -> tuple[HealthSample, ...]:
        """See the port."""
        self._settle()
        await self._writer.flush()
        return await self._record.samples(self._gateway_id, service_id, since, until)

    def refresh(self) -> None:
        """See the port."""
        self._hurry.set()
        if self._feed is not None:
            self._feed.try_now()

    async def restore(self) -> None:
        """Show what the record has, before the network is asked anything. One that can't be read shows nothing."""
        try:
            services = await self._record.services(self._gateway_id)
            for observed in services:
                self._see(observed)
            self._publish(loaded=bool(services))
            self._recent.load(await self._record.recent(self._gateway_id, datetime.now(UTC) - WINDOW))
        except StoreError as exc:
            _log.warning("the record of %s can't be shown: %s", self._gateway_id, exc)
        self._publish()

    async def run(self) -> None:
        """Keep everything up to date until cancelled.

        Raises:
            SignInRequired: In a group: the session is over.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._source is not None:
                    tasks.create_task(self._poll(self._source), name="health poll")
                if self._feed is not None:
                    tasks.create_task(self._listen(self._feed), name="health feed")
                tasks.create_task(self._writer.run(), name="health record")
        finally:
            self._watch.feed(FeedState.NONE)
            self._publish(source_lost=True)
            self._settle()
            await self._writer.flush()

    # Polling

    async def _poll(self, source: HealthSource) -> None:
        while True:
            self._hurry.clear()
            try:
                report = await source.read()
            except (SignInRequired, TenantRequired):
                raise
            except GatewayError as exc:
                await self._failed(exc)
            else:
                self._failures = 0
                self._reckon_with(source.interval_s)
                self._take(report)
                await self._wait(self._interval_s(source))

    def _interval_s(self, source: HealthSource) -> float:
        """A feed that is lost, or not there, is made up for by asking more often."""
        lost = self._watch.facts.feed is not FeedState.LIVE and self._feed is not None
        return min(source.interval_s, FALLBACK_INTERVAL_S) if lost else source.interval_s

    async def _failed(self, error: GatewayError) -> None:
        now = datetime.now(UTC)
        wait_s = retry_wait_s(error, self._failures)
        self._failures += 1
        if self._witness is not None and isinstance(error, Forbidden | NotOffered):
            # The gateway is well and says no: that is about health, not about the connection.
            self._reckon_with(INTERVAL_S)
            self._take(self._witness.look(now))
            self._publish(error=error, unsupported=error.answers if isinstance(error, NotOffered) else ())
            await self._wait(INTERVAL_S)
            return
        self._watch.failed(error, now, now + timedelta(seconds=wait_s))
        self._publish(loaded=self.health.value.loaded or self._failures > 1, source_lost=True, error=error)
        waiting = asyncio.get_running_loop().time()
        self._watch.diagnosed(await self._diagnose(), error)
        await self._wait(wait_s - (asyncio.get_running_loop().time() - waiting))

    async def _wait(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, wait_s)):
                await self._hurry.wait()

    def _take(self, report: HealthReport) -> None:
        now = datetime.now(UTC)
        self._settle()
        recovered = self._watch.facts.failing_since is not None
        for sample in report.history:
            self._tell(sample)
        for service in report.services:
            self._observe(service)
        if report.complete:
            self._retain({service.id for service in report.services})
        self._watch.succeeded(now)
        self._feed_log.resynced(now)
        if recovered and self._feed is not None:
            self._feed.try_now()
        self._publish(
            loaded=True,
            source_lost=False,
            error=None,
            unsupported=(),
            observed=report.observed,
            clock_offset_s=report.clock_offset_s,
            skipped=report.skipped,
        )

    def _tell(self, sample: HealthSample) -> None:
        """Take what the platform's history tells of a time when nobody listened."""
        told = self._told_until.get(sample.service_id)
        if told is not None and sample.at <= told:
            return
        self._told_until[sample.service_id] = sample.at
        self._writer.add(sample)
        known = self._recent.of(sample.service_id)
        witnessed = any(abs(sample.at - one.at) < TOLD_TOLERANCE for one in known)
        if sample.at > datetime.now(UTC) - WINDOW and not witnessed:
            self._recent.add(sample)

    def _observe(self, service: ServiceHealth) -> None:
        known = self._seen.get(service.id)
        sample = service.sample
        if known is not None:
            former = known.value
            service = msgspec.structs.replace(
                service,
                version=service.version or former.version,
                host=service.host or former.host,
                port=service.port or former.port,
                last_check=service.last_check or former.last_check,
            )
        if sample.problem and sample.status is HealthStatus.UNKNOWN and known is not None:
            self._see(msgspec.structs.replace(known, problem=sample.problem))
            return  # nothing was observed: the former value only grows older
        self._see(Observed(value=service, observed_at=sample.at, source=Source.LIVE))
        self._recent.add(sample)
        self._writer.add(sample)
        self._writer.changed((sample.service_id,))

    def _see(self, observed: Observed[ServiceHealth]) -> None:
        service = observed.value
        if service.id not in self._seen:
            self._ids_by_name.setdefault(service.name, []).append(service.id)
        self._seen[service.id] = observed

    def _retain(self, service_ids: set[str]) -> None:
        for gone in self._seen.keys() - service_ids:
            name = self._seen.pop(gone).value.name
            if gone in (ids := self._ids_by_name.get(name, [])):
                ids.remove(gone)
        self._recent.retain(service_ids)

    # The feed

    async def _listen(self, feed: Feed) -> None:
        async with contextlib.aclosing(feed.events()) as events:
            async for event in events:
                self._hear(event)

    def _hear(self, event: FeedEvent[FeedItem]) -> None:
        if isinstance(event, FeedMessage):
            self._heard(event.at)
            item = event.value
            self._apply(item, event.at) if isinstance(item, HealthChange) else self.told(item, event.at)
            return
        if isinstance(event, FeedLive | FeedLost):
            self._noted_at = event.at if isinstance(event, FeedLive) else None
        self._feed_log.hear(event)
        match event:
            case FeedConnecting(attempt=1) if self._watch.facts.feed is not FeedState.LOST:
                self._watch.feed(FeedState.CONNECTING)
            case FeedLive(at=at, lost_at=lost_at, degraded=degraded):
                self._watch.feed_live(at, degraded)
                if lost_at is not None:
                    self._reread()
            case FeedLost():
                self._lost(event)
            case FeedNonsense(detail=detail):
                _log.info("health feed: %s", detail)
            case FeedDropped(count=count):
                self._reread()
                self._watch.feed_dropped(count)

    def _lost(self, lost: FeedLost) -> None:
        _log.info("health feed lost: %s", lost.reason)
        if self._watch.facts.feed is FeedState.LIVE:
            self._hurry.set()  # is it the feed alone, or the gateway?
        never = lost.absent and self._watch.facts.feed_at is None
        self._watch.feed(FeedState.NONE if never else FeedState.LOST, lost=lost.reason)

    def _reread(self) -> None:
        """Streams are hints: what one may have left out is read."""
        self._hurry.set()
        self.missed()

    def _heard(self, at: datetime) -> None:
        """Note that the feed speaks, not with every message: thousands may come in a second."""
        if self._noted_at is None or not _NO_STEP <= at - self._noted_at <= FEED_AGE_STEP:
            self._noted_at = at
            self._watch.feed(FeedState.LIVE, at)

    def _apply(self, change: HealthChange, at: datetime) -> None:
        name = change.service_name
        if self._source is self._witness and name not in self._ids_by_name and len(self._seen) < NAMED_LIMIT:
            self._see(Observed(value=only_told(name, at), observed_at=at))
        ids = self._ids_by_name.get(name)
        if not ids:
            return  # the next reading of the registry brings it
        for service_id in ids:
            sample = HealthSample(
                service_id=service_id, at=at, origin=Origin.FEED, status=change.status, score=change.score
            )
            self._pushed[service_id] = sample
            self._recent.add(sample)
            self._writer.add(sample)
        if self._publishing is None:
            self._publishing = asyncio.get_running_loop().call_later(PUBLISH_INTERVAL_S, self._publish)

    def _settle(self) -> None:
        """See what the feed told last of each service: not with every message, for thousands may come in a second."""
        if not self._pushed:
            return
        pushed, self._pushed = self._pushed, {}
        for service_id, sample in pushed.items():
            if (seen := self._seen.get(service_id)) is not None:
                self._see(Observed(value=msgspec.structs.replace(seen.value, sample=sample), observed_at=sample.at))
        self._writer.changed(pushed)

    # What others see, and what is kept

    def _publish(self, **changes: object) -> None:
        """Publish the services as they are now; `changes` stay until changed again."""
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None
        self._settle()
        if changes:
            self._basis = msgspec.structs.replace(self._basis, **changes)
        self.health.set(msgspec.structs.replace(self._basis, services=tuple(self._seen.values())))


def _nobody(_item: FeedItem, _at: datetime) -> None:
    """Nobody wants to know."""


def _nothing() -> None:
    """Nothing more to do."""
