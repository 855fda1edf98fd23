"""What is neither sample nor request: feed events, the operator's actions, and what was dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.model.record import RecordEntry, RecordKind
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

# The numbers are on disks: never change or reuse one.
KINDS = {RecordKind.FEED: 1, RecordKind.ACTION: 2, RecordKind.DROPPED: 3}
_KIND_OF = {number: kind for kind, number in KINDS.items()}

NO_GATEWAY = 0  # an entry's gateway where it concerns no single one

# An era is what was written between two moments. What is oldest is dropped era by era, in the order of writing: by the
# clock, a day with a wrong one would be taken for the oldest, or for the newest. `oldest` and `newest` are of its
# samples, and say where in each service's series to look for them.
STEP = """
    CREATE TABLE era (
        id INTEGER PRIMARY KEY,
        begun_at INTEGER NOT NULL,
        begun_bytes INTEGER NOT NULL,
        oldest INTEGER,
        newest INTEGER
    ) STRICT;
    INSERT INTO era SELECT 1, coalesce(min(at), 0), 0, min(at), max(at) FROM sample;
    CREATE TABLE retention (
        warned_limit_bytes INTEGER,
        dropped_until INTEGER,
        pass_era INTEGER,
        pass_until INTEGER,
        pass_service INTEGER
    ) STRICT;
    INSERT INTO retention DEFAULT VALUES;
    ALTER TABLE sample ADD COLUMN era INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE exchange ADD COLUMN era INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE story ADD COLUMN era INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE exchange ADD COLUMN said_at INTEGER;
    CREATE INDEX exchange_request ON exchange (request_id) WHERE request_id <> '';
    CREATE TABLE entry (
        id INTEGER PRIMARY KEY,
        gateway INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        at INTEGER NOT NULL,
        said_at INTEGER,
        subject TEXT NOT NULL,
        request_id TEXT NOT NULL,
        text TEXT NOT NULL,
        detail BLOB NOT NULL,
        era INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX entry_at ON entry (gateway, at);
    CREATE INDEX entry_kind ON entry (kind);
    CREATE INDEX entry_subject ON entry (subject) WHERE subject <> '';
    CREATE INDEX entry_request ON entry (request_id) WHERE request_id <> '';
    CREATE TRIGGER gateway_forgotten AFTER DELETE ON gateway BEGIN
        DELETE FROM entry WHERE gateway = old.id;
    END;
"""

COLUMNS = "at, kind, said_at, subject, request_id, text, detail"
_INSERT = (
    f"INSERT INTO entry (gateway, {COLUMNS}, era)"  # noqa: S608  (constants of this module)
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT max(id) FROM era))"
)


def append(db: apsw.Connection, gateway: int, entries: Iterable[RecordEntry]) -> None:
    """Keep entries. Their first id is what they concern, a second one the request's."""
    db.executemany(_INSERT, (_row(gateway, entry) for entry in entries))


def entry(  # noqa: PLR0917  (one argument a column)
    gateway_id: str,
    at: int,
    kind: int,
    said_at: int | None,
    subject: str,
    request_id: str,
    text: str,
    detail: bytes,
) -> RecordEntry:
    """An entry from its row."""
    return RecordEntry(
        kind=_KIND_OF[kind],
        gateway_id=gateway_id,
        observed_at=moment(at),
        said_at=None if said_at is None else moment(said_at),
        ids=tuple(one for one in (subject, request_id) if one),
        text=text,
        detail=msgspec.msgpack.decode(detail),
    )


def _row(gateway: int, entry: RecordEntry) -> tuple[object, ...]:
    subject, request_id = (*entry.ids, "", "")[:2]
    return (
        gateway,
        stamp(entry.observed_at),
        KINDS[entry.kind],
        None if entry.said_at is None else stamp(entry.said_at),
        subject,
        request_id,
        entry.text,
        msgspec.msgpack.encode(entry.detail),
    )
