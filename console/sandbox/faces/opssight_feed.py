"""The dashboard feed of the opssight face, in the three forms that servers of this name have."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import msgspec
from starlette.websockets import WebSocketDisconnect

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
    board = _Dashboard(world, world.feeds.join(_FACE, _NEWS, claims.user_id))
    await socket_feed.serve(
        websocket, world, board.subscription, tell=board.tell, hear=board.hear, expires_at=claims.expires_at
    )


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
        with contextlib.suppress(WebSocketDisconnect):
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


class _Dashboard:
    """One client of the guide's feed: what it is told, and what it may ask."""

    def __init__(self, world: World, subscription: Subscription) -> None:
        self.subscription = subscription
        self._world = world

    def tell(self, event: FeedEvent) -> str | None:
        match event:
            case MetricsRead(reading):
                return self._text("metrics", shapes.metrics(self._world, reading), reading.at)
            case DeploymentStarted(one) | DeploymentFinished(one):
                return self._text("deployment", shapes.deployment(self._world, one), one.finished_at or one.started_at)
            case AlertRaised(one) | AlertCleared(one):
                return self._text("alert", shapes.alert(self._world, one), one.cleared_at or one.raised_at)
        return None

    def hear(self, message: object) -> None:
        asked = message if isinstance(message, dict) else {}
        match asked.get("type"):
            case "subscribe":
                self._subscribe(asked.get("channel"))
            case "unsubscribe":
                self.subscription.kinds.difference_update(_CHANNELS.get(str(asked.get("channel")), ()))
            case "request_metrics":
                self._say_metrics()
            case "request_deployments":
                for one in reversed(self._world.deployments.all()[:_DEPLOYMENTS_TOLD]):
                    self._say("deployment", shapes.deployment(self._world, one))
            case "ping":
                self._say("pong", {})

    def _subscribe(self, channel: object) -> None:
        self.subscription.kinds.update(_CHANNELS.get(str(channel), ()))
        if channel == "metrics":
            self._say_metrics()

    def _say_metrics(self) -> None:
        self._say("metrics", shapes.metrics(self._world, self._world.metrics()))

    def _say(self, kind: str, data: object) -> None:
        self.subscription.say(Told(self._text(kind, data, time.time())))

    def _text(self, kind: str, data: object, at: float) -> str:
        return _encode({"type": kind, "data": data, "timestamp": self._world.clock.text(at)})


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
        self._beaten = asyncio.Event()
        self._silent = False

    def hear(self, message: object) -> None:
        if self._silent or not isinstance(message, dict) or message.get("type") != "heartbeat":
            return
        self._beaten.set()
        beat = {"type": "heartbeat", "timestamp": _moment(self._world, time.time())}
        self._subscription.say(Told(_encode(beat)))

    async def watch(self) -> None:
        while True:
            self._beaten.clear()
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._beaten.wait()
            except TimeoutError:
                break
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
    return _encode({"type": kind, "data": data, "timestamp": _moment(world, at)})


def _status(world: World) -> str:
    """Without a timestamp, as such servers send it."""
    readings = {name: component.reading.status.value for name, component in world.components.items()}
    worst = "healthy" if set(readings.values()) <= {"healthy"} else "degraded"
    return _encode({"type": "system_status", "data": {"status": worst, "services": readings}})


def _moment(world: World, at: float) -> str:
    """Without a zone, as such servers write it."""
    return world.clock.text(at).removesuffix("Z")


def _encode(message: object) -> str:
    return msgspec.json.encode(message).decode()
