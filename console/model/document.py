"""A document on a platform, and what a platform wants of those it is given."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class DocumentAction(enum.StrEnum):
    """What a platform lets its users do with documents beside uploading them."""

    LIST = "list"
    SEARCH = "search"
    DETAILS = "details"
    DELETE = "delete"
    PROCESS = "process"
    DOWNLOAD = "download"


class FieldKind(enum.StrEnum):
    """How a field of an upload's form is filled in."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"  # "true" or ""


class UploadField(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a platform may be told with a document.

    Attributes:
        id: Name in `UploadItem.metadata` and, with dashes, on the command line: `category`, `agent`, `thumbnail`.
        caption: For the form, in English: what `console.i18n.tr` gets.
        kind: How it is filled in.
        required: The platform refuses uploads without it.
        choices: For a choice; empty when the platform does not say, and any text is sent.
    """

    id: str
    caption: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()


class UploadRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform wants of a document, checked before anything is sent.

    Attributes:
        max_bytes: Largest file; None when the platform names no limit.
        media_types: Those taken; empty when all are.
        fields: What may be told with it.
        honours_key: The platform stores a document once for each `Idempotency-Key`, however often it is sent.
        thumbnails: The answer may name a small picture of the document.
    """

    max_bytes: int | None = None
    media_types: frozenset[str] = frozenset()
    fields: tuple[UploadField, ...] = ()
    honours_key: bool = False
    thumbnails: bool = False


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as its platform knows it. Its texts are the server's: shown as plain text.

    Attributes:
        id: The platform's id, as text.
        name: As it was uploaded.
        size_bytes: None where the platform does not say.
        media_type: Empty where it does not say.
        sha256: Of the content, lower-case hex; empty where it does not say.
        created_at: When it was stored, as the server says.
        state: The platform's own word, such as `PROCESSING`; empty for none.
        idempotency_key: The key it was uploaded with, where the platform tells.
        url: Where its content is, as the server says; empty for none. Never opened without asking.
        thumbnail_url: Of a small picture; empty for none.
        facts: What else is worth showing, caption and value: category, agent, description.
    """

    id: str
    name: str
    size_bytes: int | None = None
    media_type: str = ""
    sha256: str = ""
    created_at: datetime | None = None
    state: str = ""
    idempotency_key: str = ""
    url: str = ""
    thumbnail_url: str = ""
    facts: tuple[tuple[str, str], ...] = ()


class DocumentPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list.

    Attributes:
        documents: In the server's order.
        page: From 1.
        total: All there are; None where the platform does not say.
        more: Whether there is a next page.
        skipped: Entries that could not be read: which field, of which.
    """

    documents: tuple[Document, ...]
    page: int = 1
    total: int | None = None
    more: bool = False
    skipped: tuple[str, ...] = ()


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """An upload whose final answer was lost.

    Attributes:
        idempotency_key: It was sent with.
        sha256: Of the content, lower-case hex.
        name: It was sent under.
        size_bytes: Of the content.
        since: When the first sending began (UTC, this computer's clock: answers tell how the gateway's differs).
        until: When the last one ended (likewise).
        others: Ids of documents that are known to have come from other uploads: none of them is it.
    """

    idempotency_key: str
    sha256: str
    name: str
    size_bytes: int
    since: datetime
    until: datetime
    others: frozenset[str] = frozenset()


class Verdict(enum.StrEnum):
    """What a look-up of a lost answer says."""

    THERE = "there"
    ABSENT = "absent"
    UNSURE = "unsure"  # the platform can't be asked that way, or its answer fits half


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload whose final answer was lost.

    Attributes:
        verdict: Whether it is stored.
        documents: The one that is it; or, when unsure, those that may be.
        reason: Why it is unsure, in a few words; empty otherwise.
    """

    verdict: Verdict
    documents: tuple[Document, ...] = ()
    reason: str = ""
