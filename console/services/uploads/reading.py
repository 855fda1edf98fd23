"""Reading a local file in a thread, and noticing when it is not what it was.

Everything here blocks: `console.services.uploads.file_source` calls it from threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import threading
from typing import TYPE_CHECKING

from console.model.file_trouble import FileChanged, FileGone
from console.services.uploads import media_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE_BYTES = 1024 * 1024
# A FIFO without a writer must not block, a link that was put in the file's place must not be followed.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_KINDS = (
    (stat.S_ISLNK, "it is a link; name the file that it leads to"),
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
)


class Reading:
    """One pass over a file. Calls follow one another, from whichever threads; `abandon` alone may come in between.

    Attributes:
        size_bytes: When it was opened.
        modified_ns: Likewise.
    """

    def __init__(self, path: Path, expected_sha256: str = "") -> None:
        """Args: path: Which file. expected_sha256: Of its content, when it was read before; empty otherwise."""
        self.size_bytes = -1
        self.modified_ns = -1
        self._path = path
        self._expected = expected_sha256
        self._lock = threading.Lock()
        self._abandoned = False
        self._hash = hashlib.sha256()
        self._read_bytes = 0
        self._fd = -1
        self._identity = (0, 0)

    def open(self) -> None:
        """Open it.

        Raises:
            FileGone: It is not there, can't be read, or is no regular file.
        """
        with self._held():
            if not self._expected:
                _refuse_irregular(os.lstat(self._path), self._path)  # before: opening a device can do something
            self._fd = os.open(self._path, _FLAGS)
            opened = os.fstat(self._fd)
            _refuse_irregular(opened, self._path)
            self._identity = (opened.st_dev, opened.st_ino)
            self.size_bytes, self.modified_ns = opened.st_size, opened.st_mtime_ns

    @property
    def sha256(self) -> str:
        """Of everything read so far."""
        return self._hash.hexdigest()

    @property
    def whole(self) -> bool:
        """Whether everything was read."""
        return self._read_bytes == self.size_bytes

    def piece(self) -> bytes:
        """The next 1 MiB or what is left; empty at the end, which comes only when the file is as it was.

        Raises:
            FileGone: It can't be read any more.
            FileChanged: It is no longer what it was when it was opened.
        """
        with self._held():
            return self._piece() if self._fd >= 0 else b""

    def media_type(self) -> str:
        """Of its content.

        Raises:
            FileGone: It can't be read any more.
        """
        with self._held():
            return media_type.media_type(self._read_at, self.size_bytes) if self._fd >= 0 else media_type.UNKNOWN

    def abandon(self) -> None:
        """Close it: now, or when the piece that is being read is there. Never waits for a disk."""
        self._abandoned = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except OSError as exc:
                raise _gone(exc, self._path) from exc
            finally:
                if self._abandoned:
                    self._close()

    def _piece(self) -> bytes:
        wanted = min(PIECE_BYTES, self.size_bytes - self._read_bytes)
        data = _exactly(self._fd, wanted)
        self._read_bytes += len(data)
        self._hash.update(data)
        if len(data) < wanted:
            raise FileChanged("it is shorter than it was", str(self._path))
        if self.whole and self._expected and self.sha256 != self._expected:
            raise FileChanged("its content is not what was checked", str(self._path))
        if len(data) == self.size_bytes and self._expected:
            # Read at once, and it is what it was: nothing else matters. Each look at it would cost a small file a wait
            # for the interpreter's lock, and there are thousands of them.
            self._close()
            return data
        now = os.fstat(self._fd)
        if (now.st_size, now.st_mtime_ns) != (self.size_bytes, self.modified_ns):
            raise FileChanged("it was written to while it was read", str(self._path))
        if self.whole:
            self._refuse_replaced()
        return data

    def _read_at(self, offset: int, count: int) -> bytes:
        os.lseek(self._fd, offset, os.SEEK_SET)
        return _exactly(self._fd, count)

    def _refuse_replaced(self) -> None:
        """Another file may have been put in its place; one that is gone by now was read in time."""
        with contextlib.suppress(FileNotFoundError):
            there = os.lstat(self._path)
            if (there.st_dev, there.st_ino) != self._identity:
                raise FileChanged("another file took its place while it was read", str(self._path))

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _exactly(fd: int, wanted: int) -> bytes:
    """So many bytes, fewer only at the end: a network drive may give them in parts."""
    data = os.read(fd, wanted)
    while 0 < len(data) < wanted and (more := os.read(fd, wanted - len(data))):
        data += more
    return data


def _refuse_irregular(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        said = next((words for is_kind, words in _KINDS if is_kind(found.st_mode)), "it is a device")
        raise FileGone(said, str(path))


def _gone(exc: OSError, path: Path) -> FileGone:
    match exc:
        case FileNotFoundError():
            said = "it is not there any more"
        case PermissionError():
            said = "it may not be read"
        case _:
            said = (exc.strerror or "it can't be read").lower()
    return FileGone(said, str(path))
