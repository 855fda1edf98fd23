"""The Diagnostics view's content: every request, what they add up to, and how this program itself fares."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from console.api.breaker import CircuitView
from console.api.budget import BudgetView
from console.model.cached import CacheStats
from console.model.connection import Connection
from console.model.errors import StoreError
from console.presenters.requests_model import RequestsInView, RequestsModel
from console.presenters.task_scope import TaskScope
from console.services.exchange_export import as_har
from console.services.exchange_file import save_bytes
from console.services.explain import explain, story
from console.services.request_stats import RequestSummary, call_key, calls_of, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.model.exchange import Exchange
    from console.model.profile import Profile
    from console.services.latest import Latest
    from console.services.ports import AnswerCache
    from console.services.tracking import Tracking

_TICK_MS = 100
_TICKS_A_SUMMARY = 10
_LAGS_KEPT = 600  # a minute
_LOOK_BACK = timedelta(days=1)


class TrackedSession(Protocol):
    """What is asked of a session; see `console.services.session.Session`."""

    tracking: Tracking

    @property
    def circuits(self) -> Callable[[], tuple[CircuitView, ...]]:
        """Gives every service asked so far, and whether it is left alone."""

    @property
    def budget(self) -> Callable[[], BudgetView | None]:
        """Gives how many requests the gateway is asked by what polls."""

    @property
    def profile(self) -> Profile:
        """How to reach the gateway."""

    @property
    def cache(self) -> AnswerCache:
        """What is kept of its answers."""

    @property
    def connection(self) -> Latest[Connection]:
        """The connection's story."""


class RequestRecord(Protocol):
    """Requests of former sessions; see `console.store.record.Record`."""

    async def exchanges(self, gateway_id: str, since: datetime, *, limit: int = 10_000) -> tuple[Exchange, ...]:
        """The newest since a time, oldest first. Raises StoreError."""


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the window's loop was late in the last minute."""

    p50_ms: float
    max_ms: float


class DiagnosticsState(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the table.

    Attributes:
        loaded: The record was read, or can't be.
        count: Requests that are held.
        summary: What those of the last 15 minutes add up to.
        circuits: Services asked so far, and whether they are left alone.
        budget: How many requests the gateway is asked by what polls; None before the first.
        cache: What the cache did.
        connection: Its story; None before the first look.
        lag: By how much the window's loop was late in the last minute; None before the first measurement.
        story: One sentence on the connection.
        problem: Why requests of former sessions are missing; empty when they are not.
        said: What became of saving; empty before.
        following: New requests come in; otherwise the table stands still.
    """

    loaded: bool = False
    count: int = 0
    summary: RequestSummary = RequestSummary()
    circuits: tuple[CircuitView, ...] = ()
    budget: BudgetView | None = None
    cache: CacheStats = CacheStats()
    connection: Connection | None = None
    lag: Lag | None = None
    story: str = ""
    problem: str = ""
    said: str = ""
    following: bool = True


class DiagnosticsPresenter(QObject):
    """Works while it is shown. Rows come ten times a second, the rest once."""

    state_changed = Signal(object)  # DiagnosticsState

    def __init__(
        self, session: TrackedSession, record: RequestRecord, on_error: Callable[[str, Exception], None]
    ) -> None:
        super().__init__()
        self._session = session
        self._record = record
        self._tasks = TaskScope(self, on_error)
        self.state = DiagnosticsState()
        self.rows = RequestsModel(self)
        self.shown = RequestsInView(self.rows, self)
        self._taken = 0
        self._ticks = 0
        self._lags_ms: deque[float] = deque(maxlen=_LAGS_KEPT)
        self._ticked_at: float | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def profile(self) -> Profile:
        """Whose requests they are."""
        return self._session.profile

    def start(self) -> None:
        """Follow, from the record on."""
        self._ticked_at = None
        self._timer.start()
        if not self.state.loaded:
            self._tasks.start("requests of the record", self._load)

    def pause(self) -> None:
        """Rest."""
        self._timer.stop()

    def follow(self, *, following: bool) -> None:
        """Let new requests come in, or let the table stand still."""
        self._tell(following=following)

    def attempts_of(self, exchange: Exchange) -> Sequence[Exchange]:
        """All attempts of the call that it belongs to, in order, as far as they are held."""
        alike = [one for one in self.rows.exchanges if call_key(one) == call_key(exchange)]
        return calls_of(alike)[0] if alike else (exchange,)

    def save_har(self, path: str) -> None:
        """Write what passes the filter, oldest first, as an HTTP archive; on a thread."""
        exchanges = sorted(self.shown.exchanges(), key=lambda one: one.at)
        self._tasks.start("save as HAR", lambda: self._save_har(Path(path), exchanges))

    async def _save_har(self, path: Path, exchanges: Sequence[Exchange]) -> None:
        url = self.profile.url
        self._tell(said=await asyncio.to_thread(lambda: save_bytes(path, as_har(exchanges, url).encode())))

    def read_again(self) -> None:
        """Read the record once more: the last time it failed."""
        self._tasks.start("requests of the record", self._load)

    async def _load(self) -> None:
        """Former sessions first: what this one did is in the ring, and perhaps in the record too."""
        ring = self._session.tracking
        problem = ""
        recorded: tuple[Exchange, ...] = ()
        try:
            recorded = await self._record.exchanges(self.profile.gateway_id, datetime.now(UTC) - _LOOK_BACK)
        except StoreError as exc:
            problem = explain(exc).text
        self.rows.clear()
        held = ring.since(0)
        began = held[0].at if held else None
        self.rows.add([one for one in recorded if began is None or one.at < began])
        self.rows.add(held)
        self._taken = ring.count
        summary = await self._summary()
        self._tell(loaded=True, problem=problem, summary=summary)

    def _tick(self) -> None:
        now = time.perf_counter()
        if self._ticked_at is not None:
            self._lags_ms.append(max(0.0, (now - self._ticked_at) * 1000 - _TICK_MS))
        self._ticked_at = now
        if self.state.loaded and self.state.following:
            count = self._session.tracking.count
            self.rows.add(self._session.tracking.since(self._taken))
            self._taken = count
        if self._ticks % _TICKS_A_SUMMARY == 0:
            self._tasks.start("requests add up", self._sum_up)
        self._ticks += 1

    async def _sum_up(self) -> None:
        self._tell(summary=await self._summary())

    async def _summary(self) -> RequestSummary:
        """On a thread: 10,000 requests take longer than a frame."""
        held = self._session.tracking.since(0)
        return await asyncio.to_thread(summarise, held, datetime.now(UTC))

    def _lag(self) -> Lag | None:
        late_ms = self._lags_ms
        return Lag(p50_ms=statistics.median(late_ms), max_ms=max(late_ms)) if late_ms else None

    def _tell(self, **changes: object) -> None:
        session = self._session
        connection = session.connection.value
        self.state = msgspec.structs.replace(
            self.state,
            count=self.rows.rowCount(),
            circuits=session.circuits(),
            budget=session.budget(),
            cache=session.cache.stats,
            connection=connection,
            lag=self._lag(),
            story=story(connection, datetime.now(UTC)),
            **changes,
        )
        self.state_changed.emit(self.state)
