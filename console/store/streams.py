"""The record's tables as one list, newest first: each series is read in its own order, and merged.

A series is what one gateway has in one table, or the samples of one service: each has an index by time, so that a page
reads little more than it gives, however long the record. Nothing is stored twice for it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from console.model.health import ServiceHealth
from console.model.record import RecordEntry, RecordKind, RecordPage, RecordQuery, folded
from console.store import entries, samples
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import apsw

SEARCH_BUDGET = 100_000  # rows a page looks at for a text
LEAST_SEARCHED = 50  # of each series: there may be thousands
_FIRST, _LAST = -(1 << 63), (1 << 63) - 1

_EXCHANGE_TEXT = (
    "method || ' ' || route || ' ' || coalesce(status, '-') || ' ' || operation"
    " || CASE error WHEN '' THEN '' ELSE ' ' || error END"
)
_STORY_TEXT = "phase || CASE detail WHEN '' THEN '' ELSE ': ' || detail END"

_SAMPLE_COLUMNS = f"{samples.TEXT}, {samples.COLUMNS.partition(', ')[2]}"
# The indices leave empty ids out, and SQLite uses them only when it is told that none is wanted.
_ENTRY_ID = " AND (subject = ? AND subject <> '' OR request_id = ? AND request_id <> '')"
_EXCHANGE_ID = " AND request_id = ? AND request_id <> ''"
_FIRST_CHUNK = 2

Key = tuple[int, int, int, int]  # time, table, owner in it, row: no two entries have the same


class BadCursor(ValueError):
    """No `RecordPage.more` of this store."""


class _Made(NamedTuple):
    """An entry to be made of its columns, if it is wanted after all."""

    entry: Callable[[int, list[Any]], RecordEntry]
    at: int
    values: list[Any]


@dataclass(frozen=True)
class _Series:
    """One series.

    Attributes:
        rank: Of its table, among entries of one moment.
        owner: Row of the gateway, or of the service.
        source: Table and condition; the first parameter is the owner.
        columns: What to read after time and row.
        row: What tells rows of one moment apart.
        text: What a text is looked for in; its parameters come first.
        prefix: Goes before that text.
        by_id: Condition for an id, with its parameter; None when none of the series has it.
        entry: Makes an entry of time and columns.
        head: No entry is newer.
    """

    rank: int
    owner: int
    source: str
    columns: str
    row: str
    text: str
    entry: Callable[[int, list[Any]], RecordEntry]
    by_id: tuple[str, tuple[str, ...]] = ("", ())
    prefix: str = ""
    head: int = _LAST

    def newest_first(self, db: apsw.Connection, bounds: _Bounds, needle: str) -> Iterator[tuple[Key, _Made]]:
        """Keys within bounds, with what makes their entries.

        Read in chunks, each by a statement that has ended when the next series needs it: thousands that are open at
        once would each have to be compiled.
        """
        condition, ids = self.by_id
        search = f" AND instr(lower(? || {self.text}), ?)" if needle else ""
        sought = (self.prefix, needle) if needle else ()
        chunk = _FIRST_CHUNK
        while True:
            bound, parameters = bounds.of(self.rank, self.owner, self.row)
            rows: list[Any] = db.execute(
                f"SELECT at, {self.row}, {self.columns} FROM {self.source} AND {bound}{condition}{search}"  # noqa: S608  (constants of this module)
                f" ORDER BY at DESC, {self.row} DESC LIMIT ?",
                (self.owner, *parameters, *ids, *sought, chunk),
            ).fetchall()
            for at, row, *values in rows:
                yield (at, self.rank, self.owner, row), _Made(self.entry, at, values)
            if len(rows) < chunk:
                return
            bounds = _Bounds(bounds.since, bounds.until, (at, self.rank, self.owner, row))
            chunk *= 4

    def floor(self, db: apsw.Connection, bounds: _Bounds, budget: int) -> int | None:
        """The time of the last entry that the budget allows to look at; None when it allows all."""
        bound, parameters = bounds.of(self.rank, self.owner, self.row)
        found: int | None = db.execute(
            f"SELECT at FROM {self.source} AND {bound} ORDER BY at DESC LIMIT 1 OFFSET ?",  # noqa: S608  (see above)
            (self.owner, *parameters, budget),
        ).get
        return found


@dataclass(frozen=True)
class _Bounds:
    """From when until when, and before which key."""

    since: int
    until: int
    before: Key | None

    def of(self, rank: int, owner: int, row: str) -> tuple[str, tuple[int, ...]]:
        """As a condition for one series."""
        if self.before is None:
            return "at BETWEEN ? AND ?", (self.since, self.until)
        at, *place, last = self.before
        if [rank, owner] == place:
            return f"at BETWEEN ? AND ? AND (at, {row}) < (?, ?)", (self.since, min(self.until, at), at, last)
        return "at BETWEEN ? AND ?", (self.since, min(self.until, at if [rank, owner] < place else at - 1))


def page(
    db: apsw.Connection, query: RecordQuery, *, budget: int = SEARCH_BUDGET, least: int = LEAST_SEARCHED
) -> RecordPage:
    """One page of what a query wants.

    Raises:
        BadCursor: `before` is not of this store.
    """
    bounds = _Bounds(
        _FIRST if query.since is None else stamp(query.since),
        _LAST if query.until is None else stamp(query.until),
        _key(query.before),
    )
    series = list(_wanted(db, query))
    floor: int | None = None
    if query.text and series:
        # All series are searched back to the same moment: what lies before it comes with the next page.
        share = max(least, budget // len(series))
        floor = max((at for one in series if (at := one.floor(db, bounds, share)) is not None), default=None)
    searched = bounds if floor is None else _Bounds(max(bounds.since, floor), bounds.until, bounds.before)
    found: list[_Made] = []
    last: Key | None = None
    for key, made in _merged(db, series, searched, folded(query.text)):
        if len(found) == max(1, query.limit):
            break
        found.append(made)
        last = key
    else:
        # Before every key of that moment: no table has that rank.
        last = (floor, -1, 0, 0) if floor is not None else None
    return RecordPage(
        entries=tuple(made.entry(made.at, made.values) for made in found),
        more="" if last is None else ".".join(map(str, last)),
        searched_to=None if last is None else moment(last[0]),
        dropped_until=_dropped_until(db),
    )


def _merged(db: apsw.Connection, series: list[_Series], bounds: _Bounds, needle: str) -> Iterator[tuple[Key, _Made]]:
    """Every series' entries in one order. A series is read from when its turn comes, and not before."""
    waiting = sorted(series, key=lambda one: one.head)
    # Newest on top of the heap: all of a key negated. The second element settles nothing: keys differ.
    heap: list[tuple[Key, int, _Made, Iterator[tuple[Key, _Made]]]] = []

    def take(stream: Iterator[tuple[Key, _Made]], number: int) -> None:
        if (found := next(stream, None)) is not None:
            (at, rank, owner, row), made = found
            heapq.heappush(heap, ((-at, -rank, -owner, -row), number, made, stream))

    while waiting or heap:
        while waiting and (not heap or waiting[-1].head >= -heap[0][0][0]):
            take(waiting.pop().newest_first(db, bounds, needle), len(waiting))
        if not heap:
            return
        (at, rank, owner, row), number, made, stream = heapq.heappop(heap)
        yield (-at, -rank, -owner, -row), made
        take(stream, number)


