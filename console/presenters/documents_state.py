"""What the documents list shows beside its rows."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from console.model.connection import Phase
from console.model.document import Document, DocumentAction
from console.model.errors import Forbidden, NotOffered
from console.services.explain import Explanation

if TYPE_CHECKING:
    from console.model.document import DocumentPage
    from console.services.ports import Told

WRITES = frozenset({DocumentAction.DELETE, DocumentAction.PROCESS})


class DocumentsPhase(enum.StrEnum):
    """The designed faces of the list."""

    LOADING = "loading"
    SIGNED_OUT = "signed-out"
    EMPTY = "empty"
    NOTHING_FOUND = "nothing-found"
    FORBIDDEN = "forbidden"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    LISTED = "listed"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What became of something that was asked for.

    Attributes:
        text: In one sentence; safe to show as plain text.
        request_id: To pass on; empty for none.
        failed: It did not work.
        path: Of a file that is there now; empty for none.
    """

    text: str = ""
    request_id: str = ""
    failed: bool = False
    path: str = ""


class Fetching(msgspec.Struct, frozen=True, kw_only=True):
    """A download under way.

    Attributes:
        name: Of the document.
        ratio: How much is there, 0 to 1; None while that is not known.
        text: How far it is.
    """

    name: str
    ratio: float | None = None
    text: str = ""


class DocumentsState(msgspec.Struct, frozen=True, kw_only=True):
    """The list beside its rows.

    Attributes:
        phase: Which face.
        count: Rows on this page.
        total: All there are; None where the platform does not say.
        page: From 1.
        more: Whether there is a next page.
        search: What is looked for.
        age: How old the page is; empty while there is none.
        stale: It may no longer be the newest.
        skipped: Entries that could not be read.
        explanation: Why the last reading failed; None when it did not.
        answers: What said that there is no list here.
        actions: What can be done here and now.
        chosen: The document that is looked at; None for none.
        chosen_note: Why it can't be shown in full; empty when it can.
        working: What is being done to it, such as `Deleting it`; empty for nothing.
        said: What became of that.
        fetching: A download under way; None for none.
        read_only: The profile forbids changes.
    """

    phase: DocumentsPhase = DocumentsPhase.LOADING
    count: int = 0
    total: int | None = None
    page: int = 1
    more: bool = False
    search: str = ""
    age: str = ""
    stale: bool = False
    skipped: tuple[str, ...] = ()
    explanation: Explanation | None = None
    answers: tuple[str, ...] = ()
    actions: frozenset[DocumentAction] = frozenset()
    chosen: Document | None = None
    chosen_note: str = ""
    working: str = ""
    said: Said = Said()
    fetching: Fetching | None = None
    read_only: bool = False


def phase_of(told: Told[DocumentPage] | None, connection: Phase, search: str) -> DocumentsPhase:
    """Which face the list wears."""
    known, error = (told.known, told.error) if told is not None else (None, None)
    if isinstance(error, NotOffered):
        return DocumentsPhase.UNSUPPORTED
    if isinstance(error, Forbidden):
        return DocumentsPhase.FORBIDDEN
    if known is not None:
        if known.value.documents:
            return DocumentsPhase.LISTED
        return DocumentsPhase.NOTHING_FOUND if search else DocumentsPhase.EMPTY
    if error is not None:
        return DocumentsPhase.FAILED
    if connection in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED):
        return DocumentsPhase.SIGNED_OUT
    return DocumentsPhase.LOADING
