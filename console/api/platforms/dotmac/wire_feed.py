"""dotmac's health feed on the wire: what changes, and what is worth an alert."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.api import reading
from console.model.errors import ProtocolViolation
from console.model.health import HealthChange, HealthStatus, derive_status
from console.model.notice import Notice, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.model.feed import FeedItem

REMEMBERED_LIMIT = 10_000


class HealthMessages:
    """Reads the feed's messages. A service that turns unhealthy raises one alert, however often it is said again."""

    def __init__(self) -> None:
        self._unhealthy: set[str] = set()

    def forget(self) -> None:
        """Whoever listens next has heard of nothing."""
        self._unhealthy.clear()

    def decode(self, message: str | bytes) -> Sequence[FeedItem]:
        """One message, with an alert behind each change for the worst. See `changes`."""
        found: list[FeedItem] = []
        for change in changes(message):
            found.append(change)
            if self._turned(change):
                found.append(alert(change, at=datetime.now(UTC)))
        return found

    def _turned(self, change: HealthChange) -> bool:
        name = change.service_name
        if change.status is not HealthStatus.UNHEALTHY:
            if self._unhealthy:
                self._unhealthy.discard(name)
            return False
        if name in self._unhealthy:
            return False
        if len(self._unhealthy) >= REMEMBERED_LIMIT:
            self._unhealthy.clear()
        self._unhealthy.add(name)
        return True


def changes(message: str | bytes) -> Sequence[HealthChange]:
    """One feed message: `{service_name, status, health_score}`, or a list of them.

    Raises:
        ProtocolViolation: Binary, no JSON, or no such message.
    """
    if isinstance(message, bytes):
        raise ProtocolViolation("a binary message", field="message")
    try:
        plain = _PLAIN(message)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _tolerated(message)
    name, score = plain.service_name, plain.health_score
    if not (name.isascii() and len(name) <= reading.TEXT_LIMIT):
        name = reading.text(name)
    if not name:
        return _tolerated(message)
    return [_made(name, plain.status, score if 0.0 <= score <= 1.0 else reading.ratio(score))]


class _Plain(msgspec.Struct, forbid_unknown_fields=True):
    """A message to the letter of the guide, which is read in half the time: thousands may come in a second."""

    service_name: str
    status: str
    health_score: float


_PLAIN = msgspec.json.Decoder(_Plain).decode


def _tolerated(message: str) -> Sequence[HealthChange]:
    """A message in any form that servers are known to send."""
    try:
        decoded = json.loads(message)
    except (ValueError, RecursionError) as exc:
        raise ProtocolViolation("a message that is no JSON", field="message") from exc
    entries = decoded if isinstance(decoded, list) else [decoded]
    return [_change(reading.unwrapped(entry, "message")) for entry in entries]


def alert(change: HealthChange, *, at: datetime) -> Notice:
    """What an operator is told of a service that turned unhealthy: which, and how bad."""
    score = "" if change.score is None else f"{change.score:.2f}"
    told = f"{change.service_name}\n{at.isoformat()}"
    return Notice(
        id=f"health-{hashlib.sha256(told.encode()).hexdigest()[:24]}",
        at=at,
        title=f"{change.service_name} is unhealthy",
        severity=Severity.CRITICAL,
        kind="alert",
        text=f"{change.service_name} is unhealthy (score: {score})" if score else "",
        source=change.service_name,
        only_pushed=True,
    )


def _change(entry: Mapping[str, object]) -> HealthChange:
    score = reading.ratio(entry.get("health_score"))
    name = reading.required_text(entry, "service_name", "service", "name")
    return _made(name, reading.text(entry.get("status")), score)


def _made(name: str, word: str, score: float | None) -> HealthChange:
    return HealthChange(service_name=name, status=derive_status(word or None, score), score=score)
