"""What the platform measures of itself: machine, requests, cache, people. Nothing here is made up."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.sandbox.cache import AnswerCache

_WINDOW_S = 60.0
_REQUESTS_KEPT = 20_000
_SERVER_ERROR = 500
_AT_LEAST_S = 0.2  # process time over a shorter stretch says little


@dataclass(frozen=True, kw_only=True)
class RequestReading:
    """The requests of the last minute, through all faces.

    Attributes:
        per_s: Since the start, when that is less than a minute ago.
        error_ratio: Share of answers with 500 and above, 0 to 1.
        mean_ms: And the percentiles: from the request's arrival to its answer; None without requests.
    """

    count: int
    per_s: float
    error_ratio: float
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Everything at one moment.

    Attributes:
        at: True time, epoch seconds.
        cpu_ratio: Of all cores, used by this process since the reading before.
        memory_ratio: Of the machine's memory, held by this process; None where it can't be told.
        disk_ratio: Of the disk with temporary files.
        active_users: Users with an open session.
    """

    at: float
    cpu_ratio: float
    memory_ratio: float | None
    disk_ratio: float
    cache_hit_ratio: float
    active_users: int
    requests: RequestReading


class RequestMeter:
    """Requests in a sliding minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float, bool]] = deque(maxlen=_REQUESTS_KEPT)
        self._started = time.monotonic()

    def add(self, latency_ms: float, status: int) -> None:
        """A request was answered now."""
        self._seen.append((time.monotonic(), latency_ms, status >= _SERVER_ERROR))

    def reading(self) -> RequestReading:
        """The last minute."""
        now = time.monotonic()
        while self._seen and self._seen[0][0] < now - _WINDOW_S:
            self._seen.popleft()
        count = len(self._seen)
        latencies = sorted(latency_ms for _, latency_ms, _ in self._seen)
        errors = sum(failed for _, _, failed in self._seen)
        return RequestReading(
            count=count,
            per_s=round(count / max(1.0, min(_WINDOW_S, now - self._started)), 3),
            error_ratio=round(errors / count, 4) if count else 0.0,
            mean_ms=round(sum(latencies) / count, 3) if count else None,
            p50_ms=percentile(latencies, 0.50),
            p95_ms=percentile(latencies, 0.95),
            p99_ms=percentile(latencies, 0.99),
        )


class Meters:
    """The platform's instruments.

    Args:
        cache: Whose hit rate is told.
    """

    def __init__(self, cache: AnswerCache) -> None:
        self.requests = RequestMeter()
        self._cache = cache
        self._cpu_from = (time.monotonic(), time.process_time())
        self._cpu_ratio = 0.0

    def read(self, *, active_users: int) -> Metrics:
        """Measure now."""
        disk = shutil.disk_usage(tempfile.gettempdir())
        return Metrics(
            at=time.time(),
            cpu_ratio=self._cpu(),
            memory_ratio=_memory_ratio(),
            disk_ratio=round(disk.used / disk.total, 4),
            cache_hit_ratio=self._cache.hit_ratio,
            active_users=active_users,
            requests=self.requests.reading(),
        )

    def _cpu(self) -> float:
        """Several listeners read at about the same time: very close ones get the same value."""
        wall, used = time.monotonic(), time.process_time()
        wall_before, used_before = self._cpu_from
        if wall - wall_before >= _AT_LEAST_S:
            self._cpu_ratio = round(min(1.0, (used - used_before) / (wall - wall_before) / (os.cpu_count() or 1)), 4)
            self._cpu_from = (wall, used)
        return self._cpu_ratio


def percentile(ordered: Sequence[float], ratio: float) -> float | None:
    """The nearest-rank percentile of ascending values; None of none."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(ratio * len(ordered)) - 1)], 3)


def _memory_ratio() -> float | None:
    """Resident memory of this process over the machine's."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * page
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * page
    except (AttributeError, ValueError, OSError):  # not on Linux
        return None
    return round(resident / total, 4)
