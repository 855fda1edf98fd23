"""Local files as what is sent: read off the loop's thread, and what was checked or not sent at all."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from console.model.file_trouble import FileChanged
from console.services.uploads.reading import Reading
from console.services.uploads.threads import Threads

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

THREADS = 4
_PIECES_A_TURN = 32  # as long as a cancelled check may go on


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


class Files:
    """Threads that read files. Closed by whoever made it; a disk that hangs holds back only other files."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = Threads(threads, "gatewatch-file")

    def close(self) -> None:
        """Read nothing more. Waits for nobody."""
        self._threads.close()

    async def check(self, path: Path) -> Checked:
        """Read a file through: what it is. Cancelled, it stops at the next piece.

        Raises:
            FileGone: It is not there, can't be read, or is no regular file.
            FileChanged: It changed while it was read.
        """
        reading = Reading(path)
        try:
            await self._threads.run(reading.open)
            while await self._threads.run(lambda: _some(reading)):
                pass
            kind = await self._threads.run(reading.media_type)
        finally:
            reading.abandon()
        return Checked(
            size_bytes=reading.size_bytes,
            modified_ns=reading.modified_ns,
            sha256=reading.sha256,
            media_type=kind,
        )

    def source(self, path: Path, *, size_bytes: int, modified_ns: int, sha256: str) -> LocalFile:
        """A file as it was checked, to be sent."""
        return LocalFile(path, size_bytes=size_bytes, modified_ns=modified_ns, sha256=sha256, threads=self._threads)


class LocalFile:
    """A `console.api.sending.FileSource` over a file as it was checked."""

    def __init__(self, path: Path, *, size_bytes: int, modified_ns: int, sha256: str, threads: Threads) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._modified_ns = modified_ns
        self._sha256 = sha256
        self._threads = threads

    @property
    def size_bytes(self) -> int:
        """As it was checked."""
        return self._size_bytes

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Pieces of 1 MiB at most, the next being read while one is sent; see `FileSource`.

        Raises:
            FileGone: It is not there any more, can't be read, or is no regular file.
            FileChanged: It is no longer what was checked: noticed before its last piece is given.
        """
        reading = Reading(self._path, self._sha256)
        try:
            first = await self._threads.run(lambda: self._first(reading))
            async with aclosing(self._pieces(reading, first)) as pieces:
                yield pieces
        finally:
            reading.abandon()

    def _first(self, reading: Reading) -> bytes:
        reading.open()
        if (reading.size_bytes, reading.modified_ns) != (self._size_bytes, self._modified_ns):
            raise FileChanged("it was written to since it was checked", str(self._path))
        return reading.piece()

    async def _pieces(self, reading: Reading, first: bytes) -> AsyncGenerator[bytes, None]:
        piece = first
        while not reading.whole:
            ahead = self._threads.run(reading.piece)
            try:
                yield piece
            finally:
                ahead.add_done_callback(_retrieved)
            piece = await ahead
        if piece:
            yield piece


def _some(reading: Reading) -> bool:
    """Read on for a while; whether there is more."""
    for _ in range(_PIECES_A_TURN):
        reading.piece()
        if reading.whole:
            return False
    return True


def _retrieved(ahead: asyncio.Future[bytes]) -> None:
    """Whoever does not wait for it any more does not want to know either."""
    if not ahead.cancelled():
        ahead.exception()
