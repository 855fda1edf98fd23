"""The settings file on disk: replaced as a whole and in one step, by one writer at a time, never over what changed."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.errors import SettingsError
from console.settings.document import SIZE_LIMIT_BYTES, Unreadable, changed, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TRIES = 5
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_MARK = b"\xef\xbb\xbf"  # some editors begin the file with it


class SettingsFile:
    """One TOML file. Everything blocks; nothing is kept between calls but the path.

    Attributes:
        path: Where it is, or will be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        """The text; empty when there is no file.

        Raises:
            SettingsError: It can't be read.
        """
        return self._text(self._bytes())

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever the file does, as far as the file system tells."""
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def change(self, changes: Mapping[tuple[str, ...], object]) -> None:
        """Set keys, or take them out; see `document.changed`. What others wrote meanwhile is kept.

        Raises:
            SettingsError: It can't be understood, can't be changed without loss, or can't be written.
        """
        self._replace(lambda text: changed(text, changes))

    def repair(self, changes: Mapping[tuple[str, ...], object]) -> Path | None:
        """Put a file that can't be understood aside and begin a new one with these keys.

        Returns:
            Where the old one is kept; None when the file can be understood, and only the keys were set.

        Raises:
            SettingsError: The folder can't be written.
        """
        kept: Path | None = None
        with self._alone():
            try:
                parse(self.read())
            except (Unreadable, SettingsError):
                kept = self._put_aside()
        self.change(changes)
        return kept

    def broken(self, detail: str) -> SettingsError:
        """The error that says so of this file."""
        return SettingsError(f"{self.path.name}: {detail}", kept_as=self.path)

    def _put_aside(self) -> Path:
        moment = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        kept = self.path.with_name(f"{self.path.name}.broken-{moment}")
        count = 1
        while kept.exists():
            count += 1
            kept = self.path.with_name(f"{self.path.name}.broken-{moment}-{count}")
        try:
            self.path.rename(kept)
        except OSError as exc:
            raise self._not_written(exc) from exc
        return kept

    def _bytes(self) -> bytes:
        try:
            found = self.path.stat()
            if not stat.S_ISREG(found.st_mode):
                raise self.broken(tr("it is no file"))
            if found.st_size > SIZE_LIMIT_BYTES:
                raise self.broken(tr("it is larger than {count} KiB", count=SIZE_LIMIT_BYTES >> 10))
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as exc:
            raise self.broken(tr("it can't be read ({reason})", reason=exc.strerror)) from exc

    def _text(self, raw: bytes) -> str:
        try:
            return raw.removeprefix(_MARK).decode()
        except UnicodeDecodeError as exc:
            line = raw.count(b"\n", 0, exc.start) + 1
            raise self.broken(tr("it can't be read: line {line} is not UTF-8", line=line)) from exc

    def _replace(self, edit: Callable[[str], str]) -> None:
        """Replace the file in one step: a crash leaves the old one or the new one."""
        with self._alone():
            for _ in range(_TRIES):
                raw = self._bytes()
                try:
                    text = edit(before := self._text(raw))
                except Unreadable as exc:
                    raise self.broken(tr("it can't be read: {detail}", detail=str(exc))) from exc
                if text == before:
                    return
                if self._swap(raw, text):
                    return
        raise self.broken(tr("another program writes it all the time"))

    def _swap(self, expected: bytes, text: str) -> bool:
        """Write the text if the file still holds what was expected; an editor may have saved it meanwhile."""
        target = self.path.resolve()  # a link stays a link
        try:
            if target.exists() and not target.stat().st_mode & _WRITABLE:
                raise PermissionError(13, tr("it is marked read-only"))
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".settings-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text.encode())
                    file.flush()
                    os.fsync(file.fileno())
                if self._bytes() != expected:
                    Path(temporary).unlink()
                    return False
                Path(temporary).replace(target)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
                raise
        except OSError as exc:
            raise self._not_written(exc) from exc
        _settle(target.parent)
        return True

    def _not_written(self, error: OSError) -> SettingsError:
        return SettingsError(
            tr("{file} can't be written: {reason}", file=self.path.name, reason=error.strerror or str(error))
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock that every writer of this program takes: window and command line write one after the other."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = _locked(self.path)
        except OSError as exc:
            raise self._not_written(exc) from exc
        try:
            yield
        finally:
            os.close(descriptor)  # ends the lock too


def _settle(folder: Path) -> None:
    """Have the folder's entry on disk too; not every system can."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _locked(path: Path) -> int:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        with contextlib.suppress(OSError):  # tried for ten seconds; what changes meanwhile is noticed all the same
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        return descriptor
else:
    import fcntl

    def _locked(path: Path) -> int:
        descriptor = os.open(path.parent, os.O_RDONLY)  # the folder itself: no file is left behind
        with contextlib.suppress(OSError):  # some network file systems have none; changes are noticed all the same
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor
