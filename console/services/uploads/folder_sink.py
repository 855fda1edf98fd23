"""A download on its way into a folder: under a name of its own until it is whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from console.i18n import tr
from console.model.errors import ConnectionLost
from console.model.file_trouble import FileTrouble
from console.model.upload import UploadProgress
from console.services.unbroken import unbroken
from console.services.uploads.download_names import numbered, offered_name, safe_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.services.latest import Latest

_PIECE_BYTES = 1024 * 1024
_TELL_S = 0.1


class FolderSink:
    """See `console.api.sending.Sink`. `finish` gives the file its name; `abandon` leaves nothing behind.

    Args:
        folder: Where the file goes.
        name: What it is called when the answer does not say.
        progress: Told how far it is.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        progress: Latest[UploadProgress | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._name = name
        self._progress = progress
        self._monotonic = monotonic
        self._waiting = bytearray()
        self._file: IO[bytes] | None = None
        self._temporary: Path | None = None
        self._size_bytes: int | None = None
        self._came_bytes = 0
        self._began = self._told = 0.0

    async def begin(self, *, name: str, size_bytes: int | None, media_type: str) -> None:
        """See the port. Begins anew when the request was repeated.

        Raises:
            FileTrouble: The folder can't be written.
        """
        del media_type
        await self.abandon()
        self._name = offered_name(name) or self._name
        self._size_bytes = size_bytes
        self._came_bytes = 0
        self._began = self._monotonic()
        await self._work(self._open)
        self._tell()

    async def take(self, piece: bytes) -> None:
        """See the port.

        Raises:
            FileTrouble: It can't be written.
        """
        self._waiting += piece
        self._came_bytes += len(piece)
        if len(self._waiting) >= _PIECE_BYTES:
            await self._work(self._write)
        if self._monotonic() - self._told >= _TELL_S:
            self._tell()

    async def finish(self) -> Path:
        """The whole file, under a safe name that was not taken.

        Raises:
            FileTrouble: It can't be written.
            ConnectionLost: It is shorter than was promised.
        """
        if self._file is None or (self._size_bytes is not None and self._came_bytes != self._size_bytes):
            raise ConnectionLost(tr("the document is not whole"))
        path = await self._work(self._place)
        self._tell()
        return path

    async def abandon(self) -> None:
        """What is not finished goes."""
        self._waiting.clear()
        file, self._file = self._file, None
        temporary, self._temporary = self._temporary, None
        if file is not None and temporary is not None:
            await asyncio.to_thread(_discard, file, temporary)

    def _tell(self) -> None:
        self._told = self._monotonic()
        rate, left = None, None
        if (took_s := self._told - self._began) > 0 and self._came_bytes:
            rate = self._came_bytes / took_s
            left = (self._size_bytes - self._came_bytes) / rate if self._size_bytes is not None else None
        # Without a promise the total is what came so far: nobody knows more.
        total = self._size_bytes if self._size_bytes is not None else self._came_bytes
        self._progress.set(
            UploadProgress(sent_bytes=self._came_bytes, total_bytes=total, rate_bps=rate, remaining_s=left)
        )

    async def _work(self, act: Callable[[], Path]) -> Path:
        """In a thread, to its end also when cancelled: what it works on is discarded then."""
        try:
            return await unbroken(asyncio.to_thread(act))
        except OSError as exc:
            raise FileTrouble(exc.strerror or str(exc), str(self._folder)) from exc

    def _open(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".gatewatch-", suffix=".part")
        self._file, self._temporary = os.fdopen(handle, "wb"), Path(name)
        return self._temporary

    def _write(self) -> Path:
        if self._file is not None:
            self._file.write(self._waiting)
            self._waiting.clear()
        return self._folder

    def _place(self) -> Path:
        """Under the first name that is free; it is taken before anything is put there."""
        self._write()
        file, temporary = self._file, self._temporary
        if file is None or temporary is None:
            raise FileNotFoundError(self._folder)
        file.flush()
        os.fsync(file.fileno())
        file.close()
        for name in numbered(safe_name(self._name)):
            path = self._folder / name
            try:
                path.open("xb").close()
            except FileExistsError:
                continue
            try:
                temporary.replace(path)
            except OSError:
                path.unlink(missing_ok=True)
                raise
            self._file = self._temporary = None
            return path
        raise FileExistsError(self._folder)


def _discard(file: IO[bytes], path: Path) -> None:
    with contextlib.suppress(OSError):  # a disk that is full or gone: what is left is said by what failed
        file.close()
    with contextlib.suppress(OSError):
        path.unlink()
