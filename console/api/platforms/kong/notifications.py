"""kong: the signed-in user's notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api import notices
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from console.api.transport import Transport
    from console.model.notice import Notice

LIST = Operation(
    name="notifications.list",
    method="GET",
    routes=("/api/v1/notifications",),
    effect=Effect.READ,
    timeout_s=8.0,
    polled=True,
)
MARK_READ = Operation(
    name="notifications.read",
    method="POST",
    routes=("/api/v1/notifications/{id}/read",),
    effect=Effect.IDEMPOTENT,
    timeout_s=10.0,
)
# Those that were read too: the guide's `?unread` would make what is marked vanish from the list.
LISTING: Query[tuple[Notice, ...]] = Query(
    operation=LIST, decode=notices.listing, freshness=Freshness.NOTICES, tags=frozenset({"notices"})
)


class KongNotifications:
    """See `console.api.contract.Notifications`."""

    listing = LISTING

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def mark_read(self, notice_id: str) -> None:
        """`POST /api/v1/notifications/<id>/read`."""
        await self._transport.call(MARK_READ, fields={"id": notice_id})
