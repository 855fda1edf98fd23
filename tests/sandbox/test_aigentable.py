"""The aigentable face over real sockets: the guide's form, and that of running servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.sandbox.thread import SandboxThread

NORTHWIND = {"x-tenant-id": "northwind"}
ADA = {
    "email": "ada@example.org",
    "password": "right horse 1",
    "firstName": "Ada",
    "lastName": "Byron",
    "tenantName": "Engines & Co",
}


def sign_in(sandbox: SandboxThread, client: httpx.Client, email: str = "") -> dict[str, Any]:
    answer = client.post("/auth/login", json={"email": email or sandbox.username, "password": sandbox.password})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def user(sandbox: SandboxThread, aigentable: httpx.Client) -> httpx.Client:
    aigentable.headers["authorization"] = f"Bearer {sign_in(sandbox, aigentable)['token']}"
    return aigentable


@pytest.fixture
def field(sandbox: SandboxThread, aigentable: httpx.Client) -> httpx.Client:
    sandbox.apply(field_routes=True)
    tokens = sign_in(sandbox, aigentable)["data"]["tokens"]
    aigentable.headers["authorization"] = f"Bearer {tokens['accessToken']}"
    return aigentable


def outbox(sandbox: SandboxThread) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{sandbox.control_url}/__sandbox/outbox", trust_env=False).json()
    return found


def test_the_guides_sign_in_gives_one_token_and_no_way_to_renew_it(
    sandbox: SandboxThread, aigentable: httpx.Client
) -> None:
    body = sign_in(sandbox, aigentable)
    assert body.keys() == {"user", "token"}
    assert body["user"] | {"role": "TENANT_ADMIN", "tenantId": "northwind"} == body["user"]
    refused = aigentable.post("/auth/refresh", json={"refreshToken": "x"})
    assert refused.status_code == 404
    me = aigentable.get("/auth/me", headers={"authorization": f"Bearer {body['token']}"}).json()
    assert me["email"] == sandbox.username


def test_signing_out_ends_the_session_at_once(user: httpx.Client) -> None:
    assert user.post("/auth/logout").status_code == 200
    refused = user.get("/auth/me")
    assert refused.status_code == 401
    assert refused.json() == {"error": "Unauthorized", "message": "Session has ended"}


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("login", b"{", 400),
        ("login", b"[1]", 400),
        ("login", b'{"email": 7}', 401),
        ("register", b'{"email": "no address", "password": "short"}', 400),
        ("reset-password", b'{"token": "unknown", "password": "long enough"}', 400),
    ],
)
def test_bad_bodies_are_refused_with_a_reason(aigentable: httpx.Client, path: str, content: bytes, status: int) -> None:
    answer = aigentable.post(f"/auth/{path}", content=content)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_whoever_registers_has_a_tenant_that_every_face_knows(aigentable: httpx.Client, dotmac: httpx.Client) -> None:
    answer = aigentable.post("/auth/register", json=ADA)
    assert answer.status_code == 201
    body = answer.json()
    assert body["tenant"]["name"] == "Engines & Co"
    assert body["user"]["role"] == "TENANT_ADMIN"
    assert aigentable.post("/auth/register", json=ADA).status_code == 409
    bearer = {"authorization": f"Bearer {body['token']}"}
    assert dotmac.get("/api/tenants", headers=bearer).json() == [{"id": "engines-co", "name": "Engines & Co"}]
    config = dotmac.get("/api/tenant/config", headers={**bearer, "x-tenant-id": "engines-co"})
    assert config.json()["tenant_id"] == "engines-co"
    other = aigentable.post("/auth/register", json=ADA | {"email": "b@example.org"}).json()
    assert other["tenant"]["id"] != "engines-co"
    invited = aigentable.post("/auth/register", json=ADA | {"email": "c@example.org", "tenantName": ""}).json()
    assert invited["user"]["role"] == "TENANT_USER"


def test_a_forgotten_password_is_mailed_about_and_replaced(sandbox: SandboxThread, user: httpx.Client) -> None:
    for email in (sandbox.username, "nobody@example.org"):
        assert user.post("/auth/forgot-password", json={"email": email}).status_code == 200
    (mail,) = outbox(sandbox)
    short = user.post("/auth/reset-password", json={"token": mail["code"], "password": "short"})
    assert short.json()["details"] == [{"field": "password", "message": "Password must be at least 8 characters"}]
    fresh = {"token": mail["code"], "password": "a new password"}
    assert user.post("/auth/reset-password", json=fresh).status_code == 200
    assert user.post("/auth/reset-password", json=fresh).status_code == 400
    assert user.get("/auth/me").status_code == 401
    login = {"email": sandbox.username, "password": "a new password"}
    assert user.post("/auth/login", json=login).status_code == 200


def test_a_tenants_routes_want_to_know_whose(user: httpx.Client) -> None:
    assert user.get("/users").status_code == 400
    assert user.get("/users", headers={"x-tenant-id": "fabrikam"}).status_code == 403
    assert user.get("/tenants/current", headers={"x-tenant-id": "contoso"}).json()["name"] == "Contoso Field Services"
    listed = user.get("/tenants").json()["tenants"]
    assert [entry["id"] for entry in listed] == ["northwind", "contoso"]


def test_users_come_in_pages_and_can_be_searched(user: httpx.Client) -> None:
    everyone = user.get("/users", headers=NORTHWIND).json()
    assert everyone["pagination"] == {"page": 1, "limit": 10, "total": 2, "pages": 1}
    second = user.get("/users?page=2&limit=1", headers=NORTHWIND).json()
    assert second["pagination"] == {"page": 2, "limit": 1, "total": 2, "pages": 2}
    assert second["users"] == everyone["users"][1:]
    for query, count in (("search=ANA", 1), ("role=TENANT_ADMIN", 1), ("status=INACTIVE", 0), ("limit=x&page=-1", 2)):
        assert user.get(f"/users?{query}", headers=NORTHWIND).json()["pagination"]["total"] == count
    ana = user.get("/users/u-2", headers=NORTHWIND).json()
    assert (ana["firstName"], ana["lastName"], ana["status"]) == ("Ana", "Lima", "ACTIVE")
    assert user.get("/users/u-3", headers=NORTHWIND).status_code == 404


def test_usage_counts_what_happened(sandbox: SandboxThread, user: httpx.Client) -> None:
    before = user.get("/tenants/northwind/usage", headers=NORTHWIND).json()
    user.get("/users", headers=NORTHWIND)
    sign_in(sandbox, user)
    after = user.get("/tenants/northwind/usage", headers=NORTHWIND).json()
    assert before | {"users": 2, "tenantId": "northwind"} == before
    assert after["apiCalls"] == before["apiCalls"] + 2
    assert after["activeSessions"] == before["activeSessions"] + 1
    assert user.get("/tenants/contoso/usage", headers=NORTHWIND).status_code == 403


def test_the_system_is_for_admins_and_measured(
    sandbox: SandboxThread, user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    eventually(lambda: user.get("/system/health").json()["status"] == "healthy")
    sandbox.apply(kill_service="redis")
    health = user.get("/system/health").json()
    assert health["status"] == "degraded"
    assert health["services"]["redis"] | {"status": "unhealthy", "responseTime": None} == health["services"]["redis"]
    metrics = user.get("/system/metrics").json()
    assert metrics["memory"]["rss"] > 1_000_000
    assert metrics["requests"]["total"] >= 3
    user.headers["authorization"] = f"Bearer {sign_in(sandbox, user, 'ana@sandbox.example')['token']}"
    for path in ("/system/health", "/system/metrics", "/tenants"):
        assert user.get(path).status_code == 403


def test_running_servers_wrap_and_renew_for_the_latest_sign_in_only(
    sandbox: SandboxThread, field: httpx.Client
) -> None:
    first = sign_in(sandbox, field)["data"]
    assert first.keys() == {"user", "tenant", "tokens"}
    fresh = field.post("/auth/refresh", json={"refreshToken": first["tokens"]["refreshToken"]}).json()["data"]["tokens"]
    assert fresh["refreshToken"] != first["tokens"]["refreshToken"]
    elsewhere = sign_in(sandbox, field)["data"]["tokens"]
    late = field.post("/auth/refresh", json={"refreshToken": fresh["refreshToken"]})
    assert late.status_code == 401
    assert late.json() == {"success": False, "message": "Invalid refresh token"}
    assert field.get("/auth/me", headers={"authorization": f"Bearer {fresh['accessToken']}"}).status_code == 200
    renewed = field.post("/auth/refresh", json={"refreshToken": elsewhere["refreshToken"]})
    assert renewed.status_code == 200


def test_running_servers_know_the_current_tenant_and_ignore_filters(
    sandbox: SandboxThread, field: httpx.Client
) -> None:
    assert field.get("/tenants").status_code == 404
    assert field.get("/tenants/current").json()["data"]["id"] == "northwind"
    page = field.get("/users?search=nothing&limit=1000").json()["data"]
    assert page["pagination"] | {"limit": 100, "total": 2} == page["pagination"]
    assert field.get("/users/no%20id").status_code == 400
    failed = field.get("/users?sortBy=shoeSize")
    assert failed.status_code == 500
    assert failed.json()["error"].keys() == {"message", "statusCode", "timestamp", "stack"}
    assert field.get("/system/health").json()["data"]["services"]
    assert field.get("/system/metrics").status_code == 403
    body = {"email": "d@example.org", "password": "long enough", "name": "Dee Dow", "tenantName": "Dee"}
    made = field.post("/auth/register", json=body).json()["data"]
    assert made["tenant"]["name"] == "Dee"
    sandbox.apply(refresh_routes_404=True)
    assert field.post("/auth/refresh", json={"refreshToken": made["tokens"]["refreshToken"]}).status_code == 404


def test_a_tenant_may_be_mistaken_on_purpose(sandbox: SandboxThread, user: httpx.Client) -> None:
    sandbox.apply(ignore_tenant=True)
    assert user.get("/tenants/current", headers={"x-tenant-id": "contoso"}).json()["id"] == "northwind"


def test_what_looks_like_a_robot_gets_ten_an_hour(aigentable: httpx.Client) -> None:
    robot = {"user-agent": "HealthBot/1.0"}
    for _ in range(10):
        assert aigentable.get("/auth/me", headers=robot).status_code == 401
    refused = aigentable.get("/auth/me", headers=robot)
    assert refused.status_code == 429
    assert refused.json().keys() == {"error"}
    assert 60 < int(refused.headers["retry-after"]) <= 3600
    assert aigentable.get("/auth/me").status_code == 401


@pytest.mark.parametrize(
    "url", ["/users?search=%3Cscript%3Ealert(1)", "/users/%3CSCRIPT%20src=x%3E", "/users?search=javascript:x"]
)
def test_script_in_a_url_is_forbidden(user: httpx.Client, url: str) -> None:
    assert user.get(url, headers=NORTHWIND).status_code == 403


def test_refusals_of_the_gateway_have_the_platforms_shape(sandbox: SandboxThread, user: httpx.Client) -> None:
    sandbox.apply(status=503)
    assert user.get("/auth/me").json() == {"error": "Service Unavailable", "message": "Service unavailable"}
    sandbox.apply(status=False)
    assert user.get("/nowhere").json() == {"error": "Not Found", "message": "Route not found"}
