"""The health feed of the dotmac face: a WebSocket that says what changes, and ends with the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.sandbox.faces import socket_feed
from console.sandbox.faces.dotmac_registry import odd_services, score_fields
from console.sandbox.feeds import HealthRead, Told

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from console.sandbox.feeds import FeedEvent
    from console.sandbox.tokens import Claims
    from console.sandbox.world import World


async def serve(websocket: WebSocket, world: World, claims: Claims) -> None:
    """Feed one client until it leaves, its token expires or the feed is kicked."""

    def tell(event: FeedEvent) -> str | None:
        return _text(world, event) if isinstance(event, HealthRead) else None

    subscription = world.feeds.join("dotmac", (HealthRead,), claims.user_id)
    for message in _odd_messages(world):
        subscription.say(Told(_text(world, message)))
    await socket_feed.serve(websocket, world, subscription, tell=tell, expires_at=claims.expires_at)


def _odd_messages(world: World) -> list[HealthRead]:
    if not world.faults.flags.odd_names:
        return []
    named = [entry for entry in odd_services(world) if isinstance(entry, dict)]
    return [HealthRead(str(entry["name"]), "healthy", 1.0) for entry in named if isinstance(entry.get("name"), str)]


def _text(world: World, message: HealthRead) -> str:
    return msgspec.json.encode(
        {"service_name": message.service_name, "status": message.status, **score_fields(world, message.score)}
    ).decode()
