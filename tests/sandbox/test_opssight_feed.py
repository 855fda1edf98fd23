"""The opssight face: what it measures, its cache, its deployments, and its feed in three forms."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.asyncio.client import ClientConnection


@pytest.fixture
def quick() -> Iterator[SandboxThread]:
    """Metrics come twice a second, and patience ends after one."""
    with SandboxThread(SandboxOptions(metrics_interval_s=0.5, feed_patience_s=1.0)) as running:
        yield running


def signed_in(sandbox: SandboxThread) -> dict[str, Any]:
    body = {"email": sandbox.username, "password": sandbox.password}
    answer = httpx.post(f"{sandbox.opssight_url}/api/v1/auth/login", json=body, trust_env=False)
    return dict(answer.json())


@pytest.fixture
def user(sandbox: SandboxThread, opssight: httpx.Client) -> httpx.Client:
    opssight.headers["authorization"] = f"Bearer {signed_in(sandbox)['access_token']}"
    return opssight


def feed(sandbox: SandboxThread, path: str = "/ws/dashboard", token: str | None = None) -> connect:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return connect(sandbox.opssight_url.replace("http://", "ws://") + path, additional_headers=headers, proxy=None)


async def hear(socket: ClientConnection, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message for which something holds."""
    async with asyncio.timeout(15):
        while True:
            message = json.loads(await socket.recv())
            if holds(message):
                return dict(message)


