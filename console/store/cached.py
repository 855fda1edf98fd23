"""Answers of gateways, kept for the next start. Part of the record's file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from console.model.cached import StoredAnswer
from console.model.errors import StoreError
from console.store.moments import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import apsw

    from console.model.cached import Login
    from console.store.database import Database

LIMIT_BYTES = 64 * 1024 * 1024

TABLE = """
    CREATE TABLE cached (
        id INTEGER PRIMARY KEY,
        owner TEXT NOT NULL,
        user TEXT NOT NULL,
        tenant TEXT NOT NULL,
        key TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        observed_at INTEGER NOT NULL,
        etag TEXT NOT NULL,
        tags TEXT NOT NULL,
        freshness TEXT NOT NULL,
        invalid INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (owner, user, tenant, key)
    ) STRICT;
    CREATE INDEX cached_at ON cached (observed_at);
"""


class CachedAnswers:
    """By login and question. One call is one transaction; every method raises StoreError when the file refuses.

    All together they take at most `limit_bytes`; what was observed longest ago goes first.
    """

    def __init__(self, database: Database, limit_bytes: int = LIMIT_BYTES) -> None:
        self._database = database
        self._limit_bytes = limit_bytes

    def go_on_in(self, database: Database) -> None:
        """Read and write another file from now on: the one before was put aside."""
        self._database = database

    async def confine(self, limit_bytes: int) -> None:
        """Take at most so much from now on, and never more than `LIMIT_BYTES`."""
        self._limit_bytes = min(LIMIT_BYTES, limit_bytes)
        await self._database.write(self._make_room)

    async def load(self, login: Login, key: str) -> StoredAnswer | None:
        """The answer to a question; None when none is kept."""

        def read(db: apsw.Connection) -> StoredAnswer | None:
            row = db.execute(
                "SELECT endpoint, observed_at, etag, tags, freshness, body, invalid FROM cached"
                " WHERE owner = :owner AND user = :user AND tenant = :tenant AND key = :key",
                _whose(login, key=key),
            ).fetchone()
            if row is None:
                return None
            endpoint, observed_at, etag, tags, freshness, body, invalid = row
            return StoredAnswer(
                key=key,
                endpoint=endpoint,
                observed_at=moment(observed_at),
                etag=etag,
                tags=msgspec.json.decode(tags, type=frozenset[str]),
                freshness=freshness,
                body=body,
                invalid=bool(invalid),
            )

        return await self._database.read(read)

    async def keep(self, login: Login, answer: StoredAnswer) -> None:
        """Keep an answer in place of the former one."""

        def write(db: apsw.Connection) -> None:
            values = {
                "key": answer.key,
                "endpoint": answer.endpoint,
                "observed_at": stamp(answer.observed_at),
                "etag": answer.etag,
                "tags": msgspec.json.encode(sorted(answer.tags)).decode(),
                "freshness": answer.freshness,
                "invalid": int(answer.invalid),
                "body": answer.body,
            }
            db.execute(
                "INSERT OR REPLACE INTO cached"
                " (owner, user, tenant, key, endpoint, observed_at, etag, tags, freshness, invalid, body) VALUES"
                " (:owner, :user, :tenant, :key, :endpoint, :observed_at, :etag, :tags, :freshness, :invalid, :body)",
                _whose(login, **values),
            )
            self._make_room(db)

        await self._database.write(write)

    async def confirm(self, login: Login, key: str, observed_at: datetime, *, invalid: bool) -> None:
        """The gateway said that a kept answer is still the answer."""
        await self._database.write(
            lambda db: db.execute(
                "UPDATE cached SET observed_at = :at, invalid = :invalid"
                " WHERE owner = :owner AND user = :user AND tenant = :tenant AND key = :key",
                _whose(login, key=key, at=stamp(observed_at), invalid=int(invalid)),
            )
        )

    async def invalidate(self, login: Login, tags: Collection[str]) -> None:
        """Something was written that touched these tags."""
        await self._database.write(
            lambda db: db.execute(
                "UPDATE cached SET invalid = 1 WHERE owner = :owner AND user = :user AND tenant = :tenant"
                " AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(:touched)))",
                _whose(login, touched=msgspec.json.encode(sorted(tags)).decode()),
            )
        )

    async def forget(self, owner: str, *, endpoint: str = "", except_user: str = "") -> int:
        """Drop what is kept for a profile, whoever was signed in.

        Args:
            owner: Profile and address.
            endpoint: Of this operation only.
            except_user: But what is this user's.

        Returns:
            How many answers were dropped.
        """

        def write(db: apsw.Connection) -> int:
            db.execute(
                "DELETE FROM cached WHERE owner = :owner AND (:endpoint = '' OR endpoint = :endpoint)"
                " AND (:user = '' OR user <> :user)",
                {"owner": owner, "endpoint": endpoint, "user": except_user},
            )
            return db.changes()

        dropped = await self._database.write(write)
        if dropped:
            with contextlib.suppress(StoreError):  # they are dropped; the log is folded when the file is closed
                await self._database.fold_log()  # it has older copies
        return dropped

    async def listing(self, owner: str) -> tuple[StoredAnswer, ...]:
        """What is kept for a profile, without the bodies, newest first."""

        def read(db: apsw.Connection) -> tuple[StoredAnswer, ...]:
            rows = db.execute(
                "SELECT key, endpoint, observed_at, etag, freshness, invalid FROM cached WHERE owner = ?"
                " ORDER BY observed_at DESC, id DESC",
                (owner,),
            )
            return tuple(
                StoredAnswer(
                    key=key,
                    endpoint=endpoint,
                    observed_at=moment(at),
                    etag=etag,
                    freshness=freshness,
                    invalid=bool(invalid),
                )
                for key, endpoint, at, etag, freshness, invalid in rows
            )

        return await self._database.read(read)

    def _make_room(self, db: apsw.Connection) -> None:
        total = db.execute("SELECT coalesce(sum(length(body)), 0) FROM cached").get
        while total > self._limit_bytes:
            oldest, size = db.execute("SELECT id, length(body) FROM cached ORDER BY observed_at, id LIMIT 1").get
            db.execute("DELETE FROM cached WHERE id = ?", (oldest,))
            total -= size


def _whose(login: Login, **more: object) -> dict[str, object]:
    return {"owner": login.owner, "user": login.user, "tenant": login.tenant, **more}
