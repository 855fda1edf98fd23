"""dotmac on the wire: pure functions from payloads to the model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.api import health_parts, reading
from console.model.errors import ProtocolViolation, Rejected, TenantRequired
from console.model.health import (
    HealthReport,
    HealthSample,
    Origin,
    ServiceHealth,
    derive_status,
)

if TYPE_CHECKING:
    from console.api.contract import Fingerprint
    from console.model.errors import GatewayError

FINGERPRINTS = ("/api/service-registry/services", "/api/tenants")

_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN = 400, 401, 403
_NO_TENANT = "tenant id is required"


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """The guide's own routes exist only here; unauthenticated they answer 401 or 403 in FastAPI's words."""
    fit = 0.0
    for path in FINGERPRINTS:
        found = prints.get(path)
        if found is None:
            continue
        if found.status in (_UNAUTHORIZED, _FORBIDDEN):
            fit += 0.35
        elif found.status == 200 and _is_listing(found.body):  # noqa: PLR2004
            fit += 0.45
        if isinstance(found.body, Mapping) and ("detail" in found.body or "error_code" in found.body):
            fit += 0.1
        if any(name.startswith("x-kong-") for name in found.headers):
            fit -= 0.4
    return max(0.0, min(1.0, fit))


def understand(error: GatewayError) -> GatewayError:
    """400 "Tenant ID is required for this request.": none is chosen, or the token ended; no malformed request."""
    if not isinstance(error, Rejected) or error.status != _BAD_REQUEST:
        return error
    if _NO_TENANT not in error.detail.casefold():
        return error
    meant = TenantRequired(
        error.detail, route=error.route, status=error.status, code=error.code, request_id=error.request_id
    )
    meant.__cause__ = error
    return meant


def _is_listing(body: object) -> bool:
    """Some servers answer every path with the same small object: that tells nothing."""
    return isinstance(body, list) or (
        isinstance(body, Mapping) and any(name in body for name in ("services", *reading.WRAPPERS))
    )


def report(body: object, *, at: datetime, clock_offset_s: float | None, total_ms: float = 0.0) -> HealthReport:
    """The registry's services with their history.

    Args:
        body: A list of `{id, name, status, version, host, port, last_health_check, health_history}`, bare or wrapped,
            or the plain `{status, version, services: [{name, status, message}]}` of servers without a registry.
        at: When the answer came (our clock).
        clock_offset_s: Server's clock minus ours: taken off the history's times, so that one axis holds all.
        total_ms: Of the exchange.

    An entry that can't be read is skipped and said so: one bad service must not hide the others.
    """
    if _is_plain(body):
        return health_parts.report(body, title="dotmac", at=at, total_ms=total_ms, clock_offset_s=clock_offset_s)
    services: dict[str, ServiceHealth] = {}
    history: list[HealthSample] = []
    skipped: list[str] = []
    for index, entry in enumerate(reading.listing(body, "services")):
        try:
            found = _service(entry, at=at)
        except ProtocolViolation as exc:
            skipped.append(f"services[{index}]: {exc.detail}")
            continue
        if found.id in services:
            skipped.append(f"services[{index}]: the id {found.id[:64]!r} is there twice")
            continue
        services[found.id] = found
        past = _history(found.id, reading.obj(entry, "service").get("health_history"), clock_offset_s or 0.0)
        history += past
        if past and past[-1].upstream_ms is not None:
            latest = msgspec.structs.replace(found.sample, upstream_ms=past[-1].upstream_ms)
            services[found.id] = msgspec.structs.replace(found, sample=latest)
    return HealthReport(
        services=tuple(services.values()),
        history=tuple(sorted(history, key=lambda sample: sample.at)),
        complete=not skipped,
        clock_offset_s=clock_offset_s,
        skipped=tuple(skipped),
    )


def _is_plain(body: object) -> bool:
    """The health of a server as a whole and of what it is made of: entries of a registry have ids or a history."""
    if not isinstance(body, Mapping) or not isinstance(body.get("status"), str):
        return False
    entries = body.get("services")
    return isinstance(entries, list) and not any(
        isinstance(entry, Mapping) and ("id" in entry or "health_history" in entry) for entry in entries
    )


def _service(entry: object, *, at: datetime) -> ServiceHealth:
    found = reading.obj(entry, "service")
    name = reading.required_text(found, "name", "service_name", "id")
    service_id = reading.text(found.get("id")) or name
    score = reading.ratio(found.get("health_score"))
    if score is None:
        score = _last_score(found.get("health_history"))
    checked = reading.instant(found.get("last_health_check"))
    sample = HealthSample(
        service_id=service_id,
        at=at,
        origin=Origin.POLL,
        status=derive_status(reading.text(found.get("status")) or None, score),
        said_at=checked,
        score=score,
    )
    return ServiceHealth(
        id=service_id,
        name=name,
        sample=sample,
        version=reading.text(found.get("version")),
        host=reading.text(found.get("host")),
        port=reading.port(found.get("port")),
        last_check=checked,
    )


def _last_score(history: object) -> float | None:
    if not isinstance(history, list) or not history:
        return None
    last = history[-1]
    return reading.ratio(last.get("health_score") if isinstance(last, Mapping) else last)


def _history(service_id: str, history: object, clock_offset_s: float) -> list[HealthSample]:
    """Samples with a time. Bare numbers have none: they tell the latest score and no more."""
    if not isinstance(history, list):
        return []
    samples = []
    for entry in history:
        if not isinstance(entry, Mapping):
            continue
        said_at = reading.instant(entry.get("timestamp"))
        score = reading.ratio(entry.get("health_score"))
        word = reading.text(entry.get("status")) or None
        if said_at is None or (score is None and word is None):
            continue
        try:
            at = said_at - timedelta(seconds=clock_offset_s)
        except OverflowError:
            continue  # before the first or after the last year there is
        latency_ms = reading.number(entry.get("latency_ms"))
        samples.append(
            HealthSample(
                service_id=service_id,
                at=at,
                origin=Origin.HISTORY,
                status=derive_status(word, score),
                said_at=said_at,
                score=score,
                upstream_ms=latency_ms if latency_ms is not None and latency_ms >= 0 else None,
            )
        )
    samples.sort(key=lambda sample: sample.at)
    return samples
