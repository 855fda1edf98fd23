"""aigentable's events on the wire: pure functions from what Socket.IO brings to the model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api import notices
from console.api.feed.other_events import other
from console.api.platforms.aigentable import wire

if TYPE_CHECKING:
    from console.api.feed.socketio import SocketEvent
    from console.model.feed import FeedItem


def events(event: SocketEvent) -> tuple[FeedItem, ...]:
    """What one event says; guides and running servers differ in hyphens and underscores.

    Raises:
        ProtocolViolation: A notification says nothing, or the dashboard has no numbers.
    """
    told = event.args[0] if event.args else None
    match event.name.replace("-", "_"):
        case "new_notification":
            return (notices.notice(told, at=datetime.now(UTC)),)
        case "dashboard_metrics":
            return (wire.metrics(told),)
        case _:
            return (other(event.name, event.args),)
