"""kong's events on the wire: pure functions from what Socket.IO brings to the model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api import notices, reading
from console.api.feed.other_events import other
from console.api.redaction import redact
from console.model.errors import Unauthorized

if TYPE_CHECKING:
    from console.api.feed.socketio import SocketEvent
    from console.model.feed import FeedItem

_AUTHENTICATION_ERROR = "authentication_error"


def events(event: SocketEvent) -> tuple[FeedItem, ...]:
    """What one event says.

    Raises:
        Unauthorized: The token is refused: `error {type: authentication_error}`.
        ProtocolViolation: A notification says nothing.
    """
    told = event.args[0] if event.args else None
    if event.name == "error" and isinstance(told, Mapping) and told.get("type") == _AUTHENTICATION_ERROR:
        raise Unauthorized(redact(reading.text(told.get("message"))), code=_AUTHENTICATION_ERROR, route="feed")
    if event.name == "notification":
        return (notices.notice(told, at=datetime.now(UTC)),)
    return (other(event.name, event.args),)
