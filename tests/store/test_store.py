"""The store as a whole: opened, closed, and honest about files that it can't use."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.errors import StoreCorrupt, StoreError, StoreLocked, StoreTooNew, WrongPassphrase
from console.model.health import HealthSample, HealthStatus, Origin
from console.model.identity import Tokens
from console.store import store as store_module
from console.store.encrypted_file import EncryptedFile, Layout
from console.store.key import Auto, MemoryOnly, Passphrase, unlock
from console.store.record import RECORD
from console.store.store import BroughtUp, Fault, KeptAside, open_store, set_store_aside
from console.store.vault import VAULT
from tests.store.conftest import contents, run, start
from tests.store.fake_keyring import FakeKeyring

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLES = [
    HealthSample(service_id="orders", at=NOON + timedelta(seconds=n), origin=Origin.POLL, status=HealthStatus.HEALTHY)
    for n in range(2_000)
]
FILES = ("vault.db", "record.db")


def the_only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


async def fill(folder: Path, keyring: FakeKeyring) -> None:
    store = await open_store(folder, Auto(), keyring=keyring)
    await store.vault.save_sign_in("prod", Tokens(access="a"), None)
    await store.record.append_samples("g", SAMPLES)
    await store.close()


async def test_a_store_is_made_and_opened_again(tmp_path: Path) -> None:
    keyring = FakeKeyring()
    folder = tmp_path / "deep" / "store"
    await fill(folder, keyring)
    store = await open_store(folder, Auto(), keyring=keyring)
    assert store.notices == ()
    assert await store.vault.load_sign_in("prod") is not None
    assert await store.record.latest_at("g") == SAMPLES[-1].at
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.vault.load_sign_in("prod")
    with pytest.raises(StoreError, match="closed"):
        await store.record.append_samples("g", SAMPLES)
    assert sorted(contents(folder)) == ["keyslot.json", "record.db", "vault.db"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
async def test_everything_is_private_under_any_umask(tmp_path: Path) -> None:  # fault 106
    before = os.umask(0)
    try:
        store = await open_store(tmp_path / "store", Auto(), keyring=FakeKeyring())
        await store.vault.save_sign_in("prod", Tokens(access="a"), None)
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").iterdir()}
        await store.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
    assert set(found) >= {"keyslot.json", "vault.db", "vault.db-wal", "vault.db-shm", "record.db"}
    assert set(found.values()) == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
async def test_a_linked_database_is_refused_and_a_linked_folder_is_fine(tmp_path: Path) -> None:  # fault 106
    keyring = FakeKeyring()
    await fill(tmp_path / "real", keyring)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    await (await open_store(tmp_path / "link", Auto(), keyring=keyring)).close()
    (tmp_path / "real" / "vault.db").rename(tmp_path / "elsewhere.db")
    (tmp_path / "real" / "vault.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StoreError, match="a link"):
        await open_store(tmp_path / "real", Auto(), keyring=keyring)


@pytest.mark.parametrize("name", FILES)
async def test_a_foreign_file_is_kept_aside_and_told(tmp_path: Path, name: str) -> None:  # fault 96
    keyring = FakeKeyring()
    await fill(tmp_path, keyring)
    foreign = b"another program's file" * 1000
    (tmp_path / name).write_bytes(foreign)
    store = await open_store(tmp_path, Auto(), keyring=keyring)
    (notice,) = store.notices
    assert isinstance(notice, KeptAside)
    assert (notice.name, notice.fault) == (name, Fault.FOREIGN)
    assert notice.kept_as.read_bytes() == foreign
    assert notice.kept_as.name in notice.text
    assert ("Sign in again" in notice.text) == (name == "vault.db")
    assert (await store.vault.load_sign_in("prod") is None) == (name == "vault.db")
    assert (await store.record.latest_at("g") is None) == (name == "record.db")
    await store.close()
    again = await open_store(tmp_path, Auto(), keyring=keyring)
    assert again.notices == ()
    await again.close()


@pytest.mark.parametrize("name", FILES)
async def test_tables_of_another_build_are_kept_aside_and_named_as_such(tmp_path: Path, name: str) -> None:
    keyring = FakeKeyring()
    await fill(tmp_path, keyring)
    layout = {"vault.db": VAULT, "record.db": RECORD}[name]
    key = await unlock(tmp_path, Auto(), keyring=keyring)
    connection = EncryptedFile(tmp_path / name, key.for_file(name), layout).connect()
    table = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT 1").get
    connection.execute(f"ALTER TABLE {table} ADD COLUMN tried INTEGER")
    connection.close()
    store = await open_store(tmp_path, Auto(), keyring=keyring)
    (notice,) = store.notices
    await store.close()
    assert isinstance(notice, KeptAside)
    assert (notice.name, notice.fault) == (name, Fault.OTHER_BUILD)
    assert "another build" in notice.text
    kept = EncryptedFile(notice.kept_as, key.for_file(name), layout).connect()
    assert "tried" in {column for (column,) in kept.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))}
    kept.close()


async def test_a_file_brought_up_to_date_is_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = FakeKeyring()
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "RECORD", replace(RECORD, steps=RECORD.steps[:-1]))
        await (await open_store(tmp_path, Auto(), keyring=keyring)).close()
    store = await open_store(tmp_path, Auto(), keyring=keyring)
    (notice,) = store.notices
    await store.close()
    assert isinstance(notice, BroughtUp)
    assert notice.copy.exists()
    assert notice.copy.name in notice.text
    again = await open_store(tmp_path, Auto(), keyring=keyring)
    assert again.notices == ()
    await again.close()


async def test_files_cannot_stand_in_for_one_another(tmp_path: Path) -> None:
    keyring = FakeKeyring()
    await fill(tmp_path, keyring)
    vault, record = (tmp_path / name for name in FILES)
    vault.write_bytes(record.read_bytes())
    store = await open_store(tmp_path, Auto(), keyring=keyring)
    (notice,) = store.notices
    assert isinstance(notice, KeptAside)
    assert (notice.name, notice.fault) == ("vault.db", Fault.FOREIGN)
    await store.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.sets(st.integers(0, 99_999), min_size=1, max_size=3), bit=st.integers(0, 7))
async def test_flipped_bits_are_never_read_as_truth(tmp_path: Path, flips: set[int], bit: int) -> None:  # fault 97
    folder = tmp_path / "store"
    keyring = FakeKeyring()
    if not (tmp_path / "whole.db").exists():
        await fill(folder, keyring)
        (tmp_path / "whole.db").write_bytes((folder / "record.db").read_bytes())
        KEYRINGS[tmp_path] = keyring
    content = bytearray((tmp_path / "whole.db").read_bytes())
    for flip in flips:
        content[flip % len(content)] ^= 1 << bit
    (folder / "record.db").write_bytes(content)
    store = await open_store(folder, Auto(), keyring=KEYRINGS[tmp_path])
    try:
        found = await store.record.samples("g", "orders", NOON, SAMPLES[-1].at)
    except StoreCorrupt:
        pass
    else:
        assert found == (() if store.notices else tuple(SAMPLES))
    finally:
        await store.close()
    if store.notices:
        (notice,) = store.notices
        assert isinstance(notice, KeptAside)
        assert notice.kept_as.read_bytes() == content


KEYRINGS: dict[Path, FakeKeyring] = {}


async def test_a_record_found_damaged_is_renewed_while_it_is_used(tmp_path: Path) -> None:  # fault 97
    folder = tmp_path / "store"
    keyring = FakeKeyring()
    await fill(folder, keyring)
    content = bytearray((folder / "record.db").read_bytes())
    content[-5000] ^= 1
    (folder / "record.db").write_bytes(content)
    store = await open_store(folder, Auto(), keyring=keyring)
    record = store.record
    with pytest.raises(StoreCorrupt):
        await record.samples("g", "orders", NOON, SAMPLES[-1].at)
    notice = await store.renew_record()
    assert list(store.notices) == [notice]
    assert notice.kept_as.read_bytes() == content
    await record.append_samples("g", SAMPLES[:3])
    assert await record.samples("g", "orders", NOON, SAMPLES[-1].at) == tuple(SAMPLES[:3])
    assert await store.vault.load_sign_in("prod") is not None
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await record.latest_at("g")


async def test_a_newer_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fault 104
    keyring = FakeKeyring()
    await fill(tmp_path, keyring)
    before = contents(tmp_path)
    monkeypatch.setattr("console.store.store.RECORD", Layout(name="record.db", steps=(), durable=False))
    with pytest.raises(StoreTooNew):
        await open_store(tmp_path, Auto(), keyring=keyring)
    assert contents(tmp_path) == before


async def test_a_lost_key_never_makes_a_new_database_over_the_old(tmp_path: Path) -> None:  # fault 94
    keyring = FakeKeyring()
    await fill(tmp_path / "store", keyring)
    before = contents(tmp_path / "store")
    with pytest.raises(StoreLocked) as caught:
        await open_store(tmp_path / "store", Auto(), keyring=FakeKeyring())
    assert caught.value.needs == "keyring"
    assert contents(tmp_path / "store") == before


async def test_with_consent_a_locked_store_is_put_aside_whole(tmp_path: Path) -> None:  # fault 94
    folder = tmp_path / "store"
    keyring = FakeKeyring()
    await fill(folder, keyring)
    before = contents(folder)
    kept = set_store_aside(folder)
    assert {path.name.partition(".kept-")[0]: path.read_bytes() for path in kept} == before
    store = await open_store(folder, Passphrase("x"))
    assert store.notices == ()
    assert await store.record.latest_at("g") is None
    await store.close()
    assert all(path.exists() for path in kept)


async def test_a_wrong_passphrase_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    await (await open_store(folder, Passphrase("right"))).close()
    before = contents(folder)
    with pytest.raises(WrongPassphrase):
        await open_store(folder, Passphrase("wrong"))
    assert contents(folder) == before


async def test_memory_only_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fault 88
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = await open_store(tmp_path / "store", MemoryOnly())
    folder = the_only(tmp_path, "gatewatch-*")
    await store.vault.save_sign_in("prod", Tokens(access="canary-in-memory"), None)
    assert sys.platform == "win32" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"canary" not in b"".join(contents(folder).values())
    assert await store.vault.load_sign_in("prod") is not None
    await store.close()
    assert not folder.exists()
    assert not (tmp_path / "store").exists()


_OPEN_AND_WRITE = """
import asyncio, pathlib, sys
from console.model.identity import Tokens
from console.store.key import Passphrase
from console.store.store import open_store

