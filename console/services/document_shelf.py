"""The documents of one gateway: looked through, changed, fetched."""

from __future__ import annotations

import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.document import DocumentAction
from console.model.errors import GatewayError, NotFound, NotOffered
from console.model.upload import UploadProgress
from console.services.arriving_file import ArrivingFile
from console.services.latest import Latest
from console.services.ports import Told
from console.services.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from console.api.contract import Documents, Gateway
    from console.model.document import Document, DocumentPage, UploadRules
    from console.services.cache import ReadCache
    from console.services.cache_ports import Ask

_DELETED = "deleted"  # what some platforms answer for one that is gone
TAG = "documents"  # of all that is read about documents


class Shelf:
    """See `console.services.upload_ports.DocumentShelf`. Belongs to a session.

    Args:
        gateway: Gives the dialect.
        cache: Keeps what was read, for one login at a time.
        ask: The way to the gateway past the cache.
        ready: Returns once the gateway may be spoken to.
    """

    def __init__(
        self, gateway: Callable[[], Gateway], cache: ReadCache, ask: Ask, ready: Callable[[], Awaitable[object]]
    ) -> None:
        self._gateway = gateway
        self._cache = cache
        self._ask = ask
        self._ready = ready
        self._absent: set[DocumentAction] = set()
        self._looks = 0
        self.arrivals = 0
        self.page: Latest[Told[DocumentPage] | None] = Latest(None)

    @property
    def rules(self) -> UploadRules:
        """See the port.

        Raises:
            NotOffered: The platform takes no documents.
        """
        return self._documents.rules

    @property
    def actions(self) -> frozenset[DocumentAction]:
        """See the port; nothing where the platform takes no documents."""
        documents = self._gateway().documents
        return documents.actions - self._absent if documents is not None else frozenset()

    @property
    def _documents(self) -> Documents:
        if (documents := self._gateway().documents) is None:
            raise NotOffered("this platform takes no documents")
        return documents

    async def look(self, page: int = 1, search: str = "") -> None:
        """See the port."""
        self._looks += 1
        mine = self._looks
        await self._ready()
        try:
            query = self._documents.listing(page, search)
        except NotOffered as exc:
            if mine == self._looks:
                self.page.set(Told(error=exc))
            return
        async with aclosing(self._cache.follow(query)) as answers:
            async for told in answers:
                if mine != self._looks:
                    return
                self._note(DocumentAction.SEARCH if search else DocumentAction.LIST, told.error)
                self.page.set(told)

    def arrived(self) -> None:
        """An upload is stored. Lists are not read anew for each: there may be thousands in a minute."""
        self.arrivals += 1

    def look_again(self) -> None:
        """Ask for the page anew, now."""
        self._cache.try_now()
        self._cache.invalidate({TAG})

    def rest(self) -> None:
        """See the port."""
        self._looks += 1
        self.page.set(None)

    async def details(self, document_id: str) -> Document:
        """See the port."""
        await self._ready()
        try:
            query = self._documents.details(document_id)
            return query.decode((await self._ask(query, "")).body)
        except NotOffered as exc:
            self._note(DocumentAction.DETAILS, exc)
            raise

    async def delete(self, document_id: str) -> None:
        """See the port."""
        await self._write(DocumentAction.DELETE, lambda documents: documents.delete(document_id))

    async def process(self, document_id: str) -> None:
        """See the port."""
        try:
            await self._write(DocumentAction.PROCESS, lambda documents: documents.process(document_id))
        except NotFound as exc:
            await self._blame(DocumentAction.PROCESS, document_id, exc)
            raise

    async def download(self, document_id: str, folder: Path, progress: Latest[UploadProgress | None]) -> Path:
        """See the port."""
        await self._ready()
        began = time.monotonic()

        def arrived(arrived_bytes: int, size_bytes: int | None) -> None:
            progress.set(_progress(arrived_bytes, size_bytes, time.monotonic() - began))

        try:
            async with ArrivingFile(folder, name=self._name_of(document_id), arrived=arrived) as file:
                await self._documents.download(document_id, file)
                return await unbroken(file.keep())
        except NotFound as exc:
            await self._blame(DocumentAction.DOWNLOAD, document_id, exc)
            raise
        except NotOffered as exc:
            self._note(DocumentAction.DOWNLOAD, exc)
            raise

    async def thumbnail(self, url: str) -> bytes:
        """See the port."""
        await self._ready()
        return await self._documents.thumbnail(url)

    async def _write(self, action: DocumentAction, act: Callable[[Documents], Awaitable[None]]) -> None:
        await self._ready()
        try:
            await act(self._documents)
        except NotOffered as exc:
            self._note(action, exc)
            raise
        finally:
            self._cache.invalidate({TAG})  # also when it failed: nobody knows how far it got

    async def _blame(self, action: DocumentAction, document_id: str, error: NotFound) -> None:
        """Where the document is there, it is the route that was not found.

        Raises:
            NotOffered: So it is.
        """
        try:
            document = await self.details(document_id)
        except GatewayError:
            return
        if document.state.casefold() != _DELETED:
            answer = f"{error.route}: {error.status}"
            absent = NotOffered(tr("this gateway has no way to do that"), answers=(answer,))
            self._note(action, absent)
            raise absent from error

    def _note(self, action: DocumentAction, error: Exception | None) -> None:
        """What this gateway was found not to have; what answers is there after all."""
        if isinstance(error, NotOffered):
            self._absent.add(action)
        elif error is None:
            self._absent.discard(action)

    def _name_of(self, document_id: str) -> str:
        told = self.page.value
        listed = told.known.value.documents if told is not None and told.known is not None else ()
        return next((one.name for one in listed if one.id == document_id), "")


def _progress(arrived_bytes: int, size_bytes: int | None, took_s: float) -> UploadProgress:
    """How far a download is. Where the size was not promised the total is what came so far: nobody knows more."""
    rate = arrived_bytes / took_s if took_s > 0 else None
    left = (size_bytes - arrived_bytes) / rate if rate and size_bytes is not None else None
    total = size_bytes if size_bytes is not None else arrived_bytes
    return UploadProgress(sent_bytes=arrived_bytes, total_bytes=total, rate_bps=rate, remaining_s=left)
