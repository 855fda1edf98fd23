"""opssight on the wire: pure functions from payloads to the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.api import reading
from console.model.errors import ProtocolViolation
from console.model.health import HealthReport, HealthSample, Origin, ServiceHealth, derive_status

if TYPE_CHECKING:
    from datetime import datetime

    from console.api.contract import Fingerprint

FINGERPRINTS = ("/health", "/health/detailed", "/api/v1/auth/oauth/providers")
PARTS = ("components", "checks", "dependencies", "services")


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """Its health is at the root and names parts; its providers are told to strangers."""
    fit = 0.0
    detailed, providers, health = (
        prints.get(path) for path in ("/health/detailed", "/api/v1/auth/oauth/providers", "/health")
    )
    if detailed is not None and isinstance(detailed.body, Mapping) and _parts(detailed.body) is not None:
        fit += 0.4
    if providers is not None and _lists_providers(providers.body):
        fit += 0.4
    if health is not None and isinstance(health.body, Mapping):
        told = " ".join(reading.text(health.body.get(name)) for name in ("service", "name", "app"))
        fit += 0.4 if "opssight" in told.casefold() else 0.0
    return min(1.0, fit)


def _lists_providers(body: object) -> bool:
    listed = body.get("providers") if isinstance(body, Mapping) else body
    return isinstance(listed, list)


def report(body: object, *, at: datetime, total_ms: float, clock_offset_s: float | None) -> HealthReport:
    """All parts of `/health/detailed`, or the server as a whole where it names none.

    Args:
        body: `{status, components|checks: {name: {status, latency_ms?, detail?}}}` or
            `{status, dependencies: {name: true|false}}`.
        at: When the answer came (our clock).
        total_ms: Of the exchange; the latency of the server as a whole.
        clock_offset_s: Server's clock minus ours.

    Raises:
        ProtocolViolation: It names neither parts nor a status.
    """
    found = reading.unwrapped(body, "health")
    said_at = reading.instant(found.get("timestamp"))
    whole = reading.text(found.get("service")) or "opssight"
    parts = _parts(found)
    word = reading.text(found.get("status"))
    if parts is None and not word:
        raise ProtocolViolation("health has neither a status nor parts", field="status")
    sample = HealthSample(
        service_id="platform",
        at=at,
        origin=Origin.POLL,
        status=derive_status(word or None, None, dependencies=[_word(part) for part in (parts or {}).values()]),
        said_at=said_at,
        total_ms=total_ms,
    )
    version = reading.text(found.get("version"))
    services = [ServiceHealth(id="platform", name=whole, sample=sample, version=version, last_check=said_at)]
    services += [_part(name, part, at=at, said_at=said_at) for name, part in (parts or {}).items()]
    return HealthReport(services=tuple(services), clock_offset_s=clock_offset_s)


def _parts(body: Mapping[str, object]) -> Mapping[str, object] | None:
    return next((found for name in PARTS if isinstance(found := body.get(name), Mapping)), None)


def _part(name: str, part: object, *, at: datetime, said_at: datetime | None) -> ServiceHealth:
    fields = part if isinstance(part, Mapping) else {}
    latency_ms = next(
        (ms for key in ("latency_ms", "response_time_ms", "response_time", "latency")
         if (ms := reading.number(fields.get(key))) is not None),
        None,
    )  # fmt: skip
    sample = HealthSample(
        service_id=f"part:{name}",
        at=at,
        origin=Origin.POLL,
        status=derive_status(_word(part) or None, reading.ratio(fields.get("score"))),
        said_at=said_at,
        upstream_ms=latency_ms,
        score=reading.ratio(fields.get("score")),
        problem=reading.text(fields.get("error")),
    )
    version = reading.text(fields.get("version"))
    return ServiceHealth(
        id=f"part:{name}", name=reading.clean(name), sample=sample, version=version, last_check=said_at
    )


def _word(part: object) -> str:
    """A part may be a truth value, a word, or an object with a status."""
    if isinstance(part, bool):
        return "healthy" if part else "down"
    return reading.text(part.get("status")) if isinstance(part, Mapping) else reading.text(part)
