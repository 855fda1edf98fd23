"""The health feed over a real WebSocket."""

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
    from websockets.asyncio.client import ClientConnection


async def token(sandbox: SandboxThread) -> str:
    async with httpx.AsyncClient(base_url=sandbox.dotmac_url, trust_env=False) as client:
        body = {"email": sandbox.username, "password": sandbox.password}
        return str((await client.post("/api/auth/login", json=body)).json()["access_token"])


def feed(sandbox: SandboxThread, **headers: str) -> connect:
    url = sandbox.dotmac_url.replace("http://", "ws://")
    return connect(f"{url}/ws/service-health", additional_headers=headers, proxy=None)


async def until(socket: ClientConnection, name: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["service_name"] == name and message["status"] == status:
                return message


async def test_every_service_is_heard_of(sandbox: SandboxThread) -> None:
    async with feed(sandbox, Authorization=f"Bearer {await token(sandbox)}") as socket:
        heard: set[str] = set()
        async with asyncio.timeout(15):
            while len(heard) < 12:
                message = json.loads(await socket.recv())
                assert {"service_name", "status", "health_score"} == message.keys()
                heard.add(message["service_name"])


async def test_a_death_is_told_at_once_and_so_is_the_return(sandbox: SandboxThread) -> None:
    async with feed(sandbox, Authorization=f"Bearer {await token(sandbox)}") as socket:
        await until(socket, "redis", "healthy")
        sandbox.apply(kill_service="redis")
        assert (await until(socket, "redis", "unhealthy"))["health_score"] == 0
        sandbox.apply(restart_service="redis")
        await until(socket, "redis", "healthy")
        sandbox.apply(degrade_service="redis")
        await until(socket, "redis", "degraded")


async def test_the_handshake_wants_a_token(sandbox: SandboxThread) -> None:  # fault 57
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        with pytest.raises(InvalidStatus) as refused:
            async with feed(sandbox, **headers):
                pass
        assert refused.value.response.status_code == 401
    cookie = f"access_token={await token(sandbox)}"
    async with feed(sandbox, Cookie=cookie) as socket:
        assert await socket.recv()


async def test_expiry_closes_with_4401(sandbox: SandboxThread) -> None:  # fault 56
    async with feed(sandbox, Authorization=f"Bearer {await token(sandbox)}") as socket:
        sandbox.apply(expire_tokens=True)
        assert await closing(socket) == 4401


async def test_a_short_lifetime_closes_with_4401() -> None:  # fault 56
    with SandboxThread(SandboxOptions(token_lifetime_s=0.5)) as sandbox:
        async with feed(sandbox, Authorization=f"Bearer {await token(sandbox)}") as socket:
            assert await closing(socket) == 4401


async def test_kicked_and_cut_off(sandbox: SandboxThread) -> None:
    bearer = f"Bearer {await token(sandbox)}"
    async with feed(sandbox, Authorization=bearer) as socket:
        sandbox.apply(kick_feeds=True)
        assert await closing(socket) == 1012
    async with feed(sandbox, Authorization=bearer) as socket:
        sandbox.apply(outage={"face": "dotmac"})
        assert await closing(socket) is None
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        async with feed(sandbox, Authorization=bearer):
            pass
    sandbox.clear()
    async with feed(sandbox, Authorization=bearer) as socket:
        assert await socket.recv()


async def drain(socket: ClientConnection) -> None:
    """Take what was on its way until nothing comes any more."""
    while True:
        async with asyncio.timeout(2.5):
            await socket.recv()


async def test_a_muted_feed_stays_open_and_silent(sandbox: SandboxThread) -> None:
    async with feed(sandbox, Authorization=f"Bearer {await token(sandbox)}") as socket:
        await socket.recv()
        sandbox.apply(mute_feeds=True)
        with pytest.raises(TimeoutError):
            await drain(socket)
        await asyncio.wait_for(await socket.ping(), 5)
        sandbox.apply(mute_feeds=False)
        assert await socket.recv()


async def test_coming_and_going_leaves_nothing_behind(sandbox: SandboxThread) -> None:
    bearer = f"Bearer {await token(sandbox)}"
    async with feed(sandbox, Authorization=bearer):
        pass
    before = await settled(sandbox)
    for round_ in range(200):
        async with feed(sandbox, Authorization=bearer) as socket:
            if round_ % 2:
                await socket.send(b"binary" if round_ % 4 == 1 else "text")
    assert await settled(sandbox) == before
    assert sandbox.stats()["open_feeds"] == 0


async def settled(sandbox: SandboxThread) -> int:
    """The number of the sandbox's tasks, once no feed is open."""

    async def count(_sandbox: object) -> int:
        return len(asyncio.all_tasks())

    for _ in range(500):
        await asyncio.sleep(0.02)
        if not sandbox.stats()["open_feeds"]:
            break
    lowest = sandbox.call(count)
    for _ in range(20):  # tasks of closed connections end a moment later
        await asyncio.sleep(0.02)
        lowest = min(lowest, sandbox.call(count))
    return lowest


async def silence(socket: ClientConnection, seconds: float) -> bool:
    """Whether nothing came for so long, once what was on its way had arrived."""
    try:
        for _ in range(1_000):
            async with asyncio.timeout(seconds):
                await socket.recv()
    except TimeoutError:
        return True
    return False


async def closing(socket: ClientConnection) -> int | None:
    """The close code that the server sent; None when the connection just broke."""
    async with asyncio.timeout(15):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
