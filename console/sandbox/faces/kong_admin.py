"""Kong's admin API, on a port of its own: what the gateway routes, how it is, and how the upstreams are."""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.faces.kong_routes import ROUTES, SERVICES, VERSION
from console.sandbox.footprint import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from console.sandbox.components import Component
    from console.sandbox.listener import Connections
    from console.sandbox.world import World

_TIMEOUT_MS = 30_000
_RETRIES = 3
_MEBIBYTE = 1024 * 1024


class KongAdmin:
    """Reads only, and without a sign-in, as Kong's own on a private port.

    Args:
        world: The platform behind the gateway.
        connections: Of the kong face's listener.
        busy: How many requests that face is answering.
    """

    def __init__(self, world: World, connections: Connections, busy: Callable[[], int]) -> None:
        self._world = world
        self._connections = connections
        self._busy = busy
        self._since = int(time.time())
        self.app: ASGIApp = Starlette(
            routes=[
                Route("/", self._node, methods=["GET"]),
                Route("/status", self._status, methods=["GET"]),
                Route("/services", self._services, methods=["GET"]),
                Route("/routes", self._routes, methods=["GET"]),
                Route("/upstreams", self._upstreams, methods=["GET"]),
                Route("/upstreams/{name}/health", self._health, methods=["GET"]),
            ],
            exception_handlers={404: _absent, 405: _not_allowed},
        )

    async def _node(self, _request: Request) -> Response:
        return JSONResponse({"version": VERSION, "node_id": _id("node"), "tagline": "Welcome to kong"})

    async def _status(self, _request: Request) -> Response:
        active, busy = len(self._connections), self._busy()
        memory = resident_bytes()
        worker = {"pid": os.getpid(), "http_allocated_gc": f"{(memory or 0) / _MEBIBYTE:.2f} MiB"}
        requests = self._world.stats.requests
        return JSONResponse(
            {
                "database": {"reachable": self._world.components["postgres"].running},
                "memory": {"workers_lua_vms": [worker], "lua_shared_dicts": {}},
                "server": {
                    "connections_accepted": self._connections.accepted,
                    "connections_handled": self._connections.accepted,
                    "connections_active": active,
                    "connections_reading": 0,
                    "connections_writing": min(active, busy),
                    "connections_waiting": max(0, active - busy),
                    "total_requests": sum(n for route, n in requests.items() if route.startswith("kong ")),
                },
            }
        )

    async def _services(self, _request: Request) -> Response:
        return _page(self._service(name) for name in SERVICES)

    async def _routes(self, _request: Request) -> Response:
        return _page(self._route(prefix, name) for prefix, name in ROUTES.items())

    async def _upstreams(self, _request: Request) -> Response:
        return _page(
            self._entity("upstream", name) | {"algorithm": "round-robin", "slots": 10_000} for name in SERVICES
        )

    async def _health(self, request: Request) -> Response:
        name = request.path_params["name"]
        name = next((known for known in SERVICES if name in (known, _id(f"upstream {known}"))), None)
        if name is None:
            return JSONResponse({"message": "Not found"}, 404)
        component = self._world.components[name]
        return _page([self._target(name, component)], node_id=_id("node"))

    def _target(self, name: str, component: Component) -> dict[str, object]:
        health, available = ("HEALTHY", 100) if component.running else ("UNHEALTHY", 0)
        address = {"ip": component.spec.host, "port": component.spec.port, "health": health, "weight": 100}
        return {
            "id": _id(f"target {name}"),
            "created_at": float(self._since),
            "target": f"{component.spec.host}:{component.spec.port}",
            "upstream": {"id": _id(f"upstream {name}")},
            "weight": 100,
            "health": health,
            "data": {
                "host": component.spec.host,
                "port": component.spec.port,
                "dns": "A",
                "nodeWeight": 100,
                "weight": {"total": 100, "available": available, "unavailable": 100 - available},
                "addresses": [address],
            },
        }

    def _service(self, name: str) -> dict[str, object]:
        return self._entity("service", name) | {
            "protocol": "http",
            "host": name,  # of the upstream, which has the address
            "port": 80,
            "path": None,
            "retries": _RETRIES,
            "connect_timeout": _TIMEOUT_MS,
            "write_timeout": _TIMEOUT_MS,
            "read_timeout": _TIMEOUT_MS,
            "enabled": True,
        }

    def _route(self, prefix: str, name: str) -> dict[str, object]:
        return self._entity("route", prefix.rpartition("/")[2]) | {
            "service": {"id": _id(f"service {name}")},
            "protocols": ["http", "https"],
            "methods": None,
            "hosts": None,
            "paths": [prefix],
            "strip_path": False,
            "preserve_host": False,
        }

    def _entity(self, kind: str, name: str) -> dict[str, object]:
        told = {"id": _id(f"{kind} {name}"), "name": name, "tags": None}
        return {**told, "created_at": self._since, "updated_at": self._since}


def _id(what: str) -> str:
    """The same at every start, as if it were kept in a database."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"gatewatch sandbox {what}"))


def _page(entries: Iterable[dict[str, object]], **more: str) -> Response:
    return JSONResponse({"data": list(entries), "next": None, **more})


async def _absent(_request: Request, _exc: Exception) -> Response:
    return JSONResponse({"message": "Not found"}, 404)


async def _not_allowed(_request: Request, _exc: Exception) -> Response:
    return JSONResponse({"message": "Method not allowed"}, 405)
