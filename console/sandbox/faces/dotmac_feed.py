"""The health feed of the dotmac face: a WebSocket that says what changes, and ends with the token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from starlette.websockets import WebSocketDisconnect

from console.sandbox.faces.dotmac_registry import odd_services, score_fields
from console.sandbox.feeds import FeedClose, HealthRead

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from console.sandbox.feeds import Subscription
    from console.sandbox.tokens import Claims
    from console.sandbox.world import World

TOKEN_EXPIRED = 4401


async def serve(websocket: WebSocket, world: World, claims: Claims) -> None:
    """Feed one client until it leaves, its token expires or the feed is kicked."""
    subscription = world.feeds.join("dotmac", (HealthRead,), claims.user_id)
    world.stats.feeds_opened += 1
    try:
        await websocket.accept()
        async with asyncio.TaskGroup() as tasks:
            leaving = tasks.create_task(_until_gone(websocket, subscription))
            await _send(websocket, world, subscription, claims.expires_at - world.clock.now())
            leaving.cancel()
    finally:
        world.feeds.leave(subscription)


async def _until_gone(websocket: WebSocket, subscription: Subscription) -> None:
    """What a client sends is read and dropped; its leaving ends the feed."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    subscription.put(FeedClose(code=0))


async def _send(websocket: WebSocket, world: World, subscription: Subscription, remaining_s: float) -> None:
    end = FeedClose(TOKEN_EXPIRED, "token expired")
    odd = _odd_messages(world)
    try:
        try:
            async with asyncio.timeout(remaining_s):
                for message in odd:
                    await websocket.send_text(_text(world, message))
                while not isinstance(item := await subscription.next(), FeedClose):
                    if isinstance(item, HealthRead):
                        await websocket.send_text(_text(world, item))
                end = item
        except TimeoutError:
            pass
        if end.code:
            await websocket.close(end.code, end.reason)
    except WebSocketDisconnect:
        return


def _odd_messages(world: World) -> list[HealthRead]:
    if not world.faults.flags.odd_names:
        return []
    named = [entry for entry in odd_services(world) if isinstance(entry, dict)]
    return [HealthRead(str(entry["name"]), "healthy", 1.0) for entry in named if isinstance(entry.get("name"), str)]


def _text(world: World, message: HealthRead) -> str:
    return msgspec.json.encode(
        {"service_name": message.service_name, "status": message.status, **score_fields(world, message.score)}
    ).decode()
