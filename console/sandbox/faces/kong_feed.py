"""The kong face's Socket.IO namespaces: `/communication` tells notifications, `/workflow` has nothing to tell yet."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from console.sandbox.faces.kong_notifications import notification
from console.sandbox.faces.socket_io import TOKEN_EXPIRED, SocketIo
from console.sandbox.feeds import NoticeCreated
from console.sandbox.tokens import TokenRefusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from console.sandbox.faces.socket_io import Client
    from console.sandbox.feeds import FeedClose, FeedEvent, Told
    from console.sandbox.world import World

_COMMUNICATION, _WORKFLOW = "/communication", "/workflow"
_KINDS: dict[str, frozenset[type]] = {_COMMUNICATION: frozenset({NoticeCreated}), _WORKFLOW: frozenset()}
_EXPIRED = "Token expired"


class KongFeed:
    """A client shows its token in the handshake, by `authenticate`, or both; until then it hears nothing.

    Attributes:
        server: Serves it; passes on what is not Socket.IO.
    """

    def __init__(self, world: World, app: ASGIApp) -> None:
        self._world = world
        self.server = SocketIo(world, "kong", self, app, kinds=_KINDS, accept_first=True)
        for namespace in _KINDS:
            self.server.on("connect", namespace, functools.partial(self._connect, namespace))
            self.server.on("authenticate", namespace, functools.partial(self._authenticate, namespace))

    async def tell(self, client: Client, event: FeedEvent | Told) -> None:
        """Notifications, as the list of them has them."""
        if isinstance(event, NoticeCreated):
            told = notification(self._world, event.notice, client.claims.user_id)
            await self.server.emit(client.sid, client.namespace, "notification", told)

    async def leave(self, client: Client, reason: FeedClose) -> None:
        """An expired token is told; a restart is not."""
        if reason.code == TOKEN_EXPIRED:
            await self._complain(client.namespace, client.sid, _EXPIRED)

    async def _connect(self, namespace: str, sid: str, _environment: object, auth: object) -> None:
        if isinstance(auth, dict) and auth.get("token"):
            await self._authenticate(namespace, sid, auth)

    async def _authenticate(self, namespace: str, sid: str, shown: object = None) -> None:
        """`authenticate {token}`; a refusal is told, then the server disconnects."""
        token = shown.get("token") if isinstance(shown, dict) else shown
        claims = self._world.tokens.check(token if isinstance(token, str) else None)
        if not isinstance(claims, TokenRefusal):
            self.server.listen(sid, namespace, claims)
            return
        await self._complain(namespace, sid, _EXPIRED if claims is TokenRefusal.EXPIRED else "Invalid token")
        await self.server.disconnect(sid, namespace)

    async def _complain(self, namespace: str, sid: str, message: str) -> None:
        await self.server.emit(sid, namespace, "error", {"type": "authentication_error", "message": message})
