"""B2's own side: a session that hears a feed, and the Health view that shows it. Prints what it measured as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is imported

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

import qasync  # isort: skip  (after PySide6: it takes the binding that is loaded)

from benchmarks import socketio_platform
from benchmarks.feed_server import LAST, MESSAGES, FeedServer, feed_server, names
from console.garbage import collected_here
from console.model.connection import FeedState
from console.model.health import HealthSample, Origin, status_of_score
from console.model.identity import Tokens
from console.model.profile import Profile
from console.presenters.health import HealthPresenter
from console.services.kept_sign_in import kept_as
from console.services.session import Session
from console.store.key import MemoryOnly
from console.store.store import open_store
from console.views.health.view import HealthView
from console.views.theme import Choice, ThemeProvider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from console.store.store import Store

PLATFORMS = {"WebSocket": "dotmac", "Socket.IO": socketio_platform.NAME}
RATE = 2000
PACED_S = 6.0
QUIET_S = 3.0
FRAME_INTERVAL_MS = 5
LIMIT_S = 60.0
_PAST = timedelta(minutes=15)
_PAST_STEP = timedelta(seconds=4)
_SETTLING_S = 2.0
_LOSS_TOLD_S = 1.5


class Frames:
    """How long the window waits for its turn: a timer every `FRAME_INTERVAL_MS`, that interval included.

    On a machine that others use too, part of that is theirs: what the window's own thread worked is told besides.
    """

    def __init__(self) -> None:
        self._turns: list[tuple[float, float]] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_INTERVAL_MS)
        self._timer.timeout.connect(lambda: self._turns.append((time.perf_counter(), time.thread_time())))

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look at the turns of the block."""
        self._turns.clear()
        self._timer.start()
        yield
        self._timer.stop()

    def told(self) -> dict[str, float]:
        """The longest and the 99th percentile, by the clock and by the thread's own work, in milliseconds."""
        pairs = list(itertools.pairwise(self._turns))
        frames = sorted((end - start) * 1000 for (start, _), (end, _) in pairs)
        worked = sorted((end - start) * 1000 for (_, start), (_, end) in pairs)
        nearly_last = math.ceil(len(frames) * 0.99) - 1
        return {
            "longest": frames[-1],
            "p99": frames[nearly_last],
            "longest_worked": worked[-1],
            "p99_worked": worked[nearly_last],
        }


async def measure(server: FeedServer, platform: str, folder: Path) -> dict[str, object]:
    """A quiet window, then one at `RATE`, then a flood."""
    profile = Profile(name="live", url=f"http://127.0.0.1:{server.port}", platform=platform)
    async with _watching(profile, folder) as (session, presenter, view):
        monitor = session.monitor
        await _until(lambda: session.connection.value.facts.feed is FeedState.LIVE)
        await _until(lambda: presenter.state.totals.count == len(names()))
        presenter.open_detail(names()[0])
        await _until(lambda: view.detail.chart is not None)
        await asyncio.sleep(_SETTLING_S)
        frames = Frames()
        with frames.watched():
            await asyncio.sleep(QUIET_S)
        quiet = frames.told()
        server.pace(RATE, PACED_S)
        with frames.watched():
            await asyncio.sleep(PACED_S)
        paced = frames.told()
        await asyncio.sleep(1)
        lost_before = session.connection.value.facts.feed_dropped
        started = time.perf_counter()
        server.flood()
        async with asyncio.timeout(LIMIT_S), contextlib.aclosing(monitor.health.follow()) as snapshots:
            async for _ in snapshots:
                if any(sample.origin is Origin.FEED for sample in monitor.recent(LAST)):
                    break
        took_s = time.perf_counter() - started
        await asyncio.sleep(_LOSS_TOLD_S)
        dropped = session.connection.value.facts.feed_dropped
        return {
            "rate": (MESSAGES + 1 - (dropped - lost_before)) / took_s,
            "dropped": dropped,
            "quiet": quiet,
            "paced": paced,
        }


@contextlib.asynccontextmanager
async def _watching(profile: Profile, folder: Path) -> AsyncIterator[tuple[Session, HealthPresenter, HealthView]]:
    store = await open_store(folder, MemoryOnly())
    await _fill(store, profile)
    session = Session(profile, store.vault, store.record)
    presenter = HealthPresenter(session, _raise)
    view = HealthView(presenter, ThemeProvider(Choice.LIGHT))
    try:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(session.run())
            await session.restored()
            view.resize(1280, 800)
            view.show()
            yield session, presenter, view
            view.close()
            await presenter.stop()
            working.cancel()
    finally:
        await store.close()


async def _fill(store: Store, profile: Profile) -> None:
    """A sign-in, and a quarter of an hour of samples, so that charts and sparklines are as full as they get."""
    now = datetime.now(UTC)
    lasting = Tokens(access="benchmark", refresh="benchmark", expires_at=now + timedelta(days=365))
    await store.vault.save_sign_in(kept_as(profile), lasting, None)
    scores = [1 - (step * 7 % 100) / 250 for step in range(_PAST // _PAST_STEP)]
    past = tuple(
        HealthSample(
            service_id=name,
            at=now - _PAST + step * _PAST_STEP,
            origin=Origin.POLL,
            status=status_of_score(score),
            score=score,
        )
        for step, score in enumerate(scores)
        for name in names()
    )
    await store.record.append_samples(profile.gateway_id, past)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not holds():  # noqa: ASYNC110  (widgets and presenters have no event for it)
            await asyncio.sleep(0.02)


def _raise(_name: str, error: Exception) -> None:
    raise error


def _main(transport: str) -> None:
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with (
        loop,
        collected_here(application),  # as the program has it
        feed_server() as server,
        tempfile.TemporaryDirectory(prefix="gatewatch-b2-") as folder,
    ):
        socketio_platform.install(Path(folder))
        print(json.dumps(loop.run_until_complete(measure(server, PLATFORMS[transport], Path(folder) / "store"))))


if __name__ == "__main__":
    _main(sys.argv[1])
