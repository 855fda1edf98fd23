"""dotmac: the notifications that running servers of this family list; the guide has only the feed's alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api import notices
from console.api.query import Query
from console.model.capability import Effect, Operation
from console.model.errors import NotOffered
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from console.model.notice import Notice

LIST = Operation(
    name="notifications.list",
    method="GET",
    routes=("/api/v1/notifications",),
    effect=Effect.READ,
    timeout_s=10.0,
    polled=True,
)
LISTING: Query[tuple[Notice, ...]] = Query(
    operation=LIST, decode=notices.listing, freshness=Freshness.NOTICES, tags=frozenset({"notices"})
)


class DotmacNotifications:
    """See `console.api.contract.Notifications`."""

    listing = LISTING

    async def mark_read(self, notice_id: str) -> None:  # noqa: ARG002  (the port's signature)
        """No server of this family was seen to take it."""
        raise NotOffered("this platform keeps no account of what was read")
