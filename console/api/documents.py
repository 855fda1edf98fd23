"""Reading documents and pages of them, however a platform spells them. Content and server paths are left behind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.api import reading
from console.api.multipart import quoted, well_formed
from console.model.document import Document, DocumentPage
from console.model.errors import ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

DELETED = "deleted"  # what `Document.state` says of one that was removed and still is answered for

_IDS = ("id", "document_id", "documentId", "file_id", "fileId", "_id", "uuid")
# What it was called by whoever sent it comes before what the server calls it.
_NAMES = (
    "originalName", "original_name", "original_filename", "originalFilename",
    "filename", "file_name", "fileName", "name", "title",
)  # fmt: skip
_SIZES = ("size_bytes", "sizeBytes", "file_size", "fileSize", "size")
_MEDIA_TYPES = ("mimeType", "mime_type", "media_type", "mediaType", "content_type", "contentType")
_HASHES = ("sha256", "sha256_hash", "content_hash", "contentHash", "file_hash", "fileHash", "hash", "checksum")
_TIMES = ("created_at", "createdAt", "uploaded_at", "uploadedAt", "upload_date", "uploadDate", "created", "timestamp")
_STATES = ("status", "state", "processing_status", "processingStatus")
_KEYS = ("idempotency_key", "idempotencyKey")
_URLS = ("url", "download_url", "downloadUrl", "file_url", "fileUrl")
_THUMBNAILS = ("thumbnailUrl", "thumbnail_url", "thumbnail")
_FACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Category", ("category", "category_name", "categoryName")),
    ("Agent", ("agent", "agentId", "agent_id")),
    ("Folder", ("folder",)),
    ("Description", ("description",)),
    ("Tags", ("tags",)),
    ("Uploaded by", ("uploaded_by", "uploadedBy", "owner", "owner_id", "ownerId")),
    ("Trouble", ("error", "error_message", "errorMessage", "processing_error", "processingError")),
)
_WRAPPERS, _LISTS = ("document", "data"), ("file", "documents", "files", "items", "results", "result")
_ENTRIES = ("documents", "files")

_SHA256 = re.compile(r"(?:sha-?256[:=-])?([0-9a-f]{64})", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,18}")
_LARGEST = 2**62
_WORD_LIMIT, _FACT_LIMIT, _URL_LIMIT, _DEPTH_LIMIT = 64, 500, 2048, 5


def document(body: object) -> Document:
    """One document, bare or wrapped, or the first of a list.

    Raises:
        ProtocolViolation: It has no id.
    """
    found = _with_id(body, _DEPTH_LIMIT)
    if found is None:
        raise ProtocolViolation("id is missing", field="id")
    return _document(found)


def page(body: object, *, number: int, size: int) -> DocumentPage:
    """One page of a list; an entry that can't be read costs itself only.

    Args:
        body: As it came.
        number: Of the page that was asked for, from 1.
        size: How many entries were asked for.

    Raises:
        ProtocolViolation: It is no list.
    """
    entries = reading.listing(body, *_ENTRIES)
    found: list[Document] = []
    skipped: list[str] = []
    for index, entry in enumerate(entries):
        try:
            found.append(_document(reading.obj(entry, "document")))
        except ProtocolViolation as exc:
            skipped.append(f"documents[{index}]: {exc.detail}")
    told = _Pagination(body)
    return DocumentPage(
        documents=tuple(found),
        page=number,
        total=told.total,
        more=bool(entries) and told.more(number, size, len(entries)),
        skipped=tuple(skipped),
    )


def _document(found: Mapping[str, object]) -> Document:
    metadata = found.get("metadata")
    sources = (found, metadata) if isinstance(metadata, Mapping) else (found,)
    return Document(
        id=reading.required_text(found, *_IDS),
        name=_first(sources, _NAMES),
        size_bytes=next((size for value in _values(sources, _SIZES) if (size := _size(value)) is not None), None),
        media_type=_first(sources, _MEDIA_TYPES).partition(";")[0].strip().lower(),
        sha256=next((digest for value in _values(sources, _HASHES) if (digest := sha256(value))), ""),
        created_at=_instant((found,), _TIMES),
        state=_state(found),
        idempotency_key=_first(sources, _KEYS),
        url=_url(found, _URLS),
        thumbnail_url=_url(found, _THUMBNAILS),
        facts=tuple((caption, fact) for caption, names in _FACTS if (fact := _fact(sources, names))),
    )


def sha256(value: object) -> str:
    """A SHA-256 as lower-case hex; empty for anything else, such as the sum of another kind."""
    match = _SHA256.fullmatch(reading.text(value).strip())
    return match[1].lower() if match else ""


def alike(name: str) -> str:
    """What is left of a name when servers have made it safe for themselves: equal for names that may be the same."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())


