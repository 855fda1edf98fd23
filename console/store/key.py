"""The store's data key: made once, wrapped in the key slot, unwrapped at every start."""

from __future__ import annotations

import asyncio
import hmac
import os
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from console.model.errors import StoreCorrupt, StoreLocked, WrongPassphrase
from console.store import files, keyslot
from console.store.encrypted_file import FileKey
from console.store.keyslot import Keyslot, SlotKind
from console.store.system_keyring import SystemKeyring
from console.store.threads import awaitable, detached

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from console.store.system_keyring import KeyringPort

T = TypeVar("T")

KEYRING_DEADLINE_S = 20.0  # the system may be asking the operator to unlock it
_KEYRING, _PASSPHRASE, _CHOICE = "keyring", "passphrase", "choice"


@dataclass(frozen=True)
class Auto:
    """As the store was made; a new one is given to the keyring, if one answers."""


@dataclass(frozen=True)
class Keyring:
    """The operating system's keyring keeps the key."""


@dataclass(frozen=True)
class Passphrase:
    """The operator types a passphrase at every start."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class MemoryOnly:
    """Nothing outlives the process: a temporary folder, encrypted with a key that is never written down."""


KeyChoice: TypeAlias = Auto | Keyring | Passphrase | MemoryOnly


@dataclass(frozen=True)
class DataKey:
    """The 32 random bytes that everything in the store is encrypted with."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> DataKey:
        """A random one."""
        return cls(os.urandom(keyslot.KEY_BYTES))

    def for_file(self, name: str) -> FileKey:
        """The key of one file: files can't stand in for one another."""
        secret = hmac.digest(self.secret, f"gatewatch file {name}".encode(), "sha256")
        mark = hmac.digest(self.secret, f"gatewatch mark {name}".encode(), "sha256")[:16]
        return FileKey(secret=secret, mark=mark)


async def unlock(
    store_dir: Path,
    choice: KeyChoice,
    *,
    keyring: KeyringPort | None = None,
    deadline_s: float = KEYRING_DEADLINE_S,
) -> DataKey:
    """The store's data key. A store without a key slot is given one.

    Args:
        store_dir: Exists, mode 0700.
        choice: Where the key is kept.
        keyring: In place of the system's.
        deadline_s: How long the keyring may take to answer, in seconds.

    Raises:
        StoreLocked: The key is out of reach, and `needs` says what would bring it back. Nothing was changed.
        WrongPassphrase: The store was made with another one.
        StoreCorrupt: The key slot is damaged.
        StoreTooNew: The key slot is a newer program's.
        StoreError: The key slot can't be read or written.
    """
    if isinstance(choice, MemoryOnly):
        return DataKey.new()
    port = keyring or SystemKeyring()
    if (slot := keyslot.read(store_dir)) is not None:
        return await _open_slot(store_dir, slot, choice, port, deadline_s)
    data_key = DataKey.new()
    slot = await wrapped_by(_new_store_id(), choice, data_key, port, deadline_s)
    path, content = store_dir / keyslot.NAME, keyslot.encoded(slot)
    if await awaitable(detached(lambda: files.publish(path, content), name="key slot")):
        return data_key
    # Another process made the store at the same moment: its slot counts.
    return await unlock(store_dir, choice, keyring=port, deadline_s=deadline_s)


async def wrapped_by(
    store_id: str, choice: Auto | Keyring | Passphrase, data_key: DataKey, port: KeyringPort, deadline_s: float
) -> Keyslot:
    """A key slot that opens with what was chosen; it is not written yet.

    Raises:
        StoreLocked: The passphrase is empty, or the keyring did not keep the key.
    """
    if isinstance(choice, Passphrase):
        return await _with_passphrase(store_id, choice, data_key)
    return await _with_keyring(store_id, data_key, port, deadline_s)


async def change_passphrase(store_dir: Path, old: Passphrase, new: Passphrase) -> None:
    """Wrap the data key anew; nothing is re-encrypted, and open databases stay open.

    Killed at any point the store opens with the old passphrase or with the new one.

    Raises:
        WrongPassphrase: `old` is not the store's.
        StoreLocked: The new one is empty, or the store has no passphrase to change.
        StoreFull: The key slot can't be written; the old passphrase stays.
        StoreError: The key slot can't be used.
    """
    slot = keyslot.read(store_dir)
    if slot is None or slot.kind is not SlotKind.PASSPHRASE:
        raise StoreLocked("this store has no passphrase", needs=_CHOICE if slot is None else _KEYRING, path=store_dir)
    data_key = await _unwrapped_by_passphrase(store_dir, slot, old)
    changed = await _with_passphrase(slot.store_id, new, data_key)
    path, content = store_dir / keyslot.NAME, keyslot.encoded(changed)
    await awaitable(detached(lambda: files.replace(path, content), name="key slot"))


