"""The switches, in process and over HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from console.sandbox.faults import FaultBoard, FaultKind, Rule, Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.sandbox.thread import SandboxThread

HEALTH = "/api/v1/auth/health"


def test_latency_delays_the_answer(sandbox: SandboxThread, kong: httpx.Client) -> None:
    sandbox.apply(latency={"seconds": 0.4, "path": HEALTH, "count": 1})
    started = time.monotonic()
    assert kong.get(HEALTH).status_code == 200
    assert time.monotonic() - started >= 0.4
    assert sandbox.call(_faults)["latency"] is False


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_status_answers_in_the_gateways_own_words(sandbox: SandboxThread, kong: httpx.Client, status: int) -> None:
    sandbox.apply(status={"status": status, "count": 2, "retry_after_s": 7})
    for _ in range(2):
        answer = kong.get(HEALTH)
        assert answer.status_code == status
        assert "message" in answer.json()
        assert answer.headers["retry-after"] == "7"
        assert ("x-kong-error" in answer.headers) == (status >= 500)
    assert kong.get(HEALTH).status_code == 200


def test_drop_closes_without_a_byte(sandbox: SandboxThread, kong: httpx.Client) -> None:
    sandbox.apply(drop={"count": 1})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        kong.get(HEALTH)
    assert kong.get(HEALTH).status_code == 200


def test_a_lost_answer_has_done_its_work(sandbox: SandboxThread, kong: httpx.Client) -> None:  # fault 30
    tokens = kong.post("/api/v1/auth/login", json={"email": sandbox.username, "password": sandbox.password}).json()
    cookie = {"cookie": f"refresh_token={tokens['refresh_token']}"}
    sandbox.apply(lose_answer={"path": "/api/v1/auth/refresh", "count": 1})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        kong.post("/api/v1/auth/refresh", headers=cookie)
    assert kong.post("/api/v1/auth/refresh", headers=cookie).status_code == 401


def test_a_captive_portal_and_broken_json(sandbox: SandboxThread, kong: httpx.Client) -> None:  # fault 49
    sandbox.apply(html=True)
    answer = kong.get(HEALTH)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    sandbox.apply(html=False, garble=True)
    with pytest.raises(ValueError, match=r"."):
        kong.get(HEALTH).json()


def test_trickle_sends_byte_by_byte(sandbox: SandboxThread, kong: httpx.Client) -> None:  # fault 45
    sandbox.apply(trickle={"seconds": 0.002})
    with kong.stream("GET", "/") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == b'{"message":"no Route matched with those values"}'
    assert len(pieces) > 5


def test_expired_tokens_can_be_refreshed_and_revoked_ones_not(sandbox: SandboxThread, dotmac: httpx.Client) -> None:
    body = {"email": sandbox.username, "password": sandbox.password}
    tokens = dotmac.post("/api/auth/login", json=body).json()
    sandbox.apply(expire_tokens=True)
    assert dotmac.get("/api/auth/me").status_code == 401
    fresh = dotmac.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    dotmac.cookies.clear()
    bearer = {"authorization": f"Bearer {fresh['access_token']}"}
    assert dotmac.get("/api/auth/me", headers=bearer).status_code == 200
    sandbox.apply(revoke_refresh=True)
    assert dotmac.post("/api/auth/refresh", json={"refresh_token": fresh["refresh_token"]}).status_code == 401


def test_refresh_routes_can_be_missing(sandbox: SandboxThread, kong: httpx.Client, dotmac: httpx.Client) -> None:
    sandbox.apply(refresh_routes_404=True)
    assert kong.post("/api/v1/auth/refresh").status_code == 404
    assert kong.post("/api/v1/auth/set-refresh").status_code == 404
    assert dotmac.post("/api/auth/refresh").status_code == 404


def test_a_redirect_points_elsewhere(sandbox: SandboxThread, kong: httpx.Client) -> None:  # fault 40
    sandbox.apply(redirect={"location": sandbox.dotmac_url, "path": HEALTH})
    answer = kong.get(HEALTH)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{sandbox.dotmac_url}{HEALTH}"


def test_a_second_factor_can_be_asked_for(sandbox: SandboxThread, kong: httpx.Client, dotmac: httpx.Client) -> None:
    sandbox.apply(require_mfa=True)
    body = {"email": sandbox.username, "password": sandbox.password}
    for answer in (kong.post("/api/v1/auth/login", json=body), dotmac.post("/api/auth/login", json=body)):
        assert answer.json()["mfa_required"] is True
        assert "access_token" not in answer.json()
    sandbox.apply(field_routes=True)
    answer = dotmac.post("/api/v1/auth/login", json=body)
    assert answer.status_code == 403
    assert answer.headers["x-2fa-required"] == "true"
    assert sandbox.stats()["sign_ins"] == 0


def test_an_expired_token_can_be_called_a_missing_tenant(sandbox: SandboxThread, dotmac_user: httpx.Client) -> None:
    sandbox.apply(expired_as_400=True)
    assert dotmac_user.get("/api/auth/me").status_code == 200
    sandbox.apply(expire_tokens=True)
    assert dotmac_user.get("/api/auth/me").status_code == 400


def test_an_outage_ends_by_itself(
    sandbox: SandboxThread, kong: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    answer = kong.post("/__sandbox/faults", json={"outage": 0.3})
    assert answer.status_code == 200

    def refused() -> bool:
        try:
            httpx.get(sandbox.kong_url, trust_env=False)
        except httpx.TransportError:
            return True
        return False

    eventually(refused)
    eventually(lambda: not refused())
    assert kong.get(HEALTH).status_code == 200


def test_an_outage_in_the_middle_of_a_request(sandbox: SandboxThread, kong: httpx.Client) -> None:
    sandbox.apply(latency=30)
    with pytest.raises(httpx.ReadTimeout):
        kong.get(HEALTH, timeout=0.2)
    sandbox.apply(outage=True)  # returns although a request still waits
    sandbox.clear()
    assert kong.get(HEALTH).status_code == 200


def test_the_switches_over_http(sandbox: SandboxThread) -> None:
    for url in (sandbox.kong_url, sandbox.dotmac_url, sandbox.control_url):
        with httpx.Client(base_url=url, trust_env=False) as client:
            shown = client.post("/__sandbox/faults", json={"kill_service": "redis", "status": 502}).json()
            assert shown["status"]["status"] == 502
            assert client.get("/__sandbox/faults").json()["dead"] == ["redis"]
            assert client.delete("/__sandbox/faults").json()["dead"] == []
            assert client.get("/__sandbox/stats").status_code == 200
            assert isinstance(client.get("/__sandbox/audit").json(), list)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"nonsense": 1}', b'{"latency": {"second": 1}}', b'{"kill_service": "nobody"}']
)
def test_a_wrong_switch_is_explained_and_changes_nothing(
    sandbox: SandboxThread, kong: httpx.Client, body: bytes
) -> None:
    before = kong.get("/__sandbox/faults").json()
    answer = kong.post("/__sandbox/faults", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert kong.get("/__sandbox/faults").json() == before


def test_web_pages_of_other_origins_are_kept_out(kong: httpx.Client) -> None:
    assert kong.get("/__sandbox/faults", headers={"host": "evil.example"}).status_code == 403
    simple = kong.post("/__sandbox/faults", content=b"{}", headers={"content-type": "text/plain"})
    assert simple.status_code == 415


def test_stats_note_headers_as_present_or_not(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    kong_user.get("/api/v1/auth/me")
    stats = sandbox.stats()
    headers = stats["headers"]
    assert isinstance(headers, dict)
    assert headers["kong GET /api/v1/auth/me"]["authorization"] is True
    assert headers["kong POST /api/v1/auth/login"]["authorization"] is False
    assert stats["sign_ins"] == 1
    assert str(kong_user.headers["authorization"]).removeprefix("Bearer ") not in str(stats)


def test_every_call_leaves_an_audit_event(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    kong_user.get("/api/v1/auth/me")
    latest = httpx.get(f"{sandbox.control_url}/__sandbox/audit", trust_env=False).json()[-1]
    assert latest["action"] == "kong GET /api/v1/auth/me"
    assert latest["outcome"] == "success"
    assert latest["user_id"]


def test_the_kind_of_a_switch_is_checked_in_process_too(sandbox: SandboxThread) -> None:
    with pytest.raises(msgspec.ValidationError):
        sandbox.apply(kill_service=7)
    with pytest.raises(KeyError):
        sandbox.apply(Switches(kill_service="nobody"))


def test_a_rule_counts_only_the_requests_it_hits() -> None:
    board = FaultBoard()
    board.apply(Switches(drop=Rule(path="/a", face="kong", count=1), latency=0.5))
    assert FaultKind.DROP not in board.take("kong", "GET", "/b")
    assert FaultKind.DROP not in board.take("dotmac", "GET", "/a")
    assert board.take("kong", "GET", "/a").keys() == {FaultKind.DROP, FaultKind.LATENCY}
    assert board.take("kong", "GET", "/a").keys() == {FaultKind.LATENCY}


async def _faults(sandbox: object) -> dict[str, object]:
    found: dict[str, object] = sandbox.faults()  # type: ignore[attr-defined]  # a Sandbox
    return found
