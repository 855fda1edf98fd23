"""Items of the upload queue as rows: what is asked for by is a column with an index, all else one encoded body."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from console.model.upload import UploadItem, UploadState, UploadStep
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    import apsw

STEP = """
    CREATE TABLE upload (
        id TEXT PRIMARY KEY,
        profile TEXT NOT NULL,
        user_id TEXT NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        state TEXT NOT NULL,
        settled INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        position REAL NOT NULL,
        next_try_at INTEGER,
        revision INTEGER NOT NULL,
        owner TEXT NOT NULL,
        leased_until INTEGER,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX upload_next ON upload (profile, state, priority DESC, position, next_try_at);
    CREATE INDEX upload_order ON upload (priority DESC, position);
    CREATE INDEX upload_revision ON upload (revision);
    CREATE INDEX upload_owner ON upload (owner) WHERE owner <> '';
    CREATE INDEX upload_path ON upload (path, profile);
    CREATE INDEX upload_content ON upload (sha256, profile) WHERE sha256 <> '';
    CREATE TABLE upload_step (
        id INTEGER PRIMARY KEY,
        upload TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX upload_step_of ON upload_step (upload, id);
    CREATE TABLE upload_removed (revision INTEGER PRIMARY KEY, upload TEXT NOT NULL) STRICT;
    CREATE TABLE upload_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE upload_count (revision INTEGER NOT NULL) STRICT;
    INSERT INTO upload_count VALUES (0);
    CREATE TABLE upload_seen (
        profile TEXT NOT NULL,
        path TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        PRIMARY KEY (profile, path)
    ) STRICT, WITHOUT ROWID;
"""

_REMOVED_KEPT = 100_000  # revisions: a process that looks every second has seen them long since
STEPS_KEPT = 500  # of an item: one that is tried for weeks fills no disk
# A lease from further in the future was written before the clock was set back; it might not end for hours.
_CLOCK_STEP = timedelta(minutes=10)


class Wanted(NamedTuple):
    """What a claim asks for.

    Attributes:
        profile: Of which gateway.
        owner: Who asks.
        now: The time (UTC).
        until: When the lease will end.
        dead: Owners known to have ended.
        limit: At most so many.
        only: None of another id; None for any.
        user_id: Of this user, or nobody's; None for anybody's.
    """

    profile: str
    owner: str
    now: datetime
    until: datetime
    dead: frozenset[str]
    limit: int
    only: Collection[str] | None
    user_id: str | None


def load(db: apsw.Connection, item_id: str) -> UploadItem | None:
    """One item; None when it is not there."""
    row = db.execute("SELECT body, revision, owner, leased_until FROM upload WHERE id = ?", (item_id,)).fetchone()
    return None if row is None else _decoded(row)


def queued(db: apsw.Connection, item: UploadItem) -> UploadItem | None:
    """The one of the same file for the same gateway that is not settled; None when there is none."""
    found = db.execute(
        "SELECT body, revision, owner, leased_until FROM upload WHERE path = ? AND profile = ? AND settled = 0",
        (item.path, item.profile),
    )
    same = (_decoded(row) for row in found)
    version = (item.size_bytes, item.modified_ns)
    whose = {"", item.user_id}  # another's is never sent for this one
    return next(
        (one for one in same if (one.size_bytes, one.modified_ns) == version and one.user_id in whose),
        None,
    )


def same_content(db: apsw.Connection, profile: str, sha256: str) -> tuple[UploadItem, ...]:
    """Those of a gateway with this content, oldest first."""
    if not sha256:
        return ()
    found = db.execute(
        "SELECT body, revision, owner, leased_until FROM upload WHERE sha256 = ? AND sha256 <> ''"
        " AND profile = ? ORDER BY rowid",
        (sha256, profile),
    )
    return tuple(map(_decoded, found))


def changed_since(db: apsw.Connection, revision: int) -> tuple[UploadItem, ...]:
    """Those with a later revision, by priority and position."""
    # The plus keeps it from walking over everything by order: what changed is little, and sorted fast.
    found = db.execute(
        "SELECT body, revision, owner, leased_until FROM upload WHERE revision > ? ORDER BY +priority DESC, position",
        (revision,),
    )
    return tuple(map(_decoded, found))


def removed_since(db: apsw.Connection, revision: int) -> tuple[str, ...]:
    """Ids of those that were removed later."""
    found = db.execute("SELECT upload FROM upload_removed WHERE revision > ? ORDER BY revision", (revision,))
    return tuple(str(item_id) for (item_id,) in found)


def revision(db: apsw.Connection) -> int:
    """Of the last change."""
    return int(db.execute("SELECT revision FROM upload_count").get)


def insert(db: apsw.Connection, item: UploadItem) -> UploadItem:
    """Put an item at the end of its priority."""
    last = db.execute("SELECT max(position) FROM upload WHERE priority = ?", (item.priority,)).get
    return update(db, free(msgspec.structs.replace(item, position=0.0 if last is None else last + 1.0)))


def update(db: apsw.Connection, item: UploadItem) -> UploadItem:
    """Write an item in place of what it was; it as it is then."""
    written = msgspec.structs.replace(item, revision=_next_revision(db))
    next_try_at = None if item.failure is None else item.failure.next_try_at
    db.execute(
        _UPSERT,
        (
            item.id,
            item.profile,
            item.user_id,
            item.path,
            item.sha256,
            item.state.value,
            int(item.state.settled),
            item.priority,
            item.position,
            None if next_try_at is None else stamp(next_try_at),
            written.revision,
            item.owner,
            None if item.leased_until is None else stamp(item.leased_until),
            msgspec.json.encode(written),
        ),
    )
    return written


def tell(db: apsw.Connection, item_id: str, step: UploadStep) -> None:
    """Add a line to an item's story."""
    db.execute("INSERT INTO upload_step (upload, body) VALUES (?, ?)", (item_id, msgspec.json.encode(step)))
    db.execute(
        "DELETE FROM upload_step WHERE upload = :id AND id <="
        " (SELECT id FROM upload_step WHERE upload = :id ORDER BY id DESC LIMIT 1 OFFSET :kept)",
        {"id": item_id, "kept": STEPS_KEPT},
    )


def story(db: apsw.Connection, item_id: str) -> tuple[UploadStep, ...]:
    """An item's story, oldest first."""
    found = db.execute("SELECT body FROM upload_step WHERE upload = ? ORDER BY id", (item_id,))
    return tuple(_STEP.decode(body) for (body,) in found)


def request_ids(db: apsw.Connection) -> dict[str, str]:
    """The last request that each item's story tells of, by the item's id; without those that sent none."""
    steps = ((str(item_id), _STEP.decode(body)) for item_id, body in db.execute(_ALL_STEPS))
    return {item_id: step.request_id for item_id, step in steps if step.request_id}


def owners(db: apsw.Connection) -> frozenset[str]:
    """Everybody who holds something."""
    return frozenset(str(owner) for (owner,) in db.execute("SELECT DISTINCT owner FROM upload WHERE owner <> ''"))


def held_by(db: apsw.Connection, owner: str) -> tuple[UploadItem, ...]:
    """What an owner holds."""
    found = db.execute(
        "SELECT body, revision, owner, leased_until FROM upload WHERE owner = ? AND owner <> ''", (owner,)
    ).fetchall()
    return tuple(map(_decoded, found))


def keep(db: apsw.Connection, owner: str, until: datetime) -> frozenset[str]:
    """Let an owner's leases end then; the ids of what it holds."""
    found = db.execute(
        "UPDATE upload SET leased_until = ? WHERE owner = ? AND owner <> '' RETURNING id", (stamp(until), owner)
    )
    return frozenset(str(item_id) for (item_id,) in found.fetchall())


def claimable(db: apsw.Connection, wanted: Wanted) -> tuple[UploadItem, ...]:
    """What may be taken, by priority and position; only that much is decoded."""
    limits = {
        "profile": wanted.profile,
        "owner": wanted.owner,
        "now": stamp(wanted.now),
        "set_back": stamp(wanted.until + _CLOCK_STEP),
        "dead": listed(wanted.dead),
        "limit": wanted.limit,
        "only": None if wanted.only is None else listed(wanted.only),
        "user": wanted.user_id,
    }
    # A question for each state: the index gives each its order, and the limit ends it.
    found: list[tuple[int, float, str]] = []
    for state in UploadState:
        if state.taken_up is not None:
            asked = db.execute(_CLAIMABLE, {**limits, "state": state.value})
            found += [(int(priority), float(position), str(item_id)) for priority, position, item_id in asked]
    found.sort(key=lambda row: (-row[0], row[1]))
    items = (load(db, item_id) for _priority, _position, item_id in found[: wanted.limit])
    return tuple(item for item in items if item is not None)


_CLAIMABLE = """
    SELECT priority, position, id FROM upload
    WHERE profile = :profile AND state = :state
        AND (next_try_at <= :now OR next_try_at IS NULL AND state <> 'failed')
        AND owner <> :owner
        AND (owner = '' OR leased_until <= :now OR leased_until > :set_back
            OR owner IN (SELECT value FROM json_each(:dead)))
        AND (:only IS NULL OR id IN (SELECT value FROM json_each(:only)))
        AND (:user IS NULL OR user_id IN (:user, ''))
    ORDER BY priority DESC, position LIMIT :limit
"""


def taken(item: UploadItem, owner: str, now: datetime, until: datetime) -> UploadItem:
    """An item in the hands of an owner."""
    state = item.state.taken_up
    if state is None:
        raise ValueError(item.state)
    return msgspec.structs.replace(
        item,
        state=state,
        failure=None,
        owner=owner,
        leased_until=until,
        sent_until=_sent_until(item, now),
        changed_at=now if state is not item.state else item.changed_at,
    )


def left(item: UploadItem, now: datetime) -> UploadItem:
    """An item whose owner is gone without a word."""
    state = item.state.left
    changed_at = now if state is not item.state else item.changed_at
    return free(msgspec.structs.replace(item, state=state, changed_at=changed_at, sent_until=_sent_until(item, now)))


def _sent_until(item: UploadItem, now: datetime) -> datetime | None:
    """An owner that is gone sent nothing after its lease."""
    if item.sent_until is not None or item.last_sent_at is None:
        return item.sent_until
    return now if item.leased_until is None else min(now, item.leased_until)


def free(item: UploadItem) -> UploadItem:
    """An item that nobody holds."""
    return msgspec.structs.replace(item, owner="", leased_until=None)


def remove(db: apsw.Connection, item_id: str, now: datetime, dead: frozenset[str]) -> bool:
    """Forget an item, unless somebody who lives works on it."""
    item = load(db, item_id)
    if item is None:
        return False
    leased = item.leased_until is not None and item.leased_until > now
    if item.owner and leased and item.owner not in dead:
        return False
    _forget(db, item_id)
    return True


def clear(db: apsw.Connection, profile: str) -> int:
    """Forget what is settled; of every gateway without a profile."""
    found = db.execute(
        "SELECT id FROM upload WHERE settled = 1 AND (profile = :profile OR :profile = '')",
        {"profile": profile},
    ).fetchall()
    for (item_id,) in found:
        _forget(db, str(item_id))
    return len(found)


def set_setting(db: apsw.Connection, name: str, value: str | None) -> None:
    """Set something; None forgets it."""
    if value is None:
        db.execute("DELETE FROM upload_setting WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO upload_setting (name, value) VALUES (?, ?)", (name, value))
    _next_revision(db)


# No INSERT OR REPLACE: that deletes the row first, and its story with it.
_UPSERT = """
    INSERT INTO upload (
        id, profile, user_id, path, sha256, state, settled, priority, position, next_try_at, revision, owner,
        leased_until, body
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        profile = excluded.profile, user_id = excluded.user_id, path = excluded.path, sha256 = excluded.sha256,
        state = excluded.state, settled = excluded.settled, priority = excluded.priority,
        position = excluded.position, next_try_at = excluded.next_try_at, revision = excluded.revision,
        owner = excluded.owner, leased_until = excluded.leased_until, body = excluded.body
"""
_ITEMS = msgspec.json.Decoder(UploadItem)
_STEP = msgspec.json.Decoder(UploadStep)
_ALL_STEPS = "SELECT upload, body FROM upload_step ORDER BY id"


def _decoded(row: Sequence[Any]) -> UploadItem:
    body, number, owner, leased_until = row
    return msgspec.structs.replace(
        _ITEMS.decode(body),
        revision=number,
        owner=owner,
        leased_until=None if leased_until is None else moment(leased_until),
    )


def _forget(db: apsw.Connection, item_id: str) -> None:
    db.execute("DELETE FROM upload WHERE id = ?", (item_id,))
    number = _next_revision(db)
    db.execute("INSERT INTO upload_removed (revision, upload) VALUES (?, ?)", (number, item_id))
    db.execute("DELETE FROM upload_removed WHERE revision <= ?", (number - _REMOVED_KEPT,))


def _next_revision(db: apsw.Connection) -> int:
    return int(db.execute("UPDATE upload_count SET revision = revision + 1 RETURNING revision").get)


def listed(ids: Iterable[str]) -> str:
    """Ids for `json_each`: any number in one bound value."""
    return msgspec.json.encode(sorted(ids)).decode()
