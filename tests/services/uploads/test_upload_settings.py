"""What the settings say of uploads holds at once, and the queue's own limit never lifts theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.preferences import Uploads
from console.services.uploads.desk import Desk
from console.services.uploads.ladder import LADDER
from console.services.uploads.verification import LookUp
from console.store.key import MemoryOnly
from console.store.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_smaller_limit_counts(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "store", MemoryOnly())
    try:
        desk = Desk(store.uploads, look_up=LookUp())
        await desk.refresh()
        assert (desk.concurrency, desk.ladder) == (3, LADDER)

        async def limit(chosen: str | None, most_kib_s: int) -> int | None:
            await store.uploads.set_setting("bandwidth_bps", chosen)
            await desk.refresh()
            desk.prefer(Uploads(bandwidth_kib_s=most_kib_s, concurrency=1, retry_delays_s=(0.5,)))
            return desk.limit_bps

        assert await limit(None, 0) is None
        assert await limit("1000", 0) == 1000
        assert await limit("5000", 1) == 1024
        assert await limit("1000", 1) == 1000
        assert await limit(None, 2) == 2048
        assert (desk.concurrency, desk.ladder.delays_s) == (1, (0.5,))
        assert desk.ladder.slow_from == LADDER.slow_from
    finally:
        await store.close()
