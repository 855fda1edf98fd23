"""The store as a whole: opened with a key, damaged files kept aside and told of."""

from __future__ import annotations

import contextlib
import enum
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.errors import StoreCorrupt, StoreForeign, StoreOtherBuild
from console.store import keyslot
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile
from console.store.files import private_store_dir, set_aside
from console.store.key import MemoryOnly, unlock
from console.store.record import RECORD, Record
from console.store.uploads import UploadJournal
from console.store.vault import VAULT, Vault

if TYPE_CHECKING:
    from console.store.encrypted_file import Layout
    from console.store.key import DataKey, KeyChoice
    from console.store.system_keyring import KeyringPort


class Fault(enum.StrEnum):
    """What was wrong with a file that was kept aside."""

    DAMAGED = "damaged"
    OTHER_BUILD = "other-build"  # whole, with tables that this program never made
    FOREIGN = "foreign"  # not encrypted with this store's key: somebody put another file in its place


class KeptAside(msgspec.Struct, frozen=True, kw_only=True):
    """A file could not be used; it was renamed, and a new one begun.

    Attributes:
        name: Of the file: `vault.db` or `record.db`.
        fault: What was wrong with it.
        kept_as: Where it is now.
        at: When it was renamed (UTC).
    """

    name: str
    fault: Fault
    kept_as: Path
    at: datetime

    @property
    def text(self) -> str:
        """What the operator is told."""
        match self.fault:
            case Fault.DAMAGED:
                what = tr("{name} was damaged and is kept as {kept}.", name=self.name, kept=self.kept_as.name)
            case Fault.OTHER_BUILD:
                what = tr(
                    "{name} has the tables of another build of Gatewatch and is kept as {kept}.",
                    name=self.name,
                    kept=self.kept_as.name,
                )
            case Fault.FOREIGN:
                what = tr(
                    "{name} was not written with this store's key and is kept as {kept}.",
                    name=self.name,
                    kept=self.kept_as.name,
                )
        if self.name == VAULT.name:
            return f"{what} {tr('Sign in again to each gateway; what waited to be uploaded has to be added again.')}"
        return f"{what} {tr('What was recorded before is not shown; a new record was begun.')}"


class BroughtUp(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a file are those of this program now.

    Attributes:
        name: Of the file.
        copy: What it was before; dropped after two weeks, or when there is a newer one.
    """

    name: str
    copy: Path

    @property
    def text(self) -> str:
        """What the operator is told."""
        return tr(
            "{name} was brought up to date. What it was before is kept for two weeks, as {copy}.",
            name=self.name,
            copy=self.copy.name,
        )


Notice = KeptAside | BroughtUp


class Store:
    """Vault and record of one folder. Made by `open_store`; the owner awaits `close`.

    Attributes:
        vault: Sign-ins and leases.
        uploads: The journal of the upload queue, in the vault's file.
        record: What was seen.
        notices: What the operator has to be told about the opening.
    """

    def __init__(
        self, vault: Database, record: Database, notices: tuple[Notice, ...], exits: contextlib.AsyncExitStack
    ) -> None:
        """Use `open_store`."""
        self.vault = Vault(vault)
        self.uploads = UploadJournal(vault)
        self.record = Record(record)
        self.notices = notices
        self._record_database = record
        self._exits = exits

    async def renew_record(self) -> KeptAside:
        """Put a record aside that turned out to be damaged while it was read, and go on with a new one.

        Damage deep inside a file is not looked for at the start; `StoreCorrupt` tells of it. Calls to the record fail
        with a StoreError meanwhile. Not to be called twice at once.

        Raises:
            StoreError: The file can't be renamed, as when another process has it open on Windows; the record goes on
                with it.
        """
        file = self._record_database.file
        await self._record_database.close()
        try:
            notice = _put_aside(file, Fault.DAMAGED)
            self.notices += (notice,)
        finally:
            self._record_database = await Database.open(file)
            self._exits.push_async_callback(self._record_database.close)
            self.record.go_on_in(self._record_database)
        return notice

    async def close(self) -> None:
        """Finish what is being written and give the files back. Idempotent; later calls fail with a StoreError."""
        await self._exits.aclose()


async def open_store(store_dir: Path, choice: KeyChoice, *, keyring: KeyringPort | None = None) -> Store:
    """Open the store of a folder, or make one.

    Args:
        store_dir: Made when missing; mode 0700. Not touched with `MemoryOnly`.
        choice: Where the key is kept, see `console.store.key`.
        keyring: In place of the system's.

    Raises:
        StoreLocked: The key is out of reach, and `needs` says what would bring it back.
        WrongPassphrase: The store was made with another one.
        StoreTooNew: A file was written by a newer program. Left as it is.
        StoreBusy: Another process holds a file.
        StoreError: The folder or a file can't be used; the detail says why.
    """
    exits = contextlib.AsyncExitStack()
    try:
        if isinstance(choice, MemoryOnly):
            store_dir = Path(tempfile.mkdtemp(prefix="gatewatch-"))
            exits.callback(shutil.rmtree, store_dir, ignore_errors=True)
        private_store_dir(store_dir)
        key = await unlock(store_dir, choice, keyring=keyring)
        vault, vault_notice = await _open_or_begin(store_dir, VAULT, key)
        exits.push_async_callback(vault.close)
        record, record_notice = await _open_or_begin(store_dir, RECORD, key)
        exits.push_async_callback(record.close)
    except BaseException:
        await exits.aclose()
        raise
    notices = tuple(notice for notice in (vault_notice, record_notice) if notice is not None)
    return Store(vault, record, notices, exits)


def set_store_aside(store_dir: Path) -> tuple[Path, ...]:
    """Rename the key slot and both databases, so that the next `open_store` begins anew.

    The way on when the key is gone for good, and only with the operator's consent: what is put aside can be read again
    if the key comes back. Nobody may have the store open.

    Returns:
        The new paths.

    Raises:
        StoreError: The folder refuses the renaming; part of it may be done, and calling again goes on.
    """
    at = datetime.now(UTC)
    # The key slot goes last: until then the store is still one that can't be opened, not a new one.
    found = [path for name in (RECORD.name, VAULT.name, keyslot.NAME) if (path := store_dir / name).exists()]
    return tuple(set_aside(path, word="kept", at=at) for path in found)


async def _open_or_begin(store_dir: Path, layout: Layout, key: DataKey) -> tuple[Database, Notice | None]:
    """Open a file; one that can't be read is kept aside, once, and a new one begun."""
    file = EncryptedFile(store_dir / layout.name, key.for_file(layout.name), layout)
    try:
        database = await Database.open(file)
    except StoreForeign:
        fault = Fault.FOREIGN
    except StoreOtherBuild:
        fault = Fault.OTHER_BUILD
    except StoreCorrupt:
        fault = Fault.DAMAGED
    else:
        return database, BroughtUp(name=layout.name, copy=database.copy) if database.copy is not None else None
    notice = _put_aside(file, fault)
    return await Database.open(file), notice


def _put_aside(file: EncryptedFile, fault: Fault) -> KeptAside:
    at = datetime.now(UTC)
    return KeptAside(name=file.layout.name, fault=fault, kept_as=set_aside(file.path, word=fault.value, at=at), at=at)
