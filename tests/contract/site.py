"""A platform as the contract suite meets it: its face in a sandbox, its dialect, and somebody who signs in."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import httpx
import pytest

from console.model.address import Address
from console.model.errors import MfaRequired
from console.model.identity import PasswordCredentials
from console.services.doctor import PassingSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.api.contract import Gateway
    from console.model.identity import SignedIn
    from console.sandbox.server import Sandbox
    from console.sandbox.thread import SandboxThread

T = TypeVar("T")

SOCKET, IN_PROCESS = "socket", "in process"


class InProcess:
    """Answers HTTP requests from the face's application itself: all of the client runs, only TCP is left out."""

    def __init__(self, sandbox: SandboxThread, name: str) -> None:
        async def serving(running: Sandbox) -> tuple[asyncio.AbstractEventLoop, httpx.ASGITransport]:
            return asyncio.get_running_loop(), httpx.ASGITransport(running.app(name), client=("127.0.0.1", 49152))

        self._loop, self._face = sandbox.call(serving)

    async def answer(self, _transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        """Stands in for httpx's own way over a socket."""
        await request.aread()
        asked = asyncio.run_coroutine_threadsafe(self._face.handle_async_request(request), self._loop)
        return await asyncio.wrap_future(asked)


@dataclass(frozen=True)
class Site:
    """One platform, asked in one way.

    Attributes:
        name: Of the platform, and of its face.
        way: How HTTP goes there; feeds open sockets of their own.
        sandbox: What the face belongs to; as after a start when a test begins.
    """

    name: str
    way: str
    sandbox: SandboxThread

    @property
    def address(self) -> Address:
        """Where the face answers."""
        return Address.parse(self.sandbox.sandbox.url(self.name))

    @property
    def credentials(self) -> PasswordCredentials:
        """Of the operator."""
        return PasswordCredentials(username=self.sandbox.username, password=self.sandbox.password)

    @contextlib.asynccontextmanager
    async def visitor(self, tenant: str = "") -> AsyncIterator[PassingSession]:
        """Somebody who did not sign in yet."""
        session = PassingSession(self.address, self.name, tenant)
        try:
            yield session
        finally:
            await session.close()

    @contextlib.asynccontextmanager
    async def operator(self, needs: str = "", what: str = "") -> AsyncIterator[PassingSession]:
        """Somebody who did, unless the platform has not what the test needs: a field of `Gateway`, and its name."""
        async with self.visitor() as session:
            if needs:
                offered(getattr(session.gateway, needs), session.gateway, what)
            await self.sign_in(session)
            yield session

    async def sign_in(self, session: PassingSession) -> SignedIn:
        """With the second factor, where it is wanted."""
        try:
            return await session.sign_in(self.credentials)
        except MfaRequired as exc:
            return await session.answer(exc.challenge, self.sandbox.mfa_code)


def offered(part: T | None, gateway: Gateway, what: str) -> T:
    """A capability of a gateway; the test is skipped where the platform has none."""
    if not part:
        pytest.skip(f"{gateway.platform} has no {what}")
    return part


async def eventually(holds: Callable[[], bool]) -> None:
    """Look again and again; the test's own time limit ends it."""
    while not holds():
        await asyncio.sleep(0.01)
