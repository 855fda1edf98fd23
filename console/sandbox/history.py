"""Health as it was: thirty seeded days before the platform was born, and what was measured since."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from console.model.health import status_of_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

    from console.sandbox.components import Reading

SEEDED_DAYS = 30
_MINUTE_S = 60
_HOUR_S = 3_600
_BLOCK_MINUTES = 10
_BLOCK_S = _BLOCK_MINUTES * _MINUTE_S
_BLOCKS_KEPT = 25_000
_MANY_SERVICES = 100
_MANY_WINDOW_S = 15 * _MINUTE_S
_ENTRIES_PER_ANSWER = 40_000
_LIVE_ENTRIES = 43_200
_BROWNOUT_CHANCE = 0.004


@dataclass(frozen=True, slots=True)
class Entry:
    """The health of one service over one step.

    Attributes:
        at: Start of the step, epoch seconds.
        latency_ms: Mean of the step; None when nothing was answered.
    """

    at: float
    score: float
    latency_ms: float | None

    @property
    def status(self) -> str:
        """The word for the score."""
        return status_of_score(self.score).value


def window_s(services: int, hours: float) -> float:
    """How far back an answer about many services may go, so that it stays a few megabytes."""
    affordable_s = max(1, _ENTRIES_PER_ANSWER // max(1, services)) * _MINUTE_S
    if services > _MANY_SERVICES:
        affordable_s = min(affordable_s, _MANY_WINDOW_S)
    return min(hours * _HOUR_S, affordable_s)


@lru_cache(maxsize=_BLOCKS_KEPT)
def seeded_block(seed: int, service: str, block: int) -> tuple[Entry, ...]:
    """Ten minutes of made-up health, a minute an entry; the same for the same arguments, on every machine.

    Args:
        seed: Of the sandbox.
        service: Name of the service.
        block: Ten-minute blocks since the epoch.
    """
    source = random.Random(f"{seed}:{service}:{block}")  # noqa: S311  (a picture, no secret)
    usual_ms = 8 + sum(service.encode()) % 40
    weak_from = source.randrange(_BLOCK_MINUTES) if source.random() < _BROWNOUT_CHANCE else _BLOCK_MINUTES
    depth = source.uniform(0.3, 0.65)
    entries = []
    for minute in range(_BLOCK_MINUTES):
        weak = minute >= weak_from
        score = 1.0 - source.random() * 0.06 - (depth if weak else 0.0)
        latency_ms = usual_ms * source.uniform(0.7, 1.4) * (9 if weak else 1)
        entries.append(Entry(float(block * _BLOCK_S + minute * _MINUTE_S), round(score, 4), round(latency_ms, 2)))
    return tuple(entries)


class _Step:
    """What came in during the step that is not over yet."""

    __slots__ = ("answers", "count", "latency_ms", "score")

    def __init__(self) -> None:
        self.count = self.answers = 0
        self.score = self.latency_ms = 0.0

    def add(self, reading: Reading) -> None:
        self.count += 1
        self.score += reading.score
        if reading.latency_ms is not None:
            self.answers += 1
            self.latency_ms += reading.latency_ms

    def entry(self, at: float) -> Entry:
        latency_ms = round(self.latency_ms / self.answers, 2) if self.answers else None
        return Entry(at, round(self.score / self.count, 4), latency_ms)


class History:
    """All history of all services.

    With a file, steps are appended as they end and read back at the next start: the time in between stays a hole.

    Args:
        seed: Of the seeded past.
        step_s: Length of a live step in seconds.
        file: Where live steps are kept; None keeps them in memory. Closed by `close`.
    """

    def __init__(self, seed: int, *, step_s: float, file: Path | None = None) -> None:
        self._seed = seed
        self._step_s = step_s
        self._live: defaultdict[str, deque[Entry]] = defaultdict(lambda: deque(maxlen=_LIVE_ENTRIES))
        self._open: defaultdict[str, _Step] = defaultdict(_Step)
        self.born_at = time.time()
        self._step = self._step_of(self.born_at)
        self._file: TextIO | None = None
        if file is not None:
            if file.exists():
                with file.open(encoding="utf-8") as lines:
                    self._restore(lines)
            self._file = file.open("a", encoding="utf-8")
            self._write({"born": self.born_at})

    def add(self, service: str, reading: Reading) -> None:
        """Take a measurement in."""
        self.turn(reading.at)
        self._open[service].add(reading)

    def turn(self, now: float) -> None:
        """End the current step when its time has passed."""
        step = self._step_of(now)
        if step == self._step:
            return
        at = self._step * self._step_s
        ended = {service: kept.entry(at) for service, kept in self._open.items()}
        for service, entry in ended.items():
            self._live[service].append(entry)
        if ended:
            self._write({"at": at, "of": {name: [entry.score, entry.latency_ms] for name, entry in ended.items()}})
        self._open.clear()
        self._step = step

    def live(self, service: str, since: float) -> list[Entry]:
        """What was measured from a moment (epoch seconds) on, oldest first; the unfinished step is not among it."""
        kept = self._live.get(service, ())
        return [entry for entry in kept if entry.at >= since]

    def seeded(self, service: str, since: float) -> Iterator[Entry]:
        """The made-up past from a moment (epoch seconds) on, oldest first. May be called from any thread."""
        since = max(since, self.born_at - SEEDED_DAYS * 24 * _HOUR_S)
        if since < self.born_at:
            for block in range(int(since // _BLOCK_S), int(self.born_at // _BLOCK_S) + 1):
                for entry in seeded_block(self._seed, service, block):
                    if since <= entry.at and entry.at + _MINUTE_S <= self.born_at:
                        yield entry

    def close(self) -> None:
        """Let go of the file; the unfinished step is not kept."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _step_of(self, now: float) -> int:
        return int(now // self._step_s)

    def _write(self, line: dict[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()

    def _restore(self, lines: Iterable[str]) -> None:
        for line in lines:
            try:
                kept = json.loads(line)
            except json.JSONDecodeError:
                continue  # the last line of a process that was killed while writing
            if "born" in kept:
                self.born_at = min(self.born_at, kept["born"])
            else:
                for service, (score, latency_ms) in kept["of"].items():
                    self._live[service].append(Entry(kept["at"], score, latency_ms))
