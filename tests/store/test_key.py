"""The data key comes back only from where it was put, and never by accident."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import keyring
import keyring.backends.fail
import keyring.backends.null
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import StoreCorrupt, StoreError, StoreLocked, StoreTooNew, WrongPassphrase
from console.store import keyslot
from console.store.key import Auto, DataKey, Keyring, MemoryOnly, Passphrase, change_passphrase, unlock
from console.store.system_keyring import LIMIT_CHARS, SystemKeyring, checked_length
from tests.store.conftest import contents, start
from tests.store.fake_keyring import FakeKeyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyring.backend import KeyringBackend


async def test_the_keyring_is_written_once_and_then_only_read(store_dir: Path) -> None:  # fault 92
    port = FakeKeyring()
    made = await unlock(store_dir, Auto(), keyring=port)
    assert (port.reads, port.writes) == (1, 1)
    for choice in (Auto(), Keyring()):
        port.reads = port.writes = 0
        assert await unlock(store_dir, choice, keyring=port) == made
        assert (port.reads, port.writes) == (1, 0)


async def test_the_keyring_holds_one_key_of_256_bits_and_not_the_data_key(store_dir: Path) -> None:
    port = FakeKeyring()
    made = await unlock(store_dir, Keyring(), keyring=port)
    (secret,) = port.kept.values()
    assert len(bytes.fromhex(secret)) == 32
    assert bytes.fromhex(secret) != made.secret
    assert secret not in (store_dir / keyslot.NAME).read_text()


@pytest.mark.parametrize("choice", [Auto(), Keyring()])
async def test_a_keyring_that_keeps_nothing_is_found_out(  # fault 89
    store_dir: Path, choice: Auto | Keyring
) -> None:
    port = FakeKeyring()
    port.forgetful = True
    with pytest.raises(StoreLocked) as caught:
        await unlock(store_dir, choice, keyring=port)
    assert caught.value.needs == "choice"
    assert contents(store_dir) == {}


async def test_no_keyring_leaves_the_choice_to_the_operator(store_dir: Path) -> None:  # fault 88
    port = FakeKeyring()
    port.problem = keyring.errors.NoKeyringError("No recommended backend was available")
    with pytest.raises(StoreLocked, match="No recommended backend") as caught:
        await unlock(store_dir, Auto(), keyring=port)
    assert caught.value.needs == "choice"
    assert contents(store_dir) == {}


@pytest.mark.parametrize("exists", [False, True])
async def test_a_hanging_keyring_is_given_up_in_time(store_dir: Path, exists: bool) -> None:  # fault 90
    port = FakeKeyring()
    if exists:
        await unlock(store_dir, Auto(), keyring=port)
    port.hangs_until = threading.Event()
    try:
        with pytest.raises(StoreLocked, match="did not answer") as caught:
            await unlock(store_dir, Auto(), keyring=port, deadline_s=0.05)
    finally:
        port.hangs_until.set()
    assert caught.value.needs == ("keyring" if exists else "choice")


@pytest.mark.parametrize("problem", [RuntimeError("prompt dismissed"), OSError("no bus"), KeyError("plug-in bug")])
async def test_whatever_a_backend_raises_the_store_is_locked(store_dir: Path, problem: Exception) -> None:  # fault 90
    port = FakeKeyring()
    await unlock(store_dir, Auto(), keyring=port)
    port.problem = problem
    with pytest.raises(StoreLocked) as caught:
        await unlock(store_dir, Auto(), keyring=port)
    assert caught.value.needs == "keyring"


async def test_a_changed_keyring_is_explained_and_nothing_is_made_anew(store_dir: Path) -> None:  # fault 93
    await unlock(store_dir, Auto(), keyring=FakeKeyring("kde.Keyring"))
    before = (store_dir / keyslot.NAME).read_bytes()
    with pytest.raises(StoreLocked, match=r"gnome\.Keyring does not have.*given to kde\.Keyring") as caught:
        await unlock(store_dir, Auto(), keyring=FakeKeyring("gnome.Keyring"))
    assert caught.value.needs == "keyring"
    assert (store_dir / keyslot.NAME).read_bytes() == before


@pytest.mark.parametrize("secret", [None, "ab" * 32, "ab" * 7, "not hexadecimal", ""])
async def test_a_key_that_is_gone_or_another_locks_the_store(store_dir: Path, secret: str | None) -> None:  # fault 94
    port = FakeKeyring()
    await unlock(store_dir, Auto(), keyring=port)
    (store_id,) = port.kept
    if secret is None:
        port.kept.clear()
    else:
        port.kept[store_id] = secret
    with pytest.raises(StoreLocked, match="does not have this store's key") as caught:
        await unlock(store_dir, Auto(), keyring=port)
    assert caught.value.needs == "keyring"
    assert port.writes == 1


@pytest.fixture
def backend() -> Iterator[KeyringBackend]:
    before = keyring.get_keyring()
    yield before
    keyring.set_keyring(before)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("kind", [keyring.backends.null.Keyring, keyring.backends.fail.Keyring])
async def test_the_real_backends_that_keep_nothing(
    store_dir: Path, kind: type[KeyringBackend]
) -> None:  # faults 88, 89
    keyring.set_keyring(kind())
    with pytest.raises(StoreLocked) as caught:
        await unlock(store_dir, Auto())
    assert caught.value.needs == "choice"
    assert contents(store_dir) == {}
    assert SystemKeyring().backend() == f"{kind.__module__}.Keyring"


def test_no_keyring_is_given_more_than_the_smallest_takes() -> None:  # fault 91
    assert checked_length("x" * LIMIT_CHARS)
    with pytest.raises(ValueError, match="at most 1280"):
        checked_length("x" * (LIMIT_CHARS + 1))
    with pytest.raises(ValueError, match="at most 1280"):
        SystemKeyring().write("store", "x" * (LIMIT_CHARS + 1))


async def test_a_passphrase_opens_what_it_closed(store_dir: Path) -> None:
    made = await unlock(store_dir, Passphrase("correct horse"))
    assert await unlock(store_dir, Passphrase("correct horse")) == made
    with pytest.raises(WrongPassphrase):
        await unlock(store_dir, Passphrase("battery staple"))
    # The same text as another system composes it.
    other = store_dir / "other"
    other.mkdir()
    assert await unlock(other, Passphrase("caf\u00e9")) == await unlock(other, Passphrase("cafe\u0301"))


async def test_a_passphrase_must_not_be_empty(store_dir: Path) -> None:
    with pytest.raises(StoreLocked) as caught:
        await unlock(store_dir, Passphrase(""))
    assert caught.value.needs == "passphrase"
    assert contents(store_dir) == {}


async def test_the_slot_says_what_it_needs(store_dir: Path) -> None:
    port = FakeKeyring()
    await unlock(store_dir, Passphrase("x"))
    for choice in (Auto(), Keyring()):
        with pytest.raises(StoreLocked) as caught:
            await unlock(store_dir, choice, keyring=port)
        assert caught.value.needs == "passphrase"
    assert port.reads == port.writes == 0
    kept = store_dir / "kept"
    kept.mkdir()
    await unlock(kept, Auto(), keyring=port)
    with pytest.raises(StoreLocked) as caught:
        await unlock(kept, Passphrase("x"), keyring=port)
    assert caught.value.needs == "keyring"


async def test_memory_only_leaves_no_trace(store_dir: Path) -> None:
    first, second = [await unlock(store_dir, MemoryOnly()) for _ in range(2)]
    assert first != second
    assert contents(store_dir) == {}


async def test_changing_the_passphrase_keeps_the_data_key(store_dir: Path) -> None:
    made = await unlock(store_dir, Passphrase("old"))
    with pytest.raises(WrongPassphrase):
        await change_passphrase(store_dir, Passphrase("guess"), Passphrase("new"))
    with pytest.raises(StoreLocked):
        await change_passphrase(store_dir, Passphrase("old"), Passphrase(""))
    await change_passphrase(store_dir, Passphrase("old"), Passphrase("new"))
    assert await unlock(store_dir, Passphrase("new")) == made
    with pytest.raises(WrongPassphrase):
        await unlock(store_dir, Passphrase("old"))
    assert list(contents(store_dir)) == [keyslot.NAME]


_CHANGE_FOR_EVER = """
import asyncio, itertools, pathlib, sys
from console.store.key import Passphrase, change_passphrase

