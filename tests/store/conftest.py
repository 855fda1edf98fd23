"""Real encrypted files in a folder of the test's own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from console.store.database import Database
from console.store.encrypted_file import EncryptedFile, Layout
from console.store.key import DataKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOTES = Layout(name="notes.db", durable=True, steps=("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)",))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that can be killed."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(program: str, *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of a Python process."""
    with start(program, *arguments) as process:
        output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


class Shelf:
    """Opens databases in one folder and closes what a test leaves open."""

    def __init__(self, folder: Path, exits: AsyncExitStack) -> None:
        self.folder = folder
        self.key = DataKey(b"k" * 32)
        self._exits = exits

    def file(self, layout: Layout = NOTES, *, busy_timeout_s: float = 0.05) -> EncryptedFile:
        path = self.folder / layout.name
        return EncryptedFile(path, self.key.for_file(layout.name), layout, busy_timeout_s)

    async def open(self, layout: Layout = NOTES, *, busy_timeout_s: float = 0.05) -> Database:
        database = await Database.open(self.file(layout, busy_timeout_s=busy_timeout_s))
        self._exits.push_async_callback(database.close)
        return database


@pytest.fixture
def store_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
async def shelf(store_dir: Path) -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as exits:
        yield Shelf(store_dir, exits)
