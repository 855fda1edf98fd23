"""What can happen to an item of the upload queue; `console.services.uploads.machine` says what comes of it."""

from __future__ import annotations

import msgspec

from console.model.document import Document
from console.model.upload import FailureClass


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    pass


# What the holder of an item tells.


class Checked(_Event, frozen=True, kw_only=True):
    """It was read and looked at.

    Attributes:
        sha256: Of the content, lower-case hex.
        media_type: By content.
        size_bytes: As it was read.
        modified_ns: Likewise.
        fresh_key: An unused idempotency key, taken when other content was sent under the present one already.
    """

    sha256: str
    media_type: str
    size_bytes: int
    modified_ns: int
    fresh_key: str = ""


class SendingBegan(_Event, frozen=True, kw_only=True):
    """Told before the first byte goes out."""


class SentWhole(_Event, frozen=True, kw_only=True):
    """The last byte went out; the answer is awaited."""


class Stored(_Event, frozen=True, kw_only=True):
    """The platform has it: it said so, or it was looked up.

    Attributes:
        document_id: As it names it.
        thumbnail_url: Of a small picture; empty for none.
        request_id: Of the request that it was sent with; empty when it was looked up.
        key: Of an answer: the idempotency key that the document was sent with. What the platform said itself counts
            whoever holds the item by now.
    """

    document_id: str
    thumbnail_url: str = ""
    request_id: str = ""
    key: str = ""


class _Trouble(_Event, frozen=True, kw_only=True):
    """A try that failed.

    Attributes:
        kind: By what can be done about it.
        text: One sentence for people, redacted.
        status: HTTP status; None for none.
        request_id: Of the attempt; empty for none.
        retry_after_s: What the platform asked for; None for nothing.
    """

    kind: FailureClass
    text: str
    status: int | None = None
    request_id: str = ""
    retry_after_s: float | None = None


class NotStored(_Trouble, frozen=True, kw_only=True):
    """It failed, and is known not to be stored."""


class CheckAgain(_Event, frozen=True, kw_only=True):
    """The file changed while it was sent, before the last byte: what arrived is nothing whole."""

    text: str = ""


class OutcomeUnknown(_Event, frozen=True, kw_only=True):
    """It was sent whole, and no answer says what became of it."""

    text: str = ""
    status: int | None = None
    request_id: str = ""


class Missing(_Event, frozen=True, kw_only=True):
    """It was looked up and is not stored, or sending it again can do no harm."""

    text: str = ""


class Unsure(_Event, frozen=True, kw_only=True):
    """The look-up can't tell. `candidates` may be it."""

    text: str = ""
    candidates: tuple[Document, ...] = ()


class NotLookedUp(_Trouble, frozen=True, kw_only=True):
    """The look-up failed: it is tried again, and what became of the item is not known still."""


class FileMissing(_Event, frozen=True, kw_only=True):
    """The file is gone or can't be read, and nothing whole was sent."""

    text: str = ""


class SignInNeeded(_Event, frozen=True, kw_only=True):
    """It can't be sent as the one who queued it, and nothing whole was sent since it was looked up last."""

    text: str = ""


class LetGo(_Event, frozen=True, kw_only=True):
    """Its holder gives it back without a result: offline, locked, about to end, or asked to break off.

    Attributes:
        sent_whole: The last byte of it may have gone out.
        began: Any of it may have; a sending that came to nothing counts for no attempt.
    """

    sent_whole: bool = False
    began: bool = True
    text: str = ""


# What the operator does.


class Pause(_Event, frozen=True, kw_only=True):
    """Hold it."""


class Resume(_Event, frozen=True, kw_only=True):
    """Let it go on."""


class Cancel(_Event, frozen=True, kw_only=True):
    """Give it up."""


class Retry(_Event, frozen=True, kw_only=True):
    """Try it now: attempts begin at zero. What may be stored is looked up before anything else.

    Attributes:
        insists: It is to be sent although the same content is queued or stored already.
    """

    insists: bool = True


class Decide(_Event, frozen=True, kw_only=True):
    """What no look-up could tell.

    Attributes:
        stored: It is; otherwise it is sent again.
        document_id: As which document; empty when that is not known.
    """

    stored: bool
    document_id: str = ""


class Locate(_Event, frozen=True, kw_only=True):
    """The file is here now."""

    path: str
    size_bytes: int
    modified_ns: int


class SignedIn(_Event, frozen=True, kw_only=True):
    """Who queued it is signed in."""


Event = (
    Checked
    | SendingBegan
    | SentWhole
    | Stored
    | NotStored
    | CheckAgain
    | OutcomeUnknown
    | Missing
    | Unsure
    | NotLookedUp
    | FileMissing
    | SignInNeeded
    | LetGo
    | Pause
    | Resume
    | Cancel
    | Retry
    | Decide
    | Locate
    | SignedIn
)
