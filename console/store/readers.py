"""Reading a database on threads of its own, in a way that can be interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import apsw

from console.model.errors import StoreError
from console.store.threads import awaitable
from console.store.transaction import transact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.store.encrypted_file import EncryptedFile

T = TypeVar("T")

COUNT = 2
_STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's virtual machine: well under a millisecond


class Readers:
    """Two threads with a connection each, opened when first needed."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file
        self._threads = ThreadPoolExecutor(COUNT, thread_name_prefix=f"{file.layout.name} reader")
        self._idle: queue.LifoQueue[apsw.Connection] = queue.LifoQueue()  # the last used has the warmest cache
        self._closed = threading.Event()

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """See `console.store.database.Database.read`."""
        if self._closed.is_set():
            raise self._gone()
        cancelled = threading.Event()
        try:
            return await awaitable(self._threads.submit(self._read, work, cancelled))
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def interrupt(self) -> None:
        """Make every read that runs, or waits for its turn, or comes later, fail with a StoreError."""
        self._closed.set()

    def close(self) -> None:
        """Give the file back, after `interrupt`. Blocks until the threads have ended."""
        self._threads.shutdown(wait=True)
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _read(self, work: Callable[[apsw.Connection], T], cancelled: threading.Event) -> T:
        if self._closed.is_set():
            raise self._gone()
        try:
            with self._connection(cancelled) as connection:
                return transact(connection, "BEGIN", work)
        except apsw.InterruptError as exc:
            raise self._gone() from exc  # or the caller was cancelled, and listens no more
        except apsw.Error as exc:
            raise self._file.explained(exc) from exc

    @contextlib.contextmanager
    def _connection(self, cancelled: threading.Event) -> Iterator[apsw.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._file.connect()
            connection.pragma("query_only", "ON")
        # Asked by SQLite itself while it works: `Connection.interrupt` is lost on a statement that is about to begin.
        connection.set_progress_handler(lambda: self._closed.is_set() or cancelled.is_set(), _STEPS_BETWEEN_LOOKS)
        try:
            yield connection
        finally:
            connection.set_progress_handler(None)
            self._idle.put(connection)

    def _gone(self) -> StoreError:
        return StoreError("the store is closed", path=self._file.path)
