"""The kong face over real sockets, as the platform's guide has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from console.sandbox.thread import SandboxThread


def sign_in(sandbox: SandboxThread, client: httpx.Client) -> dict[str, str]:
    answer = client.post("/api/v1/auth/login", json={"email": sandbox.username, "password": sandbox.password})
    assert answer.status_code == 200
    tokens: dict[str, str] = answer.json()
    return tokens


def test_unknown_routes_get_the_gateways_own_answer(kong: httpx.Client) -> None:
    for path in ("/", "/api/v2/things", "/api/v1/authx/login"):
        answer = kong.get(path)
        assert answer.status_code == 404
        assert answer.json() == {"message": "no Route matched with those values"}
        assert int(answer.headers["x-kong-proxy-latency"]) >= 0
        assert "x-kong-upstream-latency" not in answer.headers


def test_sign_in_gives_tokens_and_measured_latencies(sandbox: SandboxThread, kong: httpx.Client) -> None:
    answer = kong.post("/api/v1/auth/login", json={"email": sandbox.username, "password": sandbox.password})
    body = answer.json()
    assert {"access_token", "refresh_token", "expires_in"} <= body.keys()
    assert body["expires_in"] == 900
    assert body["user"]["email"] == sandbox.username
    # scrypt alone takes milliseconds: a zero would be made up
    assert int(answer.headers["x-kong-upstream-latency"]) > 0
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"email": "operator@sandbox.example", "password": "wrong"}, 401),
        ({"email": "nobody@sandbox.example", "password": "wrong"}, 401),
        ({"email": "operator@sandbox.example"}, 422),
        ({"email": 7, "password": None}, 422),
        (["not", "an", "object"], 422),
    ],
)
def test_bad_credentials_are_told_apart_from_bad_requests(kong: httpx.Client, body: object, status: int) -> None:
    answer = kong.post("/api/v1/auth/login", json=body)
    assert answer.status_code == status
    assert "detail" in answer.json()


def test_refresh_rotates_through_an_http_only_cookie(sandbox: SandboxThread, kong: httpx.Client) -> None:
    tokens = sign_in(sandbox, kong)
    placed = kong.post("/api/v1/auth/set-refresh", json={"refresh_token": tokens["refresh_token"]})
    assert "httponly" in placed.headers["set-cookie"].lower()
    assert "Path=/api/v1/auth" in placed.headers["set-cookie"]
    fresh = kong.post("/api/v1/auth/refresh").json()
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert kong.cookies["refresh_token"] == fresh["refresh_token"]
    me = kong.get("/api/v1/auth/me", headers={"authorization": f"Bearer {fresh['access_token']}"})
    assert me.json()["email"] == sandbox.username
    assert sandbox.stats()["refreshes"] == 1


def test_using_a_refresh_token_twice_ends_the_session(sandbox: SandboxThread, kong: httpx.Client) -> None:
    tokens = sign_in(sandbox, kong)
    stolen = {"cookie": f"refresh_token={tokens['refresh_token']}"}
    fresh = kong.post("/api/v1/auth/refresh", headers=stolen).json()
    kong.cookies.clear()
    assert kong.post("/api/v1/auth/refresh", headers=stolen).status_code == 401
    kong.cookies.clear()
    rightful = {"cookie": f"refresh_token={fresh['refresh_token']}"}
    assert kong.post("/api/v1/auth/refresh", headers=rightful).status_code == 401
    me = kong.get("/api/v1/auth/me", headers={"authorization": f"Bearer {fresh['access_token']}"})
    assert me.status_code == 401


def test_logout_revokes_at_once(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    assert kong_user.get("/api/v1/auth/me").status_code == 200
    assert kong_user.post("/api/v1/auth/logout").status_code == 200
    assert kong_user.get("/api/v1/auth/me").status_code == 401
    assert kong_user.get("/api/v1/workflows/health").status_code == 401


def test_the_gateway_asks_for_a_token_except_for_sign_in(kong: httpx.Client) -> None:
    assert kong.get("/api/v1/auth/health").status_code == 200
    for route in ("documents", "notifications", "workflows", "users"):
        answer = kong.get(f"/api/v1/{route}/health")
        assert answer.status_code == 401
        assert answer.json() == {"message": "Unauthorized"}


@pytest.mark.parametrize("route", ["auth", "documents", "notifications", "workflows", "search", "ai"])
def test_health_tells_what_was_measured(kong_user: httpx.Client, route: str) -> None:
    answer = kong_user.get(f"/api/v1/{route}/health")
    body = answer.json()
    assert {"service", "status", "version", "port", "dependencies", "metrics"} == body.keys()
    assert body["service"].endswith("-service")
    assert int(answer.headers["x-kong-upstream-latency"]) >= 0


def test_a_dead_component_is_the_gateways_503(
    sandbox: SandboxThread, kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    sandbox.apply(kill_service="content-service")
    answer = kong_user.get("/api/v1/documents/health")
    assert answer.status_code == 503
    assert answer.json() == {"message": "failure to get a peer from the ring-balancer"}
    assert answer.headers["x-kong-error"]
    assert kong_user.get("/api/v1/workflows/health").status_code == 200
    sandbox.apply(restart_service="content-service")
    eventually(lambda: kong_user.get("/api/v1/documents/health").json().get("status") == "healthy")


def test_a_slow_dependency_shows_in_the_body(
    sandbox: SandboxThread, kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    sandbox.apply(degrade_service={"name": "postgres", "seconds": 0.6})

    def degraded() -> bool:
        health = kong_user.get("/api/v1/documents/health").json()
        return bool(health["dependencies"]["postgres"] == "degraded" and health["status"] == "healthy")

    eventually(degraded)


def test_the_101st_sign_in_request_of_a_minute_is_refused(kong: httpx.Client) -> None:
    for _ in range(100):
        assert kong.get("/api/v1/auth/me").status_code == 401
    answer = kong.get("/api/v1/auth/me")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert kong.get("/api/v1/auth/health").status_code == 200


def test_stripped_prefixes_have_no_refresh(sandbox: SandboxThread, kong: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    credentials = {"email": sandbox.username, "password": sandbox.password}
    assert kong.post("/api/v1/auth/login", json=credentials).status_code == 404
    answer = kong.post("/api/v1/auth/auth/login", json=credentials)
    assert {"token_type", "user_id", "user"} <= answer.json().keys()
    for path in ("auth/refresh", "auth/auth/refresh", "auth/auth/set-refresh", "auth/auth/logout"):
        assert kong.post(f"/api/v1/{path}").status_code == 404
