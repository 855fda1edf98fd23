"""The record as one list: whatever was seen or done, in the form in which it is looked for."""

from __future__ import annotations

import enum
import string
from collections.abc import Mapping
from datetime import datetime

import msgspec

Detail = str | int | float | None

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class RecordKind(enum.StrEnum):
    """What an entry is about."""

    REQUEST = "request"  # one attempt on the wire
    HEALTH = "health"  # one look at one service, or a change that the feed told
    FEED = "feed"  # what a live feed said of itself: connecting, live, lost, gap, resynced, unreadable
    CONNECTION = "connection"  # a turn of the connection's story
    ACTION = "action"  # what the operator did
    DROPPED = "dropped"  # what is missing here because the record was full


class Action(enum.StrEnum):
    """What an operator does that is worth keeping."""

    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    PROFILE_ADDED = "profile-added"
    PROFILE_CHANGED = "profile-changed"
    PROFILE_REMOVED = "profile-removed"
    TENANT_SWITCHED = "tenant-switched"
    READ_ONLY_ON = "read-only-on"
    READ_ONLY_OFF = "read-only-off"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    PASSPHRASE_CHANGED = "passphrase-changed"  # noqa: S105  (an action)
    SETTINGS_CHANGED = "settings-changed"
    UPLOADS_QUEUED = "uploads-queued"
    UPLOADS_PAUSED = "uploads-paused"
    UPLOADS_RESUMED = "uploads-resumed"
    UPLOADS_CANCELLED = "uploads-cancelled"
    UPLOADS_RETRIED = "uploads-retried"
    UPLOADS_REMOVED = "uploads-removed"
    UPLOAD_DECIDED = "upload-decided"
    QUEUE_PAUSED = "queue-paused"
    QUEUE_RESUMED = "queue-resumed"


class RecordEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry.

    Attributes:
        kind: What it is about.
        gateway_id: See `console.model.profile.Profile.gateway_id`; empty for what concerns no single gateway.
        observed_at: When this console saw it, by this machine's clock (UTC).
        said_at: The time that the server gave, uncorrected; None when it gave none.
        ids: What it can be found by: request id, service id, the profile or user concerned.
        text: One line for reading and searching.
        detail: The same in fields.
    """

    kind: RecordKind
    gateway_id: str
    observed_at: datetime
    said_at: datetime | None = None
    ids: tuple[str, ...] = ()
    text: str = ""
    detail: Mapping[str, Detail] = {}


class RecordQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted, newest first.

    Attributes:
        since: Observed at or after.
        until: Observed at or before.
        gateways: Ids of gateways; empty for all, and for what concerns no single one.
        kinds: Empty for all.
        id: One of the entry's ids, exactly; empty for any.
        text: Contained in the entry's text, whatever the case of A to Z; empty for any.
        limit: At most so many entries a page.
        before: `RecordPage.more` of the page before.
    """

    since: datetime | None = None
    until: datetime | None = None
    gateways: tuple[str, ...] = ()
    kinds: tuple[RecordKind, ...] = ()
    id: str = ""
    text: str = ""
    limit: int = 200
    before: str = ""

    def admits(self, entry: RecordEntry) -> bool:
        """Whether an entry is wanted. The store answers the same without looking at each."""
        return (
            (self.since is None or entry.observed_at >= self.since)
            and (self.until is None or entry.observed_at <= self.until)
            and (not self.gateways or entry.gateway_id in self.gateways)
            and (not self.kinds or entry.kind in self.kinds)
            and (not self.id or self.id in entry.ids)
            and (not self.text or folded(self.text) in folded(entry.text))
        )


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of entries.

    Attributes:
        entries: Newest first. May be fewer than asked for, or none, though `more` says that the search goes on: a text
            is looked for in so many entries a page.
        more: To be given as `RecordQuery.before`; empty at the end.
        searched_to: Everything observed since is in this page and those before it; None at the end.
        dropped_until: Of what was seen before this time, some was dropped because the record was full; None when
            nothing was.
    """

    entries: tuple[RecordEntry, ...] = ()
    more: str = ""
    searched_to: datetime | None = None
    dropped_until: datetime | None = None


class RecordSize(msgspec.Struct, frozen=True, kw_only=True):
    """How large the record is.

    Attributes:
        file_bytes: Of the file and what is still in its log, as they stand on the disk.
        data_bytes: Of what is kept in it; the rest is room for more.
        log_bytes: Of the log alone; it grows while somebody reads, and is folded into the file when nobody does.
        era_bytes: Written since the last mark, see `console.store.retention`.
        oldest: When its oldest request or sample was observed; None when it has none.
        newest: The same of the newest.
        warned_limit_bytes: For which limit the operator was told that it fills up; None when not told.
    """

    file_bytes: int
    data_bytes: int
    log_bytes: int = 0
    era_bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    warned_limit_bytes: int | None = None


class Dropping(msgspec.Struct, frozen=True, kw_only=True):
    """After one slice of what is oldest was dropped.

    Attributes:
        data_bytes: What is left.
        going_on: A pass is under way: until its end what is left begins at another time for each service.
        exhausted: There was nothing to drop.
    """

    data_bytes: int
    going_on: bool
    exhausted: bool


def folded(text: str) -> str:
    """Text as searches compare it."""
    return text.translate(_FOLD)
