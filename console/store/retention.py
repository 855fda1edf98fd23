"""Dropping what is oldest, in slices that leave the writer free for others in between.

What was written first goes first, whatever its time says: a clock that was wrong for a day has no say in it. Health
samples, requests, and the story of feeds and connections go together, era by era, so that what is left is whole from a
moment on; samples are not thinned, because a chart would show the thinned ones as gaps. The operator's actions, and
the notes of what was dropped, go only when there is nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from console.model.record import Dropping, RecordEntry, RecordKind, RecordSize
from console.store import entries
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import apsw

SLICE_S = 0.004  # the commit behind it takes several times as long: it writes what was emptied
_ROWS = 200
_LEAST_SPAN = 60_000_000  # microseconds
_LAST = (1 << 63) - 1
_FEW_ROWS = 50  # where each row has a place of its own in an index of ids
_PAGES = 64
_FOLDED_PAGES = 250  # at once: whoever writes next waits for it
_INCREMENTAL = 2

_FEED, _DROPPED = entries.KINDS[RecordKind.FEED], entries.KINDS[RecordKind.DROPPED]
_PASSING = (
    ("requests", "exchange WHERE true"),
    ("events", "story WHERE true"),
    ("events", f"entry WHERE kind = {_FEED}"),
)
_LASTING = f"entry WHERE kind <> {_DROPPED}"


@dataclass
class _Dropped:
    """What one slice dropped: how many of each, and between which times they were seen."""

    samples: int = 0
    requests: int = 0
    events: int = 0
    since: int | None = None
    until: int | None = None

    def count(self, what: str, number: int, since: int, until: int) -> None:
        if not number:
            return
        setattr(self, what, getattr(self, what) + number)
        self.since = since if self.since is None else min(self.since, since)
        self.until = until if self.until is None else max(self.until, until)


class _Pass(NamedTuple):
    """What is being dropped: eras up to `era`, that one up to a time; of services those up to `service` are done."""

    era: int
    until: int
    service: int


def size(db: apsw.Connection, path: Path) -> RecordSize:
    """How large the record is."""
    data, log = _data_bytes(db), _on_disk(path.with_name(f"{path.name}-wal"))
    times: Any = db.execute(
        "SELECT min(at), max(at) FROM (SELECT min(oldest) AS at FROM era UNION ALL SELECT max(newest) FROM era"
        " UNION ALL SELECT at FROM exchange WHERE id = (SELECT min(id) FROM exchange)"
        " UNION ALL SELECT at FROM exchange WHERE id = (SELECT max(id) FROM exchange))"
    ).fetchone()
    begun: Any = db.execute("SELECT begun_bytes FROM era ORDER BY id DESC LIMIT 1").get
    warned: Any = db.execute("SELECT warned_limit_bytes FROM retention").get
    oldest, newest = (None if at is None else moment(at) for at in times)
    return RecordSize(
        file_bytes=_on_disk(path) + log,
        data_bytes=data,
        log_bytes=log,
        era_bytes=data - begun,
        oldest=oldest,
        newest=newest,
        warned_limit_bytes=warned,
    )


def warned(db: apsw.Connection, limit_bytes: int | None) -> None:
    """Remember that the operator was told of a limit; None that the next time is a new one."""
    db.execute("UPDATE retention SET warned_limit_bytes = ?", (limit_bytes,))


def begin_era(db: apsw.Connection, now: datetime) -> None:
    """What is written from here on is dropped later than what was written before."""
    db.execute("INSERT INTO era (begun_at, begun_bytes) VALUES (?, ?)", (stamp(now), _data_bytes(db)))


def drop_oldest(db: apsw.Connection, wanted_bytes: int, now: datetime) -> Dropping:
    """Drop one slice of what is oldest, and note it in the same breath.

    Slices go on in passes. A pass drops about `wanted_bytes`: service by service, because rows of one service lie
    together, and few pages change for many rows. Where it stands is kept, and who comes next goes on from there.
    """
    deadline = time.monotonic() + SLICE_S
    dropped = _Dropped()
    current: int = _value(db.execute("SELECT max(id) FROM era"))
    found = _pass(db) or _begin_pass(db, wanted_bytes)
    going_on = found is not None
    if found is None:
        _drop_rows(db, ("events", _LASTING), _Pass(current, _LAST, 0), dropped, deadline)
    elif _drop_samples(db, found, dropped, deadline) and all(
        _drop_rows(db, passing, found, dropped, deadline) for passing in _PASSING
    ):
        _end_pass(db, found)
        going_on = False
    if dropped.since is not None:
        _note(db, current if found is None else found.era, dropped, stamp(now))
    data = _data_bytes(db)
    # Or the present era would grow by what was dropped before the next one begins.
    db.execute("UPDATE era SET begun_bytes = min(begun_bytes, ?) WHERE id = ?", (data, current))
    return Dropping(data_bytes=data, going_on=going_on, exhausted=found is None and dropped.since is None)


def shrink(db: apsw.Connection, target_bytes: int) -> bool:
    """Give free room at the file's end back to the disk, a slice of it; whether there is more to give."""
    page: int = db.pragma("page_size")
    over = db.pragma("page_count") * page - target_bytes
    if over <= 0 or not db.pragma("freelist_count") or db.pragma("auto_vacuum") != _INCREMENTAL:
        return False
    deadline = time.monotonic() + SLICE_S
    while over > 0 and db.pragma("freelist_count") and time.monotonic() < deadline:
        pages = min(_PAGES, -(-over // page))
        db.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
        over -= pages * page
    return True


def confine_log(db: apsw.Connection, log_bytes: int) -> None:
    """Have the log folded into the file early enough that it stays within a size."""
    page: int = db.pragma("page_size")
    db.pragma("wal_autocheckpoint", max(16, min(_FOLDED_PAGES, log_bytes // 4 // page)))
    db.pragma("journal_size_limit", log_bytes // 2)


def _pass(db: apsw.Connection) -> _Pass | None:
    """The pass that is under way."""
    era, until, service = _values(db.execute("SELECT pass_era, pass_until, pass_service FROM retention"))
    return None if era is None else _Pass(era, until, service)


def _begin_pass(db: apsw.Connection, wanted_bytes: int) -> _Pass | None:
    """Decide what the next pass drops: whole eras, or a part of one that is too large; None when there is no former."""
    eras: list[Any] = db.execute("SELECT id, begun_bytes, oldest, newest FROM era ORDER BY id").fetchall()
    if len(eras) == 1:
        return None
    chosen, until, left = eras[0][0], _LAST, wanted_bytes
    for (era, begun, oldest, newest), (_next, ended, *_) in pairwise(eras):
        written = max(1, ended - begun)
        if era == eras[0][0] and written > 2 * wanted_bytes and oldest is not None:
            until = min(newest, oldest + max(_LEAST_SPAN, (newest - oldest) * wanted_bytes // written))
            until = _LAST if until == newest else until
            break
        if left <= 0:
            break
        chosen, left = era, left - written
    db.execute("UPDATE retention SET pass_era = ?, pass_until = ?, pass_service = 0", (chosen, until))
    return _Pass(chosen, until, 0)


def _end_pass(db: apsw.Connection, done: _Pass) -> None:
    db.execute("DELETE FROM era WHERE id < ? OR id = ? AND ? = ?", (done.era, done.era, done.until, _LAST))
    db.execute("UPDATE era SET oldest = ? + 1 WHERE id = ?", (done.until, done.era))
    db.execute("UPDATE retention SET pass_era = NULL, pass_until = NULL, pass_service = NULL")


def _drop_samples(db: apsw.Connection, at_work: _Pass, dropped: _Dropped, deadline: float) -> bool:
    """Drop samples, service by service; whether all of the pass are gone."""
    begin, end = _values(db.execute("SELECT min(oldest), max(newest) FROM era WHERE id <= ?", (at_work.era,)))
    if begin is None:
        return True
    end = min(end, at_work.until)
    services: list[Any] = db.execute("SELECT id FROM service WHERE id > ? ORDER BY id", (at_work.service,)).fetchall()
    for (service,) in services:
        since = begin
        while since <= end:
            cut: Any = db.execute(
                "SELECT at FROM sample WHERE service = ? AND at BETWEEN ? AND ? ORDER BY at LIMIT 1 OFFSET ?",
                (service, since, end, _ROWS),
            ).get
            until = end if cut is None else cut
            db.execute(
                "DELETE FROM sample WHERE service = ? AND at BETWEEN ? AND ? AND era <= ?",
                (service, since, until, at_work.era),
            )
            dropped.count("samples", db.changes(), since, until)
            since = until + 1
            # Rows of later eras may lie between: a slice that found none to drop goes on until it does.
            if since <= end and dropped.samples and time.monotonic() > deadline:
                return False
        db.execute("UPDATE retention SET pass_service = ?", (service,))
        if time.monotonic() > deadline:
            return False
    return True


def _drop_rows(
    db: apsw.Connection, passing: tuple[str, str], at_work: _Pass, dropped: _Dropped, deadline: float
) -> bool:
    """Drop rows of a table, in the order of writing; whether all of the pass are gone."""
    what, source = passing
    while time.monotonic() < deadline:
        oldest: list[Any] = db.execute(f"SELECT id, at, era FROM {source} ORDER BY id LIMIT ?", (_FEW_ROWS,)).fetchall()  # noqa: S608  (constants of this module)
        rows = list(takewhile(lambda row: (row[2], row[1]) <= (at_work.era, at_work.until), oldest))
        if rows:
            db.execute(f"DELETE FROM {source} AND id <= ?", (rows[-1][0],))  # noqa: S608  (see above)
            times = [at for _row, at, _era in rows]
            dropped.count(what, len(rows), min(times), max(times))
        if len(rows) < _FEW_ROWS:
            return True
    return False


def _note(db: apsw.Connection, era: int, dropped: _Dropped, now: int) -> None:
    """Say what is missing, where it would be looked for: one entry an era, growing with each slice."""
    subject = f"era {era}"
    known: Any = db.execute(
        "SELECT id, detail FROM entry WHERE kind = ? AND subject = ? AND subject <> ''", (_DROPPED, subject)
    ).fetchone()
    former: dict[str, Any] = msgspec.msgpack.decode(known[1]) if known is not None else {}
    since, until = moment(dropped.since or 0), moment(dropped.until or 0)
    detail: dict[str, Any] = {
        "samples": former.get("samples", 0) + dropped.samples,
        "requests": former.get("requests", 0) + dropped.requests,
        "events": former.get("events", 0) + dropped.events,
        "since": min(former.get("since", since.isoformat()), since.isoformat()),
        "until": max(former.get("until", until.isoformat()), until.isoformat()),
    }
    text = (
        f"dropped, the record was full: {detail['samples']} health samples, {detail['requests']} requests and"
        f" {detail['events']} events seen from {detail['since']} to {detail['until']}"
    )
    if known is not None:
        db.execute("DELETE FROM entry WHERE id = ?", (known[0],))
    entry = RecordEntry(
        kind=RecordKind.DROPPED, gateway_id="", observed_at=moment(now), ids=(subject,), text=text, detail=detail
    )
    entries.append(db, entries.NO_GATEWAY, (entry,))
    db.execute("UPDATE retention SET dropped_until = max(coalesce(dropped_until, ?1), ?1)", (dropped.until,))


def _data_bytes(db: apsw.Connection) -> int:
    pages: int = db.pragma("page_count") - db.pragma("freelist_count")
    return pages * int(db.pragma("page_size"))


def _value(cursor: apsw.Cursor) -> Any:
    return cursor.get


def _values(cursor: apsw.Cursor) -> Any:
    return cursor.fetchone()


def _on_disk(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
