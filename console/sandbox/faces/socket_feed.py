"""What the WebSocket feeds of all faces have in common: one writer, the end of the token, and the switches."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect, WebSocketState

from console.sandbox.faults import FaultKind
from console.sandbox.feeds import FeedClose, Told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.websockets import WebSocket

    from console.sandbox.feeds import FeedEvent, Subscription
    from console.sandbox.world import World

TOKEN_EXPIRED = 4401
_GARBLED = frozenset({FaultKind.GARBLE})
_TURN = 200  # messages after which the others get their turn, however many are waiting


def ignore(_message: object) -> None:
    """For feeds that listen to nobody."""


async def serve(
    websocket: WebSocket,
    world: World,
    subscription: Subscription,
    *,
    tell: Callable[[FeedEvent], str | None],
    hear: Callable[[object], None] = ignore,
    expires_at: float | None = None,
    chores: Sequence[Callable[[], Awaitable[None]]] = (),
) -> None:
    """Feed one client until it leaves, its token expires or the feed is kicked.

    Args:
        websocket: Accepted already, or not yet.
        world: The platform.
        subscription: What this client hears; it is left in the end.
        tell: The text for an event; None when this feed has none for it.
        hear: Told each JSON value that the client sends. What is no JSON is dropped.
        expires_at: When the token ends, on the platform's own clock; None for never.
        chores: Run beside the feed and cancelled with it.
    """
    world.stats.feeds_opened += 1
    try:
        if websocket.application_state is WebSocketState.CONNECTING:
            await websocket.accept()
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(_listen(websocket, subscription, hear))]
            beside += [tasks.create_task(_run(chore)) for chore in chores]
            remaining_s = None if expires_at is None else expires_at - world.clock.now()
            await _send(websocket, world, subscription, tell, remaining_s)
            for task in beside:
                task.cancel()
    finally:
        world.feeds.leave(subscription)


def nonsense(text: str, number: int) -> str | bytes:
    """A message as a broken server would send it: no JSON, bytes, not an object, or of an unknown kind."""
    match number % 4:
        case 0:
            return text[: len(text) // 2] + '"\ufffd,,'
        case 1:
            return text.encode() + b"\xff\xfe"
        case 2:
            return "[1, 2, 3]"
        case _:
            return '{"type": "gibberish", "sense": null}'


async def _run(chore: Callable[[], Awaitable[None]]) -> None:
    await chore()


async def _listen(websocket: WebSocket, subscription: Subscription, hear: Callable[[object], None]) -> None:
    """A client's leaving ends the feed."""
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        try:
            said = json.loads(message.get("text") or "")
        except ValueError:
            continue
        hear(said)
    subscription.say(FeedClose(code=0))


async def _send(
    websocket: WebSocket,
    world: World,
    subscription: Subscription,
    tell: Callable[[FeedEvent], str | None],
    remaining_s: float | None,
) -> None:
    end = FeedClose(TOKEN_EXPIRED, "token expired")
    try:
        try:
            async with asyncio.timeout(remaining_s):
                end = await _write(websocket, world, subscription, tell)
        except TimeoutError:
            pass
        if end.code:
            await websocket.close(end.code, end.reason)
    except WebSocketDisconnect:
        return


async def _write(
    websocket: WebSocket, world: World, subscription: Subscription, tell: Callable[[FeedEvent], str | None]
) -> FeedClose:
    path = websocket.url.path
    for number in itertools.count(1):
        item = await subscription.next()
        if isinstance(item, FeedClose):
            return item
        text = item.text if isinstance(item, Told) else tell(item)
        if text is None or world.feeds.muted:
            continue
        if world.faults.take(subscription.face, "FEED", path, _GARBLED):
            broken = nonsense(text, number)
            await (websocket.send_bytes(broken) if isinstance(broken, bytes) else websocket.send_text(broken))
        else:
            await websocket.send_text(text)
        if number % _TURN == 0:
            await asyncio.sleep(0)
    raise AssertionError("counting does not end")
