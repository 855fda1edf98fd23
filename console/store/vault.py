"""What must not be lost: sign-ins, which process renews them, and the tables of `console.store.uploads`."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.model.errors import StoreError
from console.model.identity import Tokens, User
from console.store import upload_rows
from console.store.encrypted_file import Layout
from console.store.moments import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

    from console.store.database import Database

# A lease from further in the future was written before the clock was set back; it might not end for hours.
_CLOCK_STEP = timedelta(seconds=60)

VAULT = Layout(
    name="vault.db",
    durable=True,
    steps=(
        """
        CREATE TABLE sign_in (profile TEXT PRIMARY KEY, body BLOB NOT NULL, saved_at INTEGER NOT NULL) STRICT;
        CREATE TABLE lease (
            name TEXT PRIMARY KEY, owner TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL
        ) STRICT;
        """,
        upload_rows.STEP,
    ),
)


class StoredSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in as it was stored.

    Attributes:
        tokens: To go on with.
        user: Who signed in, when the platform said.
        saved_at: When it was stored (UTC).
    """

    tokens: Tokens
    user: User | None
    saved_at: datetime


class Vault:
    """Sign-ins by profile, and leases between processes. Every method raises StoreError when the file refuses."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    async def save_sign_in(self, profile: str, tokens: Tokens, user: User | None) -> None:
        """Store a sign-in in place of the profile's former one. On the disk when this returns."""
        saved_at = self._clock()
        body = msgspec.json.encode(StoredSignIn(tokens=tokens, user=user, saved_at=saved_at))
        await self._database.write(
            lambda db: db.execute(
                "INSERT OR REPLACE INTO sign_in (profile, body, saved_at) VALUES (?, ?, ?)",
                (profile, body, stamp(saved_at)),
            )
        )

    async def load_sign_in(self, profile: str) -> StoredSignIn | None:
        """The profile's sign-in; None when there is none."""
        body = await self._database.read(
            lambda db: db.execute("SELECT body FROM sign_in WHERE profile = ?", (profile,)).get
        )
        return None if body is None else msgspec.json.decode(body, type=StoredSignIn)

    async def forget_sign_in(self, profile: str) -> None:
        """Drop the profile's sign-in, if there is one; with it the log's older copies, unless others read for long."""
        await self._database.write(lambda db: db.execute("DELETE FROM sign_in WHERE profile = ?", (profile,)))
        with contextlib.suppress(StoreError):  # it is dropped; the log is folded when the file is closed
            await self._database.fold_log()

    async def acquire_lease(self, name: str, owner: str, ttl_s: float) -> bool:
        """Become the one who does something, such as renewing a token, among the processes that share the vault.

        Args:
            name: What is to be done once.
            owner: Who asks; asking again prolongs.
            ttl_s: After so many seconds the lease ends by itself: its owner may have died.

        Returns:
            False when another owner has it.
        """

        def acquire(db: apsw.Connection) -> bool:
            now = self._clock()  # in here: of two that ask at once, the one whose turn is later also reads it later
            db.execute(
                "INSERT INTO lease (name, owner, since, until) VALUES (:name, :owner, :since, :until)"
                " ON CONFLICT (name) DO UPDATE SET owner = :owner, since = :since, until = :until"
                " WHERE owner = :owner OR until <= :since OR since > :set_back",
                {
                    "name": name,
                    "owner": owner,
                    "since": stamp(now),
                    "until": stamp(now + timedelta(seconds=ttl_s)),
                    "set_back": stamp(now + _CLOCK_STEP),
                },
            )
            return db.changes() > 0

        return await self._database.write(acquire)

    async def release_lease(self, name: str, owner: str) -> None:
        """Give a lease back; nothing happens when another owner has it by now."""
        await self._database.write(
            lambda db: db.execute("DELETE FROM lease WHERE name = ? AND owner = ?", (name, owner))
        )