def of_type(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["type"] == name


async def drain(socket: ClientConnection) -> None:
    """Take what was on its way until nothing comes any more."""
    while True:
        async with asyncio.timeout(2.5):
            await socket.recv()


async def closing(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(15):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def test_metrics_are_measured(user: httpx.Client) -> None:
    for _ in range(20):
        assert user.get("/health").status_code == 200
    told = user.get("/api/v1/metrics").json()
    assert 0 <= told["cpu_usage"] <= 100
    assert 0 < told["disk_usage"] < 100
    assert told["request_rate"] > 0
    assert told["error_rate"] == 0
    assert told["active_users"] == 1
    assert told["timestamp"].endswith("Z")
    performance = user.get("/api/performance").json()
    assert 0 < performance["p50"] <= performance["p95"] <= performance["p99"]


def test_errors_and_latency_show_in_the_performance(sandbox: SandboxThread, user: httpx.Client) -> None:
    before = user.get("/api/performance").json()
    assert before["error_rate"] == 0
    sandbox.apply(status={"path": "/health", "status": 500, "count": 5})
    for _ in range(5):
        assert user.get("/health").status_code == 500
    sandbox.apply(latency={"path": "/health", "seconds": 0.3, "count": 1})
    user.get("/health")
    after = user.get("/api/performance").json()
    assert after["error_rate"] > 0
    assert after["p99"] >= 300


def test_metrics_and_deployments_want_a_token(opssight: httpx.Client) -> None:
    for path in ("/api/v1/metrics", "/api/v1/deployments"):
        assert opssight.get(path).status_code == 401
    assert opssight.post("/cache/invalidate").status_code == 401
    assert opssight.get("/cache/metrics").status_code == 200


def test_the_cache_is_real(sandbox: SandboxThread, user: httpx.Client) -> None:
    empty = user.get("/cache/metrics").json()
    assert (empty["hits"], empty["misses"], empty["hit_rate"]) == (0, 0, 0)
    for _ in range(4):
        user.get("/api/v1/deployments")
    told = user.get("/cache/metrics").json()
    assert (told["hits"], told["misses"], told["size"], told["hit_rate"]) == (3, 1, 1, 0.75)
    assert user.post("/cache/invalidate", json={"pattern": "metrics*"}).json()["invalidated"] == 0
    assert user.post("/cache/invalidate", json={"pattern": "deployments*"}).json()["invalidated"] == 1
    assert user.get("/cache/metrics").json()["size"] == 0
    user.get("/api/v1/deployments")
    assert user.post("/cache/invalidate").json()["invalidated"] == 1
    assert user.post("/cache/invalidate", json={"pattern": 5}).status_code == 422
    user.get("/api/v1/deployments")
    sandbox.apply(restart_service="redis")
    newest = user.get("/api/v1/deployments").json()[0]
    assert newest["service"] == "redis"  # the cached page of a second ago is not told any more


def test_deployments_are_paged_filtered_and_the_same_for_a_seed(sandbox: SandboxThread, user: httpx.Client) -> None:
    everyone = user.get("/api/v1/deployments", params={"limit": 100}).json()
    assert len(everyone) > 30
    starts = [one["started_at"] for one in everyone]
    assert starts == sorted(starts, reverse=True)
    pages = [user.get("/api/v1/deployments", params={"page": page, "limit": 7}).json() for page in (1, 2)]
    assert pages[0] + pages[1] == everyone[:14]
    failed = user.get("/api/v1/deployments", params={"status": "failed", "limit": 100}).json()
    assert {one["status"] for one in failed} == {"failed"}
    assert user.get("/api/v1/deployments", params={"page": "x"}).status_code == 422
    running = user.get("/health/detailed").json()["components"]
    for name in {one["service"] for one in everyone}:
        good = [one for one in everyone if one["service"] == name and one["status"] == "success"]
        assert good[0]["version"] == running[name]["version"]
    with SandboxThread() as again, httpx.Client(base_url=again.opssight_url, trust_env=False) as client:
        token = signed_in(again)["access_token"]
        answer = client.get("/api/v1/deployments?limit=100", headers={"authorization": f"Bearer {token}"})
        assert [one["id"] for one in answer.json()] == [one["id"] for one in everyone]


def test_a_restart_is_a_deployment_and_changes_the_version(
    sandbox: SandboxThread, user: httpx.Client, dotmac_user: httpx.Client, eventually: Callable[..., None]
) -> None:
    sandbox.apply(restart_service={"name": "redis", "version": "7.4.0", "author": "ana"})

    def newest() -> dict[str, Any]:
        return dict(user.get("/api/v1/deployments").json()[0])

    eventually(lambda: newest()["status"] == "success")
    assert (newest()["version"], newest()["author"]) == ("7.4.0", "ana")
    assert newest()["finished_at"] >= newest()["started_at"]
    assert user.get("/health/detailed").json()["components"]["redis"]["version"] == "7.4.0"
    registry = dotmac_user.get("/api/service-registry/services", params={"hours": 0}).json()
    assert next(one for one in registry if one["name"] == "redis")["version"] == "7.4.0"
    sandbox.apply(restart_service="redis")
    assert newest()["version"] == "7.4.1"


def test_a_death_on_the_way_fails_the_deployment(sandbox: SandboxThread, user: httpx.Client) -> None:
    sandbox.apply(restart_service="redis", degrade_service={"name": "redis", "seconds": 60.0})
    under_way = user.get("/api/v1/deployments").json()[0]
    assert (under_way["service"], under_way["status"], under_way["finished_at"]) == ("redis", "in_progress", None)
    sandbox.apply(kill_service="redis")
    failed = user.get("/api/v1/deployments").json()[0]
    assert (failed["id"], failed["status"]) == (under_way["id"], "failed")


def test_field_forms_carry_units_and_want_a_token(sandbox: SandboxThread, user: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    user.get("/api/v1/deployments")
    cache = user.get("/cache/metrics").json()
    assert cache["cache_size"].endswith("KB")
    assert cache["miss_rate"] == "100.0%"
    performance = user.get("/api/performance").json()
    assert performance["p95_response_time"].endswith("ms")
    del user.headers["authorization"]
    for path in ("/cache/metrics", "/api/performance"):
        assert user.get(path).status_code == 401


async def test_the_guide_feed_answers_and_pushes(quick: SandboxThread) -> None:
    async with feed(quick, token=signed_in(quick)["access_token"]) as socket:
        await socket.send("no json")
        await socket.send(json.dumps({"type": "ping"}))
        await hear(socket, of_type("pong"))
        await socket.send(json.dumps({"type": "request_metrics"}))
        asked = await hear(socket, of_type("metrics"))
        assert {"cpu_usage", "cache_hit_rate", "active_users"} <= asked["data"].keys()
        await socket.send(json.dumps({"type": "request_deployments"}))
        assert (await hear(socket, of_type("deployment")))["data"]["service"]
        await socket.send(json.dumps({"type": "subscribe", "channel": "metrics"}))
        for _ in range(3):
            await hear(socket, of_type("metrics"))
        quick.apply(kill_service="redis")
        alert = await hear(socket, of_type("alert"))
        assert (alert["data"]["service"], alert["data"]["status"]) == ("redis", "active")
        quick.apply(restart_service="redis")
        started = await hear(socket, lambda message: message["data"].get("status") == "in_progress")
        ended = await hear(socket, lambda message: message["data"].get("status") == "success")
        assert started["data"]["id"] == ended["data"]["id"]


async def test_a_recovery_clears_the_alert(quick: SandboxThread) -> None:
    async with feed(quick, token=signed_in(quick)["access_token"]) as socket:
        quick.apply(kill_service="redis")
        raised = await hear(socket, of_type("alert"))
        quick.apply(restart_service="redis")
        cleared = await hear(socket, lambda message: message["data"].get("status") == "resolved")
        assert cleared["data"]["id"] == raised["data"]["id"]


async def test_the_guide_feed_wants_a_header_and_ends_with_the_token(quick: SandboxThread) -> None:  # fault 56, 57
    token = signed_in(quick)["access_token"]
    for path, given in (("/ws/dashboard", None), (f"/ws/dashboard?token={token}", None), ("/ws/dashboard", "bad")):
        with pytest.raises(InvalidStatus) as refused:
            await feed(quick, path, given).__aenter__()
        assert refused.value.response.status_code == 401
    async with feed(quick, token=token) as socket:
        quick.apply(expire_tokens=True)
        assert await closing(socket) == 4401


async def test_only_the_chosen_form_is_there(quick: SandboxThread) -> None:
    token = signed_in(quick)["access_token"]
    for form, absent in (("guide", "/ws"), ("open", "/ws/dashboard"), ("first_message", "/ws/dashboard")):
        quick.apply(opssight_form=form)
        with pytest.raises(InvalidStatus) as refused:
            await feed(quick, absent, token).__aenter__()
        assert refused.value.response.status_code == 404


async def test_the_open_form_pushes_without_a_login(quick: SandboxThread) -> None:
    quick.apply(opssight_form="open")
    async with feed(quick, "/ws") as socket:
        status = json.loads(await socket.recv())
        assert status["type"] == "system_status"
        assert "timestamp" not in status
        for _ in range(2):
            update = await hear(socket, of_type("metrics_update"))
            assert not update["timestamp"].endswith("Z")
        quick.apply(kill_service="redis")
        assert (await hear(socket, of_type("alert_created")))["data"]["service"] == "redis"
        quick.apply(restart_service="redis")
        assert (await hear(socket, of_type("deployment_created")))["data"]["service"] == "redis"
        quick.apply(expire_tokens=True)  # nobody signed in, so nothing ends
        await hear(socket, of_type("metrics_update"))


async def test_the_first_message_is_the_login(quick: SandboxThread) -> None:
    quick.apply(opssight_form="first_message")
    session = signed_in(quick)
    hello = {"token": session["access_token"], "user_id": session["user"]["id"], "subscriptions": ["metrics"]}
    async with feed(quick, "/ws") as socket:
        await socket.send(json.dumps(hello))
        await socket.send(json.dumps({"type": "heartbeat"}))
        await hear(socket, of_type("heartbeat"))
        await hear(socket, of_type("metrics_update"))
    async with feed(quick, "/ws"):
        pass  # gone without a word
    for bad in (hello | {"token": "bad"}, hello | {"user_id": "u-2"}, ["list"], {}):
        async with feed(quick, "/ws") as socket:
            await socket.send(json.dumps(bad))
            assert await closing(socket) == 4001


async def test_without_heartbeats_it_goes_silent_and_stays_open(quick: SandboxThread) -> None:
    quick.apply(opssight_form="first_message")
    async with feed(quick, "/ws") as socket:
        await socket.send(json.dumps({"token": signed_in(quick)["access_token"]}))
        for _ in range(6):  # three seconds of life, with a patience of one
            await socket.send(json.dumps({"type": "heartbeat"}))
            await hear(socket, of_type("metrics_update"))
        with pytest.raises(TimeoutError):
            await drain(socket)
        await socket.send(json.dumps({"type": "heartbeat"}))
        await asyncio.wait_for(await socket.ping(), 5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await socket.recv()
