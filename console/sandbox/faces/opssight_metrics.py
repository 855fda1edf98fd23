"""What the opssight face measures and remembers: metrics, cache, API performance, deployments; in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from console.sandbox.alerts import Alert
    from console.sandbox.deployments import Deployment
    from console.sandbox.meters import Metrics
    from console.sandbox.world import World

_METRICS_LIFETIME_S = 1.0
_DEPLOYMENTS_LIFETIME_S = 60.0  # a deployment that starts or ends clears them
_PAGE_LIMIT = 100
_KIB = 1024


def metrics(world: World, reading: Metrics) -> dict[str, object]:
    """Usage in percent, rates as ratios."""
    told: dict[str, object] = {
        "cpu_usage": round(reading.cpu_ratio * 100, 2),
        "disk_usage": round(reading.disk_ratio * 100, 2),
        "cache_hit_rate": reading.cache_hit_ratio,
        "request_rate": reading.requests.per_s,
        "error_rate": reading.requests.error_ratio,
        "active_users": reading.active_users,
        "timestamp": world.clock.text(reading.at),
    }
    if reading.memory_ratio is not None:
        told["memory_usage"] = round(reading.memory_ratio * 100, 2)
    return told


def deployment(world: World, one: Deployment) -> dict[str, object]:
    """One deployment."""
    text = world.clock.text
    return {
        "id": one.id,
        "service": one.service,
        "version": one.version,
        "environment": one.environment,
        "status": one.status,
        "author": one.author,
        "started_at": text(one.started_at),
        "finished_at": None if one.finished_at is None else text(one.finished_at),
    }


def alert(world: World, one: Alert) -> dict[str, object]:
    """One alert, raised or cleared."""
    text = world.clock.text
    return {
        "id": one.id,
        "service": one.service,
        "severity": one.severity,
        "message": one.message,
        "status": "active" if one.cleared_at is None else "resolved",
        "created_at": text(one.raised_at),
        "resolved_at": None if one.cleared_at is None else text(one.cleared_at),
    }


def metrics_answer(world: World) -> Response:
    """`GET /api/v1/metrics`."""

    def make() -> dict[str, object]:
        return metrics(world, world.metrics())

    return _cached(world, "metrics", make, lifetime_s=_METRICS_LIFETIME_S)


def deployments_answer(world: World, request: Request) -> Response:
    """`GET /api/v1/deployments?status&page&limit`: a bare list, newest first."""
    query = request.query_params
    try:
        page, limit = int(query.get("page", "1")), int(query.get("limit", "20"))
    except ValueError:
        entry = {"loc": ["query", "page"], "msg": "Input should be a valid integer", "type": "int_parsing"}
        return JSONResponse({"detail": [entry]}, 422)
    page, limit, status = max(1, page), min(_PAGE_LIMIT, max(1, limit)), query.get("status", "")

    def make() -> list[dict[str, object]]:
        found = world.deployments.all(status=status)[(page - 1) * limit : page * limit]
        return [deployment(world, one) for one in found]

    return _cached(world, f"deployments:{status}:{page}:{limit}", make, lifetime_s=_DEPLOYMENTS_LIFETIME_S)


def cache_answer(world: World, *, as_text: bool) -> Response:
    """`GET /cache/metrics`; as running servers write it, numbers carry their units."""
    cache = world.cache
    if not as_text:
        levels = {"memory": {"hit_rate": cache.hit_ratio, "size": len(cache)}}
        told = {"hit_rate": cache.hit_ratio, "hits": cache.hits, "misses": cache.misses, "size": len(cache)}
        return JSONResponse({**told, "levels": levels})
    asked = cache.hits + cache.misses
    return JSONResponse(
        {
            "hit_rate": f"{cache.hit_ratio * 100:.1f}%",
            "miss_rate": f"{(1 - cache.hit_ratio) * 100 if asked else 0:.1f}%",
            "total_requests": asked,
            "cache_size": f"{cache.size_bytes / _KIB:.1f}KB",
            "eviction_count": cache.evictions,
            "avg_response_time": f"{cache.mean_ms:.3f}ms",
        }
    )


def performance_answer(world: World, *, as_text: bool) -> Response:
    """`GET /api/performance`; as running servers write it, numbers carry their units."""
    reading = world.meters.requests.reading()
    if not as_text:
        return JSONResponse(
            {
                "p50": reading.p50_ms,
                "p95": reading.p95_ms,
                "p99": reading.p99_ms,
                "requests_per_second": reading.per_s,
                "error_rate": reading.error_ratio,
            }
        )
    return JSONResponse(
        {
            "avg_response_time": _ms(reading.mean_ms),
            "p95_response_time": _ms(reading.p95_ms),
            "p99_response_time": _ms(reading.p99_ms),
            "requests_per_second": reading.per_s,
            "error_rate": f"{reading.error_ratio * 100:.2f}%",
            "active_connections": len(world.feeds),
        }
    )


async def invalidate_answer(world: World, request: Request) -> Response:
    """`POST /cache/invalidate {pattern?}`."""
    raw = await request.body()
    try:
        body = msgspec.json.decode(raw, type=_Invalidation) if raw else _Invalidation()
    except msgspec.MsgspecError as exc:
        return JSONResponse({"detail": [{"loc": ["body", "pattern"], "msg": str(exc), "type": "value_error"}]}, 422)
    return JSONResponse({"message": "Cache invalidated", "invalidated": world.cache.invalidate(body.pattern or "*")})


class _Invalidation(msgspec.Struct):
    pattern: str | None = None


def _ms(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}ms"


def _cached(world: World, key: str, make: Callable[[], object], *, lifetime_s: float) -> Response:
    body = world.cache.get(key, lambda: msgspec.json.encode(make()), lifetime_s=lifetime_s)
    return Response(body, media_type="application/json")
