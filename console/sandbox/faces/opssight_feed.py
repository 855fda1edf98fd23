"""The dashboard feed of the opssight face, in the three forms that servers of this name have."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import msgspec

from console.sandbox.faces import opssight_metrics as shapes
from console.sandbox.faces import socket_feed
from console.sandbox.feeds import (
    AlertCleared,
    AlertRaised,
    DeploymentFinished,
    DeploymentStarted,
    MetricsRead,
    Told,
)
from console.sandbox.tokens import Claims

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from console.sandbox.feeds import FeedEvent, Subscription
    from console.sandbox.world import World

_FACE = "opssight"
_BAD_TOKEN = 4001
_FIRST_MESSAGE_S = 10.0
_DEPLOYMENTS_TOLD = 10
_NEWS = (DeploymentStarted, DeploymentFinished, AlertRaised, AlertCleared)
_CHANNELS = {
    "metrics": (MetricsRead,),
    "deployments": (DeploymentStarted, DeploymentFinished),
    "alerts": (AlertRaised, AlertCleared),
}


async def serve_guide(websocket: WebSocket, world: World, claims: Claims) -> None:
    """`/ws/dashboard`: metrics after `subscribe`, or when asked for; deployments and alerts always."""
    subscription = world.feeds.join(_FACE, _NEWS, claims.user_id)

    def say(kind: str, data: object, at: float | None = None) -> None:
        subscription.say(Told(_text(world, kind, data, at)))

    def tell(event: FeedEvent) -> str | None:
        match event:
            case MetricsRead(reading):
                return _text(world, "metrics", shapes.metrics(world, reading), reading.at)
            case DeploymentStarted(one) | DeploymentFinished(one):
                return _text(world, "deployment", shapes.deployment(world, one), one.finished_at or one.started_at)
            case AlertRaised(one) | AlertCleared(one):
                return _text(world, "alert", shapes.alert(world, one), one.cleared_at or one.raised_at)
        return None

    def hear(message: object) -> None:
        asked = message if isinstance(message, dict) else {}
        match asked.get("type"), asked.get("channel"):
            case "subscribe", str(channel) if channel in _CHANNELS:
                subscription.kinds.update(_CHANNELS[channel])
                if channel == "metrics":
                    say("metrics", shapes.metrics(world, world.metrics()))
            case "unsubscribe", str(channel) if channel in _CHANNELS:
                subscription.kinds.difference_update(_CHANNELS[channel])
            case "request_metrics", _:
                say("metrics", shapes.metrics(world, world.metrics()))
            case "request_deployments", _:
                for one in reversed(world.deployments.all()[:_DEPLOYMENTS_TOLD]):
                    say("deployment", shapes.deployment(world, one))
            case "ping", _:
                say("pong", {})

    await socket_feed.serve(websocket, world, subscription, tell=tell, hear=hear, expires_at=claims.expires_at)


async def serve_open(websocket: WebSocket, world: World) -> None:
    """`/ws` without a login: metrics are pushed, a client's words are not heard."""
    subscription = world.feeds.join(_FACE, (MetricsRead, *_NEWS))
    subscription.say(Told(_status(world)))

    def tell(event: FeedEvent) -> str | None:
        if isinstance(event, AlertCleared):
            return _status(world)
        return _field_text(world, event)

    await socket_feed.serve(websocket, world, subscription, tell=tell)


async def serve_first_message(websocket: WebSocket, world: World) -> None:
    """`/ws` whose first message is `{token, user_id, subscriptions}`; without heartbeats it goes silent."""
    await websocket.accept()
    hello = await _hello(websocket)
    claims = world.tokens.check(hello.token)
    if not isinstance(claims, Claims) or hello.user_id not in ("", claims.user_id):
        await websocket.close(_BAD_TOKEN, "Invalid token")
        return
    wanted = hello.subscriptions or tuple(_CHANNELS)
    kinds = [kind for name in wanted for kind in _CHANNELS.get(name, ())]
    subscription = world.feeds.join(_FACE, kinds, claims.user_id)
    life = _SignsOfLife(world, subscription)
    await socket_feed.serve(
        websocket,
        world,
        subscription,
        tell=lambda event: _field_text(world, event),
        hear=life.hear,
        expires_at=claims.expires_at,
        chores=(life.watch,),
    )


class _Hello(msgspec.Struct):
    token: str = ""
    user_id: str = ""
    subscriptions: tuple[str, ...] = ()


class _SignsOfLife:
    """Echoes heartbeats; a client that sends none for too long hears nothing more, and isn't told so."""

    def __init__(self, world: World, subscription: Subscription) -> None:
        self._patience_s = world.options.feed_patience_s
        self._world = world
        self._subscription = subscription
        self._last_at = time.monotonic()
        self._silent = False

    def hear(self, message: object) -> None:
        if self._silent or not isinstance(message, dict) or message.get("type") != "heartbeat":
            return
        self._last_at = time.monotonic()
        beat = {"type": "heartbeat", "timestamp": _moment(self._world, time.time())}
        self._subscription.say(Told(json.dumps(beat)))

    async def watch(self) -> None:
        while (remaining_s := self._last_at + self._patience_s - time.monotonic()) > 0:
            await asyncio.sleep(remaining_s)
        self._silent = True
        self._subscription.kinds.clear()


async def _hello(websocket: WebSocket) -> _Hello:
    """The first message; an empty one when it does not come in time or is something else."""
    try:
        async with asyncio.timeout(_FIRST_MESSAGE_S):
            message = await websocket.receive()
    except TimeoutError:
        return _Hello()
    try:
        return msgspec.json.decode(message.get("text") or "", type=_Hello)
    except msgspec.MsgspecError:
        return _Hello()


def _field_text(world: World, event: FeedEvent) -> str | None:
    """Events as the forms in the field tell them."""
    told: tuple[str, dict[str, object], float]
    match event:
        case MetricsRead(reading):
            told = "metrics_update", shapes.metrics(world, reading), reading.at
        case DeploymentStarted(one) | DeploymentFinished(one):
            told = "deployment_created", shapes.deployment(world, one), one.started_at
        case AlertRaised(raised):
            told = "alert_created", shapes.alert(world, raised), raised.raised_at
        case _:
            return None
    kind, data, at = told
    return json.dumps({"type": kind, "data": data, "timestamp": _moment(world, at)})


def _status(world: World) -> str:
    """Without a timestamp, as such servers send it."""
    readings = {name: component.reading.status.value for name, component in world.components.items()}
    worst = "healthy" if set(readings.values()) <= {"healthy"} else "degraded"
    return json.dumps({"type": "system_status", "data": {"status": worst, "services": readings}})


def _text(world: World, kind: str, data: object, at: float | None = None) -> str:
    moment = world.clock.text(time.time() if at is None else at)
    return msgspec.json.encode({"type": kind, "data": data, "timestamp": moment}).decode()


def _moment(world: World, at: float) -> str:
    """Without a zone, as such servers write it."""
    return world.clock.text(at).removesuffix("Z")
