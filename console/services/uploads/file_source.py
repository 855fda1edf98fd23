"""A local file that is read while it is sent, and is what was checked or is not sent."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a file was when it was looked through.

    Attributes:
        size_bytes: Of its content.
        modified_ns: As `os.stat` gives it.
        sha256: Of its content, lower-case hex.
        media_type: By content.
    """

    size_bytes: int
    modified_ns: int
    sha256: str
    media_type: str


async def check(path: Path) -> Checked:
    """Read a file through, off the loop's thread: what it is. Cancelled, it stops at the next piece.

    Raises:
        FileGone: It is not there, can't be read, or is no regular file.
        FileChanged: It changed while it was read.
    """
    raise NotImplementedError


class LocalFile:
    """A `console.api.sending.FileSource` over a file as it was checked."""

    def __init__(self, path: Path, *, size_bytes: int, modified_ns: int, sha256: str) -> None:
        self.path = path
        self._size_bytes = size_bytes
        self._modified_ns = modified_ns
        self._sha256 = sha256

    @property
    def size_bytes(self) -> int:
        """As it was checked."""
        return self._size_bytes

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Pieces of 1 MiB at most; the end comes only when all of it is what was checked.

        Raises:
            FileGone: It is not there any more, can't be read, or is no regular file.
            FileChanged: It is no longer what was checked.
        """
        raise NotImplementedError
        yield
