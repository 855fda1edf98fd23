"""The Socket.IO library as the sandbox wants it. Importing it takes a while: only a face that is asked does."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import engineio
import msgspec
import socketio
from engineio.packet import NOOP
from engineio.packet import Packet as EnginePacket
from socketio.exceptions import ConnectionRefusedError as Refused
from socketio.packet import EVENT, Packet

from console.sandbox.faces.socket_io import PATH, HandshakeRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from console.sandbox.faces.socket_io import Handler

_SILENT = logging.getLogger(__name__)
_SILENT.setLevel(logging.CRITICAL)  # the nonsense that a client sends is no error of the sandbox


class _Json:
    """What the library asks for, written faster than by the standard library."""

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(value: object, **_layout: object) -> str:
        return msgspec.json.encode(value).decode()


class _Packet(Packet):  # type: ignore[misc]  # the library has no types
    """A kind of its own: given as an option, the JSON would become that of every client in this process."""

    json = _Json


class _Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """The lower half of the library, which otherwise leaves tasks behind that nobody ends."""

    keep: Callable[[asyncio.Task[object]], None]

    def start_background_task(self, target: Callable[..., Any], *args: object, **kwargs: object) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.create_task(target(*args, **kwargs), name="Engine.IO ping")
        self.keep(task)
        return task


class Engine(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """A server with its handlers.

    Args:
        handlers: Events, their namespaces, and who handles them.
        keep: Told every task that is started, to end it.
        accept_first: Connect a client before its handler of `connect` says whether it may.
        ping_s: Between two pings.
        pong_s: How long an answer to one may take.

    Attributes:
        app: Serves it.
    """

    def __init__(
        self,
        handlers: Sequence[tuple[str, str, Handler]],
        *,
        keep: Callable[[asyncio.Task[object]], None],
        accept_first: bool,
        ping_s: float,
        pong_s: float,
    ) -> None:
        super().__init__(
            logger=_SILENT,
            engineio_logger=_SILENT,
            async_mode="asgi",
            namespaces=sorted({namespace for _, namespace, _ in handlers}),
            always_connect=accept_first,
            async_handlers=False,
            serializer=_Packet,
            monitor_clients=False,  # a ping that stays unanswered ends a session; no task watches them all
            ping_interval=ping_s,
            ping_timeout=pong_s,
        )
        self.eio.keep = keep
        self.app: ASGIApp = socketio.ASGIApp(self, socketio_path=PATH)
        for event, namespace, handler in handlers:
            self.on(event, _refusing(handler) if event == "connect" else handler, namespace=namespace)

    @staticmethod
    def wake(session: Any) -> None:
        """Answer the open poll of a session that ended: the library would leave it waiting."""
        session.queue.put_nowait(EnginePacket(NOOP))

    async def tell(self, sid: str, namespace: str, event: str, data: object) -> None:
        """An event for one client. The library's own way makes a task of each, which a flood has no time for."""
        engine_sid = self.manager.eio_sid_from_sid(sid, namespace)
        if engine_sid is not None:
            packet = self.packet_class(EVENT, data=[event, data], namespace=namespace, binary=False)
            await self._send_packet(engine_sid, packet)

    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine


def _refusing(handler: Handler) -> Handler:
    async def connect(*shown: object) -> object:
        try:
            return await handler(*shown)
        except HandshakeRefused as exc:
            raise Refused(str(exc)) from exc

    return connect
