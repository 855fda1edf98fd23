"""Documents in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.health import HealthStatus
from console.model.metrics import Unit
from console.presenters.display import age_text, exact_time, printable
from console.presenters.number_texts import number_text

if TYPE_CHECKING:
    from datetime import datetime

    from console.model.document import Document
    from console.model.upload import UploadProgress

NAME_LIMIT = 300
_LINE_LIMIT = 600
_WELL = frozenset(
    {"completed", "complete", "processed", "ready", "active", "available", "indexed", "stored", "uploaded"}
)
_FAILED = frozenset({"failed", "error", "rejected", "infected"})
_GONE = frozenset({"deleted", "archived", "expired"})


def name_text(document: Document) -> str:
    """Its name, in which nothing hides; its id where it has none."""
    return printable(document.name or document.id, NAME_LIMIT)


def size_text(document: Document) -> str:
    """Its size; empty where the platform does not say."""
    return number_text(document.size_bytes, Unit.BYTES) if document.size_bytes is not None else ""


def state_text(document: Document) -> str:
    """The platform's own word, as a word of ours is written; empty for none."""
    word = printable(document.state, NAME_LIMIT).replace("_", " ").strip()
    return word[:1].upper() + word[1:].lower()


def state_mark(document: Document) -> HealthStatus | None:
    """Which mark stands before the word: of what went well, of what is gone, of what failed, of what is open."""
    word = document.state.casefold()
    if not word:
        return None
    if word in _WELL:
        return HealthStatus.HEALTHY
    if word in _FAILED:
        return HealthStatus.UNHEALTHY
    return HealthStatus.DEGRADED if word in _GONE else HealthStatus.UNKNOWN


def document_age(document: Document, now: datetime) -> str:
    """How long it is there; empty where the platform does not say."""
    return age_text((now - document.created_at).total_seconds()) if document.created_at is not None else ""


def detail_lines(document: Document) -> tuple[tuple[str, str], ...]:
    """Everything known of it, caption and value; values are safe to show as plain text."""
    lines = (
        (tr("State"), state_text(document)),
        (tr("Size"), _exact_size(document)),
        (tr("Media type"), printable(document.media_type, _LINE_LIMIT)),
        (tr("Stored"), exact_time(document.created_at) if document.created_at is not None else ""),
        ("SHA-256", printable(document.sha256, _LINE_LIMIT)),
        *((printable(caption, NAME_LIMIT), printable(value, _LINE_LIMIT)) for caption, value in document.facts),
        (tr("Id"), printable(document.id, _LINE_LIMIT)),
        (tr("Uploaded with key"), printable(document.idempotency_key, _LINE_LIMIT)),
        (tr("Address"), printable(document.url, _LINE_LIMIT)),
        (tr("Thumbnail"), printable(document.thumbnail_url, _LINE_LIMIT)),
    )
    return tuple((caption, text) for caption, text in lines if text)


def count_text(shown: int, total: int | None, page: int, *, more: bool) -> str:
    """Such as `20 of 151 documents, page 2`."""
    if total is not None and total > shown:
        said = tr("{shown} of {total} documents", shown=f"{shown:,}", total=f"{total:,}")
    elif shown == 1:
        said = tr("1 document")
    else:
        said = tr("{shown} documents", shown=f"{shown:,}")
    return tr("{documents}, page {page}", documents=said, page=page) if more or page > 1 else said


def fetched_ratio(progress: UploadProgress) -> float | None:
    """How much of a download is there, 0 to 1; None where the gateway did not say how much will come.

    Its total is then what came so far, and nobody knows how long the rest takes; of one that is whole, that is known.
    """
    if progress.total_bytes > progress.sent_bytes:
        return progress.sent_bytes / progress.total_bytes
    return 1.0 if progress.remaining_s is not None else None


def fetching_text(progress: UploadProgress) -> str:
    """How far a download is: `1.2 MiB of 4 MiB, 800 KiB a second, 3 s left`."""
    came, total = (number_text(size, Unit.BYTES) for size in (progress.sent_bytes, progress.total_bytes))
    parts = [tr("{came} of {total}", came=came, total=total) if progress.total_bytes > progress.sent_bytes else came]
    if progress.rate_bps is not None:
        parts.append(tr("{size} a second", size=number_text(progress.rate_bps, Unit.BYTES)))
    if progress.remaining_s:
        parts.append(tr("{time} left", time=age_text(progress.remaining_s)))
    return ", ".join(parts)


def _exact_size(document: Document) -> str:
    if document.size_bytes is None:
        return ""
    exact = tr("{count} bytes", count=f"{document.size_bytes:,}")
    short = size_text(document)
    return f"{short} ({exact})" if document.size_bytes >= 1024 else exact  # noqa: PLR2004  (where units begin)
