"""dafnck's feed on the wire: envelopes `{type, payload, timestamp, id}`, over a WebSocket or as server-sent events."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.api import notices, reading
from console.api.feed.other_events import other
from console.model.errors import ProtocolViolation
from console.model.health import HealthChange, derive_status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.api.feed.event_stream import ServerEvent
    from console.model.feed import FeedItem

HEARTBEAT, ACKNOWLEDGED = "heartbeat", "heartbeat-ack"
_SIGNS_OF_LIFE = frozenset({HEARTBEAT, ACKNOWLEDGED})
_HEARTBEAT_LIMIT = 1024
_NAMELESS = "message"


def envelope(kind: str, payload: Mapping[str, object], at: datetime) -> str:
    """One message of ours, in the guide's form."""
    said_at = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = {"type": kind, "payload": payload, "timestamp": said_at, "id": f"gatewatch-{uuid.uuid4().hex}"}
    return msgspec.json.encode(made).decode()


def heartbeat(at: datetime) -> str:
    """Ours; its time is in milliseconds since 1970."""
    return envelope(HEARTBEAT, {"timestamp": round(at.timestamp() * 1000)}, at)


def reply(message: str | bytes, at: datetime) -> str | None:
    """To a heartbeat of theirs; None to anything else."""
    return envelope(ACKNOWLEDGED, {}, at) if _sign_of_life(message) == HEARTBEAT else None


def is_noise(message: str | bytes) -> bool:
    """Whether it is a heartbeat, or the answer to one."""
    return bool(_sign_of_life(message))


def items(message: str | bytes) -> Sequence[FeedItem]:
    """What one message of the WebSocket says.

    Raises:
        ProtocolViolation: It is no envelope, or its payload says nothing of what it is about.
    """
    if isinstance(message, bytes):
        raise ProtocolViolation("a binary message", field="message")
    found = reading.obj(_decoded(message), "message")
    return _items(reading.required_text(found, "type"), found.get("payload"), found.get("timestamp"))


def events(event: ServerEvent) -> Sequence[FeedItem]:
    """What one server-sent event says: an envelope, or a bare payload of the kind that the event is named for.

    Raises:
        ProtocolViolation: As above.
    """
    decoded = _decoded(event.data)
    if event.name not in (_NAMELESS, "") and not _is_envelope(decoded):
        return _items(event.name, decoded, None)
    found = reading.obj(decoded, "message")
    return _items(reading.required_text(found, "type"), found.get("payload"), found.get("timestamp"))


def _items(kind: str, payload: object, said_at: object) -> Sequence[FeedItem]:
    match kind:
        case "heartbeat" | "heartbeat-ack":
            return ()
        case "notification":
            notice = notices.notice(payload, at=datetime.now(UTC))
            return (msgspec.structs.replace(notice, said_at=notice.said_at or reading.instant(said_at)),)
        case "service.health":
            return (_change(reading.obj(payload, "payload")),)
        case _:
            return (other(kind, (payload,)),)


def _change(payload: Mapping[str, object]) -> HealthChange:
    score = reading.ratio(payload.get("score", payload.get("healthScore")))
    return HealthChange(
        service_name=reading.required_text(payload, "service", "serviceName", "name"),
        status=derive_status(reading.text(payload.get("status")) or None, score),
        score=score,
    )


def _sign_of_life(message: str | bytes) -> str:
    """`heartbeat`, `heartbeat-ack`, or empty: few messages are looked at closely."""
    if isinstance(message, bytes) or len(message) > _HEARTBEAT_LIMIT or HEARTBEAT not in message:
        return ""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return ""
    kind = found.get("type") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) and kind in _SIGNS_OF_LIFE else ""


def _is_envelope(decoded: object) -> bool:
    return isinstance(decoded, dict) and "type" in decoded and "payload" in decoded


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ProtocolViolation("a message that is no JSON", field="message") from exc
