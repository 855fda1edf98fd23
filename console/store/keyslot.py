"""`keyslot.json`: the store's data key, wrapped, and how to get at the key that unwraps it."""

from __future__ import annotations

import enum
import hashlib
import os
import unicodedata
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from console.model.errors import StoreCorrupt, StoreError, StoreTooNew

if TYPE_CHECKING:
    from pathlib import Path

NAME = "keyslot.json"
VERSION = 1
KEY_BYTES = 32
WRAPPED_BYTES = KEY_BYTES + 8
_SCRYPT_MEMORY_BYTES = 256 * 1024 * 1024
_SIZE_LIMIT_BYTES = 16 * 1024


class SlotKind(enum.StrEnum):
    """Where the key that wraps the data key comes from."""

    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105  (a name, no secret)


class Scrypt(msgspec.Struct, frozen=True, kw_only=True, tag="scrypt", tag_field="name"):
    """How a passphrase becomes a key (RFC 7914). The cost is kept with the key, so that it can rise later.

    Attributes:
        salt: Random, new with every change of the passphrase.
        n: Cost; 2**15 with r = 8 takes 32 MiB.
        r: Block size.
        p: Parallelisation.
    """

    salt: Annotated[bytes, Meta(min_length=16, max_length=64)]
    n: Annotated[int, Meta(ge=2**14, le=2**20)] = 2**15
    r: Annotated[int, Meta(ge=8, le=32)] = 8
    p: Annotated[int, Meta(ge=1, le=16)] = 1

    def derive(self, passphrase: str) -> bytes:
        """The 32-byte key for a passphrase. Takes about 0.1 s.

        Raises:
            ValueError: The cost is impossible, or takes more memory than any of ours: the file was edited.
        """
        typed = unicodedata.normalize("NFKC", passphrase).encode()  # the same on every keyboard and system
        return hashlib.scrypt(
            typed, salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=_SCRYPT_MEMORY_BYTES, dklen=KEY_BYTES
        )


class Keyslot(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `keyslot.json`.

    Attributes:
        version: Of this format.
        store_id: Names the store in the keyring.
        kind: Where the wrapping key comes from.
        wrapped: The data key under that key, by AES key wrap (RFC 3394), which proves the key when it unwraps.
        keyring: Which keyring was given the key, to explain a changed one; empty for a passphrase.
        kdf: How the passphrase becomes the key; None for a keyring.
    """

    version: int
    store_id: str
    kind: SlotKind
    wrapped: Annotated[bytes, Meta(min_length=WRAPPED_BYTES, max_length=WRAPPED_BYTES)]
    keyring: str = ""
    kdf: Scrypt | None = None


def read(store_dir: Path) -> Keyslot | None:
    """The store's slot; None when it has none yet.

    Raises:
        StoreTooNew: Written by a newer program.
        StoreCorrupt: It makes no sense. Without it the store can't be read.
        StoreError: It can't be read.
    """
    path = store_dir / NAME
    try:
        with path.open("rb") as file:
            content = file.read(_SIZE_LIMIT_BYTES)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StoreError(f"the key slot can't be read: {exc.strerror or exc}", path=path) from exc
    try:
        if msgspec.json.decode(content, type=_Versioned).version > VERSION:
            raise StoreTooNew("the key slot was written by a newer program", path=path)
        return msgspec.json.decode(content, type=Keyslot)
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise StoreCorrupt(f"the key slot is damaged: {exc}", path=path) from exc


def encoded(slot: Keyslot) -> bytes:
    """The slot as the file holds it."""
    return msgspec.json.format(msgspec.json.encode(slot)) + b"\n"


def new_scrypt() -> Scrypt:
    """Today's cost with a new salt."""
    return Scrypt(salt=os.urandom(16))


def wrap(wrapping_key: bytes, data_key: bytes) -> bytes:
    """The data key under the wrapping key."""
    from cryptography.hazmat.primitives import keywrap  # noqa: PLC0415  (50 ms)

    return keywrap.aes_key_wrap(wrapping_key, data_key)


def unwrap(wrapping_key: bytes, wrapped: bytes) -> bytes | None:
    """The data key; None when the wrapping key is not the one."""
    from cryptography.hazmat.primitives import keywrap  # noqa: PLC0415  (50 ms)

    try:
        return keywrap.aes_key_unwrap(wrapping_key, wrapped)
    except (keywrap.InvalidUnwrap, ValueError):
        return None


class _Versioned(msgspec.Struct):
    version: int
