"""B6's uploads on the disk: what the queue asks its journal all the time, with 10,000 items in it and with 100.

Prints medians in milliseconds as JSON, `{"what": [much, little]}`; what a start reads once goes to the error stream.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from console.model.upload import UploadChange, UploadItem, UploadState, UploadStep
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile
from console.store.key import DataKey
from console.store.uploads import UploadJournal
from console.store.vault import VAULT

if TYPE_CHECKING:
    from collections.abc import Awaitable

MUCH, LITTLE, ROUNDS = 10_000, 100, 25
_NOW = datetime.now(UTC)
_STATES = (*(UploadState.WAITING,) * 94, *(UploadState.DONE,) * 5, UploadState.PAUSED)
_PROFILE = "production"


def item(number: int) -> UploadItem:
    """One of many; every run the same but for the times."""
    name = f"Scanned document {number}.pdf"
    return UploadItem(
        id=f"item-{number:06}",
        profile=_PROFILE,
        user_id="operator",
        path=f"/home/operator/documents/{name}",
        name=name,
        size_bytes=10_000 + number,
        modified_ns=number,
        sha256=f"{number:064x}",
        idempotency_key=f"key-{number}",
        created_at=_NOW,
        changed_at=_NOW,
        state=_STATES[number % len(_STATES)],
    )


class Disk:
    """A queue in a file, as two processes have it open."""

    def __init__(self, ours: UploadJournal, theirs: UploadJournal, databases: tuple[Database, ...]) -> None:
        self._ours = ours
        self._theirs = theirs
        self._databases = databases
        self._seen = 0

    @classmethod
    async def filled(cls, folder: Path, count: int) -> Disk:
        """Put so many items into a new one."""
        await asyncio.to_thread(folder.mkdir, mode=0o700)
        file = EncryptedFile(folder / VAULT.name, DataKey(b"k" * 32).for_file(VAULT.name), VAULT)
        databases = (await Database.open(file), await Database.open(file))
        disk = cls(UploadJournal(databases[0]), UploadJournal(databases[1]), databases)
        await disk._ours.add([item(number) for number in range(count)])
        return disk

    async def load(self) -> int:
        """Read everything, as a start does; how many there are."""
        changes = await self._theirs.changed_since(-1)
        self._seen = changes.revision
        return len(changes.items)

    async def claim(self) -> None:
        """Take three, and give them back."""
        await self._ours.claim(_PROFILE, "benchmark", limit=3, ttl_s=30)
        await self._ours.release("benchmark")

    async def change(self) -> None:
        """Write one step of one item, and have the other process see it."""
        step = UploadStep(at=datetime.now(UTC), state=UploadState.WAITING)
        await self._ours.change(
            "item-000000",
            lambda found: UploadChange(item=msgspec.structs.replace(found, changed_at=step.at), step=step),
        )
        self._seen = (await self._theirs.changed_since(self._seen)).revision

    async def close(self) -> None:
        """Give the file back."""
        for database in self._databases:
            await database.close()


async def _ms(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return (time.perf_counter() - started) * 1000


async def _measure(folder: Path) -> dict[str, list[float]]:
    disks = {count: await Disk.filled(folder / str(count), count) for count in (MUCH, LITTLE)}
    for count, disk in disks.items():
        print(f"  {count:,} uploads are read in {await _ms(disk.load()):,.0f} ms", file=sys.stderr, flush=True)
    took: dict[str, dict[int, list[float]]] = {}
    for _ in range(ROUNDS + 1):
        for count, disk in disks.items():
            for what, work in (("claim three and give them back", disk.claim), ("one change told", disk.change)):
                took.setdefault(what, {}).setdefault(count, []).append(await _ms(work()))
    for disk in disks.values():
        await disk.close()
    return {
        f"{MUCH:,} uploads: {what}": [statistics.median(by_count[count][1:]) for count in (MUCH, LITTLE)]
        for what, by_count in took.items()
    }


def main() -> None:
    """Fill two journals and print how long they take."""
    with tempfile.TemporaryDirectory(prefix="gatewatch-b6-") as folder:
        print(json.dumps(asyncio.run(_measure(Path(folder)))))


if __name__ == "__main__":
    main()
