"""The examination's look at documents: the list is read; where writing is asked for, one small file comes and goes."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import uuid
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from console.api.sending import Sending
from console.i18n import tr
from console.model.document import DocumentAction, Finding, Sought, Verdict
from console.model.errors import GatewayError, NotOffered, ReadOnly
from console.services.doctor_reads import Unavailable, asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from console.api.contract import Documents, Gateway
    from console.model.document import Document
    from console.services.doctor_reads import Ask, Step

MEDIA_TYPE = "text/plain"


class _Note:
    """See `console.api.sending.FileSource`: a text in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size_bytes = len(content)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """All of it at once."""

        async def pieces() -> AsyncIterator[bytes]:
            yield self.content

        yield pieces()


def steps(gateway: Gateway, ask: Ask, *, write: bool) -> Iterator[Step]:
    """Reading the list; and, when writing is asked for, one file that is uploaded, looked up and deleted."""
    documents = gateway.documents
    if documents is None:
        yield "documents", "list", None
        return
    if DocumentAction.LIST in documents.actions:
        yield "documents", "list", partial(_listed, documents, ask)
    else:
        yield "documents", "list", None
    yield "documents", "upload", partial(_there_and_back, documents) if write else _not_asked_for


async def _not_asked_for() -> str:
    raise Unavailable(tr("only with --write"))


async def _listed(documents: Documents, ask: Ask) -> str:
    query = documents.listing(1)
    page = query.decode((await asked(ask, query)).body)
    count = len(page.documents) if page.total is None else page.total
    told = tr("{count} documents", count=count)
    return tr("{told}; {skipped} can't be read", told=told, skipped=len(page.skipped)) if page.skipped else told


async def _there_and_back(documents: Documents) -> str:
    rules = documents.rules
    if rules.media_types and MEDIA_TYPE not in rules.media_types:
        raise Unavailable(tr("this platform takes no plain text"))
    if needed := [field.id for field in rules.fields if field.required]:
        raise Unavailable(tr("an upload here needs {fields}", fields=", ".join(needed)))
    sending, since = _sending(), datetime.now(UTC)
    try:
        stored = await documents.upload(sending)
    except ReadOnly as exc:
        raise Unavailable(tr("the profile is read-only")) from exc
    except NotOffered as exc:
        raise Unavailable(tr("this gateway has no route for it: {answers}", answers=", ".join(exc.answers))) from exc
    except GatewayError:
        if sending.sent_whole:
            await _take_back_what_may_be_there(documents, sending, since)
        raise
    try:
        finding = await documents.find(_sought(sending, since))
    finally:  # whatever else fails
        left = await _take_back(documents, stored)
    return f"{_told(finding, stored)}; {left}"


def _sending() -> Sending:
    mark = secrets.token_hex(4)
    content = f"Gatewatch looks whether documents can be uploaded ({mark}). This file may be deleted.\n".encode()
    return Sending(
        source=_Note(content),
        name=f"gatewatch-doctor-{mark}.txt",
        media_type=MEDIA_TYPE,
        sha256=hashlib.sha256(content).hexdigest(),
        idempotency_key=str(uuid.uuid4()),
    )


def _sought(sending: Sending, since: datetime) -> Sought:
    return Sought(
        idempotency_key=sending.idempotency_key,
        sha256=sending.sha256,
        name=sending.name,
        size_bytes=sending.source.size_bytes,
        since=since,
        until=datetime.now(UTC),
    )


def _told(finding: Finding, stored: Document) -> str:
    """That the platform lists what it took: how lost answers are cleared up.

    Raises:
        GatewayError: It does not, though it lists all that it has.
    """
    if finding.verdict is Verdict.ABSENT:
        raise GatewayError(tr("{id} was accepted, but the platform does not list it", id=stored.id))
    if finding.verdict is Verdict.THERE and [one.id for one in finding.documents] == [stored.id]:
        return tr("uploaded and found again")
    return tr("uploaded; a lost answer could not be cleared up: {why}", why=finding.reason or tr("another one fits"))


async def _take_back(documents: Documents, stored: Document) -> str:
    """Delete it; where that can't be done, say what is left behind."""
    if DocumentAction.DELETE not in documents.actions:
        return tr("{name} stays there as {id}: this platform deletes nothing", name=stored.name, id=stored.id)
    try:
        await documents.delete(stored.id)
    except NotOffered:
        return tr("{name} stays there as {id}: this gateway deletes nothing", name=stored.name, id=stored.id)
    return tr("deleted again")


async def _take_back_what_may_be_there(documents: Documents, sending: Sending, since: datetime) -> None:
    """Its answer was lost: nobody but us knows what the file is for."""
    with contextlib.suppress(GatewayError):
        for found in (await documents.find(_sought(sending, since))).documents:
            await documents.delete(found.id)
