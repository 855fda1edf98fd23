"""The Socket.IO servers of two faces, spoken to by the library's own client."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import engineio
import httpx
import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused
from websockets.asyncio.client import connect as websocket

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.sandbox.server import Sandbox

_DEADLINE_S = 15
KONG = ["/communication", "/workflow"]


def token(sandbox: SandboxThread, path: str = "/api/v1/auth/login", url: str = "") -> str:
    body = {"email": sandbox.username, "password": sandbox.password}
    return str(httpx.post((url or sandbox.kong_url) + path, json=body, trust_env=False).json()["access_token"])


class _Engine(engineio.AsyncClient):  # type: ignore[misc]  # the library has no types
    async def _send_request(self, *args: Any, **kwargs: Any) -> Any:
        """The library drops some answers unread, and with them their connection."""
        answer = await super()._send_request(*args, **kwargs)
        if isinstance(answer, aiohttp.ClientResponse):
            await answer.read()
        return answer


class _Client(socketio.AsyncClient):  # type: ignore[misc]  # the library has no types
    def _engineio_client_class(self) -> type[_Engine]:
        return _Engine


class Ear:
    """A client that notes what it hears, in each namespace."""

    def __init__(self, namespaces: list[str], session: aiohttp.ClientSession) -> None:
        self.client = _Client(reconnection=False, handle_sigint=False, http_session=session)
        self.namespaces = namespaces
        self.heard: asyncio.Queue[tuple[str, str, Any]] = asyncio.Queue()
        for namespace in namespaces:
            self.client.on("*", self._note(namespace), namespace=namespace)
            self.client.on("disconnect", self._gone(namespace), namespace=namespace)

    def _note(self, namespace: str) -> Callable[..., None]:
        return lambda event, data=None: self.heard.put_nowait((namespace, event, data))

    def _gone(self, namespace: str) -> Callable[..., None]:
        return lambda reason: self.heard.put_nowait((namespace, "disconnect", reason))

    async def until(self, event: str, namespace: str = "") -> Any:
        async with asyncio.timeout(_DEADLINE_S):
            while True:
                where, name, data = await self.heard.get()
                if name == event and namespace in ("", where):
                    return data


@contextlib.asynccontextmanager
async def ear(url: str, auth: object, namespaces: list[str], transports: list[str] | None = None) -> AsyncIterator[Ear]:
    async with aiohttp.ClientSession() as session:
        made = Ear(namespaces, session)
        connect = made.client.connect
        try:
            await connect(url, auth=auth, namespaces=namespaces, transports=transports, wait_timeout=_DEADLINE_S)
            yield made
        finally:
            await made.client.disconnect()


def tell(sandbox: SandboxThread, title: str = "Hello", user_id: str = "") -> None:
    async def create(running: Sandbox) -> None:
        running.world.notices.create(kind="test", title=title, message="x", severity="info", user_id=user_id)

    sandbox.call(create)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_notice_reaches_those_who_are_known(sandbox: SandboxThread, transport: str) -> None:
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, KONG, [transport]) as listening:
        tell(sandbox)
        told = await listening.until("notification", "/communication")
        while told["title"] != "Hello":
            told = await listening.until("notification", "/communication")
        assert told["read"] is False
        assert told["severity"] == "info"
        assert listening.client.transport() == transport


async def test_polling_becomes_a_websocket_unless_that_is_blocked(sandbox: SandboxThread) -> None:  # fault 70
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, KONG) as listening:
        assert listening.client.transport() == "websocket"
    sandbox.apply(block_upgrade=True)
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, KONG) as listening:
        assert listening.client.transport() == "polling"
        tell(sandbox, "By polling")
        while (await listening.until("notification"))["title"] != "By polling":
            pass


async def test_a_client_may_say_later_who_it_is(sandbox: SandboxThread) -> None:
    async with ear(sandbox.kong_url, None, KONG, ["websocket"]) as listening:
        tell(sandbox, "Not for strangers")
        await listening.client.emit("authenticate", {"token": token(sandbox)}, namespace="/communication")
        while not sandbox.stats()["open_feeds"]:
            await asyncio.sleep(0.01)
        tell(sandbox, "For the known")
        told = await listening.until("notification")
        assert told["title"] != "Not for strangers"


@pytest.mark.parametrize("late", [True, False])
async def test_a_refused_token_is_told_and_disconnects(sandbox: SandboxThread, late: bool) -> None:  # fault 66
    async with ear(sandbox.kong_url, None if late else {"token": "bad"}, ["/communication"]) as listening:
        if late:
            await listening.client.emit("authenticate", {"token": "bad"}, namespace="/communication")
        assert (await listening.until("error"))["type"] == "authentication_error"
        assert await listening.until("disconnect") == "server disconnect"


async def test_expiry_is_an_authentication_error_everywhere(sandbox: SandboxThread) -> None:  # fault 56
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, KONG) as listening:
        sandbox.apply(expire_tokens=True)
        async with asyncio.timeout(_DEADLINE_S):
            heard = [await listening.heard.get() for _ in range(2 * len(KONG))]
        for namespace in KONG:
            told = {"type": "authentication_error", "message": "Token expired"}
            mine = [(event, data) for where, event, data in heard if where == namespace and event != "notification"]
            assert mine == [("error", told), ("disconnect", "server disconnect")]


async def test_a_short_life_can_be_prolonged_by_showing_a_new_token() -> None:
    with SandboxThread(SandboxOptions(token_lifetime_s=1.5)) as sandbox:
        async with ear(sandbox.kong_url, {"token": token(sandbox)}, ["/communication"]) as listening:
            for _ in range(3):
                await asyncio.sleep(0.7)
                await listening.client.emit("authenticate", {"token": token(sandbox)}, namespace="/communication")
            tell(sandbox, "Still here")
            while (await listening.until("notification"))["title"] != "Still here":
                pass
            assert (await listening.until("error"))["message"] == "Token expired"


async def test_a_kick_says_nothing_and_the_server_disconnects(sandbox: SandboxThread) -> None:  # fault 66
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, ["/workflow"]) as listening:
        sandbox.apply(kick_feeds=True)
        async with asyncio.timeout(_DEADLINE_S):
            assert await listening.heard.get() == ("/workflow", "disconnect", "server disconnect")


async def test_a_mute_feed_stays_connected_and_silent(sandbox: SandboxThread) -> None:
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, ["/communication"]) as listening:
        sandbox.apply(mute_feeds=True)
        tell(sandbox, "Unheard")
        sandbox.apply(mute_feeds=False)
        tell(sandbox, "Heard")
        titles = []
        while "Heard" not in titles:
            titles.append((await listening.until("notification"))["title"])
        assert "Unheard" not in titles


async def test_a_flood_arrives_in_order_and_its_end_is_seen(sandbox: SandboxThread) -> None:  # fault 60
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, ["/communication"], ["websocket"]) as listening:
        sandbox.apply(flood={"face": "kong", "per_s": 2_000, "seconds": 0.5})
        numbers: list[int] = []
        while len(numbers) < 300:
            title = (await listening.until("notification"))["title"]
            if title.startswith("Message "):
                numbers.append(int(title.split()[1]))
        assert numbers == sorted(numbers)
        tell(sandbox, "After the flood")
        while (await listening.until("notification"))["title"] != "After the flood":
            pass


async def test_a_garbled_message_is_cut_off(sandbox: SandboxThread) -> None:  # fault 59
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, ["/communication"]) as listening:
        sandbox.apply(garble=True)
        tell(sandbox)
        assert isinstance(await listening.until("notification"), str)


async def request(method: str, url: str, bearer: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, url, headers=headers)


@pytest.mark.parametrize(
    "packet", ["4", "42", "4x", "9", "40/communication,{", '42/communication,["authenticate"', "451-[]", "4\ud7ff"]
)
async def test_odd_packets_hurt_nobody_else(sandbox: SandboxThread, packet: str) -> None:  # fault 69
    url = f"{sandbox.kong_url}/socket.io/?EIO=4&transport=polling"
    async with ear(sandbox.kong_url, {"token": token(sandbox)}, KONG) as listening:
        async with httpx.AsyncClient(trust_env=False, timeout=_DEADLINE_S) as client:
            session = json.loads((await client.get(url)).text[1:])["sid"]
            answer = await client.post(f"{url}&sid={session}", content=packet.encode())
            assert answer.status_code in (200, 400)
        async with websocket(url.replace("http", "ws").replace("polling", "websocket"), proxy=None) as socket:
            await socket.send(packet)
        assert (await request("GET", f"{url}&sid=unknown")).status_code == 400
        assert (await request("GET", url.replace("EIO=4", "EIO=3"))).status_code == 400
        tell(sandbox, "All well")
        while (await listening.until("notification"))["title"] != "All well":
            pass


async def test_there_may_be_no_such_server_or_no_such_namespace(sandbox: SandboxThread) -> None:  # fault 68
    with pytest.raises(Refused):
        async with ear(sandbox.kong_url, {"token": token(sandbox)}, ["/nothing"]):
            pass
    sandbox.apply(socketio_absent=True)
    for url, message in (
        (sandbox.kong_url, "no Route matched with those values"),
        (sandbox.aigentable_url.removesuffix("/api/v1"), "Route not found"),
    ):
        answer = await request("GET", f"{url}/socket.io/?EIO=4&transport=polling")
        assert answer.status_code == 404
        assert answer.json()["message"] == message
        for transport in ("polling", "websocket"):
            with pytest.raises(Refused):
                async with ear(url, None, ["/"], [transport]):
                    pass


async def test_sessions_leave_nothing_behind(sandbox: SandboxThread) -> None:  # fault 72
    shown = {"token": token(sandbox)}

    async def count(_running: Sandbox) -> int:
        return len(asyncio.all_tasks())

    async def settled() -> int:
        for _ in range(500):
            await asyncio.sleep(0.02)
            if not sandbox.stats()["open_feeds"]:
                break
        lowest = sandbox.call(count)
        for _ in range(20):
            await asyncio.sleep(0.02)
            lowest = min(lowest, sandbox.call(count))
        return lowest

    before = await settled()
    for transport in ("websocket", "polling") * 5:
        async with ear(sandbox.kong_url, shown, KONG, [transport]):
            pass
    assert sandbox.stats()["open_feeds"] == 0
    assert await settled() <= before + 10  # a ping that is due later, for each


async def test_an_outage_breaks_the_connection(sandbox: SandboxThread) -> None:
    shown = {"token": token(sandbox)}
    for transport in ("websocket", "polling"):
        async with ear(sandbox.kong_url, shown, ["/communication"], [transport]) as listening:
            sandbox.apply(outage={"face": "kong"})
            assert await listening.until("disconnect") == "transport error"
            sandbox.apply(outage=False)


def aigentable_auth(sandbox: SandboxThread) -> dict[str, str]:
    body = {"email": sandbox.username, "password": sandbox.password}
    answer = httpx.post(f"{sandbox.aigentable_url}/auth/login", json=body, trust_env=False).json()
    return {"token": answer["token"], "tenantId": answer["user"]["tenantId"]}


def host(sandbox: SandboxThread) -> str:
    return sandbox.aigentable_url.removesuffix("/api/v1")


async def test_aigentable_tells_notices_and_what_is_unread(sandbox: SandboxThread) -> None:
    shown = aigentable_auth(sandbox)
    async with ear(host(sandbox), shown, ["/"]) as listening:
        before = (await listening.until("unread_notifications"))["count"]
        tell(sandbox, "One more")
        told = await listening.until("new_notification")
        assert (told["title"], told["isRead"]) == ("One more", False)
        path = f"{sandbox.kong_url}/api/v1/notifications/{told['id']}/read"
        assert (await request("POST", path, token(sandbox))).json()["read"] is True
        assert (await listening.until("unread_notifications"))["count"] >= before


async def test_aigentables_dashboard_is_told_on_request(sandbox: SandboxThread) -> None:
    async with ear(host(sandbox), aigentable_auth(sandbox), ["/"]) as listening:
        await listening.client.emit("request_dashboard_metrics")
        assert (await listening.until("dashboard_metrics"))["activeConnections"] == 1


@pytest.mark.parametrize("mark", ["-", "_"])
async def test_conversations_are_rooms(sandbox: SandboxThread, mark: str) -> None:
    async with ear(host(sandbox), aigentable_auth(sandbox), ["/"]) as listening:

        async def rooms(running: Sandbox) -> tuple[str, ...]:
            live = running.aigentable_live
            return tuple(room for client in live.clients() for room in live.rooms(client))

        assert await listening.client.call(f"join{mark}conversation", "c-1") == {"success": True}
        assert sandbox.call(rooms) == ("conversation:c-1",)
        assert (await listening.client.call(f"join{mark}conversation"))["success"] is False
        await listening.client.call(f"leave{mark}conversation", "c-1")
        assert sandbox.call(rooms) == ()


async def test_aigentable_refuses_strangers_in_the_handshake(sandbox: SandboxThread) -> None:  # fault 68
    shown = aigentable_auth(sandbox)
    for auth in (None, {"token": "bad"}, shown | {"tenantId": "fabrikam"}, "text", shown | {"token": 7}):
        with pytest.raises(Refused):
            async with ear(host(sandbox), auth, ["/"]):
                pass


async def test_signing_out_leaves_aigentables_socket_open(sandbox: SandboxThread) -> None:
    shown = aigentable_auth(sandbox)
    async with ear(host(sandbox), shown, ["/"]) as listening:
        out = await request("POST", f"{sandbox.aigentable_url}/auth/logout", shown["token"])
        assert out.status_code == 200
        tell(sandbox, "Still listening")
        while (await listening.until("new_notification"))["title"] != "Still listening":
            pass
        sandbox.apply(kick_feeds=True)
        assert await listening.until("disconnect") == "server disconnect"
