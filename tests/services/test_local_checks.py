"""What the doctor finds on this computer, with a real store."""

from __future__ import annotations

import shutil
from collections import namedtuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.crash import Crash
from console.model.errors import SettingsError, StoreBusy
from console.model.retention import MIB, RecordLimit
from console.services.local_checks import LEAST_FREE_BYTES, local_checks
from console.store.key import MemoryOnly, Passphrase
from console.store.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from console.model.record import RecordSize
    from console.services.doctor import Check
    from console.services.local_checks import SizedRecord

LIMIT = RecordLimit(64 * MIB)
Usage = namedtuple("Usage", "total used free")


async def look(folder: Path, record: SizedRecord, **found: object) -> dict[str, Check]:
    told = {"settings_problems": (), "settings_broken": None, "kept_aside": (), "crashed": None, **found}
    checks = await local_checks(folder, record, LIMIT, **told)  # type: ignore[arg-type]
    assert {check.capability for check in checks} == {"local"}
    assert {check.layer for check in checks} == {None}
    return {check.check: check for check in checks}


async def test_all_is_well_and_says_how_the_key_is_kept(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "store", Passphrase("a long passphrase"))
    try:
        found = await look(tmp_path / "store", store.record)
    finally:
        await store.close()
    assert all(check.ok for check in found.values())
    assert "passphrase" in found["store"].detail
    assert found["record"].detail.endswith("of 64 MiB")


async def test_a_store_in_memory_is_called_that(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "store", MemoryOnly())
    try:
        found = await look(tmp_path / "store", store.record)
    finally:
        await store.close()
    assert found["store"].detail == "nothing is kept on this computer"
    assert found["record"].ok


async def test_what_is_wrong_is_said_each_by_itself(tmp_path: Path) -> None:
    class Busy:
        async def size(self) -> RecordSize:
            raise StoreBusy("held", path=tmp_path / "record.db")

    (tmp_path / "keyslot.json").write_text("{")
    found = await look(
        tmp_path,
        Busy(),
        settings_problems=("line 3: record.max_size is “much”",),
        kept_aside=("vault.db was damaged and is kept as vault.db.damaged.",),
    )
    assert not any(check.ok for name, check in found.items() if name != "window")
    assert "line 3" in found["settings"].error
    assert "vault.db was damaged" in found["store"].error
    assert "keyslot.json" in found["store"].detail
    assert "Another process holds record.db" in found["record"].error


async def test_a_crash_fails_until_a_window_has_told_of_it(tmp_path: Path) -> None:  # fault 141
    store = await open_store(tmp_path / "store", MemoryOnly())
    crashed = Crash(tmp_path / "crash.txt", datetime(2026, 3, 1, tzinfo=UTC), told=False)
    try:
        new = (await look(tmp_path / "store", store.record, crashed=crashed))["window"]
        old = (await look(tmp_path / "store", store.record, crashed=crashed._replace(told=True)))["window"]
    finally:
        await store.close()
    assert (new.ok, old.ok) == (False, True)
    assert "crash.txt says where" in new.error
    assert "crash.txt says where" in old.detail


async def test_a_settings_file_that_is_broken_is_one_error(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "store", MemoryOnly())
    try:
        found = await look(tmp_path / "store", store.record, settings_broken=SettingsError("line 1, column 5"))
    finally:
        await store.close()
    assert "line 1, column 5" in found["settings"].error


async def test_a_disk_that_is_almost_full_is_told_before_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await open_store(tmp_path / "store", Passphrase("a long passphrase"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1, 1, LEAST_FREE_BYTES - 1))
    try:
        found = await look(tmp_path / "store", store.record)
    finally:
        await store.close()
    assert not found["record"].ok
    assert "are left on this disk" in found["record"].error