def _wanted(db: apsw.Connection, query: RecordQuery) -> Iterator[_Series]:
    kinds = frozenset(query.kinds or RecordKind)
    gateways = {
        gateway_id: row
        for row, gateway_id in db.execute("SELECT id, gateway_id FROM gateway")
        if not query.gateways or gateway_id in query.gateways
    }
    noted = [number for kind, number in entries.KINDS.items() if kind in kinds]
    if noted and (not query.gateways or "" in query.gateways):
        yield _entries("", entries.NO_GATEWAY, noted, query.id)
    for gateway_id, row in gateways.items():
        if noted:
            yield _entries(gateway_id, row, noted, query.id)
        if RecordKind.REQUEST in kinds:
            yield _exchanges(gateway_id, row, query.id)
        if RecordKind.CONNECTION in kinds and not query.id:
            yield _story(gateway_id, row)
        if RecordKind.HEALTH in kinds:
            yield from _services(db, gateway_id, row, query)


def _entries(gateway_id: str, row: int, kinds: list[int], wanted_id: str) -> _Series:
    # The unary plus keeps the index by kind out: by gateway and time is the order that is wanted.
    among = f"+kind IN ({', '.join(map(str, kinds))})"
    return _Series(
        rank=1,
        owner=row,
        source=f"entry WHERE {'+' if wanted_id else ''}gateway = ? AND {among}",
        columns=entries.COLUMNS.partition(", ")[2],
        row="id",
        text="text",
        entry=lambda at, values: entries.entry(gateway_id, at, *values),
        by_id=(_ENTRY_ID, (wanted_id, wanted_id)) if wanted_id else ("", ()),
    )


