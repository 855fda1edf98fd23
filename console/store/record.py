"""What was seen: samples, services, requests and the connection's story, by gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.model.connection import Phase
from console.model.freshness import Observed, Source
from console.model.health import ServiceHealth
from console.store import entries as entry_rows
from console.store import exchanges as exchange_rows
from console.store import retention, streams
from console.store import samples as sample_rows
from console.store.cached import TABLE, CachedAnswers
from console.store.encrypted_file import Layout
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from console.model.exchange import Exchange
    from console.model.health import HealthSample
    from console.model.record import Dropping, RecordEntry, RecordPage, RecordQuery, RecordSize
    from console.model.retention import RecordLimit
    from console.store.database import Database

HISTORY_TOLERANCE_S = 15.0

RECORD = Layout(
    name="record.db",
    durable=False,
    shrinks=True,
    steps=(
        """
        CREATE TABLE gateway (id INTEGER PRIMARY KEY, gateway_id TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE service (
            id INTEGER PRIMARY KEY,
            gateway INTEGER NOT NULL REFERENCES gateway ON DELETE CASCADE,
            service_id TEXT NOT NULL,
            latest BLOB,
            UNIQUE (gateway, service_id)
        ) STRICT;
        CREATE TABLE sample (
            service INTEGER NOT NULL REFERENCES service ON DELETE CASCADE,
            at INTEGER NOT NULL,
            told INTEGER NOT NULL,
            origin INTEGER NOT NULL,
            status INTEGER NOT NULL,
            said_at INTEGER,
            score REAL,
            total_ms REAL,
            gateway_ms REAL,
            upstream_ms REAL,
            problem TEXT,
            PRIMARY KEY (service, at, told)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE exchange (
            id INTEGER PRIMARY KEY,
            gateway INTEGER NOT NULL REFERENCES gateway ON DELETE CASCADE,
            at INTEGER NOT NULL,
            operation TEXT NOT NULL,
            method TEXT NOT NULL,
            route TEXT NOT NULL,
            status INTEGER,
            error TEXT NOT NULL,
            total_ms REAL NOT NULL,
            gateway_ms REAL,
            upstream_ms REAL,
            request_id TEXT NOT NULL,
            attempt INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX exchange_at ON exchange (gateway, at);
        CREATE TABLE story (
            id INTEGER PRIMARY KEY,
            gateway INTEGER NOT NULL REFERENCES gateway ON DELETE CASCADE,
            at INTEGER NOT NULL,
            phase TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX story_at ON story (gateway, at);
        """,
        entry_rows.STEP,
        TABLE,
        exchange_rows.STEP,
    ),
)


class StoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One turn in a connection's story: since `at` (UTC) it was in `phase`, and what was said about it."""

    at: datetime
    phase: Phase
    detail: str


class Record:
    """What was seen of each gateway. One call is one transaction; every method raises StoreError when the file refuses.

    `gateway_id` is `Profile.gateway_id` throughout.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.cached = CachedAnswers(database)

    def go_on_in(self, database: Database) -> None:
        """Read and write another file from now on: the one before was put aside."""
        self._database = database
        self.cached.go_on_in(database)

    async def append_samples(
        self, gateway_id: str, samples: Sequence[HealthSample], *, history_tolerance_s: float = HISTORY_TOLERANCE_S
    ) -> None:
        """Keep samples, in any order; the same sample given again changes nothing.

        What the platform's history tells is left out where this console looked itself, `history_tolerance_s` seconds
        before or after.
        """
        if not samples:
            return
        tolerance = round(history_tolerance_s * 1_000_000)
        await self._database.write(lambda db: sample_rows.append(db, _gateway(db, gateway_id), samples, tolerance))

    async def samples(
        self, gateway_id: str, service_id: str, since: datetime, until: datetime
    ) -> tuple[HealthSample, ...]:
        """Samples of one service, oldest first, both ends included."""
        return await self._database.read(
            lambda db: sample_rows.between(db, gateway_id, service_id, stamp(since), stamp(until))
        )

    async def recent(self, gateway_id: str, since: datetime) -> dict[str, tuple[HealthSample, ...]]:
        """Samples of every service since a time, oldest first; services without any are left out."""
        return await self._database.read(lambda db: sample_rows.since(db, gateway_id, stamp(since)))

    async def latest_at(self, gateway_id: str) -> datetime | None:
        """When this gateway's newest sample was taken; None when there is none."""
        newest = await self._database.read(lambda db: sample_rows.newest(db, gateway_id))
        return None if newest is None else moment(newest)

    async def save_services(self, gateway_id: str, services: Sequence[ServiceHealth]) -> None:
        """Keep the latest of each service given; others keep what they had."""
        if not services:
            return

        def save(db: apsw.Connection) -> None:
            gateway = _gateway(db, gateway_id)
            db.executemany(
                "INSERT INTO service (gateway, service_id, latest) VALUES (?, ?, ?)"
                " ON CONFLICT (gateway, service_id) DO UPDATE SET latest = excluded.latest",
                ((gateway, service.id, msgspec.msgpack.encode(service)) for service in services),
            )

        await self._database.write(save)

    async def services(self, gateway_id: str) -> tuple[Observed[ServiceHealth], ...]:
        """The latest of each service, in the order in which they were first seen."""

        def read(db: apsw.Connection) -> tuple[Observed[ServiceHealth], ...]:
            rows = db.execute(
                "SELECT latest FROM service WHERE gateway = (SELECT id FROM gateway WHERE gateway_id = ?)"
                " AND latest IS NOT NULL ORDER BY id",
                (gateway_id,),
            )
            decode = msgspec.msgpack.Decoder(ServiceHealth).decode
            return tuple(
                Observed(value=service, observed_at=service.sample.at, source=Source.RECORD)
                for service in (decode(latest) for (latest,) in rows)
            )

        return await self._database.read(read)

    async def append_exchanges(self, gateway_id: str, exchanges: Sequence[Exchange]) -> None:
        """Keep requests and their answers. They hold templates and numbers, never a secret."""
        if not exchanges:
            return

        def append(db: apsw.Connection) -> None:
            gateway = _gateway(db, gateway_id)
            db.executemany(
                f"INSERT INTO exchange (gateway, {exchange_rows.COLUMNS}, era)"  # noqa: S608  (constants)
                f" VALUES (?, {exchange_rows.PLACES}, (SELECT max(id) FROM era))",
                ((gateway, *exchange_rows.to_row(one)) for one in exchanges),
            )

        await self._database.write(append)

    async def exchanges(self, gateway_id: str, since: datetime, *, limit: int = 10_000) -> tuple[Exchange, ...]:
        """The newest requests since a time, at most `limit`, oldest first."""

        def read(db: apsw.Connection) -> tuple[Exchange, ...]:
            rows = db.execute(
                f"SELECT {exchange_rows.COLUMNS} FROM exchange WHERE"  # noqa: S608  (constant)
                " gateway = (SELECT id FROM gateway WHERE gateway_id = ?) AND at >= ?"
                " ORDER BY at DESC, id DESC LIMIT ?",
                (gateway_id, stamp(since), limit),
            ).fetchall()
            return tuple(exchange_rows.from_row(*row) for row in reversed(rows))

        return await self._database.read(read)

    async def append_story(self, gateway_id: str, at: datetime, phase: Phase, detail: str) -> None:
        """Keep a turn in the connection's story."""
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO story (gateway, at, phase, detail, era) VALUES (?, ?, ?, ?, (SELECT max(id) FROM era))",
                (_gateway(db, gateway_id), stamp(at), phase.value, detail),
            )
        )

    async def story(self, gateway_id: str, since: datetime) -> tuple[StoryEntry, ...]:
        """The connection's story since a time, oldest first."""

        def read(db: apsw.Connection) -> tuple[StoryEntry, ...]:
            rows = db.execute(
                "SELECT at, phase, detail FROM story WHERE gateway = (SELECT id FROM gateway WHERE gateway_id = ?)"
                " AND at >= ? ORDER BY at, id",
                (gateway_id, stamp(since)),
            )
            return tuple(StoryEntry(at=moment(at), phase=Phase(phase), detail=detail) for at, phase, detail in rows)

        return await self._database.read(read)

    async def append_entries(self, gateway_id: str, entries: Sequence[RecordEntry]) -> None:
        """Keep feed events and actions; of no gateway in particular when `gateway_id` is empty."""
        if not entries:
            return

        def append(db: apsw.Connection) -> None:
            entry_rows.append(db, _gateway(db, gateway_id) if gateway_id else entry_rows.NO_GATEWAY, entries)

        await self._database.write(append)

    async def entries(self, query: RecordQuery) -> RecordPage:
        """What was recorded, of all kinds, newest first, a page at a time. Cancelling ends the search.

        Raises:
            ValueError: `query.before` is none of this record's.
        """
        return await self._database.read(lambda db: streams.page(db, query))

    async def size(self) -> RecordSize:
        """How large it is; cheap."""
        return await self._database.read(lambda db: retention.size(db, self._database.file.path))

    async def warned(self, limit_bytes: int | None) -> None:
        """Remember that the operator was told of a limit, over restarts; None to tell again the next time."""
        await self._database.write(lambda db: retention.warned(db, limit_bytes))

    async def begin_era(self) -> None:
        """What is written from here on is dropped later than what was written before."""
        await self._database.write(lambda db: retention.begin_era(db, datetime.now(UTC)))

    async def drop_oldest(self, wanted_bytes: int) -> Dropping:
        """Drop a slice of what was written first, and note what is missing; in passes of about so many bytes."""
        return await self._database.write(lambda db: retention.drop_oldest(db, wanted_bytes, datetime.now(UTC)))

    async def shrink(self, target_bytes: int) -> bool:
        """Give a slice of free room back to the disk, down to a size; whether there is more to give."""
        return await self._database.write(lambda db: retention.shrink(db, target_bytes))

    async def confine(self, limit: RecordLimit) -> None:
        """Keep the log within its part of the limit, as far as readers allow, and stored answers within theirs."""
        await self._database.write(lambda db: retention.confine_log(db, limit.log_bytes))
        await self.cached.confine(limit.cached_bytes)

    async def fold_log(self) -> None:
        """Fold the log into the file and give its room back; left for another time while others read."""
        await self._database.fold_log()

    async def forget_gateway(self, gateway_id: str) -> None:
        """Drop everything of a gateway."""
        await self._database.write(lambda db: db.execute("DELETE FROM gateway WHERE gateway_id = ?", (gateway_id,)))


def _gateway(db: apsw.Connection, gateway_id: str) -> int:
    """The row of a gateway, made when it is new."""
    db.execute("INSERT INTO gateway (gateway_id) VALUES (?) ON CONFLICT DO NOTHING", (gateway_id,))
    return int(db.execute("SELECT id FROM gateway WHERE gateway_id = ?", (gateway_id,)).get)