def same_name(sent: str, found: str) -> bool:
    """Whether a name is the one that was sent, however its accents are encoded.

    Few servers undo what a form does to quotation marks and line breaks, so those may stand in it as they were sent.
    """
    first, second = (unicodedata.normalize("NFC", name) for name in (well_formed(sent), found))
    return second in (first, quoted(first))


def _with_id(body: object, depth: int) -> Mapping[str, object] | None:
    """The object that is the document: a request's own id beside it is none of it."""
    if depth == 0:
        return None
    if isinstance(body, list):
        return _with_id(body[0], depth - 1) if body else None
    if not isinstance(body, Mapping):
        return None
    for name in _WRAPPERS:
        if (inner := _with_id(body.get(name), depth - 1)) is not None:
            return inner
    if any(reading.text(body.get(name)) for name in _IDS):
        return body
    return next((inner for name in _LISTS if (inner := _with_id(body.get(name), depth - 1)) is not None), None)


def _values(sources: Sequence[Mapping[str, object]], names: Sequence[str]) -> Iterator[object]:
    return (source[name] for source in sources for name in names if name in source)


def _first(sources: Sequence[Mapping[str, object]], names: Sequence[str]) -> str:
    return next((text for value in _values(sources, names) if (text := reading.text(value))), "")


def _instant(sources: Sequence[Mapping[str, object]], names: Sequence[str]) -> datetime | None:
    return next((when for value in _values(sources, names) if (when := reading.instant(value)) is not None), None)


def _size(value: object) -> int | None:
    """Whole bytes: a size with a unit in it is rounded and says nothing."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = reading.number(value)
    return int(found) if found is not None and 0 <= found < _LARGEST and found == int(found) else None


def _state(found: Mapping[str, object]) -> str:
    removed = found.get("is_deleted") is True or found.get("isDeleted") is True
    if removed or _instant((found,), ("deleted_at", "deletedAt")) is not None:
        return DELETED
    return _first((found,), _STATES)[:_WORD_LIMIT]


def _url(found: Mapping[str, object], names: Sequence[str]) -> str:
    """An address, or a path of the gateway; what else stands there is a path of the server's disk or nothing."""
    for value in _values((found,), names):
        told = reading.text(value).strip()
        if told.lower().startswith(("http://", "https://", "/")) and len(told) <= _URL_LIMIT:
            return told
    return ""


def _fact(sources: Sequence[Mapping[str, object]], names: Sequence[str]) -> str:
    for value in _values(sources, names):
        one = value.get("name") or value.get("email") or value.get("id") if isinstance(value, Mapping) else value
        told = ", ".join(reading.texts(one)) if isinstance(one, list) else reading.text(one).strip()
        if told:
            return told[:_FACT_LIMIT]
    return ""


class _Pagination:
    """What a page says of the others, wherever it stands: five forms were seen."""

    def __init__(self, body: object) -> None:
        self._told: dict[str, object] = {}
        self._gather(body, 3)
        self.total = self._count("total", "total_count", "totalCount", "total_items", "totalItems")

    def more(self, number: int, size: int, entries: int) -> bool:
        """Whether there is a next page."""
        for name in ("has_next", "hasNext", "has_more", "hasMore", "hasNextPage"):
            if isinstance(said := self._told.get(name), bool):
                return said
        if (pages := self._count("total_pages", "totalPages", "pages", "page_count", "pageCount")) is not None:
            return number < pages
        if self.total is not None:
            stated = self._count("page_size", "pageSize", "per_page", "perPage", "limit") or size
            return (number - 1) * stated + entries < self.total
        return entries >= size

    def _gather(self, body: object, depth: int) -> None:
        if not isinstance(body, Mapping) or depth == 0:
            return
        for name, value in body.items():
            if not isinstance(value, Mapping | list):
                self._told.setdefault(name, value)
        for name in ("pagination", "meta", "data", "page_info", "pageInfo"):
            self._gather(body.get(name), depth - 1)

    def _count(self, *names: str) -> int | None:
        return next((count for name in names if (count := _size(self._told.get(name))) is not None), None)
