"""Kong's admin API: its own form, with numbers that are real."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.sandbox.thread import SandboxThread


@pytest.fixture
def admin(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.kong_admin_url, trust_env=False, timeout=10) as client:
        yield client


def test_the_status_counts_connections_and_requests(
    sandbox: SandboxThread, admin: httpx.Client, kong: httpx.Client
) -> None:
    before = admin.get("/status").json()
    assert before["database"] == {"reachable": True}
    for _ in range(3):
        kong.get("/api/v1/auth/health")
    after = admin.get("/status").json()["server"]
    assert after["total_requests"] == before["server"]["total_requests"] + 3
    assert after["connections_accepted"] == before["server"]["connections_accepted"] + 1
    assert after["connections_active"] == before["server"]["connections_active"] + 1
    assert after["connections_waiting"] + after["connections_writing"] == after["connections_active"]
    sandbox.apply(kill_service="postgres")
    assert admin.get("/status").json()["database"] == {"reachable": False}


def test_the_memory_is_that_of_the_process(admin: httpx.Client) -> None:
    (worker,) = admin.get("/status").json()["memory"]["workers_lua_vms"]
    assert worker["pid"] == os.getpid()
    number, unit = worker["http_allocated_gc"].split()
    assert unit == "MiB"
    assert float(number) > 1


def test_services_routes_and_upstreams_belong_together(sandbox: SandboxThread, admin: httpx.Client) -> None:
    services = admin.get("/services").json()["data"]
    routes = admin.get("/routes").json()["data"]
    assert len(services) == 4
    assert {route["service"]["id"] for route in routes} == {service["id"] for service in services}
    assert {service["host"] for service in services} == {one["name"] for one in admin.get("/upstreams").json()["data"]}
    sandbox.apply(kill_service="content-service")
    health = {
        service["host"]: admin.get(f"/upstreams/{service['host']}/health").json()["data"][0]["health"]
        for service in services
    }
    assert health.pop("content-service") == "UNHEALTHY"
    assert set(health.values()) == {"HEALTHY"}
    assert admin.get("/upstreams/nobody/health").json() == {"message": "Not found"}


def test_a_gateway_that_is_down_has_no_admin_api(sandbox: SandboxThread, admin: httpx.Client) -> None:
    sandbox.apply(outage={"face": "kong"})
    with pytest.raises(httpx.TransportError):
        admin.get("/status")
    sandbox.apply(outage=False)
    assert admin.get("/status").status_code == 200
