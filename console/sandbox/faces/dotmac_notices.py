"""Notifications as running servers of the dotmac family list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from console.sandbox.notices import Notice
    from console.sandbox.tokens import Claims
    from console.sandbox.world import World

_PAGE = 50
_PAGE_LIMIT = 200


def answer(world: World, request: Request, claims: Claims) -> Response:
    """`GET /api/v1/notifications?page&per_page&unread_only`: newest first; `total` counts all that match."""
    query = request.query_params
    try:
        page, per_page = int(query.get("page", "1")), int(query.get("per_page", str(_PAGE)))
    except ValueError:
        entry = {"loc": ["query", "page"], "msg": "Input should be a valid integer", "type": "int_parsing"}
        return JSONResponse({"detail": [entry]}, 422)
    page, per_page = max(1, page), min(_PAGE_LIMIT, max(1, per_page))
    found = world.notices.of(claims.user_id, unread_only=query.get("unread_only") == "true")
    return JSONResponse(
        {
            "notifications": [_row(world, one, claims) for one in found[(page - 1) * per_page : page * per_page]],
            "total": len(found),
            "unread_count": world.notices.unread_count(claims.user_id),
        }
    )


def _row(world: World, notice: Notice, claims: Claims) -> dict[str, object]:
    return {
        "id": notice.id,
        "type": notice.kind,
        "title": notice.title,
        "message": notice.message,
        "severity": notice.severity,
        "source": notice.source or None,
        "is_read": world.notices.is_read(notice, claims.user_id),
        "created_at": world.clock.text(notice.created_at),
    }
