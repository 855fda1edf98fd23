"""Downloads that become files, or leave nothing behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from console.model.file_trouble import FileTrouble
from console.services.arriving_file import ArrivingFile

if TYPE_CHECKING:
    from pathlib import Path


async def arrive(folder: Path, said: str, content: bytes = b"content", name: str = "") -> Path:
    async with ArrivingFile(folder, name=name) as arriving:
        await arriving.begin(name=said, size_bytes=len(content), media_type="text/plain")
        await arriving.take(content)
        return await arriving.keep()


async def test_a_download_gets_an_unused_name(tmp_path: Path) -> None:  # fault 124
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "a (2).txt").mkdir()
    assert await arrive(tmp_path, "../a.txt") == tmp_path / "a (3).txt"
    assert (tmp_path / "a (3).txt").read_bytes() == b"content"
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert not list(tmp_path.glob("*.part"))


async def test_the_name_known_here_stands_in_for_a_missing_one(tmp_path: Path) -> None:
    assert (await arrive(tmp_path, "", name="known/../report.pdf")).name == "report.pdf"
    assert (await arrive(tmp_path, "..")).name == "document"


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links there")
async def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:  # faults 123 and 124
    target = tmp_path / "target"
    for name in ("a.txt", "a.txt.part"):
        (tmp_path / name).symlink_to(target)
    assert await arrive(tmp_path, "a.txt") == tmp_path / "a (2).txt"
    assert not target.exists()


async def test_what_broke_off_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    async with ArrivingFile(folder) as arriving:
        await arriving.begin(name="a.txt", size_bytes=None, media_type="")
        await arriving.take(b"half")
        assert [path.name for path in folder.iterdir()] == ["a.txt.part"]
    assert not list(folder.iterdir())


async def test_two_of_a_name_do_not_mix(tmp_path: Path) -> None:
    async with ArrivingFile(tmp_path) as one, ArrivingFile(tmp_path) as two:
        for number, arriving in enumerate((one, two)):
            await arriving.begin(name="a.txt", size_bytes=None, media_type="")
            await arriving.take(f"{number}".encode())
        kept = [await two.keep(), await one.keep()]
    assert [path.name for path in kept] == ["a.txt", "a (2).txt"]
    assert [path.read_text() for path in kept] == ["1", "0"]


async def test_a_folder_that_is_gone_is_trouble_of_a_file(tmp_path: Path) -> None:  # fault 123
    async with ArrivingFile(tmp_path / "gone") as arriving:
        with pytest.raises(FileTrouble, match="gone"):
            await arriving.begin(name="a.txt", size_bytes=None, media_type="")
        with pytest.raises(FileTrouble, match="nothing came"):
            await arriving.keep()


async def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    async with ArrivingFile(tmp_path, arrived=lambda *now: told.append(now)) as arriving:
        await arriving.begin(name="a.txt", size_bytes=7, media_type="")
        await arriving.take(b"cont")
        await arriving.take(b"ent")
        await arriving.keep()
    assert told == [(0, 7), (4, 7), (7, 7)]
