"""How one encrypted SQLite file is opened, and how its errors are told."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import apsw

from console.model.errors import StoreCorrupt
from console.store.failures import store_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.model.errors import StoreError

BUSY_TIMEOUT_S = 3.0
_CIPHER = "chacha20"  # with Poly1305: a page that was changed is refused, not misread
_CACHE_KIB = 16 * 1024
_LOG_LIMIT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Layout:
    """What a database is.

    Attributes:
        name: File name; also separates its key from those of other files.
        steps: SQL scripts since the first release, see `console.store.migrations`.
        durable: Every commit waits for the disk; otherwise the last ones may be lost with the power, never with the
            process.
        shrinks: Room that became free at its end can be given back to the disk.
    """

    name: str
    steps: Sequence[str]
    durable: bool
    shrinks: bool = False


@dataclass(frozen=True)
class FileKey:
    """What one file is encrypted with.

    Attributes:
        secret: 32 bytes, used as they are: a slow derivation at every opening would protect a random key no better.
        mark: The 16 bytes that a file of this key begins with. They tell a damaged file from another's.
    """

    secret: bytes = field(repr=False)
    mark: bytes


@dataclass(frozen=True)
class EncryptedFile:
    """A file, its key and its layout: everything a connection needs."""

    path: Path
    key: FileKey
    layout: Layout
    busy_timeout_s: float = BUSY_TIMEOUT_S

    def connect(self) -> apsw.Connection:
        """Open a connection. Nothing is read yet, so a wrong key shows at the first statement.

        Raises:
            apsw.Error: To be told by `explained`.
        """
        connection = self.connect_copy(self.path)
        connection.set_busy_timeout(round(self.busy_timeout_s * 1000))
        connection.pragma("synchronous", "FULL" if self.layout.durable else "NORMAL")
        if sys.platform == "darwin":
            # There fsync leaves the data in the drive's own cache.
            connection.pragma("fullfsync", "ON")
            connection.pragma("checkpoint_fullfsync", "ON")
        connection.pragma("temp_store", "MEMORY")
        connection.pragma("secure_delete", "ON")
        connection.pragma("foreign_keys", "ON")
        connection.pragma("cache_size", -_CACHE_KIB)
        connection.pragma("journal_size_limit", _LOG_LIMIT_BYTES)
        return connection

    def connect_copy(self, path: Path) -> apsw.Connection:
        """Open a connection to another file with the same key, such as a backup."""
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.pragma("cipher", _CIPHER)
        # SQLite keeps the text of this statement nowhere; as a bound value it can't be given.
        connection.execute(f"PRAGMA key = \"x'{self.key.secret.hex()}{self.key.mark.hex()}'\"")
        return connection

    def explained(self, exc: apsw.Error) -> StoreError:
        """The store's error for one of SQLite's, to be raised from it."""
        if isinstance(exc, apsw.NotADBError) and self._bears_mark():
            return StoreCorrupt("the first page is damaged", path=self.path)
        return store_error(exc, self.path)

    def _bears_mark(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return file.read(len(self.key.mark)) == self.key.mark
        except OSError:
            return False
