"""The aigentable face's `/system`: health and metrics, measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from console.model.health import HealthStatus
from console.sandbox.faces.aigentable_answers import now
from console.sandbox.faces.aigentable_directory import ADMINS, role_of
from console.sandbox.footprint import cpu_s, resident_bytes

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
        """Numbers of this process and of what it was asked."""
        stats, components = self._world.stats, self._world.components
        latencies = [one.reading.latency_ms for one in components.values() if one.reading.latency_ms is not None]
        return {
            "timestamp": now(),
            "uptime": self._uptime_s(),
            "memory": {"rss": resident_bytes()},
            "cpu": {"seconds": round(cpu_s(), 3)},
            "requests": {"total": stats.requests.total(), "errors": stats.failures()},
            "averageResponseTime": round(sum(latencies) / len(latencies), 2) if latencies else None,
            "activeConnections": len(self._world.feeds),
            "users": len(self._world.accounts.everyone()),
        }

    def _uptime_s(self) -> float:
        return round(time.monotonic() - self._started, 1)
