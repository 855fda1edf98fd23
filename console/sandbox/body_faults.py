"""What can happen to a body on its way: a request is cut, choked or outlives its token; a download is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.sandbox.faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

    from console.sandbox.faults import Rule
    from console.sandbox.listener import Connections
    from console.sandbox.world import World

_GONE: Message = {"type": "http.disconnect"}


def receiving(
    faults: Mapping[FaultKind, Rule], scope: Scope, receive: Receive, world: World, connections: Connections
) -> Receive:
    """What stands in for ASGI's `receive`."""
    cut, choke = faults.get(FaultKind.CUT_BODY), faults.get(FaultKind.CHOKE)
    expire = faults.get(FaultKind.EXPIRE_MIDWAY)
    if cut is None and choke is None and expire is None:
        return receive
    came, expired = 0, False

    async def faulty() -> Message:
        nonlocal came, expired
        if choke is not None:
            await connections.pause(scope["client"], choke.seconds)
        message = await receive()
        came += len(message.get("body", b""))
        if expire is not None and not expired and came > expire.after_bytes:
            expired = True
            world.expire_tokens()
        if cut is not None and came > cut.after_bytes:
            await connections.drop(scope["client"])
            return _GONE
        return message

    return faulty


def sending(faults: Mapping[FaultKind, Rule], scope: Scope, send: Send, connections: Connections) -> Send:
    """What stands in for ASGI's `send` where a download is passed on."""
    cut, trickle = faults.get(FaultKind.CUT_ANSWER), faults.get(FaultKind.TRICKLE)
    if cut is None and trickle is None:
        return send
    sent, dropped = 0, False

    async def faulty(message: Message) -> None:
        nonlocal sent, dropped
        if dropped:
            return
        body = message.get("body", b"")
        if trickle is not None and body:
            await connections.pause(scope["client"], trickle.seconds)
        if cut is None or sent + len(body) <= cut.after_bytes:
            sent += len(body)
            await send(message)
            return
        await send({**message, "body": body[: max(0, cut.after_bytes - sent)], "more_body": True})
        dropped = True
        await connections.drop(scope["client"])

    return faulty
