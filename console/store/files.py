"""Files of the store: for this user only, replaced as a whole, never overwritten when they are damaged."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from typing import TYPE_CHECKING

from console.model.errors import StoreError, StoreFull
from console.paths import private_dir

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_PRIVATE = 0o600
_NO_SPACE = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_BINARY = getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def private_store_dir(folder: Path) -> None:
    """Make the store's folder, mode 0700 under any umask.

    Raises:
        StoreError: It can't be made, or belongs to another user.
    """
    try:
        private_dir(folder)
    except OSError as exc:
        raise StoreError(f"the folder can't be used: {exc.strerror or exc}", path=folder) from exc


def private_file(path: Path) -> bool:
    """Make sure that a file is there with mode 0600, under any umask. SQLite gives its -wal and -shm the same mode.

    Returns:
        True when the file was made now, empty.

    Raises:
        StoreError: It is a symbolic link or no file, belongs to another user, or can't be made.
    """
    try:
        with contextlib.suppress(FileExistsError):
            _create(path)
            return True
        _check_ours(path)
        path.chmod(_PRIVATE)
    except OSError as exc:
        raise StoreError(f"the file can't be used: {exc.strerror or exc}", path=path) from exc
    return False


def replace(path: Path, content: bytes) -> None:
    """Write a file as a whole, mode 0600: after a crash it has the old content or the new, on the disk.

    Raises:
        StoreFull: No space left; the old content stays.
        StoreError: It can't be written; the old content stays.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _create(partial, content)
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as exc:
        partial.unlink(missing_ok=True)
        raise _unwritten(exc, path) from exc


def publish(path: Path, content: bytes) -> bool:
    """Write a file that must not be there yet, as a whole.

    Returns:
        False when another process was first; its file is left as it is.

    Raises:
        StoreFull: No space left.
        StoreError: It can't be written.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _create(partial, content)
        try:
            os.link(partial, path)
        except FileExistsError:
            return False
        _sync_folder(path.parent)
    except OSError as exc:
        raise _unwritten(exc, path) from exc
    finally:
        partial.unlink(missing_ok=True)
    return True


def set_aside(path: Path, *, word: str, at: datetime) -> Path:
    """Rename a database nobody has open, with its -wal and -shm, to `NAME.WORD-TIME`; nothing is deleted.

    The -wal goes first: should only a part get done, a new database must never meet the old one's log.

    Returns:
        The new path of the database; its log lies beside it under the name SQLite expects.

    Raises:
        StoreError: The folder refuses the renaming.
    """
    kept = path.with_name(f"{path.name}.{word}-{at:%Y%m%dT%H%M%SZ}")
    count = 1
    while kept.exists():
        count += 1
        kept = path.with_name(f"{path.name}.{word}-{at:%Y%m%dT%H%M%SZ}-{count}")
    try:
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(kept.with_name(kept.name + suffix))
    except OSError as exc:
        raise StoreError(f"it can't be kept aside: {exc.strerror or exc}", path=path) from exc
    return kept


def _create(path: Path, content: bytes = b"") -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY | _NO_FOLLOW, _PRIVATE)
    with open(descriptor, "wb") as file:  # noqa: PTH123  (a path can't be opened with O_EXCL and a mode)
        if sys.platform != "win32":
            os.fchmod(descriptor, _PRIVATE)  # the umask may have taken more than it should
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _unwritten(exc: OSError, path: Path) -> StoreError:
    kind = StoreFull if exc.errno in _NO_SPACE else StoreError
    return kind(f"it can't be written: {exc.strerror or exc}", path=path)


def _check_ours(path: Path) -> None:
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise StoreError("it is a link or a device, not a file", path=path)
    if sys.platform != "win32" and facts.st_uid != os.getuid():
        raise StoreError("it belongs to another user", path=path)


def _sync_folder(folder: Path) -> None:
    """Make a new name last: on POSIX a file's entry is only safe once its folder is."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
