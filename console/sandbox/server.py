"""The whole sandbox in one event loop: the platform, its faces, their ports."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import msgspec

from console.sandbox.door import Door
from console.sandbox.faces import installed
from console.sandbox.faces.aigentable import AigentableFace
from console.sandbox.faces.control import ControlRoutes
from console.sandbox.faces.dafnck import DafnckFace
from console.sandbox.faces.dotmac import DotmacFace
from console.sandbox.faces.kong import KongFace
from console.sandbox.faces.kong_admin import KongAdmin
from console.sandbox.faces.opssight import OpssightFace
from console.sandbox.faults import Degradation, Flood, Outage, Redeployment, Switches
from console.sandbox.flood import pour
from console.sandbox.listener import Listener
from console.sandbox.options import FACES
from console.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from console.sandbox.door import Face
    from console.sandbox.options import SandboxOptions

_GOING_AWAY = 1001
_KICKED = 1012
_BASE_PATHS = {"dafnck": "/api", "aigentable": "/api/v1"}


class Sandbox:
    """A running sandbox; made by `running`.

    Attributes:
        world: The platform. Belongs to the event loop that runs the sandbox.
        kong_live: The Socket.IO server of the kong face.
        aigentable_live: And that of the aigentable face.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.world = World(options)
        self._tasks = asyncio.TaskGroup()
        self._listeners = {
            "kong": Listener(options.kong_port),
            "dotmac": Listener(options.dotmac_port),
            "opssight": Listener(options.opssight_port),
            "dafnck": Listener(options.dafnck_port),
            "aigentable": Listener(options.aigentable_port),
            "kong_admin": Listener(options.kong_admin_port),
            "control": Listener(options.control_port),
        }
        kong, aigentable = KongFace(self.world), AigentableFace(self.world)
        self.kong_live, self.aigentable_live = kong.live, aigentable.live
        faces: tuple[Face, ...] = (
            kong,
            DotmacFace(self.world),
            OpssightFace(self.world),
            DafnckFace(self.world),
            aigentable,
            *installed(self.world),
        )
        self._installed = tuple(face.name for face in faces[len(FACES) :])
        for name in self._installed:
            self._listeners[name] = Listener(0)
        self._apps: dict[str, ASGIApp] = {
            face.name: ControlRoutes(self, Door(face, self.world, self._listeners[face.name].connections))
            for face in faces
        }
        self._apps["kong_admin"] = KongAdmin(self.world, self._listeners["kong"].connections, lambda: kong.busy).app
        self._apps["control"] = ControlRoutes(self)
        self._outage_end: asyncio.Task[None] | None = None
        self._flood: asyncio.Task[None] | None = None
        self._changing_listeners = asyncio.Lock()  # first come, first served: an outage and its end keep their order

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, options: SandboxOptions) -> AsyncIterator[Sandbox]:
        """Run a sandbox for the length of the block; afterwards ports are free and no task is left.

        Raises:
            SandboxFailed: A port is taken, or the state folder holds something else.
        """
        sandbox = cls(options)
        ready, stopping = asyncio.Event(), asyncio.Event()
        try:
            for listener in sandbox._listeners.values():
                listener.reserve()
            # One task owns the group, so that what the block raises comes out as it is.
            serving = asyncio.create_task(sandbox._serve(ready, stopping), name="sandbox")
            serving.add_done_callback(lambda _task: ready.set())
            try:
                await ready.wait()
                if not serving.done():
                    yield sandbox
            finally:
                stopping.set()
                await serving
        finally:
            for listener in sandbox._listeners.values():
                await listener.close()
            sandbox.world.close()

    def app(self, name: str) -> ASGIApp:
        """What answers at a face's port, for whoever asks it without one. It belongs to the sandbox's event loop."""
        return self._apps[name]

    def url(self, name: str) -> str:
        """Base URL of a face, or of `control`, which no outage takes away."""
        return self._listeners[name].url + _BASE_PATHS.get(name, "")

    @property
    def installed_urls(self) -> dict[str, str]:
        """Base URLs of the faces that installed packages brought, by name."""
        return {name: self.url(name) for name in self._installed}

    @property
    def kong_url(self) -> str:
        """Base URL of the kong face."""
        return self.url("kong")

    @property
    def dotmac_url(self) -> str:
        """Base URL of the dotmac face."""
        return self.url("dotmac")

    @property
    def dafnck_url(self) -> str:
        """Base URL of the dafnck face; its routes are below `/api`."""
        return self.url("dafnck")

    @property
    def aigentable_url(self) -> str:
        """Base URL of the aigentable face; its routes are below `/api/v1`, its feed is on the host."""
        return self.url("aigentable")

    @property
    def control_url(self) -> str:
        """Base URL of the control face, which no outage takes away."""
        return self.url("control")

    async def apply(self, change: Switches) -> None:
        """Turn switches; what the change does not name stays. An outage has begun, or ended, on return.

        Raises:
            KeyError: No component has this name; nothing was changed then.
        """
        self.turn(change)
        await self._set_outage(change.outage)

    def begin(self, outage: Outage | float | bool | None) -> None:
        """Start or end an outage soon, without waiting for it."""
        if outage is not None:
            self._tasks.create_task(self._set_outage(outage), name="outage")

    def turn(self, change: Switches) -> None:
        """Turn all switches but the outage.

        Raises:
            KeyError: No component has this name; nothing was changed then.
        """
        world = self.world
        kill, restart, slow = change.kill_service, change.restart_service, change.degrade_service
        if isinstance(restart, str):
            restart = Redeployment(name=restart)
        if isinstance(slow, str):
            slow = Degradation(name=slow)
        for name in (kill, restart.name if restart else None, slow.name if slow else None):
            if name is not None and name not in world.components:
                raise KeyError(name)
        world.faults.apply(change)
        self._turn_sessions(change)
        self._set_flood(change.flood)
        if kill is not None:
            world.kill_component(kill)
        if restart is not None:
            world.deploy(restart)
        if slow is not None:
            world.components[slow.name].slower_by_s = slow.seconds

    def _turn_sessions(self, change: Switches) -> None:
        """The switches of clock, tokens and feeds."""
        world = self.world
        if change.clock_skew_s is not None:
            world.clock.skew_s = change.clock_skew_s
        if change.mute_feeds is not None:
            world.feeds.muted = change.mute_feeds
        if change.revoke_refresh is not None:
            world.tokens.refuse_next_refresh = change.revoke_refresh
        if change.expire_tokens:
            world.expire_tokens()
        if change.kick_feeds:
            world.feeds.close_all(_KICKED, "service restart")

    async def clear(self) -> None:
        """Everything as after a start; sessions and history stay."""
        world = self.world
        world.faults.clear()
        world.clock.skew_s = 0.0
        world.feeds.muted = False
        world.tokens.refuse_next_refresh = False
        self._set_flood(False)
        for name, component in world.components.items():
            if not component.running or component.slower_by_s:
                world.restart_component(name)
        await self._set_outage(False)

    def faults(self) -> dict[str, object]:
        """What is on, as plain values."""
        components = self.world.components
        return {
            **self.world.faults.snapshot(),
            "control": self.control_url,
            "mfa_code": self.world.second_factor.code(),
            "clock_skew_s": self.world.clock.skew_s,
            "mute_feeds": self.world.feeds.muted,
            "flood": self._flood is not None and not self._flood.done(),
            "revoke_refresh": self.world.tokens.refuse_next_refresh,
            "outage": [name for name, listener in self._listeners.items() if not listener.serving],
            "dead": [name for name, component in components.items() if not component.running],
            "degraded": {name: kept.slower_by_s for name, kept in components.items() if kept.slower_by_s},
        }

    def stats(self) -> dict[str, object]:
        """What clients did, as plain values."""
        return self.world.stats.snapshot(len(self.world.feeds))

    def outbox(self) -> list[dict[str, object]]:
        """What was sent by mail, oldest first."""
        return [msgspec.to_builtins(message) for message in self.world.outbox.messages]

    def audit(self, count: int) -> list[dict[str, object]]:
        """The latest audit events, oldest first."""
        return [msgspec.to_builtins(event) for event in self.world.audit.latest(count)]

    def documents(self, *, seeded: bool = False) -> list[dict[str, object]]:
        """What was uploaded, oldest first, with its SHA-256; deleted ones too, and on demand what was there before."""
        return self.world.documents.snapshot(seeded=seeded)

    def _set_flood(self, wanted: Flood | bool | None) -> None:
        if wanted is None:
            return
        if self._flood is not None:
            self._flood.cancel()
            self._flood = None
        if isinstance(wanted, Flood):
            self._flood = self._tasks.create_task(pour(self.world, wanted), name="flood")

    async def _set_outage(self, wanted: Outage | float | bool | None) -> None:
        if wanted is None:
            return
        async with self._changing_listeners:
            if self._outage_end is not None:
                self._outage_end.cancel()
                self._outage_end = None
            if wanted is False:
                await self._open(*_listeners(FACES))
            else:
                await self._take_away(_outage(wanted))

    async def _take_away(self, outage: Outage) -> None:
        names = _listeners((outage.face,) if outage.face else FACES)
        for name in names:
            await self._listeners[name].close(keep_port=True)
        if outage.seconds is not None:
            self._outage_end = self._tasks.create_task(self._end_outage(outage.seconds, names), name="end of outage")

    async def _end_outage(self, seconds: float, names: tuple[str, ...]) -> None:
        await asyncio.sleep(seconds)
        async with self._changing_listeners:
            self._outage_end = None
            await self._open(*names)

    async def _open(self, *names: str) -> None:
        for name in names:
            await self._listeners[name].open(self._apps[name], self._tasks)

    async def _serve(self, ready: asyncio.Event, stopping: asyncio.Event) -> None:
        async with self._tasks:
            self.world.start(self._tasks)
            await self._open(*self._listeners)
            ready.set()
            await stopping.wait()
            self._set_flood(False)
            self.world.documents.hurry()
            self.world.feeds.close_all(_GOING_AWAY, "shutting down")
            async with self._changing_listeners, asyncio.TaskGroup() as closing:
                if self._outage_end is not None:
                    self._outage_end.cancel()
                for listener in self._listeners.values():
                    closing.create_task(listener.close())
            for live in (self.kong_live, self.aigentable_live):
                await live.close()
            self.world.stop()


def _listeners(faces: tuple[str, ...]) -> tuple[str, ...]:
    """What listens for these faces: a gateway that is down has no admin API either."""
    return (*faces, "kong_admin") if "kong" in faces else faces


def _outage(wanted: Outage | float) -> Outage:
    if isinstance(wanted, Outage):
        return wanted
    return Outage() if wanted is True else Outage(seconds=wanted)
