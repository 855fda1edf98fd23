"""opssight on the wire: pure functions from payloads to the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.api import health_parts, reading
from console.model.errors import NotOffered, Rejected

if TYPE_CHECKING:
    from datetime import datetime

    from console.api.contract import Fingerprint
    from console.model.errors import GatewayError
    from console.model.health import HealthReport

_INVALID = 422
_SWALLOWED = "metric_id"
FINGERPRINTS = ("/health", "/health/detailed", "/api/v1/auth/oauth/providers")


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """Its health is at the root and names parts; its providers are told to strangers."""
    fit = 0.0
    detailed, providers, health = (
        prints.get(path) for path in ("/health/detailed", "/api/v1/auth/oauth/providers", "/health")
    )
    if detailed is not None and isinstance(detailed.body, Mapping) and health_parts.named(detailed.body) is not None:
        fit += 0.4
    if providers is not None and _lists_providers(providers.body):
        fit += 0.4
    if health is not None and isinstance(health.body, Mapping):
        told = " ".join(reading.text(health.body.get(name)) for name in ("service", "name", "app"))
        fit += 0.4 if "opssight" in told.casefold() else 0.0
    return min(1.0, fit)


def understand(error: GatewayError) -> GatewayError:
    """422 about `metric_id`: the route is none of this server's, and another one swallowed it."""
    if not isinstance(error, Rejected) or error.status != _INVALID:
        return error
    if not any(_SWALLOWED in field for field in error.fields):
        return error
    meant = NotOffered(error.detail)
    meant.route, meant.status, meant.request_id = error.route, error.status, error.request_id
    meant.__cause__ = error
    return meant


def _lists_providers(body: object) -> bool:
    listed = body.get("providers") if isinstance(body, Mapping) else body
    return isinstance(listed, list)


def report(body: object, *, at: datetime, total_ms: float, clock_offset_s: float | None) -> HealthReport:
    """`/health/detailed`; see `console.api.health_parts`."""
    return health_parts.report(body, title="opssight", at=at, total_ms=total_ms, clock_offset_s=clock_offset_s)
