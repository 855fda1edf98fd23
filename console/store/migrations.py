"""Bringing a database's tables up to date: in one transaction, with a copy of the old file first."""

from __future__ import annotations

import contextlib
import glob
import logging
import time
from typing import TYPE_CHECKING

from console.model.errors import StoreOtherBuild, StoreTooNew
from console.store.files import private_file
from console.store.schema import difference
from console.store.transaction import transact

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from console.store.encrypted_file import EncryptedFile

_log = logging.getLogger(__name__)

COPY_KEPT_S = 14 * 86_400.0  # long enough to go back to the program before; a copy may be as large as the file


def migrate(connection: apsw.Connection, file: EncryptedFile) -> Path | None:
    """Apply the steps that the file has not seen; its `user_version` counts them.

    Killed at any point the file is as it was before, or as it is after. A file with content is copied first, to
    `NAME.before-VERSION`, encrypted with the same key. There is one such copy at most, for two weeks.

    Args:
        connection: Open for writing, outside a transaction.
        file: What it is connected to.

    Returns:
        The copy, if one was made now.

    Raises:
        StoreOtherBuild: The file has not the tables that its version says; it is left as it is.
        StoreTooNew: The file has seen more steps than there are; it is left as it is.
        apsw.Error: Anything else; the file is left as it is.
    """
    steps = file.layout.steps
    # Of one moment: another process may be bringing it up to date just now.
    seen, missing = transact(connection, "BEGIN", lambda db: _look(db, file))
    if seen > len(steps):
        raise StoreTooNew(f"its tables are of version {seen}; this program knows {len(steps)}", path=file.path)
    if missing:
        raise StoreOtherBuild(f"its tables are of version {seen}, but {missing}", path=file.path)
    if seen == len(steps):
        _drop_copies(file, older_than_s=COPY_KEPT_S)
        return None
    copy = _copy(connection, file) if seen > 0 else None

    def apply(connection: apsw.Connection) -> None:
        for step in steps[_version(connection) :]:  # read again: another process may have been first
            connection.execute(step)
        connection.pragma("user_version", len(steps))

    transact(connection, "BEGIN IMMEDIATE", apply)
    _drop_copies(file, all_but=copy)
    return copy


def _look(connection: apsw.Connection, file: EncryptedFile) -> tuple[int, str]:
    """How many steps the file has seen, and what it lacks for that."""
    seen, steps = _version(connection), file.layout.steps
    return seen, difference(connection, steps[:seen]) if 0 < seen <= len(steps) else ""


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def _copy(connection: apsw.Connection, file: EncryptedFile) -> Path:
    target = file.path.with_name(f"{file.path.name}.before-{len(file.layout.steps)}")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    private_file(partial)
    copy = file.connect_copy(partial)
    try:
        with copy.backup("main", connection, "main") as backup:
            backup.step(-1)
        copy.pragma("journal_mode", "DELETE")  # fold the log in: the copy is one file
    finally:
        copy.close()
    partial.replace(target)
    return target


def _drop_copies(file: EncryptedFile, *, all_but: Path | None = None, older_than_s: float = 0.0) -> None:
    """Drop copies of before; one that can't be dropped now is dropped at another opening."""
    until = time.time() - older_than_s
    for copy in file.path.parent.glob(f"{glob.escape(file.path.name)}.before-*"):
        with contextlib.suppress(OSError):
            if copy != all_but and copy.stat().st_mtime <= until:
                copy.unlink()
                _log.info("%s is no longer kept", copy.name)
