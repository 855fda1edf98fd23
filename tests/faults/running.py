"""Sessions that tests start, watch and end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from console.model.identity import PasswordCredentials
from console.model.network import NO_PROXY, NetworkOptions
from console.model.profile import Profile
from console.services.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.model.connection import Connection
    from console.sandbox.thread import SandboxThread
    from console.store.store import Store

LIMIT_S = 45.0


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def operator(sandbox: SandboxThread) -> PasswordCredentials:
    return PasswordCredentials(username=sandbox.username, password=sandbox.password)


@contextlib.asynccontextmanager
async def session_at(
    url: str, platform: str, store: Store, options: NetworkOptions | None = None
) -> AsyncIterator[Session]:
    network = options or NetworkOptions(proxy=NO_PROXY)
    session = Session(
        Profile(name=f"the-{platform}", url=url, platform=platform, network=network), store.vault, store.record
    )
    task = asyncio.ensure_future(session.run())
    await session.restored()
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(session: Session, wanted: Callable[[Connection], bool]) -> Connection:
    async with asyncio.timeout(LIMIT_S):
        async for connection in session.connection.follow():
            if wanted(connection):
                return connection
    raise AssertionError
