"""A lock leaves nothing on screen or in the window's objects; the passphrase brings it back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.composition import open_console
from console.model.record import RecordKind, RecordQuery
from console.paths import Home
from console.store.key import Passphrase
from tests.app.test_run import ended, program

if TYPE_CHECKING:
    from pathlib import Path


async def test_locking_empties_the_window_and_the_passphrase_brings_it_back(tmp_path: Path) -> None:  # fault 108
    async with program("lock", tmp_path / "h", GATEWATCH_PASSPHRASE="correct horse") as process:
        code, out, err = await asyncio.wait_for(ended(process), 60)
    assert out.splitlines() == ["open", "shown", "asked", "gone", "copied: ''", "back", "asked", "again"], (
        err
    )  # fault 126
    assert code == 0
    assert "Traceback" not in err
    async with open_console(Home.find(tmp_path / "h"), Passphrase("correct horse")) as console:
        done = (await console.record.entries(RecordQuery(kinds=(RecordKind.ACTION,)))).entries
    assert [entry.text for entry in done[:3]] == ["locked", "unlocked", "locked"]


async def test_without_a_passphrase_it_is_a_curtain(tmp_path: Path) -> None:  # fault 108
    async with program("curtain", tmp_path / "h") as process:
        code, out, err = await asyncio.wait_for(ended(process), 60)
    assert out.splitlines() == ["open", "copied: ''", "hidden", "still", "back"], err
    assert code == 0


async def test_a_key_slot_that_cannot_be_read_still_draws_the_curtain(tmp_path: Path) -> None:  # fault 108
    async with program("damaged", tmp_path / "h", GATEWATCH_PASSPHRASE="correct horse") as process:
        code, out, err = await asyncio.wait_for(ended(process), 60)
    assert out.split() == ["open", "hidden"], err
    assert code == 0
