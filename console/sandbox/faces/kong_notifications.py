"""The communication service behind Kong: the signed-in user's notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.sandbox.faces.kong_routes import NOTIFICATIONS
from console.sandbox.faces.pages import window

if TYPE_CHECKING:
    from starlette.requests import Request

    from console.sandbox.notices import Notice
    from console.sandbox.world import World

_NO = ("0", "false", "no")


class NotificationRoutes:
    """What is read here is read on every face."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The list, and the note that one was read."""
        return [
            Route(NOTIFICATIONS, self._list, methods=["GET"]),
            Route(f"{NOTIFICATIONS}/{{id}}/read", self._read, methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        """`?unread` alone, or with a yes."""
        user_id = request.state.user_id
        wanted = request.query_params.get("unread")
        unread_only = wanted is not None and wanted.casefold() not in _NO
        found = self._world.notices.of(user_id, unread_only=unread_only)
        shown = [notification(self._world, notice, user_id) for notice in window(request, found)]
        if self._world.faults.flags.field_routes:
            return JSONResponse(shown)
        unread = self._world.notices.unread_count(user_id)
        return JSONResponse({"data": shown, "total": len(found), "unread": unread})

    async def _read(self, request: Request) -> Response:
        user_id = request.state.user_id
        notice = self._world.notices.find(request.path_params["id"], user_id)
        if notice is None:
            return JSONResponse({"detail": "Notification not found"}, 404)
        self._world.notices.mark_read(user_id, [notice.id])
        return JSONResponse(notification(self._world, notice, user_id))


def notification(world: World, notice: Notice, user_id: str) -> dict[str, object]:
    """A notification as a user is told of it, in the list and on the feed alike."""
    return {
        "id": notice.id,
        "type": notice.kind,
        "title": notice.title,
        "message": notice.message,
        "severity": notice.severity,
        "source": notice.source or None,
        "read": world.notices.is_read(notice, user_id),
        "created_at": world.clock.text(notice.created_at),
    }
