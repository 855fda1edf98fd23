"""The numbers that a gateway gives of itself: what is shown of them, and emptying the cache they tell of."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model import zone
from console.model.capability import Capability
from console.model.errors import GatewayError
from console.model.freshness import Freshness, Observed, Source
from console.model.metrics import Metric
from console.presenters.display import age_text, exact_time, printable
from console.presenters.health_state import Notice
from console.presenters.number_texts import number_text, target_text, verdict_text
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope
from console.services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from console.services.ports import GatewaySession, MetricsSnapshot

GAP_S = 2.2 * 60.0  # platforms keep their numbers for a minute, so that is how often they are asked
_NAME_LIMIT = 60


class NumberTile(msgspec.Struct, frozen=True, kw_only=True):
    """One number as it is shown.

    Attributes:
        observed: The number with its age and source.
        stale: Grey: it may no longer hold.
        offline: It comes from the record, or nothing fresh can arrive.
    """

    observed: Observed[Metric]
    stale: bool
    offline: bool

    @property
    def metric(self) -> Metric:
        """The number itself."""
        return self.observed.value

    @property
    def name(self) -> str:
        """What it is called: perhaps the server's word."""
        return printable(self.metric.name, _NAME_LIMIT)

    @property
    def value(self) -> str:
        """With its unit."""
        return number_text(self.metric.value, self.metric.unit)

    @property
    def target(self) -> str:
        """What is promised; empty for nothing."""
        return target_text(self.metric.target, self.metric.unit) if self.metric.target is not None else ""

    @property
    def verdict(self) -> str:
        """Whether it is kept; of a stale number nothing is said."""
        return "" if self.stale else verdict_text(self.metric)

    def age(self, now: datetime) -> str:
        """Such as `3 s` or `14 min, offline`."""
        return age_text(self.observed.age_s(now), offline=self.offline)

    def sentence(self, now: datetime) -> str:
        """All of it, for a screen reader."""
        target = tr("target {target}", target=self.target) if self.target else ""
        parts = (f"{self.name} {self.value}", target, self.verdict, tr("seen {age} ago", age=self.age(now)))
        return ", ".join(filter(None, parts))

    def hover(self) -> str:
        """What the tile has no room for."""
        lines = (
            f"{self.name}: {self.value}",
            " · ".join(filter(None, (tr("target {target}", target=self.target), self.verdict))) if self.target else "",
            tr("seen {time}", time=exact_time(self.observed.observed_at)),
            printable(self.observed.problem),
        )
        return "\n".join(filter(None, lines))


class CacheState(msgspec.Struct, frozen=True, kw_only=True):
    """Emptying the platform's own cache.

    Attributes:
        offered: The platform has one that can be emptied.
        refusal: Why not here; empty when it may be.
        busy: It is being asked.
        said: What became of the last try.
    """

    offered: bool = False
    refusal: str = ""
    busy: bool = False
    said: str = ""


class NumbersState(msgspec.Struct, frozen=True, kw_only=True):
    """The strip of numbers.

    Attributes:
        offered: The platform gives some at all.
        loaded: It has said something, or failed to.
        tiles: Those that something is promised of, then the others, each in the platform's order.
        verdicts: How many targets are missed, in words; empty where none is known.
        failures: What gave nothing the last time, and why, a line each.
        cache: Emptying what the platform caches.
        era: Another one means that the former numbers were for somebody else.
    """

    offered: bool = False
    loaded: bool = False
    tiles: tuple[NumberTile, ...] = ()
    verdicts: str = ""
    failures: tuple[Notice, ...] = ()
    cache: CacheState = CacheState()
    era: int = 0

    def tile(self, metric_id: str) -> NumberTile | None:
        """The number of that id."""
        return next((tile for tile in self.tiles if tile.metric.id == metric_id), None)


