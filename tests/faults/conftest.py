"""A real store, a real sandbox, and a session that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.store.key import MemoryOnly
from console.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path, MemoryOnly())
    yield opened
    await opened.close()


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0, refresh_grace_s=5.0)) as running:
        yield running
