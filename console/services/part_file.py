"""A file that is not whole yet, beside those that are. Everything here blocks: called from threads."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, BinaryIO

from console.model.file_trouble import FileTrouble
from console.services.local_name import numbered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX = ".part"


class PartFile:
    """Calls follow one another; `discard` alone may come in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._discarded = False
        self._path: Path | None = None
        self._file: BinaryIO | None = None

    def create(self, name: str) -> None:
        """Begin one for a file that is to be called so.

        Raises:
            FileTrouble: The folder can't be written to.
        """
        with self._held():
            for candidate in numbered(name):
                path = self._folder / (candidate + SUFFIX)
                try:
                    self._file = path.open("xb")
                except FileExistsError:
                    continue
                self._path = path
                return

    def write(self, piece: bytes) -> None:
        """More of it.

        Raises:
            FileTrouble: There is no room, or the folder is gone.
        """
        with self._held():
            if self._file is not None:
                self._file.write(piece)

    def keep(self, name: str) -> Path:
        """It is whole: give it its name, or that with a number. Never takes another file's place.

        Raises:
            FileTrouble: It can't be kept.
        """
        with self._held():
            if self._file is None or self._path is None:
                raise FileTrouble("nothing came", str(self._folder))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            kept = _reserved(self._folder, name)
            try:
                self._path.replace(kept)
            except OSError:
                kept.unlink()
                raise
            self._path = None
            return kept

    def discard(self) -> None:
        """Leave nothing behind unless it was kept: now, or when what is being written is written. Never waits."""
        self._discarded = True
        if self._lock.acquire(blocking=False):
            try:
                self._remove()
            finally:
                self._lock.release()

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except OSError as exc:
                raise FileTrouble((exc.strerror or "it can't be written").lower(), str(self._folder)) from exc
            finally:
                if self._discarded:
                    self._remove()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):  # a full disk is told once
            if self._file is not None:
                self._file.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            self._path = None


def _reserved(folder: Path, name: str) -> Path:
    """An empty file of an unused name: ours, so that it may be replaced."""
    names = numbered(name)
    while True:
        path = folder / next(names)
        with contextlib.suppress(FileExistsError):
            path.open("xb").close()
            return path
