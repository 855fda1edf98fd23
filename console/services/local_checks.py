"""What `gatewatch doctor` looks at on this computer, before it asks a gateway."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Protocol

from console.i18n import tr
from console.model.errors import GatewatchError, StoreError
from console.services.doctor import LOCAL, Check
from console.services.explain import explain
from console.services.retention import shown_size
from console.store import keyslot
from console.store.keyslot import SlotKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from console.crash import Crash
    from console.model.errors import SettingsError
    from console.model.record import RecordSize
    from console.model.retention import RecordLimit

LEAST_FREE_BYTES = 256 << 20


class SizedRecord(Protocol):
    """The part of the record that is looked at; see `console.store.record.Record`."""

    async def size(self) -> RecordSize:
        """How large it is."""


async def local_checks(
    store_dir: Path,
    record: SizedRecord,
    limit: RecordLimit,
    *,
    settings_problems: Sequence[str],
    settings_broken: SettingsError | None,
    kept_aside: Sequence[str],
    crashed: Crash | None,
) -> tuple[Check, ...]:
    """Settings, store and record. No layer is to blame for what fails here: it is this computer's own.

    Args:
        store_dir: Where the store is.
        record: The record in it.
        limit: The most it may take.
        settings_problems: Keys that could not be used, one sentence each.
        settings_broken: Why the whole file can't be used; None when it can.
        kept_aside: Files that were damaged and put aside when the store was opened, one sentence each.
        crashed: The last crash of a window; one that a window has told of since is no failure any more.
    """
    told = [explain(settings_broken).text] if settings_broken is not None else list(settings_problems)
    settings = _check("settings", tr("in use"), " ".join(told))
    store = _check("store", await _key(store_dir), " ".join(kept_aside))
    return (settings, store, _window(crashed), await _record(store_dir, record, limit))


async def _key(store_dir: Path) -> str:
    try:
        slot = await asyncio.to_thread(keyslot.read, store_dir)
    except GatewatchError as exc:
        return explain(exc).text
    if slot is None:
        return tr("nothing is kept on this computer")
    by_passphrase = slot.kind is SlotKind.PASSPHRASE
    return tr("encrypted, opened by a passphrase") if by_passphrase else tr("encrypted, its key is in the keyring")


def _window(crashed: Crash | None) -> Check:
    if crashed is None:
        return _check("window", tr("no crash is known"), "")
    return _check("window", crashed.text, "" if crashed.told else crashed.text)


async def _record(store_dir: Path, record: SizedRecord, limit: RecordLimit) -> Check:
    try:
        size = await record.size()
        free_bytes = await asyncio.to_thread(_free_bytes, store_dir)
    except (StoreError, OSError) as exc:
        return _check("record", "", explain(exc).text if isinstance(exc, StoreError) else str(exc))
    held = tr("{held} of {most}", held=shown_size(size.data_bytes), most=shown_size(limit.size_bytes))
    if free_bytes is None or free_bytes >= LEAST_FREE_BYTES:
        return _check("record", held, "")
    return _check("record", held, tr("Only {free} are left on this disk.", free=shown_size(free_bytes)))


def _free_bytes(folder: Path) -> int | None:
    """None where nothing is kept on the disk."""
    return shutil.disk_usage(folder).free if folder.exists() else None


def _check(name: str, detail: str, error: str) -> Check:
    return Check(capability=LOCAL, check=name, ok=not error, detail=detail, error=error)
