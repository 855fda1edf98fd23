"""What a drop or a selection holds: regular files, found without following links. Runs off the loop's thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import threading
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.upload import FileVersion
from console.services.upload_ports import Refusal, Survey
from console.services.uploads.intake import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

# By number: the standard library names them on Windows only.
_HIDDEN_ATTRIBUTE = 0x2
_LINK_TAGS = frozenset({0xA0000003, 0xA000000C})  # junction, symbolic link


class _Broken(Exception):
    """Nobody waits for it any more."""


async def survey(paths: Sequence[Path]) -> Survey:
    """Look through files and folders; see `console.services.upload_ports.UploadQueue.survey`.

    What is named itself is taken though it is hidden; in folders hidden files and folders are left out. Cancelling it
    ends the thread's work at the next file.
    """
    broken = threading.Event()
    try:
        return await asyncio.to_thread(_survey, [os.fspath(path) for path in paths], broken)
    finally:
        broken.set()


def versions(folder: str, broken: threading.Event) -> tuple[FileVersion, ...]:
    """The files that a drop of the folder would queue, as they are now; none once it is broken off. Blocks.

    Raises:
        OSError: The folder itself can't be looked into.
    """
    folder = os.path.realpath(folder)
    with os.scandir(folder):
        pass
    with contextlib.suppress(_Broken):
        return tuple(
            FileVersion(path, found.st_size, found.st_mtime_ns) for path, found in _found([folder], [], broken)
        )
    return ()


def _survey(paths: Iterable[str], broken: threading.Event) -> Survey:
    files: dict[str, str] = {}
    refused: list[Refusal] = []
    total = 0
    with contextlib.suppress(_Broken):
        for path, found in _found((os.path.abspath(path) for path in paths), refused, broken):  # noqa: PTH100  (10,000)
            if (known := os.path.normcase(path)) not in files:
                files[known] = path
                total += found.st_size
    return Survey(files=tuple(files.values()), total_bytes=total, refused=tuple(refused))


def _found(
    paths: Iterable[str], refused: list[Refusal], broken: threading.Event
) -> Iterator[tuple[str, os.stat_result]]:
    """Regular files and what the file system says of them, depth first, by name in each folder."""
    left = list(paths)
    left.reverse()
    while left:
        if broken.is_set():
            raise _Broken
        path = left.pop()
        try:
            found = os.lstat(path)
        except (OSError, ValueError) as exc:
            refused.append(Refusal(path=shown(path), kind=None, reason=_why(exc)))
            continue
        if reason := _unfit(path, found):
            refused.append(Refusal(path=shown(path), kind=None, reason=reason))
        elif stat.S_ISDIR(found.st_mode):
            left.extend(_inside(path, refused))
        else:
            yield path, found


def _inside(folder: str, refused: list[Refusal]) -> Sequence[str]:
    """What a folder holds that is not hidden, last first."""
    inside = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if _is_hidden(entry):
                    refused.append(Refusal(path=shown(entry.path), kind=None, reason=tr("hidden")))
                else:
                    inside.append((entry.name.casefold(), entry.path))
    except OSError as exc:
        refused.append(Refusal(path=shown(folder), kind=None, reason=_why(exc)))
    return [path for _name, path in sorted(inside, reverse=True)]


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    if os.name != "nt":
        return False
    try:
        return bool(getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0) & _HIDDEN_ATTRIBUTE)
    except OSError:
        return False  # said when it is looked at


def _unfit(path: str, found: os.stat_result) -> str:
    """Why this is nothing to send; empty when it is a folder or a regular file."""
    if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) in _LINK_TAGS:
        return tr("a link, which is not followed")
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        return tr("no regular file")
    try:
        path.encode()
    except UnicodeEncodeError:
        return tr("its name is no text")
    return ""


def _why(exc: OSError | ValueError) -> str:
    match exc:
        case FileNotFoundError():
            return tr("not there")
        case PermissionError():
            return tr("may not be read")
        case OSError(strerror=str()):
            return tr("can't be read: {reason}", reason=exc.strerror)
        case _:
            return tr("can't be read")
