"""The aigentable face's `/system`: health and metrics, measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from console.model.health import HealthStatus
from console.sandbox.faces.aigentable_answers import moment, now
from console.sandbox.faces.aigentable_directory import ADMINS, role_of
from console.sandbox.footprint import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from console.sandbox.accounts import User
    from console.sandbox.faces.aigentable_answers import Answers
    from console.sandbox.world import World

_VERSION = "1.8.0"


class SystemRoutes:
    """For admins; running servers let anybody with a token see the health, and only the highest role the rest."""

    def __init__(self, world: World, answers: Answers, signed_in: Callable[[Request], User | Response]) -> None:
        self._world = world
        self._answers = answers
        self._signed_in = signed_in
        self._started = time.monotonic()

    def routes(self, base: str) -> list[Route]:
        """The same in both forms."""
        return [
            Route(f"{base}/system/health", self._health, methods=["GET"]),
            Route(f"{base}/system/metrics", self._metrics, methods=["GET"]),
        ]

    async def _health(self, request: Request) -> Response:
        user = self._signed_in(request)
        if isinstance(user, Response):
            return user
        if not self._answers.wrapped and role_of(user) not in ADMINS:
            return self._answers.no(403, "Insufficient permissions")
        services = {
            name: {
                "status": component.reading.status.value,
                "responseTime": component.reading.latency_ms,
                "version": component.spec.version,
            }
            for name, component in self._world.components.items()
        }
        statuses = [component.reading.status for component in self._world.components.values()]
        well = all(status is HealthStatus.HEALTHY for status in statuses)
        return self._answers.yes(
            {
                "status": "healthy" if well else "degraded",
                "timestamp": now(),
                "uptime": self._uptime_s(),
                "version": _VERSION,
                "services": services,
            }
        )

    async def _metrics(self, request: Request) -> Response:
        user = self._signed_in(request)
        if isinstance(user, Response):
            return user
        if role_of(user) not in (("SUPER_ADMIN",) if self._answers.wrapped else ADMINS):
            return self._answers.no(403, "Insufficient permissions")
        return self._answers.yes(self.metrics())

    def metrics(self) -> dict[str, object]:
        """What the platform measures of itself, under this platform's names."""
        read, stats = self._world.metrics(), self._world.stats
        return {
            "timestamp": moment(read.at),
            "uptime": self._uptime_s(),
            "memory": {"rss": resident_bytes(), "usage": read.memory_ratio},
            "cpu": {"usage": read.cpu_ratio},
            "disk": {"usage": read.disk_ratio},
            "requests": {
                "total": stats.requests.total(),
                "perSecond": read.requests.per_s,
                "errorRate": read.requests.error_ratio,
            },
            "averageResponseTime": read.requests.mean_ms,
            "cacheHitRate": read.cache_hit_ratio,
            "activeConnections": len(self._world.feeds),
            "activeUsers": read.active_users,
            "totalUsers": len(self._world.accounts.everyone()),
        }

    def _uptime_s(self) -> float:
        return round(time.monotonic() - self._started, 1)
