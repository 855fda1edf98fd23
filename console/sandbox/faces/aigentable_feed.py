"""The aigentable face's Socket.IO server: rooms for conversations, notices, and the dashboard's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.sandbox.faces.aigentable_answers import moment
from console.sandbox.faces.socket_io import HandshakeRefused, SocketIo
from console.sandbox.feeds import DocumentDeleted, NoticeCreated, NoticesRead
from console.sandbox.tokens import TokenRefusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from console.sandbox.faces.aigentable_system import SystemRoutes
    from console.sandbox.faces.socket_io import Client, Handler
    from console.sandbox.feeds import FeedClose, FeedEvent, Told
    from console.sandbox.notices import Notice
    from console.sandbox.world import World

_ALL = "/"
_KINDS: dict[str, frozenset[type]] = {_ALL: frozenset({NoticeCreated, NoticesRead, DocumentDeleted})}


class AigentableFeed:
    """Who listens is asked in the handshake only: signing out leaves a client where it is.

    Attributes:
        server: Serves it; passes on what is not Socket.IO.
    """

    def __init__(self, world: World, system: SystemRoutes, app: ASGIApp) -> None:
        self._world = world
        self._system = system
        self.server = SocketIo(world, "aigentable", self, app, kinds=_KINDS, accept_first=False)
        handlers: dict[str, Handler] = {
            "connect": self._connect,
            "request_dashboard_metrics": self._dashboard,
            "join-conversation": self._join,
            "join_conversation": self._join,
            "leave-conversation": self._leave,
            "leave_conversation": self._leave,
        }
        for event, handler in handlers.items():
            self.server.on(event, _ALL, handler)

    async def tell(self, client: Client, event: FeedEvent | Told) -> None:
        """What is new, and how much of it is unread."""
        match event:
            case NoticeCreated(notice):
                await self.server.emit(client.sid, _ALL, "new_notification", _entry(notice))
            case DocumentDeleted(document):
                await self.server.emit(client.sid, _ALL, "document_deleted", {"documentId": document.id})
            case NoticesRead():
                await self._tell_unread(client)

    async def leave(self, client: Client, reason: FeedClose) -> None:
        """Nothing is told: the client sees that the server disconnected it."""

    async def _connect(self, sid: str, _environment: object, auth: object) -> None:
        shown = auth if isinstance(auth, dict) else {}
        token = shown.get("token")
        claims = self._world.tokens.check(token if isinstance(token, str) else None)
        user = None if isinstance(claims, TokenRefusal) else self._world.accounts.find(claims.user_id)
        if user is None or isinstance(claims, TokenRefusal):
            raise HandshakeRefused("Authentication error")
        if shown.get("tenantId", user.tenants[0]) not in user.tenants:
            raise HandshakeRefused("Access denied to this tenant")
        client = self.server.listen(sid, _ALL, claims)
        self.server.later(self._tell_unread(client))

    async def _dashboard(self, sid: str, _wanted: object = None) -> None:
        await self.server.emit(sid, _ALL, "dashboard_metrics", self._system.metrics())

    async def _join(self, sid: str, conversation: object = None) -> dict[str, object]:
        if (client := self.server.client(sid)) is None or not isinstance(conversation, str) or not conversation:
            return {"success": False, "message": "A conversation is required"}
        await self.server.enter(client, f"conversation:{conversation}")
        return {"success": True}

    async def _leave(self, sid: str, conversation: object = None) -> dict[str, object]:
        if (client := self.server.client(sid)) is not None and isinstance(conversation, str):
            await self.server.leave_room(client, f"conversation:{conversation}")
        return {"success": True}

    async def _tell_unread(self, client: Client) -> None:
        count = self._world.notices.unread_count(client.claims.user_id)
        await self.server.emit(client.sid, _ALL, "unread_notifications", {"count": count})


def _entry(notice: Notice) -> dict[str, object]:
    return {
        "id": notice.id,
        "type": notice.kind.upper(),
        "title": notice.title,
        "message": notice.message,
        "severity": notice.severity,
        "isRead": False,
        "createdAt": moment(notice.created_at),
    }
