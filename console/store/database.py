"""One encrypted SQLite file, written by one thread and read by two."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import apsw

from console.model.errors import StoreError
from console.store.failures import check_library
from console.store.files import private_file
from console.store.migrations import migrate
from console.store.readers import Readers
from console.store.threads import awaitable
from console.store.transaction import transact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from console.store.encrypted_file import EncryptedFile

T = TypeVar("T")

_INCREMENTAL = 2
_FOLD_WAIT_MS = 20  # for readers to end; writes wait behind it
_REWRITTEN_BYTES = 64 * 1024 * 1024  # in memory: nothing of it may lie on the disk in the clear


class Database:
    """The way to one file. Made by `open`; the owner awaits `close`. Each await may come from any event loop.

    Attributes:
        file: Where, with which key, laid out how.
        copy: What it was before its tables were brought up to date just now; None when nothing was to be done.
    """

    def __init__(self, file: EncryptedFile) -> None:
        """Use `open`."""
        self.file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{file.layout.name} writer")
        self._readers = Readers(file)
        self._writer: apsw.Connection | None = None
        self._closing: Future[None] | None = None
        self.copy: Path | None = None

    @classmethod
    async def open(cls, file: EncryptedFile) -> Database:
        """Open a file, or make it, and bring its tables up to date.

        Raises:
            StoreForeign: Not encrypted with this key, or no database. Left as it is.
            StoreCorrupt: Encrypted with this key, and damaged. Left as it is.
            StoreTooNew: Written by a newer program. Left as it is.
            StoreOtherBuild: Its tables are of another build. Left as it is.
            StoreBusy: Another process held it for longer than the busy timeout.
            StoreError: It can't be used; the detail says why.
        """
        check_library()
        database = cls(file)
        try:
            await awaitable(database._thread.submit(database._begin))
        except BaseException:
            await asyncio.shield(database.close())
            raise
        return database

    async def write(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run `work(connection)` on the writer thread, in a transaction that began IMMEDIATE.

        When this returns it has all happened; when it raises, nothing has. Cancelled before its turn it does not
        happen; cancelled later it may have happened.

        Raises:
            StoreError: The file or the disk refused. Whatever else `work` raises comes out as it is.
        """
        if self._closing is not None:
            raise self._gone()
        return await awaitable(self._thread.submit(self._write, work))

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run `work(connection)` on a reader thread, in a transaction: all it reads is of one moment.

        Cancelling interrupts the statement that runs.

        Raises:
            StoreError: The file could not be read. Whatever else `work` raises comes out as it is.
        """
        return await self._readers.read(work)

    async def fold_log(self) -> None:
        """Bring what the log holds into the file and empty it. While others read for too long nothing happens.

        Raises:
            StoreError: The file or the disk refused.
        """
        if self._closing is not None:
            raise self._gone()
        await awaitable(self._thread.submit(self._fold))

    async def close(self) -> None:
        """Finish the write that runs, interrupt reads, end the threads, give the file back. Idempotent.

        Calls that wait for their turn, or come later, fail with a StoreError.
        """
        if self._closing is None:
            self._readers.interrupt()
            self._closing = self._thread.submit(self._end)
        await awaitable(self._closing)
        self._thread.shutdown(wait=True)  # nothing is left for the thread to do: this takes microseconds

    def _begin(self) -> None:
        private_file(self.file.path)
        try:
            self._writer = connection = self.file.connect()
            # Enough to know that the key fits and the file is whole at its ends; a full check of a large one takes
            # seconds, and damage further in is found when it is read.
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            if self.file.layout.shrinks and not connection.pragma("page_count"):
                connection.pragma("auto_vacuum", "INCREMENTAL")  # before the first table, or not at all
            self.copy = migrate(connection, self.file)
            if self.file.layout.shrinks:
                _let_shrink(connection)
            # Last: a file that is refused is not to be changed by so much as its journal mode.
            connection.pragma("journal_mode", "WAL")
        except apsw.Error as exc:
            raise self.file.explained(exc) from exc

    def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        if self._closing is not None or self._writer is None:
            raise self._gone()
        try:
            return transact(self._writer, "BEGIN IMMEDIATE", work)
        except apsw.Error as exc:
            raise self.file.explained(exc) from exc

    def _fold(self) -> None:
        if self._closing is not None or self._writer is None:
            raise self._gone()
        self._writer.set_busy_timeout(_FOLD_WAIT_MS)
        try:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except apsw.Error as exc:
            raise self.file.explained(exc) from exc
        finally:
            self._writer.set_busy_timeout(round(self.file.busy_timeout_s * 1000))

    def _end(self) -> None:
        self._readers.close()
        if self._writer is not None:
            self._writer.close()

    def _gone(self) -> StoreError:
        return StoreError("the store is closed", path=self.file.path)


def _let_shrink(connection: apsw.Connection) -> None:
    """Rewrite a small file of an older program so that it can give room back; a large one only reuses its room."""
    if connection.pragma("auto_vacuum") == _INCREMENTAL:
        return
    if connection.pragma("page_count") * connection.pragma("page_size") > _REWRITTEN_BYTES:
        return
    with contextlib.suppress(apsw.BusyError, apsw.LockedError, apsw.FullError):  # the next opening may do it
        connection.pragma("auto_vacuum", "INCREMENTAL")
        connection.execute("VACUUM")
