"""Documents by what a platform's routes are and how it spells them: what every dialect's documents have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from console.api import documents, thumbnails
from console.api.document_search import NO_STATES, look_up
from console.api.query import Query
from console.i18n import tr
from console.model.document import DocumentAction, Finding, Verdict
from console.model.errors import NotFound, NotOffered
from console.model.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from console.api.document_search import Read
    from console.api.multipart import Part
    from console.api.sending import Sending, Sink
    from console.api.transport import Transport
    from console.model.capability import Operation
    from console.model.document import Document, DocumentPage, Sought, UploadRules

TAG = "documents"
_PAGES = 20  # of a list that is looked through for one document


@dataclass(frozen=True, kw_only=True)
class DocumentRoutes:
    """One platform's way with documents.

    Attributes:
        rules: What it wants of an upload.
        upload: Sends one.
        parts: The form, made for the route that takes it, as a template.
        listing: None where it has no list.
        params: Of the list: number of a page from 1, and what is searched for.
        page_size: How many entries `params` ask for.
        searching: Operation for a list of those that fit a search, when it is another than `listing`.
        searches: Whether it can search at all.
        promised: Whether its guide, or every server that was seen, has the list.
        details: None where it has none; likewise the others.
        doubtful: States, in small letters, in which a document may be what a failed upload left behind.
    """

    rules: UploadRules
    upload: Operation
    parts: Callable[[Sending, str], Sequence[Part]]
    params: Callable[[int, str], Mapping[str, str]]
    page_size: int
    listing: Operation | None = None
    searching: Operation | None = None
    searches: bool = True
    promised: bool = True
    details: Operation | None = None
    delete: Operation | None = None
    process: Operation | None = None
    download: Operation | None = None
    doubtful: frozenset[str] = NO_STATES

    @property
    def actions(self) -> frozenset[DocumentAction]:
        """What of all that the platform promises."""
        listed = self.promised and self.listing is not None
        there = {
            DocumentAction.LIST: listed,
            DocumentAction.SEARCH: listed and self.searches,
            DocumentAction.DETAILS: self.details is not None,
            DocumentAction.DELETE: self.delete is not None,
            DocumentAction.PROCESS: self.process is not None,
            DocumentAction.DOWNLOAD: self.download is not None,
        }
        return frozenset(action for action, has in there.items() if has)


class RoutedDocuments:
    """See `console.api.contract.Documents`."""

    def __init__(self, transport: Transport, routes: DocumentRoutes) -> None:
        self._transport = transport
        self._routes = routes

    @property
    def rules(self) -> UploadRules:
        """See the port."""
        return self._routes.rules

    @property
    def actions(self) -> frozenset[DocumentAction]:
        """See the port."""
        return self._routes.actions

    async def upload(self, sending: Sending) -> Document:
        """See the port."""
        parts = partial(self.form, sending)
        reply = await self._transport.upload(self._routes.upload, parts=parts, sending=sending)
        sending.request_id = reply.exchange.request_id
        return documents.document(reply.body)

    def form(self, sending: Sending, route: str) -> Sequence[Part]:
        """See the port."""
        return self._routes.parts(sending, route)

    async def find(self, sought: Sought) -> Finding:
        """By the platform's list, unfiltered: a search may overlook what was stored a moment ago."""
        if self._routes.listing is None:
            return _no_list()
        try:
            return await look_up(sought, self._page, doubtful=self._routes.doubtful)
        except NotOffered:
            return _no_list()

    async def _page(self, number: int) -> Read:
        query = self.listing(number)
        reply = await self._transport.call(query.operation, params=query.params)
        return query.decode(reply.body), reply.clock_offset_s

    def listing(self, page: int, search: str = "") -> Query[DocumentPage]:
        """See the port."""
        operation = _has(self._routes.listing, "documents.list")
        if search:
            if not self._routes.searches:
                raise NotOffered("documents.search is not offered")
            operation = self._routes.searching or operation
        return Query(
            operation=operation,
            params=self._routes.params(page, search),
            decode=partial(documents.page, number=page, size=self._routes.page_size),
            freshness=Freshness.NOTICES,
            tags=frozenset({TAG}),
        )

    def details(self, document_id: str) -> Query[Document]:
        """See the port."""
        return Query(
            operation=_has(self._routes.details, "documents.details"),
            fields={"id": document_id},
            decode=documents.document,
            freshness=Freshness.NOTICES,
            tags=frozenset({TAG, f"document:{document_id}"}),
        )

    async def delete(self, document_id: str) -> None:
        """See the port."""
        operation = _has(self._routes.delete, "documents.delete")
        try:
            await self._transport.call(operation, fields={"id": document_id})
        except NotFound as exc:
            if await self._is_there(document_id):  # so it is the route that was not found
                said = f"{exc.route}: {exc.status}"
                raise NotOffered("documents.delete is not offered", answers=[said]) from exc

    async def _is_there(self, document_id: str) -> bool:
        """As far as the platform tells of single documents, or else lists them; not, where it does neither."""
        try:
            if self._routes.details is not None:
                query = self.details(document_id)
                reply = await self._transport.call(query.operation, fields=query.fields)
                return query.decode(reply.body).state.casefold() != documents.DELETED
            for number in range(1, _PAGES + 1) if self._routes.listing is not None else ():
                page, _ahead = await self._page(number)
                if any(one.id == document_id and one.state.casefold() != documents.DELETED for one in page.documents):
                    return True
                if not page.more:
                    break
        except (NotFound, NotOffered):
            return False
        return False

    async def process(self, document_id: str) -> None:
        """See the port."""
        operation = _has(self._routes.process, "documents.process")
        await self._transport.call(operation, fields={"id": document_id})

    async def download(self, document_id: str, sink: Sink) -> None:
        """See the port."""
        operation = _has(self._routes.download, "documents.download")
        await self._transport.download(operation, fields={"id": document_id}, sink=sink)

    async def thumbnail(self, url: str) -> bytes:
        """See the port."""
        if not self._routes.rules.thumbnails:
            raise NotOffered("documents.thumbnail is not offered")
        return await thumbnails.fetch(self._transport, url)


def _has(operation: Operation | None, name: str) -> Operation:
    if operation is None:
        raise NotOffered(f"{name} is not offered")
    return operation


def _no_list() -> Finding:
    return Finding(verdict=Verdict.UNSURE, reason=tr("this gateway has no list of documents to look it up in"))
