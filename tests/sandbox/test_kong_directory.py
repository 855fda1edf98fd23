"""What the services behind Kong know: notifications, people, organisations, and how their dependencies are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from console.sandbox.server import Sandbox
    from console.sandbox.thread import SandboxThread

NOTICES = "/api/v1/notifications"


def listed(client: httpx.Client, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{NOTICES}{query}").json()
    return found


def test_what_happens_becomes_a_notification(
    sandbox: SandboxThread, kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    sandbox.apply(kill_service="redis")

    def told() -> bool:
        newest = listed(kong_user)["data"][:5]
        return any(entry["source"] == "redis" and entry["severity"] == "critical" for entry in newest)

    eventually(told)


def test_notifications_come_newest_first_and_are_read_one_by_one(kong_user: httpx.Client) -> None:
    everything = listed(kong_user, "?limit=100")
    times = [entry["created_at"] for entry in everything["data"]]
    assert times == sorted(times, reverse=True)
    unread = listed(kong_user, "?unread=true&limit=100")
    assert unread["total"] == unread["unread"] == everything["unread"] > 0
    assert all(entry["read"] is False for entry in unread["data"])
    assert listed(kong_user, "?unread&limit=1")["data"] == unread["data"][:1]
    assert listed(kong_user, "?unread=false")["total"] == everything["total"]
    chosen = unread["data"][0]["id"]
    for _ in range(2):  # reading twice changes nothing
        answer = kong_user.post(f"{NOTICES}/{chosen}/read")
        assert (answer.status_code, answer.json()["read"]) == (200, True)
    assert listed(kong_user)["unread"] == everything["unread"] - 1
    assert chosen not in [entry["id"] for entry in listed(kong_user, "?unread")["data"]]
    assert kong_user.post(f"{NOTICES}/unknown/read").status_code == 404


def test_nobody_reads_what_is_for_somebody_else(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    async def create(running: Sandbox) -> str:
        create = running.world.notices.create
        return create(kind="test", title="Secret", message="x", severity="info", user_id="u-2").id

    notice_id = sandbox.call(create)
    assert notice_id not in [entry["id"] for entry in listed(kong_user)["data"]]
    assert kong_user.post(f"{NOTICES}/{notice_id}/read").status_code == 404


@pytest.mark.parametrize("path", [NOTICES, "/api/v1/users"])
def test_lists_come_in_parts_and_bare_from_running_servers(
    sandbox: SandboxThread, kong_user: httpx.Client, path: str
) -> None:
    everything = kong_user.get(path).json()["data"]
    second = kong_user.get(f"{path}?limit=1&offset=1").json()
    assert second["data"] == everything[1:2]
    assert second["total"] >= len(everything)
    assert kong_user.get(f"{path}?limit=-1&offset=x").json()["data"] == everything
    sandbox.apply(field_routes=True)
    assert kong_user.get(f"{path}?limit=1&offset=1").json() == everything[1:2]


def test_organizations_are_the_tenants(kong_user: httpx.Client) -> None:
    found = kong_user.get("/api/v1/organizations").json()["data"]
    assert {"id": "contoso", "name": "Contoso Field Services"} in found


def test_dependencies_are_words_or_more(
    sandbox: SandboxThread, kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    sandbox.apply(degrade_service={"name": "postgres", "seconds": 0.6}, field_routes=True)

    def degraded() -> bool:
        answer = kong_user.get("/api/v1/workflows/health")
        assert answer.status_code == 200
        dependencies = answer.json()["dependencies"]
        return bool(dependencies["postgres"]["status"] == "degraded" and dependencies["redis"] == "healthy")

    eventually(degraded)
