"""The dotmac face over real sockets: sessions, tenants and the registry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICES = "/api/service-registry/services"


def services(client: httpx.Client) -> dict[str, dict[str, Any]]:
    answer = client.get(SERVICES)
    assert answer.status_code == 200
    return {entry["name"]: entry for entry in answer.json()}


def sign_in(sandbox: SandboxThread, client: httpx.Client) -> dict[str, str]:
    answer = client.post("/api/auth/login", json={"email": sandbox.username, "password": sandbox.password})
    tokens: dict[str, str] = answer.json()
    return tokens


def test_a_token_or_the_session_cookie_opens_the_door(sandbox: SandboxThread, dotmac: httpx.Client) -> None:
    assert dotmac.get("/api/auth/me").status_code == 401
    tokens = sign_in(sandbox, dotmac)
    assert tokens["token_type"] == "bearer"
    assert dotmac.get("/api/auth/me").json()["email"] == sandbox.username  # by cookie
    dotmac.cookies.clear()
    assert dotmac.get("/api/auth/me").status_code == 401
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert dotmac.post("/api/auth/session-heartbeat", headers=bearer).status_code == 200


def test_a_session_of_one_face_holds_on_the_other(
    sandbox: SandboxThread, kong: httpx.Client, dotmac: httpx.Client
) -> None:
    tokens = sign_in(sandbox, dotmac)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert kong.get("/api/v1/auth/me", headers=bearer).status_code == 200
    assert kong.post("/api/v1/auth/logout", headers=bearer).status_code == 200
    assert dotmac.get("/api/auth/me", headers=bearer).status_code == 401


def test_refresh_rotates_in_the_body(sandbox: SandboxThread, dotmac: httpx.Client) -> None:
    tokens = sign_in(sandbox, dotmac)
    fresh = dotmac.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    assert fresh["refresh_token"] != tokens["refresh_token"]
    again = dotmac.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert again.status_code == 401
    assert "detail" in again.json()


def test_tenants_are_two_and_only_ones_own(dotmac_user: httpx.Client) -> None:
    tenants = dotmac_user.get("/api/tenants").json()
    assert [tenant["id"] for tenant in tenants] == ["northwind", "contoso"]
    config = dotmac_user.get("/api/tenant/config", headers={"x-tenant-id": "contoso"}).json()
    assert config["tenant_id"] == "contoso"
    assert config["branding"]["primary_color"].startswith("#")
    assert dotmac_user.get("/api/tenant/config", headers={"x-tenant-id": "globex"}).status_code == 403


def test_the_registry_has_twelve_services_with_a_day_of_history(dotmac_user: httpx.Client) -> None:
    found = services(dotmac_user)
    assert len(found) == 12
    assert {"identity-service", "postgres", "service-registry"} <= found.keys()
    one = found["postgres"]
    assert {"id", "name", "status", "version", "host", "port", "last_health_check", "health_history"} <= one.keys()
    times = [datetime.fromisoformat(entry["timestamp"]) for entry in one["health_history"]]
    assert times == sorted(times)
    assert datetime.now(UTC) - times[0] > timedelta(hours=23)
    assert all(later - earlier >= timedelta(seconds=59) for earlier, later in pairwise(times[:1001]))
    assert {"timestamp", "health_score", "status", "latency_ms"} == one["health_history"][0].keys()


def test_killing_a_components_task_is_what_changes_its_health(
    sandbox: SandboxThread, dotmac_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    eventually(lambda: services(dotmac_user)["redis"]["status"] == "healthy")
    sandbox.apply(kill_service="redis")
    eventually(lambda: services(dotmac_user)["redis"]["status"] == "unhealthy")
    assert services(dotmac_user)["postgres"]["status"] == "healthy"
    eventually(lambda: services(dotmac_user)["redis"]["health_history"][-1]["health_score"] == 0)
    sandbox.apply(restart_service="redis")
    eventually(lambda: services(dotmac_user)["redis"]["status"] == "healthy")


def test_history_goes_on_while_the_gateway_is_away(
    sandbox: SandboxThread, dotmac_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    went = datetime.now(UTC)
    sandbox.apply(outage=True)
    with pytest.raises(httpx.ConnectError):
        dotmac_user.get(SERVICES)
    sandbox.apply(kill_service="redis")
    control = httpx.Client(base_url=sandbox.control_url, trust_env=False)
    with control:
        eventually(lambda: "redis" in control.get("/__sandbox/faults").json()["dead"])
        eventually(lambda: datetime.now(UTC) - went > timedelta(seconds=1.5))
        assert control.post("/__sandbox/faults", json={"outage": False}).status_code == 200
    eventually(lambda: sandbox.call(_serving_faces) == 2)
    back = datetime.now(UTC)
    during = [
        entry["status"]
        for entry in services(dotmac_user)["redis"]["health_history"]
        if went < datetime.fromisoformat(entry["timestamp"]) < back
    ]
    assert len(during) >= 2
    assert during[-1] == "unhealthy"


async def _serving_faces(sandbox: Any) -> int:
    return 2 - len(sandbox.faults()["outage"])


@pytest.mark.parametrize(
    ("scale", "fits"),
    [
        ("ratio", lambda score: 0 <= score <= 1),
        ("percent", lambda score: 80 <= score <= 100),
        ("text", lambda score: 0 <= float(score) <= 1 and isinstance(score, str)),
        ("words", lambda score: score in ("good", "poor")),
        ("missing", lambda score: score is None),
    ],
)
def test_scores_come_in_every_scale(
    sandbox: SandboxThread, dotmac_user: httpx.Client, scale: str, fits: Callable[[Any], bool]
) -> None:
    sandbox.apply(score_scale=scale)
    entry = services(dotmac_user)["postgres"]["health_history"][0]
    assert fits(entry.get("health_score"))


def test_odd_services_are_served_as_they_are(sandbox: SandboxThread, dotmac_user: httpx.Client) -> None:
    sandbox.apply(odd_names=True)
    entries = dotmac_user.get(SERVICES).json()
    names = [entry.get("name") for entry in entries if isinstance(entry, dict)]
    assert "<b>x</b>" in names
    assert "n" * 300 in names
    assert any(isinstance(name, str) and "\u202e" in name for name in names)
    assert None in names


@pytest.mark.parametrize("count", [100, 2_000])
def test_many_services_stay_below_the_clients_limit(count: int) -> None:
    with SandboxThread(SandboxOptions(services=count)) as sandbox, httpx.Client(base_url=sandbox.dotmac_url) as client:
        client.headers["authorization"] = f"Bearer {sign_in(sandbox, client)['access_token']}"
        answer = client.get(SERVICES, timeout=30)
        assert len(answer.json()) == count
        assert len(answer.content) < 8 * 1024 * 1024


def test_running_servers_routes(sandbox: SandboxThread, dotmac: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    body = {"username": sandbox.username, "password": sandbox.password}
    assert dotmac.post("/api/auth/login", json=body).status_code == 404
    tokens = dotmac.post("/api/v1/auth/login", json=body).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    page = dotmac.get("/api/v1/tenants", headers=bearer).json()
    assert {"items", "total", "page", "page_size", "total_pages"} == page.keys()
    assert dotmac.get("/api/v1/tenants/current", headers=bearer).json() is None
    health = dotmac.get("/api/v1/health").json()
    assert {"name", "status", "message", "required"} == health["services"][0].keys()
    dotmac.cookies.clear()
    refused = dotmac.get("/api/v1/auth/me").json()
    assert {"error_code", "message", "user_message", "correlation_id", "detail"} <= refused.keys()
    assert dotmac.post("/api/v1/auth/logout", headers=bearer).status_code == 200
    assert dotmac.get("/api/v1/auth/me", headers=bearer).status_code == 401


def test_a_clock_that_is_an_hour_ahead_shifts_dates_and_timestamps(
    sandbox: SandboxThread, dotmac: httpx.Client
) -> None:
    sandbox.apply(clock_skew_s=3600)
    tokens = sign_in(sandbox, dotmac)
    answer = dotmac.get(SERVICES, headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 200
    said = datetime.strptime(answer.headers["date"], "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC)
    assert said - datetime.now(UTC) > timedelta(minutes=59)
    checked = datetime.fromisoformat(answer.json()[0]["last_health_check"])
    assert checked - datetime.now(UTC) > timedelta(minutes=59)
