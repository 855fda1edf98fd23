"""The dafnck face's feed: envelopes and heartbeats over a WebSocket, and server-sent events where switched on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from websockets.asyncio.client import ClientConnection

    from console.sandbox.server import Sandbox

_STREAM = {"accept": "text/event-stream"}


@dataclass(frozen=True)
class Session:
    """Somebody signed in."""

    token: str
    user_id: str


@pytest.fixture
def quick() -> Iterator[SandboxThread]:
    """A heartbeat twice a second."""
    with SandboxThread(SandboxOptions(feed_heartbeat_s=0.5)) as running:
        yield running


def sign_in(sandbox: SandboxThread, client: str = "tests") -> Session:
    body = {"email": sandbox.username, "password": sandbox.password}
    url = f"{sandbox.dafnck_url}/auth/login"
    data = httpx.post(url, json=body, headers={"user-agent": client}, trust_env=False).json()["data"]
    return Session(data["token"], data["user"]["id"])


def feed(sandbox: SandboxThread, token: str, user_id: str) -> connect:
    root = sandbox.dafnck_url.removesuffix("/api").replace("http://", "ws://")
    return connect(f"{root}/ws?token={token}&userId={user_id}", proxy=None)


async def hear(socket: ClientConnection, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message for which something holds; heartbeats are not answered."""
    async with asyncio.timeout(15):
        while True:
            message = json.loads(await socket.recv())
            assert {"type", "payload", "timestamp", "id"} == message.keys()
            if holds(message):
                return dict(message)


