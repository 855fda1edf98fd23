"""Giving a store a passphrase, and taking it away: only the key slot is written anew, as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.errors import StoreLocked
from console.store import files, keyslot
from console.store.key import KEYRING_DEADLINE_S, Auto, MemoryOnly, Passphrase, unlock, wrapped_by
from console.store.keyslot import SlotKind
from console.store.system_keyring import SystemKeyring
from console.store.threads import awaitable, detached

if TYPE_CHECKING:
    from pathlib import Path

    from console.store.key import KeyChoice, Keyring
    from console.store.system_keyring import KeyringPort


def locks(store_dir: Path, choice: KeyChoice) -> bool:
    """Whether opening the store again would take a passphrase.

    Raises:
        StoreError: The key slot can't be read.
    """
    if isinstance(choice, MemoryOnly):
        return False
    slot = keyslot.read(store_dir)
    return slot is not None and slot.kind is SlotKind.PASSPHRASE


async def set_passphrase(
    store_dir: Path, new: Passphrase, *, keyring: KeyringPort | None = None, deadline_s: float = KEYRING_DEADLINE_S
) -> None:
    """Protect a store whose key is in the keyring by a passphrase instead. What the keyring keeps opens it no more.

    Raises:
        StoreLocked: The store has a passphrase already, has no key yet, or its keyring does not give the key.
        StoreFull: The key slot can't be written; the keyring's key stays.
        StoreError: The key slot can't be used.
    """
    _expect(store_dir, SlotKind.KEYRING)
    await _rewrap(store_dir, Auto(), new, keyring or SystemKeyring(), deadline_s)


async def remove_passphrase(
    store_dir: Path, old: Passphrase, *, keyring: KeyringPort | None = None, deadline_s: float = KEYRING_DEADLINE_S
) -> None:
    """Give the key to the keyring instead. Killed at any point the passphrase or the keyring opens the store.

    Raises:
        WrongPassphrase: It is not the store's.
        StoreLocked: The store has no passphrase, or no keyring keeps what it is given: the passphrase stays.
        StoreFull: The key slot can't be written; the passphrase stays.
        StoreError: The key slot can't be used.
    """
    _expect(store_dir, SlotKind.PASSPHRASE)
    await _rewrap(store_dir, old, Auto(), keyring or SystemKeyring(), deadline_s)


def _expect(store_dir: Path, kind: SlotKind) -> None:
    slot = keyslot.read(store_dir)
    if slot is None:
        raise StoreLocked("this store has no key yet", needs="choice", path=store_dir)
    if slot.kind is not kind:
        raise StoreLocked(f"the store's key is kept by {slot.kind}", needs=slot.kind.value, path=store_dir)


async def _rewrap(
    store_dir: Path, old: Auto | Passphrase, new: Auto | Keyring | Passphrase, port: KeyringPort, deadline_s: float
) -> None:
    data_key = await unlock(store_dir, old, keyring=port, deadline_s=deadline_s)
    slot = keyslot.read(store_dir)
    if slot is None:
        raise StoreLocked("this store has no key any more", needs="choice", path=store_dir)
    changed = await wrapped_by(slot.store_id, new, data_key, port, deadline_s)
    path, content = store_dir / keyslot.NAME, keyslot.encoded(changed)
    await awaitable(detached(lambda: files.replace(path, content), name="key slot"))
