"""A passphrase is given and taken away without a moment at which nothing opens the store."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from console.model.errors import StoreError, StoreLocked, WrongPassphrase
from console.store import keyslot
from console.store.key import Auto, DataKey, MemoryOnly, Passphrase, unlock
from console.store.passphrase import locks, remove_passphrase, set_passphrase
from tests.store.conftest import contents, run
from tests.store.fake_keyring import FakeKeyring

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = Passphrase("correct horse"), Passphrase("battery staple")


async def test_a_passphrase_takes_the_place_of_the_keyring_and_gives_it_back(store_dir: Path) -> None:
    port = FakeKeyring()
    made = await unlock(store_dir, Auto(), keyring=port)
    assert not locks(store_dir, Auto())
    await set_passphrase(store_dir, NEW, keyring=port)
    assert locks(store_dir, Auto())
    assert not locks(store_dir, MemoryOnly())
    assert await unlock(store_dir, NEW, keyring=port) == made
    with pytest.raises(StoreLocked) as caught:
        await unlock(store_dir, Auto(), keyring=port)
    assert caught.value.needs == "passphrase"
    with pytest.raises(WrongPassphrase):
        await remove_passphrase(store_dir, OLD, keyring=port)
    await remove_passphrase(store_dir, NEW, keyring=port)
    assert await unlock(store_dir, Auto(), keyring=port) == made
    assert list(contents(store_dir)) == [keyslot.NAME]


async def test_nothing_changes_where_the_store_is_kept_otherwise(store_dir: Path) -> None:
    port = FakeKeyring()
    with pytest.raises(StoreLocked):
        await set_passphrase(store_dir, NEW, keyring=port)
    await unlock(store_dir, OLD, keyring=port)
    before = contents(store_dir)
    with pytest.raises(StoreLocked):
        await set_passphrase(store_dir, NEW, keyring=port)
    port.forgetful = True
    with pytest.raises(StoreLocked):
        await remove_passphrase(store_dir, OLD, keyring=port)  # fault 89
    assert contents(store_dir) == before


_DIE_AT_STEP = """
import asyncio, os, pathlib, signal, sys
from console.store.key import Passphrase, change_passphrase
turns = int(sys.argv[2])

def dying(call):
    def step(*arguments, **more):
        global turns
        turns -= 1
        if turns < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **more)
    return step

for name in ("open", "fsync", "replace", "close", "fchmod", "rename"):
    setattr(os, name, dying(getattr(os, name)))
asyncio.run(change_passphrase(pathlib.Path(sys.argv[1]), Passphrase("correct horse"), Passphrase("battery staple")))
print("done")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_killed_at_each_file_operation_one_of_the_two_opens(store_dir: Path) -> None:  # fault 103
    made = await unlock(store_dir, OLD)
    original = (store_dir / keyslot.NAME).read_bytes()
    outcomes: list[DataKey] = []
    for step in range(40):
        (store_dir / keyslot.NAME).write_bytes(original)
        code, out, err = run(_DIE_AT_STEP, store_dir, step)
        assert code in (0, -signal.SIGKILL), err
        for text in (OLD, NEW):
            try:
                outcomes.append(await unlock(store_dir, text))
            except WrongPassphrase:
                continue
        assert outcomes == [made] * (step + 1)
        if out:
            break
    assert out == "done\n"
    assert step > 2


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_refuses_leaves_the_old_one(store_dir: Path) -> None:
    await unlock(store_dir, OLD)
    store_dir.chmod(0o500)
    try:
        with pytest.raises(StoreError):
            await remove_passphrase(store_dir, OLD, keyring=FakeKeyring())
    finally:
        store_dir.chmod(0o700)
    assert await unlock(store_dir, OLD)