def of_type(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["type"] == name


async def closing(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(15):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


async def test_events_come_in_envelopes(sandbox: SandboxThread) -> None:
    session = sign_in(sandbox)
    async with feed(sandbox, session.token, session.user_id) as socket:
        health = await hear(socket, of_type("service.health"))
        assert {"service", "status", "score"} == health["payload"].keys()
        sandbox.apply(kill_service="redis")
        notice = await hear(socket, lambda message: message["payload"].get("type") == "error")
        assert (notice["type"], notice["payload"]["source"]) == ("notification", "redis")
        sign_in(sandbox, client="another browser")
        told = await hear(socket, lambda message: "another browser" in str(message["payload"]))
        assert told["type"] == "notification"


async def test_a_changed_account_is_told(sandbox: SandboxThread) -> None:
    session = sign_in(sandbox)
    async with feed(sandbox, session.token, session.user_id) as socket:
        body = {"currentPassword": sandbox.password, "newPassword": "brand-new-1", "confirmPassword": "brand-new-1"}
        headers = {"authorization": f"Bearer {session.token}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            answer = await client.post(f"{sandbox.dafnck_url}/auth/change-password", json=body)
        assert answer.status_code == 200
        assert (await hear(socket, of_type("user.updated")))["payload"]["id"] == session.user_id


async def test_a_processed_document_is_told(sandbox: SandboxThread) -> None:
    session = sign_in(sandbox)

    async def process(running: Sandbox) -> str:
        document = running.world.documents.listed()[0]
        running.world.documents.process(document)
        return document.id

    async with feed(sandbox, session.token, session.user_id) as socket:
        await hear(socket, of_type("service.health"))
        document_id = sandbox.call(process)
        told = (await hear(socket, of_type("file.processed")))["payload"]
        assert (told["id"], told["status"]) == (document_id, "completed")


async def test_what_is_for_somebody_else_is_not_heard(sandbox: SandboxThread) -> None:
    session = sign_in(sandbox)
    async with feed(sandbox, session.token, session.user_id) as socket:
        await hear(socket, of_type("service.health"))
        body = {"email": "ana@sandbox.example", "password": sandbox.password}
        async with httpx.AsyncClient(trust_env=False, headers={"user-agent": "of ana"}) as client:
            assert (await client.post(f"{sandbox.dafnck_url}/auth/login", json=body)).status_code == 200
        sandbox.apply(kill_service="redis")  # told after the sign-in would have been
        first = await hear(
            socket, lambda message: "of ana" in str(message) or message["payload"].get("type") == "error"
        )
        assert first["payload"]["source"] == "redis"


async def test_the_handshake_wants_a_token_and_its_user(sandbox: SandboxThread) -> None:  # fault 57
    session = sign_in(sandbox)
    for token, user_id in (("bad", session.user_id), (session.token, "u-2"), ("", "")):
        with pytest.raises(InvalidStatus) as refused:
            await feed(sandbox, token, user_id).__aenter__()
        assert refused.value.response.status_code == 401


async def test_heartbeats_both_ways(quick: SandboxThread) -> None:
    session = sign_in(quick)
    async with feed(quick, session.token, session.user_id) as socket:
        await socket.send(json.dumps({"type": "heartbeat", "payload": {"timestamp": 1}, "timestamp": "t", "id": "1"}))
        await hear(socket, of_type("heartbeat-ack"))
        for _ in range(4):
            assert (await hear(socket, of_type("heartbeat")))["payload"]["timestamp"] > 0
            await socket.send(json.dumps({"type": "heartbeat-ack", "payload": {}, "timestamp": "t", "id": "2"}))


async def test_who_does_not_acknowledge_is_dropped(quick: SandboxThread) -> None:  # fault 61
    session = sign_in(quick)
    async with feed(quick, session.token, session.user_id) as socket:
        assert await closing(socket) == 4408


async def test_a_muted_feed_waits_for_nobody(quick: SandboxThread) -> None:
    session = sign_in(quick)
    quick.apply(mute_feeds=True)
    async with feed(quick, session.token, session.user_id) as socket:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 2)
        quick.apply(mute_feeds=False)
        await hear(socket, of_type("service.health"))


async def test_expiry_and_kicks_end_both_transports(sandbox: SandboxThread) -> None:  # fault 56
    sandbox.apply(event_stream=True)
    for switch, code in (("kick_feeds", 1012), ("expire_tokens", 4401)):
        session = sign_in(sandbox)
        async with feed(sandbox, session.token, session.user_id) as socket, stream(sandbox, session) as lines:
            await hear(socket, of_type("service.health"))
            await anext(lines)
            sandbox.apply(**{switch: True})
            assert await closing(socket) == code
            async with asyncio.timeout(15):
                async for _ in lines:
                    pass


class stream:  # noqa: N801  (reads like a function)
    """The lines of the event stream, for the length of a block."""

    def __init__(self, sandbox: SandboxThread, session: Session, last_id: str = "") -> None:
        headers = {**_STREAM, "authorization": f"Bearer {session.token}"}
        if last_id:
            headers["last-event-id"] = last_id
        self._client = httpx.AsyncClient(trust_env=False, timeout=15)
        self._open = self._client.stream("GET", f"{sandbox.dafnck_url}/events", headers=headers)

    async def __aenter__(self) -> AsyncIterator[str]:
        answer = await self._open.__aenter__()
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return answer.aiter_lines()

    async def __aexit__(self, *error: object) -> None:
        await self._open.__aexit__(None, None, None)
        await self._client.aclose()


async def next_failure(lines: AsyncIterator[str]) -> tuple[str, str]:
    """The id of the next event that tells of a failed service, and the service's name."""
    event_id = ""
    async with asyncio.timeout(15):
        async for line in lines:
            name, _, value = line.partition(": ")
            if name == "id":
                event_id = value
            elif name == "data":
                message = json.loads(value)
                if message["type"] == "notification" and message["payload"]["type"] == "error":
                    return event_id, message["payload"]["source"]
            elif not line:
                event_id = ""
    raise AssertionError("the stream ended")


def test_the_stream_is_there_only_when_offered_and_asked_for(sandbox: SandboxThread) -> None:
    session = sign_in(sandbox)
    with httpx.Client(base_url=sandbox.dafnck_url, trust_env=False) as client:
        bearer = {"authorization": f"Bearer {session.token}"}
        assert client.get("/events", headers=_STREAM | bearer).status_code == 404
        sandbox.apply(event_stream=True)
        assert client.get("/events", headers=bearer).status_code == 406
        assert client.get("/events", headers=_STREAM).status_code == 401
        head = client.head("/events", headers=_STREAM | bearer)
        assert head.headers["content-type"].startswith("text/event-stream")
        assert sandbox.stats()["open_feeds"] == 0


async def test_the_stream_brings_back_what_was_missed(sandbox: SandboxThread) -> None:  # fault 62
    sandbox.apply(event_stream=True)
    session = sign_in(sandbox)
    async with stream(sandbox, session) as lines:
        sandbox.apply(kill_service="redis")
        heard, source = await next_failure(lines)
        assert heard
        assert source == "redis"
    sandbox.apply(kill_service="search-indexer")
    async with stream(sandbox, session, heard) as lines:
        missed, source = await next_failure(lines)
        assert missed not in ("", heard)
        assert source == "search-indexer"
    async with stream(sandbox, session, "another-start-7") as lines:  # an unknown epoch brings all that is remembered
        assert [(await next_failure(lines))[0] for _ in range(2)] == [heard, missed]


async def test_a_quiet_stream_shows_that_it_lives_and_leaves_nothing(quick: SandboxThread) -> None:
    quick.apply(event_stream=True)
    session = sign_in(quick)
    async with stream(quick, session) as lines:
        assert await anext(lines) == "retry: 1000"
        async with asyncio.timeout(15):
            async for line in lines:
                if line.startswith("data:"):
                    break
        assert quick.stats()["open_feeds"] == 1
    for _ in range(500):
        await asyncio.sleep(0.02)
        if not quick.stats()["open_feeds"]:
            break
    assert quick.stats()["open_feeds"] == 0
