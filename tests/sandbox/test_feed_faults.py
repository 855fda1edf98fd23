"""The switches for live feeds, on every face that has one over a WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.client import ClientConnection

    from console.sandbox.thread import SandboxThread


def dotmac(sandbox: SandboxThread) -> connect:
    body = {"email": sandbox.username, "password": sandbox.password}
    token = httpx.post(f"{sandbox.dotmac_url}/api/auth/login", json=body, trust_env=False).json()["access_token"]
    url = sandbox.dotmac_url.replace("http://", "ws://") + "/ws/service-health"
    return connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None)


def dafnck(sandbox: SandboxThread) -> connect:
    body = {"email": sandbox.username, "password": sandbox.password}
    data = httpx.post(f"{sandbox.dafnck_url}/auth/login", json=body, trust_env=False).json()["data"]
    url = sandbox.dafnck_url.removesuffix("/api").replace("http://", "ws://")
    return connect(f"{url}/ws?token={data['token']}&userId={data['user']['id']}", proxy=None)


def opssight(sandbox: SandboxThread) -> connect:
    sandbox.apply(opssight_form="open")
    return connect(sandbox.opssight_url.replace("http://", "ws://") + "/ws", proxy=None)


FACES = [pytest.param(face, id=face.__name__) for face in (dotmac, dafnck, opssight)]


def sense(message: str | bytes) -> bool:
    """Whether a message is an object of a kind that these feeds have."""
    try:
        value = json.loads(message)
    except ValueError:
        return False
    return isinstance(value, dict) and isinstance(message, str) and value.get("type") != "gibberish"


async def receive(socket: ClientConnection, count: int) -> list[str | bytes]:
    async with asyncio.timeout(30):
        return [await socket.recv() for _ in range(count)]


@pytest.mark.parametrize("face", FACES)
async def test_a_flood_of_real_messages(sandbox: SandboxThread, face: Callable[[SandboxThread], connect]) -> None:
    # fault 60
    async with face(sandbox) as socket:
        await socket.recv()
        sandbox.apply(flood={"face": face.__name__, "per_s": 2_000, "seconds": 1})
        messages = await receive(socket, 1_500)
        assert all(sense(message) for message in messages)
        if face is not dafnck:  # whose envelopes carry ids
            assert len(set(messages)) < len(messages)


def test_a_flood_ends_when_it_is_told_to(sandbox: SandboxThread, eventually: Callable[..., None]) -> None:
    def flooding() -> object:
        return httpx.get(f"{sandbox.control_url}/__sandbox/faults", trust_env=False).json()["flood"]

    sandbox.apply(flood={"face": "dotmac", "seconds": 3_600})
    assert flooding() is True
    sandbox.apply(flood=False)
    eventually(lambda: flooding() is False)
    sandbox.apply(flood={"face": "dotmac", "seconds": 3_600})
    sandbox.clear()
    assert flooding() is False
    too_many = {"flood": {"face": "dotmac", "per_s": 20_001}}
    answer = httpx.post(f"{sandbox.control_url}/__sandbox/faults", json=too_many, trust_env=False)
    assert answer.status_code == 422


@pytest.mark.parametrize("face", FACES)
async def test_garbled_messages(sandbox: SandboxThread, face: Callable[[SandboxThread], connect]) -> None:  # fault 59
    async with face(sandbox) as socket:
        await socket.recv()
        sandbox.apply(garble={"path": "/ws", "face": face.__name__})
        sandbox.apply(flood={"face": face.__name__, "per_s": 200, "seconds": 3})
        nonsense = [message for message in await receive(socket, 300) if not sense(message)]
        assert len(nonsense) > 100
        assert {type(message) for message in nonsense} == {str, bytes}
        sandbox.apply(garble=False)
        async with asyncio.timeout(15):
            while not sense(await socket.recv()):
                pass


@pytest.mark.parametrize("face", FACES)
async def test_a_blocked_upgrade_is_an_http_answer(
    sandbox: SandboxThread, face: Callable[[SandboxThread], connect]
) -> None:  # fault 57
    sandbox.apply(block_upgrade=True)
    with pytest.raises(InvalidStatus) as refused:
        await face(sandbox).__aenter__()
    assert refused.value.response.status_code == 426
    sandbox.apply(block_upgrade={"status": 200, "face": face.__name__})
    with pytest.raises(InvalidStatus) as refused:
        await face(sandbox).__aenter__()
    assert refused.value.response.status_code == 200
    sandbox.apply(block_upgrade=False)
    async with face(sandbox) as socket:
        await socket.recv()


@pytest.mark.parametrize("face", FACES)
async def test_mute_and_kick(sandbox: SandboxThread, face: Callable[[SandboxThread], connect]) -> None:
    async with face(sandbox) as socket:
        await socket.recv()
        sandbox.apply(mute_feeds=True, flood={"face": face.__name__, "per_s": 100, "seconds": 60})
        with pytest.raises(TimeoutError):
            await drain(socket)
        sandbox.apply(mute_feeds=False)
        await receive(socket, 20)
        sandbox.apply(kick_feeds=True)
        await asyncio.wait_for(socket.wait_closed(), 15)
        assert socket.close_code == 1012


async def drain(socket: ClientConnection) -> None:
    """Take what was on its way until nothing comes any more."""
    while True:
        async with asyncio.timeout(1.5):
            await socket.recv()
