"""The service registry of the dotmac face: what is known of every service, with its history."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import JSONResponse, Response

from console.sandbox.history import window_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from console.sandbox.components import ComponentSpec, Reading
    from console.sandbox.faults import ScoreScale
    from console.sandbox.history import Entry
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


async def answer(world: World, hours: float) -> Response:
    """`GET /api/service-registry/services`: a bare list.

    What is measured is collected here and now; the rest is done on a worker thread, so that a large answer does not
    slow the components whose latency it reports.
    """
    since = time.time() - window_s(len(world.components), hours)
    rows = [
        (component.spec, component.reading, world.history.live(component.spec.name, since))
        for component in world.components.values()
    ]
    return Response(await asyncio.to_thread(_encode, world, rows, since), media_type="application/json")


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
    whole: dict[str, object] = {"status": "healthy", "version": "1", "host": "h", "port": 1}
    whole |= {"last_health_check": now, "health_history": []}
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


def _encode(world: World, rows: list[tuple[ComponentSpec, Reading, list[Entry]]], since: float) -> bytes:
    services: list[object] = [
        _service(world, spec, reading, itertools.chain(world.history.seeded(spec.name, since), live))
        for spec, reading, live in rows
    ]
    if world.faults.flags.odd_names:
        services += odd_services(world)
    return msgspec.json.encode(services)


def _service(world: World, spec: ComponentSpec, reading: Reading, entries: Iterable[Entry]) -> dict[str, object]:
    text = world.clock.text
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
            for entry in entries
        ],
    }
