"""Documents as tests send and receive them, and how each platform is asked for them."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from console.api.sending import Sending
from console.model.document import DocumentAction, Sought
from console.model.errors import NotOffered
from tests.contract.site import offered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from console.api.contract import Documents
    from console.api.query import Query
    from console.model.document import Document
    from console.services.doctor import PassingSession
    from tests.contract.site import Site

T = TypeVar("T")
MEDIA_TYPE = "text/plain"


@dataclass
class Paper:
    """See `console.api.sending.FileSource`."""

    content: bytes
    opened: int = 0

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        self.opened += 1

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(self.content), 100_000):
                yield self.content[at : at + 100_000]

        yield pieces()


@dataclass
class Tray:
    """See `console.api.sending.Sink`."""

    said: list[tuple[str, int | None, str]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)

    async def begin(self, *, name: str, size_bytes: int | None, media_type: str) -> None:
        self.said.append((name, size_bytes, media_type))

    async def take(self, piece: bytes) -> None:
        self.content += piece


def sending(
    content: bytes | None = None, name: str = "", metadata: Mapping[str, str] = MappingProxyType({})
) -> Sending:
    """A document like no other."""
    content = f"of tests: {uuid.uuid4()}\n".encode() if content is None else content
    return Sending(
        source=Paper(content),
        name=name or f"paper-{uuid.uuid4().hex[:8]}.txt",
        media_type=MEDIA_TYPE,
        sha256=hashlib.sha256(content).hexdigest(),
        idempotency_key=str(uuid.uuid4()),
        metadata=metadata,
    )


def sought(sent: Sending, since: datetime) -> Sought:
    """What its look-up asks."""
    return Sought(
        idempotency_key=sent.idempotency_key,
        sha256=sent.sha256,
        name=sent.name,
        size_bytes=sent.source.size_bytes,
        since=since,
        until=datetime.now(UTC),
    )


@dataclass(frozen=True)
class Desk:
    """The documents of a platform, for somebody who is signed in."""

    site: Site
    operator: PassingSession
    documents: Documents
    before: frozenset[object]

    @property
    def stored(self) -> list[dict[str, object]]:
        """What came in by now and is there, oldest first, as the platform knows it itself."""
        rows = self.site.sandbox.documents()
        return [row for row in rows if row["state"] != "deleted" and row["id"] not in self.before]

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Some platforms have documents only in the field: the face then is one."""
        try:
            return await question()
        except NotOffered:
            self.site.sandbox.apply(field_routes=True)
            self.operator.transport.begin_anew()
            return await question()

    async def upload(self, sent: Sending) -> Document:
        return await self.ask(lambda: self.documents.upload(sent))

    async def read(self, query: Query[T]) -> T:
        return query.decode(await self.body(query))

    async def body(self, query: Query[Any]) -> Any:
        async def asked() -> object:
            reply = await self.operator.transport.call(query.operation, fields=query.fields, params=query.params)
            return reply.body

        return await self.ask(asked)

    def can(self, action: DocumentAction) -> None:
        """The test is skipped where the platform does not promise it."""
        if action not in self.documents.actions:
            pytest.skip(f"{self.site.name} has no {action.value} of documents")


@contextlib.asynccontextmanager
async def desk(site: Site, *actions: DocumentAction) -> AsyncIterator[Desk]:
    async with site.visitor() as visitor:
        documents = offered(visitor.gateway.documents, visitor.gateway, "documents")
        one = Desk(site, visitor, documents, frozenset(row["id"] for row in site.sandbox.documents()))
        for action in actions:
            one.can(action)
        await site.sign_in(visitor)
        yield one