class NumbersPresenter(QObject):
    """Follows the numbers of one gateway between `start` and `stop`; ages are looked at with every `tick`."""

    state_changed = Signal(object)  # NumbersState

    def __init__(
        self,
        session: GatewaySession,
        clock: Callable[[], datetime],
        on_error: Callable[[str, Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._tasks = TaskScope(self, on_error)
        self._state = NumbersState()

    @property
    def state(self) -> NumbersState:
        """What is shown now."""
        return self._state

    @property
    def confirmation(self) -> str:
        """What must be typed before the cache is emptied; empty where a click is enough."""
        profile = self._session.profile
        return profile.name if profile.production else ""

    def start(self) -> None:
        """Begin to follow."""
        self._tasks.start("numbers", self._follow)

    def pause(self) -> None:
        """Stop following until `start`; a cache that is being emptied goes on."""
        self._tasks.cancel("numbers")

    async def stop(self) -> None:
        """Stop for good."""
        await self._tasks.close()

    def tick(self) -> None:
        """Look at the clock: what became stale."""
        self._take()

    def series(self, metric_id: str) -> Sequence[tuple[datetime, float]]:
        """A number's values since the session began, oldest first, at most the last hour."""
        return self._session.telemetry.series(metric_id)

    def empty_cache(self) -> None:
        """Empty the platform's cache; whoever calls has asked the operator."""
        if not self._refusal():
            self._tasks.start("empty cache", self._empty)

    async def _follow(self) -> None:
        async with aclosing(paced(self._session.telemetry.metrics)) as snapshots:
            async for _snapshot in snapshots:
                self._take()

    async def _empty(self) -> None:
        self._say(busy=True, said="")
        try:
            await self._session.telemetry.invalidate()
        except GatewayError as error:
            said = explain(error)
            request = tr("Request {id}", id=printable(said.request_id)) if said.request_id else ""
            self._say(busy=False, said=" ".join(filter(None, (tr("Not emptied."), said.text, request))))
        else:
            self._say(
                busy=False, said=tr("The cache was emptied at {time}.", time=f"{zone.shown(self._clock()):%H:%M:%S}")
            )

    def _say(self, **changes: object) -> None:
        self._set(msgspec.structs.replace(self._state, cache=msgspec.structs.replace(self._state.cache, **changes)))

    def _refusal(self) -> str:
        if self._session.profile.read_only:
            return tr("This profile is read-only: nothing is changed on its gateway.")
        return ""

    def _take(self) -> None:
        telemetry = self._session.telemetry.metrics.value
        offered = self._session.standing.value.offered or frozenset()
        cache = msgspec.structs.replace(
            self._state.cache, offered=Capability.CACHE_CONTROL in offered, refusal=self._refusal()
        )
        lost = self._session.monitor.health.value.source_lost
        self._set(
            NumbersState(
                offered=telemetry.offered,
                loaded=telemetry.loaded,
                tiles=(tiles := tiles_of(telemetry, self._clock(), source_lost=lost)),
                verdicts=verdicts_of(tiles),
                failures=failures_of(telemetry),
                cache=cache,
                era=telemetry.era,
            )
        )

    def _set(self, state: NumbersState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def tiles_of(snapshot: MetricsSnapshot, now: datetime, *, source_lost: bool) -> tuple[NumberTile, ...]:
    """The numbers as they are shown: those with a target first, for they say what is wrong."""
    budget_s = Freshness.METRICS.default_budget_s
    tiles = (
        NumberTile(
            observed=observed,
            stale=observed.is_stale(now, budget_s=budget_s, source_lost=source_lost),
            offline=source_lost or observed.source is not Source.LIVE,
        )
        for observed in snapshot.metrics
    )
    return tuple(sorted(tiles, key=lambda tile: tile.metric.target is None))


def verdicts_of(tiles: Iterable[NumberTile]) -> str:
    """How many targets are missed; what is stale counts for nothing."""
    promised = [tile.metric for tile in tiles if tile.verdict]
    if not promised:
        return ""
    missed = sum(metric.missed for metric in promised)
    if not missed:
        return tr("all {count} targets kept", count=len(promised))
    return tr("{missed} of {count} targets missed", missed=missed, count=len(promised))


def failures_of(snapshot: MetricsSnapshot) -> tuple[Notice, ...]:
    """What gave nothing, a line each: where it was asked, and why not."""
    lines = []
    for name, error in snapshot.failures:
        said = explain(error)
        lines.append(
            Notice(
                text=f"{printable(error.route or name)}: {said.headline}",
                details=(said.advice,) if said.advice else (),
                request_id=said.request_id,
            )
        )
    return tuple(lines)
