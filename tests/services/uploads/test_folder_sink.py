"""Downloads that are broken off at any moment leave nothing behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.model.upload import UploadProgress
from console.services.latest import Latest
from console.services.uploads.folder_sink import FolderSink

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("step", ["begin", "take"])
async def test_a_download_that_is_cancelled_while_the_disk_works_leaves_nothing(
    tmp_path: Path, step: str, turns: int
) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    sink = FolderSink(folder, "a.bin", Latest[UploadProgress | None](None))

    async def download() -> None:
        try:
            await sink.begin(name="a.bin", size_bytes=64 * MIB, media_type="")
            begun.set()
            await sink.take(bytes(64 * MIB))
        finally:
            await sink.abandon()

    begun = asyncio.Event()
    task = asyncio.ensure_future(download())
    if step == "take":
        await begun.wait()
    for _turn in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not list(folder.iterdir())
