"""The real store on disk, encrypted with a key that only the test has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.store.key import MemoryOnly
from console.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path, MemoryOnly())
    yield opened
    await opened.close()
