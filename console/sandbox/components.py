"""The parts of the platform: real tasks that do a little real work and whose latency is measured."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.model.health import HealthStatus, status_of_score

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_TIMEOUT_S = 2.5
_COMFORTABLE_MS = 250.0
_COMFORTABLE_SCORE = 0.85
_HOPELESS_MS = 1_400.0
_WORK = bytes(range(256)) * 64


@dataclass(frozen=True, kw_only=True)
class ComponentSpec:
    """What a component is.

    Attributes:
        needs: Names of the components it depends on.
        pause_s: How long its work waits for something slower than memory, on average.
    """

    name: str
    port: int
    version: str
    host: str = "127.0.0.1"
    needs: tuple[str, ...] = ()
    pause_s: float = 0.008
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One measurement of a component.

    Attributes:
        at: True time, epoch seconds.
        score: 0 to 1, from the latency alone; 0 when it did not answer.
        latency_ms: From the question to the answer; None without an answer.
    """

    at: float
    status: HealthStatus
    score: float
    latency_ms: float | None


def score_of(latency_ms: float) -> float:
    """The score of an answer: 1 for instant, 0.85 at 250 ms, falling to 0.3 at 1.4 s and staying there."""
    if latency_ms <= _COMFORTABLE_MS:
        return 1.0 - (1.0 - _COMFORTABLE_SCORE) * latency_ms / _COMFORTABLE_MS
    fall = (_COMFORTABLE_SCORE - 0.3) * (latency_ms - _COMFORTABLE_MS) / (_HOPELESS_MS - _COMFORTABLE_MS)
    return max(0.3, _COMFORTABLE_SCORE - fall)


@dataclass(frozen=True)
class _Question:
    asked_at: float  # monotonic
    answer: asyncio.Future[float | None] | None = None


class Component:
    """One running part.

    Its task answers questions one after the other. When the task dies, the component is unhealthy at that instant;
    when its work gets slower, its measured latency and with it its score change. Nothing sets the health directly.

    Args:
        spec: What it is.
        seed: Decides the rhythm of its work.
        on_reading: Told every new reading.
    """

    def __init__(self, spec: ComponentSpec, *, seed: int, on_reading: Callable[[Component, Reading], None]) -> None:
        self.spec = spec
        self.reading = Reading(at=time.time(), status=HealthStatus.UNKNOWN, score=0.0, latency_ms=None)
        self.started_at = time.time()
        self.answered = 0
        self.slower_by_s = 0.0
        self._on_reading = on_reading
        self._random = random.Random(f"{seed}:{spec.name}")  # noqa: S311  (a rhythm, no secret)
        self._questions: asyncio.Queue[_Question] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._unanswered_since: float | None = None
        self._closing = False

    @property
    def running(self) -> bool:
        """Whether its task lives."""
        return self._task is not None and not self._task.done()

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start the work; nothing happens when it is running."""
        if self.running:
            return
        self._closing = False
        self.started_at = time.time()
        self._unanswered_since = None
        self._questions = asyncio.Queue()
        self._task = tasks.create_task(self._work(self._questions), name=f"component {self.spec.name}")
        self._task.add_done_callback(functools.partial(self._died, self._questions))
        self.ping()

    def deploy(self, version: str) -> None:
        """Be another version from the next start on."""
        self.spec = replace(self.spec, version=version)

    def kill(self) -> None:
        """End the task as a crash would: questions waiting in line are never answered."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def close(self) -> None:
        """End the task without a reading: the whole platform goes away."""
        self._closing = True
        self.kill()

    def ping(self) -> None:
        """Ask without waiting: the reading follows. An answer that is overdue becomes a reading now."""
        if not self.running:
            self._read(None)
        elif self._unanswered_since is None:
            self._unanswered_since = time.monotonic()
            self._questions.put_nowait(_Question(self._unanswered_since))
        elif time.monotonic() - self._unanswered_since > ANSWER_TIMEOUT_S:
            self._read(None)

    async def ask(self, *, patience_s: float = ANSWER_TIMEOUT_S) -> float | None:
        """Have the component do one piece of work.

        Returns:
            How long it took, in milliseconds, waiting in line included; None when the component is dead.

        Raises:
            TimeoutError: It lives, but was too slow.
        """
        if not self.running:
            return None
        answer: asyncio.Future[float | None] = asyncio.get_running_loop().create_future()
        self._questions.put_nowait(_Question(time.monotonic(), answer))
        async with asyncio.timeout(patience_s):
            return await answer

    async def _work(self, questions: asyncio.Queue[_Question]) -> None:
        digest = b""
        while True:
            question = await questions.get()
            try:
                await asyncio.sleep(self._random.uniform(0.3, 1.7) * self.spec.pause_s + self.slower_by_s)
            except asyncio.CancelledError:
                questions.put_nowait(question)  # so that whoever waits for it learns that nobody will answer
                raise
            digest = hashlib.sha256(_WORK + digest).digest()
            self.answered += 1
            latency_ms = (time.monotonic() - question.asked_at) * 1000
            if question.answer is None:
                self._unanswered_since = None
                self._read(latency_ms)
            elif not question.answer.done():
                question.answer.set_result(latency_ms)

    def _died(self, questions: asyncio.Queue[_Question], _task: asyncio.Task[None]) -> None:
        while not questions.empty():
            waiting = questions.get_nowait().answer
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        if not self._closing:
            self._read(None)

    def _read(self, latency_ms: float | None) -> None:
        score = 0.0 if latency_ms is None else round(score_of(latency_ms), 4)
        self.reading = Reading(
            at=time.time(),
            status=status_of_score(score),
            score=score,
            latency_ms=None if latency_ms is None else round(latency_ms, 2),
        )
        self._on_reading(self, self.reading)


_OWN = (
    ComponentSpec(name="identity-service", port=8001, version="2.4.1", needs=("postgres", "redis"), pause_s=0.012),
    ComponentSpec(name="content-service", port=8002, version="3.1.0", needs=("postgres", "redis"), pause_s=0.018),
    ComponentSpec(name="communication-service", port=8003, version="1.9.4", needs=("redis",), pause_s=0.009),
    ComponentSpec(name="workflow-service", port=8004, version="4.0.2", needs=("postgres", "redis"), pause_s=0.022),
    ComponentSpec(name="api-gateway", port=8000, version="3.7.1", pause_s=0.003),
    ComponentSpec(name="service-registry", port=8010, version="1.2.0", needs=("redis",), pause_s=0.004),
    ComponentSpec(name="audit-trail", port=8011, version="2.0.3", needs=("postgres",), pause_s=0.015),
    ComponentSpec(name="distributed-locks", port=8012, version="1.0.8", needs=("redis",), pause_s=0.003),
    ComponentSpec(name="tenant-service", port=8013, version="1.4.2", needs=("postgres",), pause_s=0.008),
    ComponentSpec(name="search-indexer", port=8014, version="0.9.7", needs=("content-service",), required=False),
    ComponentSpec(name="postgres", port=5432, version="16.4", pause_s=0.006),
    ComponentSpec(name="redis", port=6379, version="7.2.5", pause_s=0.002),
)


def specs(count: int) -> tuple[ComponentSpec, ...]:
    """The platform's own twelve components, then as many workers as it takes to make `count`."""
    workers = (
        ComponentSpec(
            name=f"worker-{index:05d}", port=20_000 + index, version="1.0.0", needs=("redis",), required=False
        )
        for index in range(1, max(0, count - len(_OWN)) + 1)
    )
    return (*_OWN, *workers)
