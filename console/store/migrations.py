"""Bringing a database's tables up to date: in one transaction, with a copy of the old file first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.errors import StoreTooNew
from console.store.files import private_file
from console.store.transaction import transact

if TYPE_CHECKING:
    import apsw

    from console.store.encrypted_file import EncryptedFile


def migrate(connection: apsw.Connection, file: EncryptedFile) -> None:
    """Apply the steps that the file has not seen; its `user_version` counts them.

    Killed at any point the file is as it was before, or as it is after. A file with content is copied first, to
    `NAME.before-VERSION`, encrypted with the same key.

    Args:
        connection: Open for writing, outside a transaction.
        file: What it is connected to.

    Raises:
        StoreTooNew: The file has seen more steps than there are; it is left as it is.
        apsw.Error: Anything else; the file is left as it is.
    """
    steps = file.layout.steps
    seen = _version(connection)
    if seen > len(steps):
        raise StoreTooNew(f"its tables are of version {seen}; this program knows {len(steps)}", path=file.path)
    if seen == len(steps):
        return
    if seen > 0:
        _copy(connection, file)

    def apply(connection: apsw.Connection) -> None:
        for step in steps[_version(connection) :]:  # read again: another process may have been first
            connection.execute(step)
        connection.pragma("user_version", len(steps))

    transact(connection, "BEGIN IMMEDIATE", apply)


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def _copy(connection: apsw.Connection, file: EncryptedFile) -> None:
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
