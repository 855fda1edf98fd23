"""The Socket.IO feed and the official server of Socket.IO, on Node."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.socketio import SocketEvent, SocketIoEndpoint, SocketIoLink
from console.model.address import Address
from console.model.errors import Unauthorized
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense, Via
from tests.api.feed.listening import AT_ONCE, Tokens, count, until, values
from tests.skips import needs_node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NODE = shutil.which("node")
FOLDER = Path(__file__).parent / "node"
MISSING = (
    "node is not installed"
    if NODE is None
    else "socket.io is not installed: npm ci --prefix tests/peers/node"
    if not (FOLDER / "node_modules" / "socket.io").is_dir()
    else ""
)
pytestmark = needs_node(MISSING)


@contextlib.contextmanager
def node(*transports: str) -> Iterator[int]:
    assert NODE is not None
    command = [NODE, str(FOLDER / "socketio_server.mjs"), *transports]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


def decode(event: SocketEvent) -> list[SocketEvent]:
    if event.name == "error" and event.args == ({"type": "authentication_error"},):
        raise Unauthorized("authentication_error")
    return [event]


def feed_of(
    port: int,
    tokens: Tokens | None = None,
    *first: SocketEvent | Callable[[str | None], SocketEvent],
    **more: Any,
) -> ReconnectingFeed[SocketEvent]:
    def emitted(token: str | None) -> Sequence[SocketEvent]:
        return [event if isinstance(event, SocketEvent) else event(token) for event in first]

    address = Address.parse(f"http://127.0.0.1:{port}")
    endpoint = SocketIoEndpoint(
        address=address,
        url=address.origin,
        decode=decode,
        **{"namespaces": ("/communication", "/workflow"), "first": emitted, **more},
    )
    return ReconnectingFeed(SocketIoLink(endpoint), tokens or Tokens(), AT_ONCE)


def on_workflow(name: str, *args: object) -> SocketEvent:
    return SocketEvent(name=name, args=args, namespace="/workflow")


async def test_both_namespaces_talk_and_bytes_and_letters_come_as_they_are() -> None:
    with node() as port:
        feed = feed_of(port, None, on_workflow("send", 1), on_workflow("send-bytes"))
        seen = await until(feed, lambda seen: count(seen, FeedMessage) == 4)
    live = next(event for event in seen if isinstance(event, FeedLive))
    assert (live.via, live.degraded) == (Via.SOCKETIO, "")
    said = {(event.namespace, event.name): event.args for event in values(seen)}
    assert said == {
        ("/communication", "hello"): ({"from": "/communication", "token": "first"},),
        ("/workflow", "hello"): ({"from": "/workflow", "token": "first"},),
        ("/workflow", "step"): (0, "\N{ROCKET}"),
        ("/workflow", "file"): ({"name": "a.bin", "bytes": b"\x00\x01\xff"},),
    }
    assert count(seen, FeedNonsense) == 0


async def test_authentication_errors_of_both_kinds_renew() -> None:  # faults 56 and 68
    def authenticate(token: str | None) -> SocketEvent:
        return SocketEvent(name="authenticate", args=({"token": token},), namespace="/communication")

    for more in ({}, {"auth": lambda token: {"token": token, "strict": True}}):
        tokens = Tokens()
        with node() as port:
            feed = feed_of(port, tokens, authenticate, **more)
            seen = await until(feed, lambda seen: "authenticated" in [event.name for event in values(seen)])
        assert tokens.renewals == 1
        assert [event.unauthorized for event in seen if isinstance(event, FeedLost)] == [True]


@pytest.mark.parametrize(("order", "reason"), [("kick", "/workflow was closed by the gateway"), ("drop", "")])
async def test_after_the_server_hangs_up_we_return(order: str, reason: str) -> None:  # faults 66 and 67
    with node() as port:
        feed = feed_of(port, None, on_workflow(order))
        seen = await until(feed, lambda seen: count(seen, FeedLive) == 3)
    lost = [event for event in seen if isinstance(event, FeedLost)]
    assert len(lost) == 2
    assert not reason or {event.reason for event in lost} == {reason}


async def test_an_unknown_namespace_is_no_such_feed() -> None:  # fault 68
    with node() as port:
        feed = feed_of(port, namespaces=("/communication", "/elsewhere"))
        seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].absent


async def test_polling_alone_works_and_is_told_as_degraded() -> None:  # fault 70
    with node("polling") as port:
        feed = feed_of(port, None, on_workflow("send", 300))
        seen = await until(feed, lambda seen: count(seen, FeedMessage) == 302)
    live = next(event for event in seen if isinstance(event, FeedLive))
    assert live.via is Via.SOCKETIO_POLLING
    assert live.degraded
    assert [event.args[0] for event in values(seen) if event.name == "step"] == list(range(300))


async def test_rooms_are_joined_on_every_connection() -> None:
    with node() as port:
        feed = feed_of(port, None, on_workflow("join-conversation", "7"), on_workflow("kick"))
        seen = await until(feed, lambda seen: [event.name for event in values(seen)].count("joined") == 2)
    assert count(seen, FeedLive) == 2
