"""What a drop holds: regular files, whatever else lies among them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from console.services.uploads import survey as surveying
from console.services.uploads.survey import survey


async def test_files_and_folders_in_order_with_their_sizes(tmp_path: Path) -> None:
    for name in ("b.txt", "a/2.txt", "a/1.txt", "C.txt"):
        path = tmp_path / "drop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    found = await survey([tmp_path / "drop", tmp_path / "drop" / "b.txt"])
    assert [Path(file).relative_to(tmp_path / "drop").as_posix() for file in found.files] == [
        "a/1.txt", "a/2.txt", "b.txt", "C.txt",
    ]  # fmt: skip
    assert found.total_bytes == sum(len(name) for name in ("b.txt", "a/2.txt", "a/1.txt", "C.txt"))
    assert found.refused == ()


@pytest.mark.skipif(sys.platform == "win32", reason="makes links and special files")
async def test_only_local_regular_files_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # fault 82, fault 125
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "empty").touch()
    (drop / ".hidden").write_text("h", encoding="utf-8")
    (drop / ".git").mkdir()
    (drop / ".git" / "config").touch()
    (drop / "loop").symlink_to(drop)
    (drop / "link").symlink_to(drop / "empty")
    (drop / "dangling").symlink_to(drop / "nowhere")
    os.mkfifo(drop / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(drop)  # the path of a socket has to be short
        listener.bind("socket")
    with (drop / "sparse").open("wb") as sparse:
        sparse.truncate(5 << 30)
    os.close(os.open(os.fsencode(drop) + b"/bad\xff", os.O_CREAT))
    found = await survey([drop, drop / "not there", Path("/dev/null")])
    assert [Path(file).name for file in found.files] == ["empty", "sparse"]
    assert found.total_bytes == 5 << 30
    refused = {Path(refusal.path).name: refusal.reason for refusal in found.refused}
    assert set(refused) == {
        ".hidden", ".git", "loop", "link", "dangling", "pipe", "socket", "bad\ufffd", "not there", "null",
    }  # fmt: skip
    assert all(refused.values())
    assert refused["pipe"] == refused["socket"] == refused["null"] == "no regular file"


async def test_what_is_named_itself_may_be_hidden(tmp_path: Path) -> None:
    (tmp_path / ".notes").touch()
    assert len((await survey([tmp_path / ".notes"])).files) == 1


async def test_ten_thousand_files_are_counted(tmp_path: Path) -> None:
    # fault 125
    for folder in range(100):
        path = tmp_path / f"{folder:02}"
        path.mkdir()
        for number in range(100):
            os.close(os.open(path / f"{number:02}", os.O_CREAT))
    assert len((await survey([tmp_path])).files) == 10_000


async def test_a_survey_that_nobody_waits_for_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    looking, ended, go_on = threading.Event(), threading.Event(), threading.Event()
    look = surveying._unfit  # noqa: SLF001  (where the disk may hang)

    def slow(path: str, found: os.stat_result) -> str:
        looking.set()
        go_on.wait(10)
        ended.set()
        return look(path, found)

    monkeypatch.setattr(surveying, "_unfit", slow)
    task = asyncio.ensure_future(survey([tmp_path]))
    await asyncio.to_thread(looking.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 10)
