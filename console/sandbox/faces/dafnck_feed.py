"""The feed of the dafnck face: enveloped messages over a WebSocket with heartbeats, or as server-sent events."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response, StreamingResponse

from console.sandbox.faces import socket_feed
from console.sandbox.faults import FaultKind
from console.sandbox.feeds import DocumentProcessed, FeedClose, HealthRead, NoticeCreated, Told, UserUpdated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from console.sandbox.accounts import User
    from console.sandbox.feeds import FeedEvent, Subscription
    from console.sandbox.notices import Notice
    from console.sandbox.tokens import Claims
    from console.sandbox.world import World

FACE = "dafnck"
_KINDS = (NoticeCreated, UserUpdated, HealthRead, DocumentProcessed)
_NO_ACK = 4408
_RETRY_MS = 1_000
_NUMBERS = itertools.count(1)
_GARBLED = frozenset({FaultKind.GARBLE})
_TYPES = {"info": "info", "warning": "warning", "critical": "error"}


async def serve_socket(websocket: WebSocket, world: World, claims: Claims) -> None:
    """`/ws?token=&userId=`: answers heartbeats, sends its own, and drops whoever does not acknowledge them."""
    subscription = world.feeds.join(FACE, _KINDS, claims.user_id)
    pulse = _Pulse(world, subscription)
    await socket_feed.serve(
        websocket,
        world,
        subscription,
        tell=lambda event: _told(world, event),
        hear=pulse.hear,
        expires_at=claims.expires_at,
        chores=(pulse.beat,),
    )


def serve_events(request: Request, world: World, claims: Claims) -> Response:
    """`GET /api/events`: a stream that ends with the token; `Last-Event-ID` brings what was missed."""
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")  # its headers; a body would never end
    after = _last_number(world, request.headers.get("last-event-id", ""))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    stream = _events(world, claims, after, request.url.path)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


def user_fields(user: User) -> dict[str, object]:
    """An account as this platform writes it."""
    first, _, last = user.name.partition(" ")
    return {"id": user.id, "email": user.email, "firstName": first, "lastName": last, "role": user.roles[0]}


class _Pulse:
    """Heartbeats both ways. While feeds are muted no heartbeat gets out, so none is waited for."""

    def __init__(self, world: World, subscription: Subscription) -> None:
        self._world = world
        self._subscription = subscription
        self._acknowledged = True

    def hear(self, message: object) -> None:
        match message:
            case {"type": "heartbeat"}:
                self._subscription.say(Told(_envelope(self._world, "heartbeat-ack", {})))
            case {"type": "heartbeat-ack"}:
                self._acknowledged = True

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(self._world.options.feed_heartbeat_s)
            if not self._acknowledged:
                self._subscription.say(FeedClose(_NO_ACK, "heartbeat timeout"))
                return
            if not self._world.feeds.muted:
                self._acknowledged = False
                at_ms = round(self._world.clock.now() * 1000)
                self._subscription.say(Told(_envelope(self._world, "heartbeat", {"timestamp": at_ms})))


async def _events(world: World, claims: Claims, after: int | None, path: str) -> AsyncIterator[str]:
    subscription = world.feeds.join(FACE, _KINDS, claims.user_id, after=after)
    world.stats.feeds_opened += 1
    try:
        yield f"retry: {_RETRY_MS}\n\n"
        ends_at = time.monotonic() + claims.expires_at - world.clock.now()
        while (remaining_s := ends_at - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(remaining_s, world.options.feed_heartbeat_s)):
                    item = await subscription.next()
            except TimeoutError:
                if not world.feeds.muted:
                    yield ": still here\n\n"
                continue
            if isinstance(item, FeedClose):
                return
            text = None if isinstance(item, Told) else _told(world, item)
            if text is None or world.feeds.muted:
                continue
            if world.faults.take(FACE, "FEED", path, _GARBLED):
                text = str(socket_feed.nonsense(text, 0))
            yield _event(f"{world.feeds.epoch}-{subscription.number}" if subscription.number else "", text)
    finally:
        world.feeds.leave(subscription)


def _event(event_id: str, text: str) -> str:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}data: {text}\n\n"


def _last_number(world: World, event_id: str) -> int | None:
    """The number that a client names; 0 for one of another start, which brings all that is remembered."""
    epoch, _, number = event_id.rpartition("-")
    if not event_id:
        return None
    return int(number) if epoch == world.feeds.epoch and number.isdecimal() else 0


def _told(world: World, event: FeedEvent) -> str | None:
    match event:
        case NoticeCreated(notice):
            return _envelope(world, "notification", _notice(world, notice))
        case UserUpdated(user):
            return _envelope(world, "user.updated", user_fields(user))
        case DocumentProcessed(document):
            told = {"id": document.id, "originalName": document.name, "status": document.state.value}
            return _envelope(world, "file.processed", told)
        case HealthRead(name, status, score):
            return _envelope(world, "service.health", {"service": name, "status": status, "score": score})
    return None


def _notice(world: World, notice: Notice) -> dict[str, object]:
    return {
        "id": notice.id,
        "type": _TYPES.get(notice.severity, notice.severity),
        "title": notice.title,
        "message": notice.message,
        "source": notice.source or None,
        "createdAt": world.clock.text(notice.created_at),
        "read": False,
    }


def _envelope(world: World, kind: str, payload: object) -> str:
    envelope = {
        "type": kind,
        "payload": payload,
        "timestamp": world.clock.text(time.time()),
        "id": f"msg_{world.feeds.epoch}_{next(_NUMBERS)}",
    }
    return msgspec.json.encode(envelope).decode()
