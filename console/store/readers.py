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


class Readers:
    """Two threads with a connection each, opened when first needed."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file
        self._threads = ThreadPoolExecutor(COUNT, thread_name_prefix=f"{file.layout.name} reader")
        self._idle: queue.LifoQueue[apsw.Connection] = queue.LifoQueue()  # the last used has the warmest cache
        self._lock = threading.Lock()
        self._running: dict[object, apsw.Connection] = {}
        self._closed = False

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """See `console.store.database.Database.read`."""
        if self._closed:
            raise self._gone()
        turn = object()
        try:
            return await awaitable(self._threads.submit(self._read, work, turn))
        except asyncio.CancelledError:
            self._interrupt(turn)
            raise

    def interrupt(self) -> None:
        """Make every read that runs, or waits for its turn, or comes later, fail with a StoreError."""
        with self._lock:
            self._closed = True
            for connection in self._running.values():
                connection.interrupt()

    def close(self) -> None:
        """Give the file back, after `interrupt`. Blocks until the threads have ended."""
        self._threads.shutdown(wait=True)
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _read(self, work: Callable[[apsw.Connection], T], turn: object) -> T:
        try:
            with self._connection(turn) as connection:
                return transact(connection, "BEGIN", work)
        except apsw.InterruptError as exc:
            raise self._gone() from exc  # or the caller was cancelled, and listens no more
        except apsw.Error as exc:
            raise self._file.explained(exc) from exc

    @contextlib.contextmanager
    def _connection(self, turn: object) -> Iterator[apsw.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._file.connect()
            connection.pragma("query_only", "ON")
        try:
            with self._lock:
                if self._closed:
                    raise self._gone()
                self._running[turn] = connection
            yield connection
        finally:
            with self._lock:
                self._running.pop(turn, None)
            self._idle.put(connection)

    def _interrupt(self, turn: object) -> None:
        """Interrupt one read while it runs, and only then: afterwards its connection serves another."""
        with self._lock:
            if (connection := self._running.get(turn)) is not None:
                connection.interrupt()

    def _gone(self) -> StoreError:
        return StoreError("the store is closed", path=self._file.path)
