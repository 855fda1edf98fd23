"""One document on its way to a platform: what the journal keeps, and what screens and commands see."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime

import msgspec

from console.model.document import Document
from console.model.errors import GatewatchError


class LeaseLost(GatewatchError):
    """Who asked does not hold the item: another process took it over, the operator took it back, or it is gone."""


class UploadGone(GatewatchError):
    """The item is no longer in the queue."""


class UploadState(enum.StrEnum):
    """Where an item of the queue is."""

    WAITING = "waiting"
    PAUSED = "paused"
    CHECKING = "checking"  # hashed and looked at, nothing is sent yet
    UPLOADING = "uploading"
    VERIFYING = "verifying"  # everything was sent, and what became of it is not known
    DONE = "done"
    FAILED = "failed"  # for good, or until `UploadFailure.next_try_at`
    NEEDS_FILE = "needs file"
    NEEDS_SIGN_IN = "needs sign-in"
    CANCELLED = "cancelled"

    @property
    def settled(self) -> bool:
        """Nothing more happens without the operator."""
        return self in _SETTLED

    @property
    def held(self) -> bool:
        """Some process works on it and holds its lease."""
        return self in _HELD

    @property
    def left(self) -> UploadState:
        """What it is when its holder is gone and can't say how far it came."""
        return _LEFT.get(self, self)

    @property
    def taken_up(self) -> UploadState | None:
        """What it becomes for the process that claims it; None when there is nothing to claim.

        One that may have been sent whole is looked up before anything else.
        """
        return _TAKEN_UP.get(self.left)


_SETTLED = frozenset({UploadState.DONE, UploadState.CANCELLED})
_HELD = frozenset({UploadState.CHECKING, UploadState.UPLOADING, UploadState.VERIFYING})
_LEFT = {UploadState.CHECKING: UploadState.WAITING, UploadState.UPLOADING: UploadState.VERIFYING}
_TAKEN_UP = {
    UploadState.WAITING: UploadState.CHECKING,
    UploadState.FAILED: UploadState.CHECKING,
    UploadState.VERIFYING: UploadState.VERIFYING,
}


class FailureClass(enum.StrEnum):
    """Why an upload failed, by what can be done about it."""

    NETWORK = "network"  # nothing there, or cut off while sending: tried again
    SERVICE = "service"  # the platform's own trouble: tried again
    LIMITED = "limited"  # too many requests: waits as told, and no attempt is counted
    NO_ROOM = "no room"  # the platform's disk is full: tried again, slowly
    CHANGING = "changing"  # the file changed each time it was read
    TOO_LARGE = "too large"
    WRONG_TYPE = "wrong type"
    REFUSED = "refused"  # not like this: 400, 403, 404, 409, 422
    DUPLICATE = "duplicate"  # queued or stored already
    NOT_OFFERED = "not offered"  # this gateway takes no documents
    READ_ONLY = "read-only"  # the profile forbids it
    UNDECIDED = "undecided"  # it may be stored or not: the operator decides

    @property
    def transient(self) -> bool:
        """Whether another try without the operator makes sense."""
        return self in _TRANSIENT


_TRANSIENT = frozenset(
    {
        FailureClass.NETWORK,
        FailureClass.SERVICE,
        FailureClass.LIMITED,
        FailureClass.NO_ROOM,
        FailureClass.CHANGING,
    }
)


class UploadFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why the last try failed.

    Attributes:
        kind: By what can be done about it.
        text: One sentence for people, redacted.
        status: HTTP status; None for none.
        request_id: Of the attempt; empty where none was sent.
        next_try_at: When it is tried again by itself (UTC); None when it waits for the operator.
        candidates: Documents on the platform that may be it, when that is undecided; the first few.
    """

    kind: FailureClass
    text: str
    status: int | None = None
    request_id: str = ""
    next_try_at: datetime | None = None
    candidates: tuple[Document, ...] = ()


class UploadItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the queue, as the journal keeps it.

    Attributes:
        id: Ours.
        profile: Name of the gateway's profile.
        user_id: Who queued it, as the platform knows them; empty when nobody was signed in. Never sent as another.
        path: Absolute path of the file.
        name: What it is called on the platform.
        size_bytes: When it was queued, then when it was last checked.
        modified_ns: Likewise, as `os.stat` gives it.
        sha256: Of the content, lower-case hex; empty until it was checked.
        media_type: By content; empty until it was checked.
        metadata: What is told with it, by `UploadField.id`.
        idempotency_key: The same for every sending of it.
        state: Where it is.
        priority: Higher goes first.
        position: Among the same priority lower goes first: the order of arrival, or where it was dragged.
        attempts: Sendings that began, since it was queued or the operator had it tried anew; a sending that was put off
            by a limit of the platform's counts for none.
        rung: How much of the ladder of retries is used up.
        wish: What the operator wants of one that may have been sent whole, paused or cancelled: it becomes that when it
            turns out not to be stored. None for nothing.
        insisted: The operator wants it sent though the platform has the same content already.
        failure: Why the last try failed; None when it did not.
        document_id: On the platform, once it is done.
        thumbnail_url: As the platform gave it; empty for none.
        first_sent_at: When the first sending began (UTC).
        last_sent_at: When the last one began (UTC).
        created_at: When it was queued (UTC).
        changed_at: Of the last change of state (UTC).
        revision: Grows with every change of any item: what is new since a revision can be asked for.
        watched: It came from the gateway's watch folder.
        owner: Who holds its lease; empty for nobody.
        leased_until: When the lease ends by itself (UTC).
    """

    id: str
    profile: str
    path: str
    name: str
    size_bytes: int
    modified_ns: int
    idempotency_key: str
    created_at: datetime
    changed_at: datetime
    user_id: str = ""
    sha256: str = ""
    media_type: str = ""
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)
    state: UploadState = UploadState.WAITING
    priority: int = 0
    position: float = 0.0
    attempts: int = 0
    rung: int = 0
    wish: UploadState | None = None
    insisted: bool = False
    failure: UploadFailure | None = None
    document_id: str = ""
    thumbnail_url: str = ""
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    revision: int = 0
    watched: bool = False
    owner: str = ""
    leased_until: datetime | None = None

    @property
    def needs_operator(self) -> bool:
        """Whether it goes on only when the operator does something."""
        if self.state in (UploadState.NEEDS_FILE, UploadState.NEEDS_SIGN_IN):
            return True
        return self.state is UploadState.FAILED and self.failure is not None and self.failure.next_try_at is None


class FileVersion(msgspec.Struct, frozen=True):
    """A file as it was seen, told from other states of it without reading it.

    Attributes:
        path: Absolute.
        size_bytes: As the file system says.
        modified_ns: Likewise.
    """

    path: str
    size_bytes: int
    modified_ns: int


class UploadStep(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an item's story.

    Attributes:
        at: When (UTC).
        state: What it became.
        attempt: Which sending it belongs to; 0 for none.
        text: More of it, for people; may be empty.
        request_id: Of the request it tells of; empty for none.
    """

    at: datetime
    state: UploadState
    attempt: int = 0
    text: str = ""
    request_id: str = ""


class UploadChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an event does to an item.

    Attributes:
        item: As it is then; the journal gives it its revision.
        step: What its story says of it; None for nothing.
    """

    item: UploadItem
    step: UploadStep | None = None


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an item is that is being sent, or an entire queue.

    Attributes:
        sent_bytes: Of the content, that the socket accepted in this attempt.
        total_bytes: Of the content.
        rate_bps: Bytes a second over the last seconds; None while that is not known.
        remaining_s: None while that is not known.
    """

    sent_bytes: int
    total_bytes: int
    rate_bps: float | None = None
    remaining_s: float | None = None
