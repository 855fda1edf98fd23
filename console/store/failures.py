"""SQLite's errors in the store's own, mapped here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from console.model.errors import StoreBusy, StoreCorrupt, StoreError, StoreForeign, StoreFull

if TYPE_CHECKING:
    from pathlib import Path

_OLDEST_SQLITE = (3, 51, 3)  # older ones may lose commits when a WAL is reset
_CLASSES: tuple[tuple[tuple[type[apsw.Error], ...], type[StoreError]], ...] = (
    ((apsw.NotADBError,), StoreForeign),
    ((apsw.CorruptError, apsw.FormatError), StoreCorrupt),
    ((apsw.BusyError, apsw.LockedError, apsw.ProtocolError), StoreBusy),
    ((apsw.FullError,), StoreFull),
)
_UNREADABLE = frozenset(
    {apsw.SQLITE_IOERR_READ, apsw.SQLITE_IOERR_CORRUPTFS, apsw.SQLITE_IOERR_DATA, apsw.SQLITE_IOERR_SHORT_READ}
)


def store_error(exc: apsw.Error, path: Path) -> StoreError:
    """The store's error for one of SQLite's, to be raised from it."""
    detail = str(exc)
    if isinstance(exc, apsw.IOError):
        # A file size limit and a failing disk both say "I/O error"; only reading tells damage from lack of space.
        unreadable = getattr(exc, "extendedresult", 0) in _UNREADABLE
        return StoreCorrupt(detail, path=path) if unreadable else StoreFull(detail, path=path)
    for classes, mapped in _CLASSES:
        if isinstance(exc, classes):
            return mapped(detail, path=path)
    return StoreError(f"{type(exc).__name__}: {detail}", path=path)


def check_library() -> None:
    """Refuse a SQLite that can't encrypt, or that is known to damage files.

    Raises:
        StoreError: With the version found.
    """
    check_version(apsw.sqlite_lib_version(), encrypts=getattr(apsw, "mc_version", None) is not None)


def check_version(version: str, *, encrypts: bool) -> None:
    """See `check_library`."""
    if not encrypts:
        raise StoreError("this build of SQLite can't encrypt: apsw is installed in place of apsw-sqlite3mc")
    if tuple(int(part) for part in version.split(".")[:3]) < _OLDEST_SQLITE:
        wanted = ".".join(map(str, _OLDEST_SQLITE))
        raise StoreError(f"SQLite {version} can lose committed data; {wanted} or newer is needed")
