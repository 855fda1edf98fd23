"""One encrypted SQLite file, written by one thread and read by two."""

from __future__ import annotations

import asyncio
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

    from console.store.encrypted_file import EncryptedFile

T = TypeVar("T")


class Database:
    """The way to one file. Made by `open`; the owner awaits `close`. Each await may come from any event loop.

    Attributes:
        file: Where, with which key, laid out how.
    """

    def __init__(self, file: EncryptedFile) -> None:
        """Use `open`."""
        self.file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{file.layout.name} writer")
        self._readers = Readers(file)
        self._writer: apsw.Connection | None = None
        self._closing: Future[None] | None = None

    @classmethod
    async def open(cls, file: EncryptedFile) -> Database:
        """Open a file, or make it, and bring its tables up to date.

        Raises:
            StoreForeign: Not encrypted with this key, or no database. Left as it is.
            StoreCorrupt: Encrypted with this key, and damaged. Left as it is.
            StoreTooNew: Written by a newer program. Left as it is.
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
            migrate(connection, self.file)
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

    def _end(self) -> None:
        self._readers.close()
        if self._writer is not None:
            self._writer.close()

    def _gone(self) -> StoreError:
        return StoreError("the store is closed", path=self.file.path)
