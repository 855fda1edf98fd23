"""kong on the wire: pure functions from payloads to the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api import failures, reading
from console.model.errors import ProtocolViolation
from console.model.health import HealthSample, HealthStatus, Origin, ServiceHealth, derive_status

if TYPE_CHECKING:
    from console.api.contract import Fingerprint
    from console.model.errors import GatewayError
    from console.model.exchange import Exchange

_REJECTED = 400

FINGERPRINTS = ("/", "/api/v1/auth/health")


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """Kong marks its answers with latency headers, and answers unknown routes in a sentence of its own."""
    fit = 0.0
    for found in prints.values():
        if any(name.startswith("x-kong-") for name in found.headers):
            fit += 0.4
        if found.headers.get("via", "").lower().find("kong") >= 0 or found.headers.get("server", "").startswith("kong"):
            fit += 0.3
        if isinstance(found.body, Mapping) and "no Route matched" in reading.text(found.body.get("message")):
            fit += 0.3
        if isinstance(found.body, Mapping) and reading.text(found.body.get("service")):
            fit += 0.2
    return min(1.0, fit)


def service(route_name: str, body: object, exchange: Exchange, *, at: datetime) -> ServiceHealth:
    """One service from the answer of its health route.

    Args:
        route_name: Which route was asked: the id, because one service may stand behind several.
        body: `{service, status, version, port, dependencies, metrics}`; only `status` is needed.
        exchange: For the latencies.
        at: When the answer came (our clock).
    """
    found = reading.unwrapped(body, "health")
    score = _score(found)
    status = derive_status(
        reading.text(found.get("status")) or None,
        score,
        http_status=exchange.status,
        dependencies=_dependency_words(found.get("dependencies")),
    )
    sample = HealthSample(
        service_id=route_name,
        at=at,
        origin=Origin.POLL,
        status=status,
        said_at=reading.instant(found.get("timestamp")),
        score=score,
        total_ms=exchange.total_ms,
        gateway_ms=exchange.gateway_ms,
        upstream_ms=exchange.upstream_ms,
    )
    return ServiceHealth(
        id=route_name,
        name=reading.text(found.get("service")) or route_name,
        sample=sample,
        version=reading.text(found.get("version")),
        host=reading.text(found.get("host")),
        port=reading.port(found.get("port")),
        last_check=sample.said_at,
    )


def silent_service(route_name: str, name: str, *, problem: str, status: HealthStatus) -> ServiceHealth:
    """A service that the gateway could not give an answer of, while it answered for others."""
    sample = HealthSample(
        service_id=route_name, at=datetime.now(UTC), origin=Origin.POLL, status=status, problem=problem
    )
    return ServiceHealth(id=route_name, name=name, sample=sample)


def _score(body: Mapping[str, object]) -> float | None:
    metrics = body.get("metrics")
    inner = metrics if isinstance(metrics, Mapping) else {}
    return next(
        (
            score
            for value in (body.get("health_score"), body.get("score"), inner.get("health_score"))
            if (score := reading.ratio(value)) is not None
        ),
        None,
    )


def _dependency_words(value: object) -> tuple[str, ...]:
    """`{name: "healthy"}`, `{name: {status}}` or `{name: true}`."""
    if not isinstance(value, Mapping):
        return ()
    words = []
    for entry in value.values():
        if isinstance(entry, bool):
            words.append("healthy" if entry else "down")
        elif isinstance(entry, Mapping):
            words.append(reading.text(entry.get("status")))
        else:
            words.append(reading.text(entry))
    return tuple(words)


def batch_results(body: object, route: str) -> list[object | GatewayError]:
    """The answers of a batch, in the order of its requests: `{results: [{data} | {error}]}`.

    Raises:
        ProtocolViolation: There are no results, or one is neither.
    """
    results = reading.obj(body, "batch").get("results")
    if not isinstance(results, list):
        raise ProtocolViolation("there are no results", field="results", route=route)
    return [_batch_result(entry, f"results[{number}]", route) for number, entry in enumerate(results)]


def _batch_result(entry: object, where: str, route: str) -> object | GatewayError:
    if not isinstance(entry, Mapping) or not ({"data", "error"} & entry.keys()):
        raise ProtocolViolation("neither data nor error", field=where, route=route)
    error = entry.get("error")
    if error is None:
        return entry.get("data")
    stated = reading.number(error.get("status") or error.get("statusCode")) if isinstance(error, Mapping) else None
    status = int(stated) if stated is not None and stated in range(400, 600) else _REJECTED
    return failures.from_answer(status, {}, json.dumps({"error": error}).encode(), route=route, request_id="")
