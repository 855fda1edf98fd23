"""The service registry of the dotmac face: what is known of every service, with its history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import JSONResponse, Response

from console.sandbox.history import window_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.sandbox.components import Component
    from console.sandbox.faults import ScoreScale
    from console.sandbox.world import World

_SCALES: dict[ScoreScale, Callable[[float], object]] = {
    "ratio": lambda score: score,
    "percent": lambda score: round(score * 100, 2),
    "text": str,
    "words": lambda score: "good" if score >= 0.8 else "poor",  # noqa: PLR2004
}


def score_fields(world: World, score: float) -> dict[str, object]:
    """`health_score` in the scale that is switched on; nothing when it is to be missing."""
    scale = _SCALES.get(world.faults.flags.score_scale)
    return {"health_score": scale(score)} if scale else {}


def answer(world: World, hours: float) -> Response:
    """`GET /api/service-registry/services`: a bare list."""
    since = time.time() - window_s(len(world.components), hours)
    services: list[object] = [_service(world, component, since) for component in world.components.values()]
    if world.faults.flags.odd_names:
        services += odd_services(world)
    return Response(msgspec.json.encode(services), media_type="application/json")


def platform_health(world: World) -> Response:
    """`GET /api/v1/health` of running servers."""
    services = [
        {
            "name": component.spec.name,
            "status": component.reading.status.value,
            "message": "answers" if component.running else "no answer",
            "required": component.spec.required,
        }
        for component in world.components.values()
    ]
    broken = any(service["required"] and service["status"] == "unhealthy" for service in services)
    return JSONResponse({"status": "unhealthy" if broken else "healthy", "version": "1.0.0", "services": services})


def odd_services(world: World) -> list[object]:
    """Entries that a registry should not have, and sometimes has."""
    now = world.clock.text(time.time())
    whole = {"status": "healthy", "version": "1", "host": "h", "port": 1, "last_health_check": now, "health_history": []}
    return [
        {"id": "odd-1", "name": "<b>x</b>", **whole},
        {"id": "odd-2", "name": "n" * 300, **whole},
        {"id": "odd-3", "name": "invoice\u202efdp.exe", **whole},
        {"id": "odd-4", "name": "line\nbreak\ttab", **whole, "status": "sideways"},
        {"id": 5, "name": "numbers", **whole, "health_history": [0.9, 91, "0.92", None]},
        {"id": "odd-6", "name": "bare"},
        {"id": "odd-7", "status": "healthy"},
        {"id": "odd-8", "name": None, "status": None, "port": "eighty", "last_health_check": "yesterday"},
        "not an object",
    ]


def _service(world: World, component: Component, since: float) -> dict[str, object]:
    spec, reading, text = component.spec, component.reading, world.clock.text
    return {
        "id": spec.name,
        "name": spec.name,
        "status": reading.status.value,
        "version": spec.version,
        "host": spec.host,
        "port": spec.port,
        "last_health_check": text(reading.at),
        **score_fields(world, reading.score),
        "health_history": [
            {
                "timestamp": text(entry.at),
                **score_fields(world, entry.score),
                "status": entry.status,
                "latency_ms": entry.latency_ms,
            }
            for entry in world.history.of(spec.name, since)
        ],
    }
