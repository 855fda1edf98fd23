"""Local files that are read while they are sent: real files, each wrong in its own way."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.model.file_trouble import FileChanged, FileGone, FileTrouble
from console.services.uploads.file_source import Files
from console.services.uploads.reading import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from console.services.uploads.file_source import Checked, LocalFile

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


@pytest.fixture
def files() -> Iterator[Files]:
    pool = Files()
    yield pool
    pool.close()


def source(files: Files, path: Path, checked: Checked) -> LocalFile:
    return files.source(path, size_bytes=checked.size_bytes, modified_ns=checked.modified_ns, sha256=checked.sha256)


async def read(
    whole: LocalFile, after_first: Callable[[], object] = lambda: None, given: list[bytes] | None = None
) -> list[bytes]:
    given = [] if given is None else given
    async with whole.open() as pieces:
        async for piece in pieces:
            given.append(piece)
            if len(given) == 1:
                after_first()
    return given


def open_files() -> set[str]:
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return found


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES + 7])
async def test_a_file_comes_whole_and_as_often_as_it_is_asked_for(
    files: Files, tmp_path: Path, size: int
) -> None:  # fault 82
    path, content = tmp_path / "a.bin", os.urandom(size)
    path.write_bytes(content)
    checked = await files.check(path)
    assert checked.size_bytes == size
    assert checked.sha256 == hashlib.sha256(content).hexdigest()
    whole = source(files, path, checked)
    for _ in range(2):
        given = await read(whole)
        assert b"".join(given) == content
        assert all(0 < len(piece) <= PIECE_BYTES for piece in given)


async def test_the_loop_goes_on_while_a_file_is_read(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(64 * PIECE_BYTES))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await files.check(path)
    turning.cancel()
    assert turns > 100


@posix
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (getattr(os, "mkfifo", None), "it is a pipe"),
        (lambda path: path.mkdir(), "it is a folder"),
        (lambda path: path.symlink_to("target.txt"), "it is a link"),
        (lambda path: path.symlink_to(path), "it is a link"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a link"),
        (lambda _path: None, "it is not there"),
    ],
    ids=["pipe", "folder", "link", "loop", "link to a device", "nothing"],
)
async def test_what_is_no_regular_file_is_refused_and_never_waited_for(
    files: Files, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:  # faults 75 and 82
    (tmp_path / "target.txt").write_text("content")
    path = tmp_path / "odd"
    make(path)
    with pytest.raises(FileGone, match=words):
        await asyncio.wait_for(files.check(path), 10)


@posix
async def test_a_device_is_not_even_opened(files: Files) -> None:  # fault 82
    with pytest.raises(FileGone, match="it is a device"):
        await files.check(Path("/dev/zero"))


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read_says_so(files: Files, tmp_path: Path) -> None:  # fault 75
    path = tmp_path / "secret.txt"
    path.write_text("content")
    path.chmod(0)
    with pytest.raises(FileGone, match="may not be read"):
        await files.check(path)


async def test_a_folder_on_the_way_that_is_a_file_is_trouble_of_the_file(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    with pytest.raises(FileGone):
        await files.check(tmp_path / "file" / "a.txt")


def appended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(3 * PIECE_BYTES)
        file.write(b"other")


def truncated(path: Path) -> None:
    os.truncate(path, PIECE_BYTES + 1)


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


CHANGES = [appended, overwritten, truncated, replaced]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_file_that_changes_while_it_is_read_never_comes_whole(
    files: Files, tmp_path: Path, change: Callable[[Path], None]
) -> None:  # faults 74, 76 and 82
    path = tmp_path / "a.log"
    path.write_bytes(os.urandom(6 * PIECE_BYTES))
    whole = source(files, path, await files.check(path))
    given: list[bytes] = []
    with pytest.raises(FileChanged):
        await read(whole, lambda: change(path), given)
    assert len(given) < 6


@pytest.mark.parametrize("change", [*CHANGES[:3], lambda path: path.unlink()])
async def test_a_file_that_changed_since_it_was_checked_is_not_begun(
    files: Files, tmp_path: Path, change: Callable[[Path], None]
) -> None:  # faults 74 and 75
    path = tmp_path / "a.log"
    path.write_bytes(os.urandom(6 * PIECE_BYTES))
    whole = source(files, path, await files.check(path))
    change(path)
    with pytest.raises(FileTrouble):
        await read(whole)


async def test_other_content_of_the_same_size_and_time_is_noticed_before_the_last_piece(
    files: Files, tmp_path: Path
) -> None:  # fault 74
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(3 * PIECE_BYTES))
    checked = await files.check(path)
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(checked.modified_ns, checked.modified_ns))
    given: list[bytes] = []
    with pytest.raises(FileChanged, match="not what was checked"):
        await read(source(files, path, checked), given=given)
    assert len(given) < 3


async def test_a_file_that_is_gone_after_it_was_opened_is_still_read(files: Files, tmp_path: Path) -> None:
    path, content = tmp_path / "a.bin", os.urandom(3 * PIECE_BYTES)
    path.write_bytes(content)
    whole = source(files, path, await files.check(path))
    assert b"".join(await read(whole, after_first=path.unlink)) == content


@posix
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="nothing lists what is open")
async def test_a_reader_that_gives_up_leaves_nothing_open(files: Files, tmp_path: Path) -> None:  # fault 79
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(8 * PIECE_BYTES))
    checked = await files.check(path)

    async def first_piece() -> AsyncGenerator[bytes, None]:
        async with source(files, path, checked).open() as pieces:
            async for piece in pieces:
                yield piece

    for _ in range(20):
        async with contextlib.aclosing(first_piece()) as pieces:
            await anext(pieces)
        checking = asyncio.create_task(files.check(path))
        await asyncio.sleep(0)
        checking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await checking
    while str(path) in open_files():
        await asyncio.sleep(0.01)


async def test_a_closed_pool_reads_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"content")
    pool = Files()
    pool.close()
    with pytest.raises(RuntimeError):
        await pool.check(path)
