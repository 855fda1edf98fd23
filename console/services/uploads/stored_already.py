"""Whether a platform has a document already, as far as its list tells content by hash."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from console.model.document import Document, DocumentAction
from console.model.errors import GatewayError, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.api.contract import Documents
    from console.api.query import Query
    from console.api.transport import Reply
    from console.model.upload import UploadItem

_PAGES = 5
_FRESH_S = 60.0
_DELETED = "deleted"


class StoredAlready:
    """Reads the newest documents of a gateway once a minute at most, however many are queued.

    A courtesy: what can't be read, and what lies further back, counts as not there.

    Args:
        documents: Of the gateway.
        ask: Sends a read, past any cache.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        documents: Documents,
        ask: Callable[[Query[Any]], Awaitable[Reply]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._ask = ask
        self._clock = clock
        self._known: dict[str, Document] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def __call__(self, item: UploadItem) -> Document | None:
        """The document with the item's content; None when there is none, or no telling."""
        if DocumentAction.LIST not in self._documents.actions:
            return None
        async with self._reading:
            if self._read_at is None or self._clock() - self._read_at >= _FRESH_S:
                await self._read()
        found = self._known.get(item.sha256)
        return found if found is not None and await self._there(found.id) else None

    def arrived(self, item: UploadItem) -> None:
        """An item was stored since the list was read."""
        document = Document(id=item.document_id, name=item.name, size_bytes=item.size_bytes, sha256=item.sha256)
        self._known.setdefault(item.sha256, document)

    async def still(self, item: UploadItem) -> bool:
        """Whether the document of an item that is done is there; so it is where that can't be told."""
        return not item.document_id or await self._there(item.document_id)

    async def _read(self) -> None:
        known: dict[str, Document] = {}
        try:
            for number in range(1, _PAGES + 1):
                query = self._documents.listing(number)
                page = query.decode((await self._ask(query)).body)
                for document in page.documents:
                    if document.sha256 and document.state.casefold() != _DELETED:
                        known.setdefault(document.sha256, document)
                if not page.more or not any(document.sha256 for document in page.documents):
                    break
        except GatewayError:
            pass  # said when it is sent
        self._known, self._read_at = known, self._clock()

    async def _there(self, document_id: str) -> bool:
        if DocumentAction.DETAILS not in self._documents.actions:
            return True
        query = self._documents.details(document_id)
        try:
            document = query.decode((await self._ask(query)).body)
        except NotFound:
            return False
        except GatewayError:
            return True
        return document.state.casefold() != _DELETED
