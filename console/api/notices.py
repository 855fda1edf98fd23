"""Reading one notification, however a platform spells it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.api import reading
from console.model.errors import ProtocolViolation
from console.model.notice import Notice, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE_LIMIT = 200
_KIND_LIMIT = 64
_TITLES = ("title", "subject", "headline")
_TEXTS = ("message", "body", "text", "content", "description")
_TIMES = ("created_at", "createdAt", "timestamp", "sent_at", "sentAt", "time", "date")
_WORDS = {
    "critical": Severity.CRITICAL,
    "fatal": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "urgent": Severity.CRITICAL,
    "error": Severity.CRITICAL,
    "danger": Severity.CRITICAL,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "high": Severity.WARNING,
}


def listing(body: object) -> tuple[Notice, ...]:
    """A page of them, newest first.

    Raises:
        ProtocolViolation: It is no list, or one of them says nothing.
    """
    at = datetime.now(UTC)
    found = (notice(entry, at=at) for entry in reading.listing(body, "notifications"))
    return tuple(sorted(found, key=lambda one: one.said_at or one.at, reverse=True))


def notice(body: object, *, at: datetime) -> Notice:
    """One, bare or wrapped under `notification` or `data`.

    Args:
        body: As it came.
        at: When it came (our clock).

    Raises:
        ProtocolViolation: It has neither a title nor a text.
    """
    found = _unwrapped(reading.obj(body, "notification"))
    title = _first(found, _TITLES)
    text = _first(found, _TEXTS)
    if not title and not text:
        raise ProtocolViolation("title is missing", field="title")
    said_at = next((when for name in _TIMES if (when := reading.instant(found.get(name))) is not None), None)
    return Notice(
        id=_first(found, ("id", "_id", "notification_id", "notificationId", "uuid"))
        or _derived(title, text, said_at.isoformat() if said_at else ""),
        at=at,
        title=" ".join(title.split())[:TITLE_LIMIT],
        said_at=said_at,
        severity=_severity(found),
        kind=_first(found, ("type", "kind", "category")).lower()[:_KIND_LIMIT],
        text=text,
        source=_source(found),
        read=_is_read(found),
    )


def _unwrapped(found: Mapping[str, object]) -> Mapping[str, object]:
    """A notification may have `data` of its own: only one that says nothing itself is a wrapper."""
    if _first(found, (*_TITLES, *_TEXTS)):
        return found
    inner = next((value for name in ("notification", "data") if isinstance(value := found.get(name), Mapping)), None)
    if inner is None:
        return found
    deeper = inner.get("notification")
    return deeper if isinstance(deeper, Mapping) else inner


def _first(found: Mapping[str, object], names: Iterable[str]) -> str:
    return next((text for name in names if (text := reading.text(found.get(name)).strip())), "")


def _severity(found: Mapping[str, object]) -> Severity:
    """The word for it, or one that stands where its kind does."""
    words = (reading.text(found.get(name)).strip().casefold() for name in ("severity", "level", "priority", "type"))
    return next((_WORDS[word] for word in words if word in _WORDS), Severity.INFO)


def _source(found: Mapping[str, object]) -> str:
    for name in ("source", "service", "service_name", "serviceName"):
        value = found.get(name)
        if said := reading.text(value.get("name") if isinstance(value, Mapping) else value).strip():
            return said
    return ""


def _is_read(found: Mapping[str, object]) -> bool:
    for name in ("read", "is_read", "isRead"):
        if isinstance(value := found.get(name), bool | int):
            return bool(value)
    if reading.text(found.get("status")).casefold() == "read":
        return True
    return any(reading.instant(found.get(name)) is not None for name in ("read_at", "readAt"))


def _derived(*words: str) -> str:
    """The same for what says the same at the same time."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:24]
