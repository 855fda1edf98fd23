"""What happens through one face is true on all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.sandbox.thread import SandboxThread

ADA = {"email": "ada@example.org", "password": "right horse 1"}
NAMES = {"firstName": "Ada", "lastName": "Byron", "tenantName": "Engines"}
LOGINS = {
    "kong": "/api/v1/auth/login",
    "dotmac": "/api/auth/login",
    "opssight": "/api/v1/auth/login",
    "dafnck": "/auth/login",
    "aigentable": "/auth/login",
}


@pytest.fixture
def faces(sandbox: SandboxThread) -> Iterator[dict[str, httpx.Client]]:
    urls = {name: getattr(sandbox, f"{name}_url") for name in LOGINS}
    clients = {name: httpx.Client(base_url=url, trust_env=False, timeout=10) for name, url in urls.items()}
    yield clients
    for client in clients.values():
        client.close()


def sign_in(faces: dict[str, httpx.Client], face: str, credentials: dict[str, str] = ADA) -> int:
    """Sign in through a face, and go on with its token; the status of the answer."""
    answer = faces[face].post(LOGINS[face], json=credentials)
    if answer.status_code == 200:
        body: dict[str, Any] = answer.json()
        body = body.get("data") or body
        faces[face].headers["authorization"] = f"Bearer {body.get('access_token') or body['token']}"
    return answer.status_code


def test_who_registers_on_one_signs_in_on_all(faces: dict[str, httpx.Client]) -> None:
    assert all(sign_in(faces, face) == 401 for face in LOGINS)
    faces["aigentable"].post("/auth/register", json=ADA | NAMES)
    assert all(sign_in(faces, face) == 200 for face in LOGINS)
    users = faces["kong"].get("/api/v1/users").json()["data"]
    assert "ada@example.org" in [user["email"] for user in users]
    found = faces["kong"].get("/api/v1/organizations").json()["data"]
    assert {"id": "engines", "name": "Engines"} in found


def test_a_new_password_ends_sessions_everywhere(sandbox: SandboxThread, faces: dict[str, httpx.Client]) -> None:
    faces["aigentable"].post("/auth/register", json=ADA | NAMES)
    assert all(sign_in(faces, face) == 200 for face in LOGINS)
    faces["aigentable"].post("/auth/forgot-password", json={"email": ADA["email"]})
    mail = httpx.get(f"{sandbox.control_url}/__sandbox/outbox", trust_env=False).json()
    fresh = "another horse 2"
    faces["dafnck"].post(
        "/auth/reset-password", json={"token": mail[-1]["code"], "password": fresh, "confirmPassword": fresh}
    )
    for face, login in LOGINS.items():
        assert faces[face].get(login.replace("login", "me")).status_code == 401
    assert all(sign_in(faces, face) == 401 for face in LOGINS)
    assert all(sign_in(faces, face, {**ADA, "password": fresh}) == 200 for face in LOGINS)


def test_a_dead_component_is_dead_on_every_face(
    sandbox: SandboxThread, faces: dict[str, httpx.Client], eventually: Callable[[Callable[[], bool]], None]
) -> None:
    operator = {"email": sandbox.username, "password": sandbox.password}
    assert all(sign_in(faces, face, operator) == 200 for face in LOGINS)
    sandbox.apply(kill_service="content-service")
    system = faces["aigentable"].get("/system/health").json()["services"]["content-service"]
    assert system["status"] == "unhealthy"
    assert faces["kong"].get("/api/v1/documents/health").status_code == 503
    detailed = faces["opssight"].get("/health/detailed").json()
    assert detailed["components"]["content-service"]["status"] == "unhealthy"
    admin = httpx.get(f"{sandbox.kong_admin_url}/upstreams/content-service/health", trust_env=False).json()
    assert admin["data"][0]["health"] == "UNHEALTHY"

    def told() -> bool:
        newest = faces["kong"].get("/api/v1/notifications").json()["data"][:5]
        return any(entry["source"] == "content-service" for entry in newest)

    eventually(told)
