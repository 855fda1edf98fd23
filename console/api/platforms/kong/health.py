"""kong: each service's own health route, asked through the gateway."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api.platforms.kong import wire
from console.model.blame import Layer
from console.model.capability import Effect, Operation
from console.model.errors import (
    BreakerOpen,
    ConnectionLost,
    GatewayError,
    NotOffered,
    ProtocolViolation,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
)
from console.model.health import HealthReport, HealthStatus, ServiceHealth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.transport import Reply, Transport

INTERVAL_S = 8.0
TIMEOUT_S = 4.0

ROUTES = {
    "auth": "/api/v1/auth",
    "documents": "/api/v1/documents",
    "notifications": "/api/v1/notifications",
    "workflows": "/api/v1/workflows",
}


def routes(named: Sequence[str]) -> Mapping[str, str]:
    """The guide's services, then those that a profile names, which stand where the guide's stand."""
    return ROUTES | {name: f"/api/v1/{name}" for name in named if name not in ROUTES}


def _check(name: str, route: str) -> Operation:
    return Operation(
        name=f"health.{name}",
        method="GET",
        routes=(f"{route}/health",),
        effect=Effect.READ,
        timeout_s=TIMEOUT_S,
        polled=True,
    )


class KongHealth:
    """See `console.api.contract.HealthSource`.

    Asked every 8 s: four services make 30 requests a minute, a third of the guide's limit, and a dead gateway is
    noticed within 12 s. Where a profile names more services, all are asked less often, so that it stays a third.
    """

    def __init__(self, transport: Transport, routes: Mapping[str, str] = ROUTES) -> None:
        self._transport = transport
        self._checks = {name: _check(name, route) for name, route in routes.items()}
        self._names: dict[str, str] = {}
        self.interval_s = INTERVAL_S * max(1.0, len(routes) / len(ROUTES))

    async def read(self) -> HealthReport:
        """Ask every service at once. What all of them say is the gateway's own trouble."""
        outcomes = await asyncio.gather(*(self._ask(name, check) for name, check in self._checks.items()))
        services: list[ServiceHealth] = []
        failures: dict[str, GatewayError] = {}
        offset_s: float | None = None
        for name, outcome in zip(self._checks, outcomes, strict=True):
            match outcome:
                case (ServiceHealth() as service, offset):
                    services.append(service)
                    offset_s = offset if offset is not None else offset_s
                    self._names[name] = service.name
                case GatewayError() as error:
                    failures[name] = error
                    if (silent := self._silent(name, error)) is not None:
                        services.append(silent)
        whole = _of_the_whole(tuple(failures.values()), answered=len(failures) < len(self._checks))
        if whole is not None:
            raise whole
        return HealthReport(
            services=tuple(services),
            clock_offset_s=offset_s,
            complete=all(isinstance(error, NotOffered) for error in failures.values()),
            skipped=tuple(
                f"{name}: {error.detail or type(error).__name__}"
                for name, error in failures.items()
                if not isinstance(error, NotOffered)
            ),
        )

    async def _ask(self, name: str, check: Operation) -> tuple[ServiceHealth, float | None] | GatewayError:
        try:
            reply: Reply = await self._transport.call(check)
            service = wire.service(name, reply.body, reply.exchange, at=datetime.now(UTC))
        except GatewayError as exc:
            return exc
        return service, reply.clock_offset_s

    def _silent(self, name: str, error: GatewayError) -> ServiceHealth | None:
        """A card for a service that could not be asked; None for one that this gateway does not route."""
        match error:
            case NotOffered():
                return None
            case ServiceFailed() | ConnectionLost():
                status = HealthStatus.UNHEALTHY
            case _:
                status = HealthStatus.UNKNOWN
        problem = error.detail or type(error).__name__
        return wire.silent_service(name, self._names.get(name, name), problem=problem, status=status)


def _of_the_whole(failures: Sequence[GatewayError], *, answered: bool) -> GatewayError | None:
    """The error of the gateway as a whole; None when each failure is its service's own.

    A session that is over is over for all. Otherwise one service that answered, with 5xx or nonsense too, clears the
    gateway: Kong answers 503 for a dead upstream, and a service that can't reach identity answers 401 to good tokens.
    Kong says so in JSON: where only a proxy's page comes for every service, nothing was learned of any of them.
    """
    over = next((error for error in failures if isinstance(error, SignInRequired)), None)
    if over is not None or answered:
        return over
    asked = [error for error in failures if not isinstance(error, NotOffered)]
    sent = [error for error in asked if not isinstance(error, BreakerOpen)]
    if sent and all(isinstance(error, ServiceFailed) and error.layer is Layer.GATEWAY for error in sent):
        return sent[0]
    if not asked:
        answers = [answer for error in failures if isinstance(error, NotOffered) for answer in error.answers]
        return NotOffered("health is not offered", answers=answers)
    if any(isinstance(error, ServiceFailed | ProtocolViolation) for error in asked):
        return None
    return next((error for error in asked if isinstance(error, Unauthorized)), asked[0])
