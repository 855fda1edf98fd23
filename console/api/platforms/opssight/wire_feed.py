"""opssight's feed on the wire: pure functions between messages and the model, for all forms of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.api import health_parts, notices, reading
from console.api.feed.other_events import other
from console.api.platforms.opssight import deployments, wire_numbers
from console.model.errors import ProtocolViolation
from console.model.health import HealthChange, derive_status
from console.model.notice import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.feed import FeedItem
    from console.model.notice import Notice

SUBSCRIBE = '{"type":"subscribe","channel":"metrics"}'
REQUEST_METRICS = '{"type":"request_metrics"}'
REQUEST_DEPLOYMENTS = '{"type":"request_deployments"}'
PING = '{"type":"ping"}'
HEARTBEAT = '{"type":"heartbeat"}'
ANSWERS = frozenset({"pong", "heartbeat"})
SUBSCRIPTIONS = ("metrics", "deployments", "alerts")

_OVER = frozenset({"resolved", "cleared", "closed"})
_COMPLAINTS = ("error", "fail", "unauth", "denied", "reject", "invalid", "expired")
_KIND_LIMIT = 64


def hello(token: str, user_id: str) -> str:
    """The first message of the form that wants one."""
    first = {"token": token, "user_id": user_id, "subscriptions": SUBSCRIPTIONS}
    return msgspec.json.encode(first).decode()


def items(kind: str, data: object) -> Sequence[FeedItem]:
    """What one message says, in the words of any form.

    Raises:
        ProtocolViolation: It says nothing of what it is about.
    """
    match kind:
        case "metrics" | "metrics_update":
            return (wire_numbers.dashboard(data),)
        case "deployment" | "deployments" | "deployment_created" | "deployment_updated":
            entries = data if isinstance(data, list) else [data]
            return tuple(deployments.deployment(entry) for entry in entries)
        case "alert" | "alert_created" | "alert_resolved":
            return (_alert(data),)
        case "system_status" if changes := _changes(data):
            return changes
        case _:
            return (other(kind, (data,)),)


def is_welcome(message: str | bytes) -> bool:
    """Whether a message is the feed's own: not a complaint, and not what something else says at that place."""
    try:
        kind, _ = read(message)
    except ProtocolViolation:
        return False
    return not any(word in kind.casefold() for word in _COMPLAINTS)


def read(message: str | bytes) -> tuple[str, object]:
    """Kind and data of one message: `{type, data, timestamp?}`.

    Raises:
        ProtocolViolation: It is none.
    """
    if isinstance(message, bytes):
        raise ProtocolViolation("a binary message", field="message")
    try:
        found = reading.obj(json.loads(message), "message")
    except (ValueError, RecursionError) as exc:
        raise ProtocolViolation("a message that is no JSON", field="message") from exc
    kind = reading.required_text(found, "type", "event")[:_KIND_LIMIT]
    data = found.get("data", found.get("payload"))
    return kind, {name: value for name, value in found.items() if name != "type"} if data is None else data


def _alert(data: object) -> Notice:
    """One that is over has the id of the one that was raised, and is no reason to worry any more."""
    found = reading.obj(data, "alert")
    notice = notices.notice(found, at=datetime.now(UTC))
    status = reading.text(found.get("status")).casefold()
    if status in _OVER:
        ended = next((at for name in ("resolved_at", "cleared_at") if (at := reading.instant(found.get(name)))), None)
        return msgspec.structs.replace(
            notice, kind=f"alert {status}", severity=Severity.INFO, said_at=ended or notice.said_at
        )
    return msgspec.structs.replace(notice, kind=notice.kind or "alert")


def _changes(data: object) -> tuple[HealthChange, ...]:
    if not isinstance(data, Mapping):
        return ()
    return tuple(
        HealthChange(service_name=name, status=derive_status(word or None, None))
        for name, word in health_parts.words(data).items()
    )
