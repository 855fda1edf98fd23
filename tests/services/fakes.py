"""A gateway that does what a test tells it, behind the real contract."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.blame import Layer, Probe, Verdict
from console.model.feed import FeedEvent, FeedItem, FeedLive, FeedLost, FeedMessage
from console.model.health import (
    HealthChange,
    HealthReport,
    HealthSample,
    HealthStatus,
    Origin,
    ServiceHealth,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from console.model.errors import GatewayError


def service(name: str, status: HealthStatus = HealthStatus.HEALTHY, *, problem: str = "") -> ServiceHealth:
    sample = HealthSample(
        service_id=f"id-{name}", at=datetime.now(UTC), origin=Origin.POLL, status=status, total_ms=5.0, problem=problem
    )
    return ServiceHealth(id=f"id-{name}", name=name, sample=sample, version="1.0")


def told(name: str, seconds_ago: float) -> HealthSample:
    return HealthSample(
        service_id=f"id-{name}",
        at=datetime.now(UTC) - timedelta(seconds=seconds_ago),
        origin=Origin.HISTORY,
        status=HealthStatus.HEALTHY,
        score=0.9,
    )


@dataclass
class ScriptedHealth:
    """Answers with `report`, or raises `error` while there is one."""

    interval_s: float = 3600.0
    names: Sequence[str] = ("a", "b")
    error: GatewayError | None = None
    history: tuple[HealthSample, ...] = ()
    reads: int = 0
    services: tuple[ServiceHealth, ...] | None = None

    async def read(self) -> HealthReport:
        self.reads += 1
        if self.error is not None:
            raise self.error
        services = self.services or tuple(service(name) for name in self.names)
        return HealthReport(services=services, history=self.history)


@dataclass
class ScriptedFeed:
    """Gives the events that a test puts in."""

    queue: asyncio.Queue[FeedEvent[FeedItem]] = field(default_factory=asyncio.Queue)
    hurried: int = 0
    lost_at: datetime | None = None

    async def events(self) -> AsyncGenerator[FeedEvent[FeedItem], None]:
        while True:
            yield await self.queue.get()

    def try_now(self) -> None:
        self.hurried += 1

    def live(self) -> None:
        self.queue.put_nowait(FeedLive(at=datetime.now(UTC), lost_at=self.lost_at))

    def lose(self) -> None:
        self.lost_at = datetime.now(UTC)
        self.queue.put_nowait(FeedLost(at=self.lost_at, reason="gone"))

    def say(self, name: str, status: HealthStatus, score: float | None = None) -> None:
        change = HealthChange(service_name=name, status=status, score=score)
        self.queue.put_nowait(FeedMessage(at=datetime.now(UTC), value=change))


async def refused_by_gateway() -> Verdict:
    """What the probes find when nothing listens."""
    probe = Probe(layer=Layer.GATEWAY, ok=False, at=datetime.now(UTC), ms=1.0, detail="refused", reason="refused")
    return Verdict(probes=(probe,))