async def main():
    store = await open_store(pathlib.Path(sys.argv[1]), Passphrase("x"))
    await store.vault.save_sign_in(sys.argv[2], Tokens(access="a"), None)
    await store.close()
    assert not store.notices

asyncio.run(main())
"""


async def test_processes_that_start_at_once_share_one_new_store(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    processes = [start(_OPEN_AND_WRITE, folder, name) for name in "abc"]
    outcomes = [(process.communicate()[1], process.returncode) for process in processes]
    assert outcomes == [("", 0)] * 3
    store = await open_store(folder, Passphrase("x"))
    assert [await store.vault.load_sign_in(name) is not None for name in "abc"] == [True] * 3
    await store.close()


_UNDER_QT = """
import asyncio, pathlib, sys, threading
from PySide6.QtCore import QCoreApplication
import qasync
from console.model.identity import Tokens
from console.store.key import Passphrase
from console.store.store import open_store
from console.store.threads import awaitable, detached

application = QCoreApplication([])
loop = qasync.QEventLoop(application)
gate = threading.Event()

async def main():
    store = await open_store(pathlib.Path(sys.argv[1]), Passphrase("x"))
    names = [str(number) for number in range(20)]
    await asyncio.gather(*(store.vault.save_sign_in(name, Tokens(access="a"), None) for name in names))
    print(sum([await store.vault.load_sign_in(name) is not None for name in names]))
    await store.close()
    late = detached(gate.wait, name="late")
    awaitable(late)
    return late

with loop:
    late = loop.run_until_complete(main())
gate.set()
print(late.result())
application.processEvents()
"""


def test_the_store_works_on_the_windows_loop(tmp_path: Path) -> None:  # fault 5
    assert run(_UNDER_QT, tmp_path / "store") == (0, "20\nTrue\n", "")


def test_importing_the_store_loads_neither_keyring_nor_cryptography() -> None:
    program = (
        "import sys, console.store.store; print(sorted({'keyring', 'cryptography', 'PySide6'} & set(sys.modules)))"
    )
    assert run(program) == (0, "[]\n", "")


async def test_opening_can_be_cancelled(tmp_path: Path) -> None:
    opening = asyncio.ensure_future(open_store(tmp_path / "store", Passphrase("x")))
    for _ in range(5):
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await (await open_store(tmp_path / "store", Passphrase("x"))).close()