def _exchanges(gateway_id: str, row: int, wanted_id: str) -> _Series:
    names = ("operation", "method", "route", "status", "error", "total_ms", "gateway_ms", "upstream_ms", "attempt")

    def entry(at: int, values: list[Any]) -> RecordEntry:
        text, request_id, said_at, *rest = values
        return RecordEntry(
            kind=RecordKind.REQUEST,
            gateway_id=gateway_id,
            observed_at=moment(at),
            said_at=None if said_at is None else moment(said_at),
            ids=(request_id,) if request_id else (),
            text=text,
            detail=dict(zip(names, rest, strict=True)),
        )

    return _Series(
        rank=2,
        owner=row,
        source=f"exchange WHERE {'+' if wanted_id else ''}gateway = ?",
        columns=f"{_EXCHANGE_TEXT}, request_id, said_at, {', '.join(names)}",
        row="id",
        text=_EXCHANGE_TEXT,
        entry=entry,
        by_id=(_EXCHANGE_ID, (wanted_id,)) if wanted_id else ("", ()),
    )


def _story(gateway_id: str, row: int) -> _Series:
    return _Series(
        rank=3,
        owner=row,
        source="story WHERE gateway = ?",
        columns=f"{_STORY_TEXT}, phase, detail",
        row="id",
        text=_STORY_TEXT,
        entry=lambda at, values: RecordEntry(
            kind=RecordKind.CONNECTION,
            gateway_id=gateway_id,
            observed_at=moment(at),
            text=values[0],
            detail={"phase": values[1], "detail": values[2]},
        ),
    )


def _services(db: apsw.Connection, gateway_id: str, gateway: int, query: RecordQuery) -> Iterator[_Series]:
    one = " AND service_id = ?" if query.id else ""
    until = _LAST if query.until is None else stamp(query.until)
    if (before := _key(query.before)) is not None:
        until = min(until, before[0])
    rows: list[Any] = db.execute(
        "SELECT id, service_id, latest, (SELECT max(at) FROM sample WHERE service = service.id AND at <= ?) AS head"  # noqa: S608  (constants)
        f" FROM service WHERE gateway = ?{one} AND head IS NOT NULL",
        (until, gateway, *([query.id] if query.id else [])),
    ).fetchall()
    decode = msgspec.msgpack.Decoder(ServiceHealth).decode
    for row, service_id, latest, head in rows:
        name = service_id if latest is None else decode(latest).name
        yield _service(gateway_id, row, service_id, name, head)


def _service(gateway_id: str, row: int, service_id: str, name: str, head: int) -> _Series:
    def entry(at: int, values: list[Any]) -> RecordEntry:
        text, *columns = values
        sample = samples.sample(service_id, at, *columns)
        return RecordEntry(
            kind=RecordKind.HEALTH,
            gateway_id=gateway_id,
            observed_at=sample.at,
            said_at=sample.said_at,
            ids=(service_id,),
            text=f"{name} {text}",
            detail={
                "service": name,
                "status": sample.status.value,
                "origin": sample.origin.value,
                "score": sample.score,
                "total_ms": sample.total_ms,
                "gateway_ms": sample.gateway_ms,
                "upstream_ms": sample.upstream_ms,
                "problem": sample.problem,
            },
        )

    return _Series(
        rank=4,
        owner=row,
        source="sample WHERE service = ?",
        columns=_SAMPLE_COLUMNS,
        row="told",
        text=samples.TEXT,
        entry=entry,
        prefix=f"{name} ",
        head=head,
    )


def _dropped_until(db: apsw.Connection) -> datetime | None:
    until: int | None = db.execute("SELECT dropped_until FROM retention").get
    return None if until is None else moment(until)


def _key(text: str) -> Key | None:
    if not text:
        return None
    try:
        at, rank, owner, row = map(int, text.split("."))
    except ValueError:
        raise BadCursor(text) from None
    if not all(_FIRST < number < _LAST for number in (at, rank, owner, row)):
        raise BadCursor(text)
    return at, rank, owner, row