async def _open_slot(
    store_dir: Path, slot: Keyslot, choice: Auto | Keyring | Passphrase, port: KeyringPort, deadline_s: float
) -> DataKey:
    match slot.kind, choice:
        case SlotKind.PASSPHRASE, Passphrase():
            return await _unwrapped_by_passphrase(store_dir, slot, choice)
        case SlotKind.PASSPHRASE, _:
            raise StoreLocked("the store was made with a passphrase", needs=_PASSPHRASE, path=store_dir)
        case SlotKind.KEYRING, Passphrase():
            raise StoreLocked("the store's key is in the keyring", needs=_KEYRING, path=store_dir)
        case _:
            return await _unwrapped_by_keyring(store_dir, slot, port, deadline_s)


async def _with_passphrase(store_id: str, passphrase: Passphrase, data_key: DataKey) -> Keyslot:
    if not passphrase.text:
        raise StoreLocked("an empty passphrase protects nothing", needs=_PASSPHRASE)
    kdf = keyslot.new_scrypt()

    def wrapped() -> bytes:
        return keyslot.wrap(kdf.derive(passphrase.text), data_key.secret)

    return Keyslot(
        version=keyslot.VERSION,
        store_id=store_id,
        kind=SlotKind.PASSPHRASE,
        kdf=kdf,
        wrapped=await awaitable(detached(wrapped, name="key derivation")),
    )


async def _unwrapped_by_passphrase(store_dir: Path, slot: Keyslot, passphrase: Passphrase) -> DataKey:
    path = store_dir / keyslot.NAME
    if (kdf := slot.kdf) is None:
        raise StoreCorrupt("the key slot does not say how the passphrase becomes a key", path=path)

    def unwrapped() -> bytes | None:
        return keyslot.unwrap(kdf.derive(passphrase.text), slot.wrapped)

    try:
        secret = await awaitable(detached(unwrapped, name="key derivation"))
    except ValueError as exc:
        raise StoreCorrupt(f"the key slot asks for an impossible derivation: {exc}", path=path) from exc
    if secret is None:
        raise WrongPassphrase(path=store_dir)
    return DataKey(secret)


async def _with_keyring(store_id: str, data_key: DataKey, port: KeyringPort, deadline_s: float) -> Keyslot:
    wrapping_key = os.urandom(keyslot.KEY_BYTES)

    def kept() -> Keyslot:
        secret = wrapping_key.hex()
        backend = port.backend()
        port.write(store_id, secret)
        # Some keyrings take everything and keep nothing.
        if port.read(store_id) != secret:
            raise _ForgetfulError(backend)
        return Keyslot(
            version=keyslot.VERSION,
            store_id=store_id,
            kind=SlotKind.KEYRING,
            keyring=backend,
            wrapped=keyslot.wrap(wrapping_key, data_key.secret),
        )

    return await _asked(kept, deadline_s, needs=_CHOICE)


async def _unwrapped_by_keyring(store_dir: Path, slot: Keyslot, port: KeyringPort, deadline_s: float) -> DataKey:
    def fetched() -> tuple[str, bytes | None]:
        # Not a single write: a keyring may ask the operator for each.
        secret = port.read(slot.store_id)
        if secret is None:
            return port.backend(), None
        try:
            return port.backend(), keyslot.unwrap(bytes.fromhex(secret), slot.wrapped)
        except ValueError:
            return port.backend(), None

    backend, secret = await _asked(fetched, deadline_s, needs=_KEYRING)
    if secret is not None:
        return DataKey(secret)
    moved = f"; the key was given to {slot.keyring}" if backend != slot.keyring else ""
    raise StoreLocked(f"{backend} does not have this store's key{moved}", needs=_KEYRING, path=store_dir)


async def _asked(question: Callable[[], T], deadline_s: float, *, needs: str) -> T:
    """What a keyring answers in time. It may wait for the operator, hang for good, or raise whatever it likes."""
    answer = awaitable(detached(question, name="keyring"))
    done, _ = await asyncio.wait({answer}, timeout=deadline_s)
    if not done:
        answer.cancel()
        raise StoreLocked(f"the keyring did not answer within {deadline_s:g} s", needs=needs)
    if (problem := answer.exception()) is not None:
        raise StoreLocked(f"{type(problem).__name__}: {problem}", needs=needs) from problem
    return answer.result()


class _ForgetfulError(Exception):
    """A keyring did not keep what it was given."""


def _new_store_id() -> str:
    return str(uuid.uuid4())