async def main():
    print("ready", flush=True)
    for turn in itertools.count():
        old, new = (Passphrase("a"), Passphrase("b"))[:: 1 if turn % 2 == 0 else -1]
        await change_passphrase(pathlib.Path(sys.argv[1]), old, new)
        print(turn, flush=True)

asyncio.run(main())
"""


async def test_killed_while_changing_the_passphrase_one_of_the_two_opens(store_dir: Path) -> None:
    made = await unlock(store_dir, Passphrase("a"))
    with start(_CHANGE_FOR_EVER, store_dir) as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    opened = []
    for text in ("a", "b"):
        try:
            opened.append(await unlock(store_dir, Passphrase(text)))
        except WrongPassphrase:
            continue
    assert opened == [made]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
async def test_the_slot_is_private_under_any_umask(store_dir: Path) -> None:  # fault 106
    for umask in (0o000, 0o777):
        folder = store_dir / f"{umask:o}"
        folder.mkdir(mode=0o700)
        before = os.umask(umask)
        try:
            await unlock(folder, Passphrase("x"))
        finally:
            os.umask(before)
        assert (folder / keyslot.NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b'{"version": 1}',
        b"[1, 2]",
        b"x" * 100_000,
        b'{"version":1,"store_id":"s","kind":"passphrase","wrapped":"AAAA"}',
    ],
)
async def test_a_damaged_slot_is_said_and_left(store_dir: Path, content: bytes) -> None:
    path = store_dir / keyslot.NAME
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt):
        await unlock(store_dir, Auto(), keyring=FakeKeyring())
    assert path.read_bytes() == content


@pytest.mark.parametrize("cost", [{"n": 2**30}, {"n": 2**15 - 1}, {"p": 10_000}, {"salt": b""}])
async def test_an_edited_slot_cannot_ask_for_all_the_memory(store_dir: Path, cost: dict[str, object]) -> None:
    await unlock(store_dir, Passphrase("x"))
    slot = keyslot.read(store_dir)
    assert slot is not None
    assert slot.kdf is not None
    edited = msgspec.structs.replace(slot, kdf=msgspec.structs.replace(slot.kdf, **cost))
    (store_dir / keyslot.NAME).write_bytes(keyslot.encoded(edited))
    with pytest.raises(StoreCorrupt):
        await unlock(store_dir, Passphrase("x"))


async def test_a_newer_slot_is_refused_and_left(store_dir: Path) -> None:  # fault 104
    path = store_dir / keyslot.NAME
    path.write_bytes(b'{"version": 99, "what": "ever"}')
    with pytest.raises(StoreTooNew):
        await unlock(store_dir, Passphrase("x"))
    assert path.read_bytes() == b'{"version": 99, "what": "ever"}'


async def test_a_slot_that_cannot_be_read_is_said(store_dir: Path) -> None:
    (store_dir / keyslot.NAME).mkdir()
    with pytest.raises(StoreError, match="can't be read"):
        await unlock(store_dir, Auto(), keyring=FakeKeyring())


async def test_two_that_make_the_store_at_once_get_the_same_key(store_dir: Path) -> None:
    port = FakeKeyring()

    class Rival(FakeKeyring):
        """Makes the store while the other is still talking to the keyring."""

        def read(self, store_id: str) -> str | None:
            if keyslot.NAME not in contents(store_dir):
                (store_dir / keyslot.NAME).write_bytes(first)
            return super().read(store_id)

    made = await unlock(store_dir, Auto(), keyring=port)
    first = (store_dir / keyslot.NAME).read_bytes()
    (store_dir / keyslot.NAME).unlink()
    rival = Rival()
    rival.kept = port.kept
    assert await unlock(store_dir, Auto(), keyring=rival) == made


def test_no_repr_shows_a_secret() -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    shown = repr(Passphrase("hunter2")) + repr(DataKey(secret)) + repr(DataKey(secret).for_file("vault.db"))
    assert "hunter2" not in shown
    assert "0123456789abcdef" not in shown
    assert repr(DataKey(secret).for_file("vault.db").secret) not in shown


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20), st.text(max_size=20))
def test_files_have_keys_of_their_own(secret: bytes, one: str, other: str) -> None:
    key = DataKey(secret)
    assert (key.for_file(one) == key.for_file(other)) == (one == other)
    assert len(key.for_file(one).secret) == 32
    assert len(key.for_file(one).mark) == 16


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.integers(0, 39))
def test_a_wrap_opens_with_its_key_whole_or_not_at_all(wrapping: bytes, data: bytes, at: int) -> None:
    wrapped = keyslot.wrap(wrapping, data)
    assert keyslot.unwrap(wrapping, wrapped) == data
    bent = bytearray(wrapped)
    bent[at] ^= 1
    assert keyslot.unwrap(wrapping, bytes(bent)) is None
