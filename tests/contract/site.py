"""A platform as the contract suite meets it: its face in a sandbox, its dialect, and somebody who signs in."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest

from console.api import registry
from console.model.address import Address
from console.model.capability import Capability
from console.model.errors import MfaRequired, NotOffered
from console.model.identity import PasswordCredentials
from console.services.doctor import PassingSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from console.api.contract import Gateway
    from console.api.query import Query
    from console.model.identity import SignedIn
    from console.sandbox.server import Sandbox
    from console.sandbox.thread import SandboxThread

T = TypeVar("T")

_CLIENT = ("127.0.0.1", 49152)
SOCKET, IN_PROCESS = "socket", "in process"


class InProcess:
    """Answers HTTP requests from the face's application itself: all of the client runs, only TCP is left out."""

    def __init__(self, site: Site) -> None:
        async def serving(running: Sandbox) -> tuple[asyncio.AbstractEventLoop, dict[int, httpx.ASGITransport]]:
            names = [site.name, *site.admin_names]
            faces = {
                urlsplit(running.url(name)).port or 0: httpx.ASGITransport(running.app(name), client=_CLIENT)
                for name in names
            }
            return asyncio.get_running_loop(), faces

        self._loop, self._faces = site.sandbox.call(serving)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Stands in for httpx's own way over a socket."""
        await request.aread()
        face = self._faces[request.url.port or 0]
        asked = asyncio.run_coroutine_threadsafe(face.handle_async_request(request), self._loop)
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
    def admin_names(self) -> list[str]:
        """Of what else listens for this platform, where a profile may say so."""
        return [f"{self.name}_admin"] if Capability.ADMIN_ADDRESS in registry.platform(self.name).capabilities else []

    @property
    def credentials(self) -> PasswordCredentials:
        """Of the operator."""
        return PasswordCredentials(username=self.sandbox.username, password=self.sandbox.password)

    @contextlib.asynccontextmanager
    async def visitor(self, tenant: str = "") -> AsyncIterator[PassingSession]:
        """Somebody who did not sign in yet."""
        admin = [self.sandbox.sandbox.url(name) for name in self.admin_names]
        session = PassingSession(self.address, self.name, tenant, admin_url="".join(admin))
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

    async def asked(self, session: PassingSession, query: Query[T]) -> object:
        """What the face answers to a query, as JSON. Some routes only servers in the field have: it then is one."""

        async def ask() -> object:
            reply = await session.transport.call(query.operation, fields=query.fields, params=query.params)
            return reply.body

        try:
            return await ask()
        except NotOffered:
            self.sandbox.apply(field_routes=True)
            session.transport.begin_anew()
            return await ask()

    async def read(self, session: PassingSession, query: Query[T]) -> T:
        """The same, decoded."""
        return query.decode(await self.asked(session, query))


def offered(part: T | None, gateway: Gateway, what: str) -> T:
    """A capability of a gateway; the test is skipped where the platform has none."""
    if not part:
        pytest.skip(f"{gateway.platform} has no {what}")
    return part


async def eventually(holds: Callable[[], bool]) -> None:
    """Look again and again; the test's own time limit ends it."""
    while not holds():
        await asyncio.sleep(0.01)
