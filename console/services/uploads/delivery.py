"""One item on its way: checked, sent, and looked up where its answer was lost, until it is given back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.api.sending import Sending
from console.i18n import tr
from console.model.errors import GatewatchError, GatewayError, StoreError
from console.model.file_trouble import FileChanged, FileTrouble
from console.model.upload import FailureClass, LeaseLost, UploadState
from console.services.explain import explain
from console.services.unbroken import unbroken
from console.services.uploads import events
from console.services.uploads.gauge import Gauge
from console.services.uploads.outcome import Fate, Outcome, outcome_of
from console.services.uploads.preflight import duplicate_of, expected_s, objection, standing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from console.api.contract import Documents
    from console.model.document import Document
    from console.model.upload import UploadItem
    from console.services.uploads.events import Event
    from console.services.uploads.file_source import Checked, Files
    from console.services.uploads.verification import LookUp

_log = logging.getLogger(__name__)

_TICK_S = 0.25
_ANSWER_SHOWN_S = 1.0  # an answer that comes sooner leaves no line of its own in the story
_ANSWER_KEPT_S = 0.5, 1.5  # between attempts to journal that it is stored
_READINGS = 3  # of a file that changes while it is read, before it is left alone for a while


@dataclass(frozen=True, kw_only=True)
class Means:
    """What deliveries to one gateway work with.

    Attributes:
        documents: Of the gateway.
        files: Threads that read files.
        tell: Journals what happened to an item; only for its holder. Raises LeaseLost.
        alike: Others of the same content for the same gateway, from the journal.
        others: Documents of the gateway that came from other items.
        rivals: Whether another item of the same name and size was sent, and nobody knows what became of it.
        stored_already: The document that the platform has with this content; None when there is none, or no telling.
        still_stored: Whether the document of an item that is done is still there, as far as that can be told.
        ready: Renews the sign-in first when it would end within so many seconds. Raises GatewayError.
        may_send: Whether sending of an item may begin now: whose it is is signed in, nothing is held.
        theirs: Whether who is signed in is who queued an item.
        look_up: Finds out what became of an item.
        pace: Where the bandwidth limit holds pieces back.
        rate_bps: How fast documents went lately; None while that is not known.
        sending: Told of an item whose sending begins, and that it is over with None.
        read_only: Whether the profile forbids it.
    """

    documents: Documents
    files: Files
    tell: Callable[[str, Event], Awaitable[UploadItem]]
    alike: Callable[[UploadItem], Awaitable[Sequence[UploadItem]]]
    others: Callable[[UploadItem], frozenset[str]]
    rivals: Callable[[UploadItem], bool]
    stored_already: Callable[[UploadItem], Awaitable[Document | None]]
    still_stored: Callable[[UploadItem], Awaitable[bool]]
    ready: Callable[[float], Awaitable[None]]
    may_send: Callable[[UploadItem], bool]
    theirs: Callable[[UploadItem], bool]
    look_up: LookUp
    pace: Callable[[int], Awaitable[None]]
    rate_bps: Callable[[], float | None]
    sending: Callable[[str, Gauge | None], None]
    read_only: Callable[[], bool]


class Delivery:
    """Takes one claimed item as far as it goes. Runs in a task of its own.

    Args:
        item: As it was claimed: `checking` or `verifying`.
        means: What to work with.
    """

    def __init__(self, item: UploadItem, means: Means) -> None:
        self.item = item
        self.outcome: Outcome | None = None  # of the last sending that failed
        self._means = means
        self._owner = item.owner
        self._sending: Sending | None = None
        self._readings = 0
        self._task: asyncio.Task[None] | None = None
        self._broken_off = False

    async def run(self) -> None:
        """Until it is settled, put off, or somebody else's. Cancelled, it gives the item back first.

        Raises:
            StoreError: The journal can't be written; the item's lease ends by itself.
        """
        self._task = asyncio.current_task()
        try:
            while self.item.owner == self._owner and self.item.state.held:
                await self._step()
        except LeaseLost:
            _log.info("upload %s is no longer ours", self.item.id)
        except asyncio.CancelledError:
            await unbroken(self._give_back())
            if not self._broken_off:
                raise
            assert self._task is not None  # noqa: S101  (it runs)
            self._task.uncancel()

    def break_off(self) -> None:
        """Give the item back without a result, unless it may be stored already: then it goes on to its end."""
        if self._task is None or self._broken_off or self.item.state is UploadState.VERIFYING or self._went_out:
            return
        self._broken_off = True
        self._task.cancel()

    def left_behind(self, text: str) -> Event:
        """What has to be told of it when nobody can go on with it here."""
        if self.item.state is UploadState.VERIFYING:
            return events.NotLookedUp(kind=FailureClass.SERVICE, text=text)
        if self._went_out:
            return events.OutcomeUnknown(text=text)
        return events.NotStored(kind=FailureClass.SERVICE, text=text)

    @property
    def _went_out(self) -> bool:
        return self._sending is not None and self._sending.sent_whole

    async def _step(self) -> None:
        match self.item.state:
            case UploadState.CHECKING:
                await self._tell(await self._checked())
            case UploadState.UPLOADING:
                await self._tell(await self._sent())
            case _:
                await self._tell(await self._looked_up())

    async def _tell(self, event: Event) -> None:
        """Journal it, cancelled or not: what is known by now is not to be looked up again."""
        await unbroken(self._told(event))

    async def _told(self, event: Event) -> None:
        for wait_s in _ANSWER_KEPT_S if isinstance(event, events.Stored) else ():
            try:
                self.item = await self._means.tell(self.item.id, event)
            except StoreError:  # another look-up may not find what is known now
                await asyncio.sleep(wait_s)
            else:
                return
        self.item = await self._means.tell(self.item.id, event)

    async def _give_back(self) -> None:
        """As far as it came. Nobody is left to hear of a journal that can't be written."""
        try:
            await self._tell(events.LetGo(sent_whole=self._went_out))
        except GatewatchError as exc:
            _log.info("upload %s is given back by its lease: %s", self.item.id, exc)

    # Before the first byte

    async def _checked(self) -> Event:
        """What is against sending it; or that sending begins, once what it is was journaled."""
        self._sending = None
        try:
            return await self._refusal() or await self._made_ready()
        except FileChanged as exc:
            return events.NotStored(kind=FailureClass.CHANGING, text=explain(exc).text)
        except FileTrouble as exc:
            return events.FileMissing(text=explain(exc).text)
        except GatewayError as exc:
            return self._failed(exc)

    async def _refusal(self) -> Event | None:
        rules = self._means.documents.rules
        if self._means.read_only():
            return events.NotStored(kind=FailureClass.READ_ONLY, text=tr("This gateway is set to read-only."))
        found = await standing(self.item.path)  # before a large file is read for nothing
        if (against := objection(rules, size_bytes=found.st_size, metadata=self.item.metadata)) is not None:
            return against
        checked = await self._read_through()
        if against := objection(rules, size_bytes=checked.size_bytes, media_type=checked.media_type):
            return against
        await self._tell(
            events.Checked(
                sha256=checked.sha256,
                media_type=checked.media_type,
                size_bytes=checked.size_bytes,
                modified_ns=checked.modified_ns,
                fresh_key=str(uuid.uuid4()),
            )
        )
        return await self._doubled()

    async def _read_through(self) -> Checked:
        """What the file is, once it stands still for so long.

        Raises:
            FileTrouble: It can't be read, or does not stand still.
        """
        while True:
            try:
                return await self._means.files.check(Path(self.item.path))
            except FileChanged:
                self._readings += 1
                if self._readings >= _READINGS:
                    raise

    async def _doubled(self) -> Event | None:
        """Whether it is queued or stored already. One that was sent before, or that the operator insists on, is not."""
        if self.item.first_sent_at is not None or self.item.insisted:
            return None
        other = duplicate_of(self.item, await self._means.alike(self.item))
        if other is not None and (other.state is not UploadState.DONE or await self._means.still_stored(other)):
            text = tr("The same content is queued or uploaded already, as {name}.", name=other.name)
            return events.NotStored(kind=FailureClass.DUPLICATE, text=text)
        if other is None and (stored := await self._means.stored_already(self.item)) is not None:
            text = tr("The platform has this content already, as {name} ({id}).", name=stored.name, id=stored.id)
            return events.NotStored(kind=FailureClass.DUPLICATE, text=text)
        return None

    async def _made_ready(self) -> Event:
        if not self.item.state.held:  # it was taken back while it was looked at
            raise LeaseLost(self.item.id)
        await self._means.ready(expected_s(self.item.size_bytes, self._means.rate_bps()))
        if not self._means.may_send(self.item):
            return events.LetGo()
        return events.SendingBegan()

    # From the first byte on

    async def _sent(self) -> Event:
        item = self.item
        if not self._means.may_send(item):  # another may have signed in while it was journaled
            return events.LetGo(began=False)
        gauge = Gauge(item.size_bytes)
        self._sending = Sending(
            source=self._means.files.source(
                Path(item.path), size_bytes=item.size_bytes, modified_ns=item.modified_ns, sha256=item.sha256
            ),
            name=item.name,
            media_type=item.media_type,
            sha256=item.sha256,
            metadata=item.metadata,
            idempotency_key=item.idempotency_key,
            on_sent=gauge.sent,
            pace=self._means.pace,
        )
        self._means.sending(item.id, gauge)
        try:
            document = await self._answered(self._sending)
        except (FileTrouble, GatewayError) as exc:
            return self._failed(exc)
        finally:
            self._means.sending(item.id, None)
        self.outcome = None
        return _stored(document, self._sending)

    async def _answered(self, sending: Sending) -> Document:
        """Send, and say so where the answer takes its time.

        Cancelled just as the answer comes, the answer counts.
        """
        loop = asyncio.get_running_loop()
        upload = loop.create_task(self._means.documents.upload(sending), name="upload")
        whole_at: float | None = None
        try:
            while not upload.done():
                await asyncio.wait({upload}, timeout=_TICK_S)
                if sending.sent_whole and whole_at is None:
                    whole_at = loop.time()
                if whole_at is not None and loop.time() - whole_at >= _ANSWER_SHOWN_S and not upload.done():
                    whole_at = float("inf")  # told once
                    with contextlib.suppress(StoreError):  # a line of the story is not worth the answer
                        await self._tell(events.SentWhole())
        except asyncio.CancelledError:
            upload.cancel()
            await asyncio.gather(upload, return_exceptions=True)
            if not upload.cancelled() and upload.exception() is None:
                await self._tell(_stored(upload.result(), sending))
            raise
        except BaseException:
            upload.cancel()
            await asyncio.gather(upload, return_exceptions=True)
            raise
        return upload.result()

    def _failed(self, error: FileTrouble | GatewayError) -> Event:
        """What an error means for the item."""
        whole = self._went_out and self.item.state is not UploadState.CHECKING
        self.outcome = outcome = outcome_of(
            error, sent_whole=whole, again=self.item.first_sent_at != self.item.last_sent_at
        )
        text = explain(error).text
        match outcome.fate:
            case Fate.UNKNOWN:
                told_id = outcome.request_id or (self._sending.request_id if self._sending is not None else "")
                return events.OutcomeUnknown(text=text, status=outcome.status, request_id=told_id)
            case Fate.UNSENT:
                return events.LetGo(text=text, began=False)
            case Fate.SIGN_IN:
                return events.SignInNeeded(text=text)
            case Fate.NO_FILE:
                return events.FileMissing(text=text)
            case Fate.NOT_STORED if isinstance(error, FileChanged):
                return self._changing(error)
            case Fate.NOT_STORED:
                return events.NotStored(
                    kind=outcome.kind,
                    text=text,
                    status=outcome.status,
                    request_id=outcome.request_id,
                    retry_after_s=outcome.retry_after_s,
                )

    def _changing(self, error: FileChanged) -> Event:
        """Begin anew with what it is now; one that won't stand still is left alone for a while."""
        text = explain(error).text
        self._readings += 1
        if self._readings >= _READINGS:
            return events.NotStored(kind=FailureClass.CHANGING, text=text)
        return events.CheckAgain(text=text)

    async def _looked_up(self) -> Event:
        event = await self._means.look_up(
            self._means.documents,
            self.item,
            others=self._means.others(self.item),
            rivals=self._means.rivals(self.item),
            outcome=self.outcome,
        )
        if not self._means.theirs(self.item):  # it was looked for among the documents of another
            return events.LetGo(sent_whole=True)
        match event:
            case events.Missing():
                return self._after_absence(event)
            case events.Unsure(candidates=()) if self.outcome is not None and (
                self.outcome.kind is FailureClass.NOT_OFFERED
            ):  # neither the way in nor the list is there
                return events.NotStored(kind=FailureClass.NOT_OFFERED, text=tr("This gateway takes no documents."))
            case events.LetGo():
                self.outcome = Outcome(fate=Fate.UNSENT, kind=FailureClass.NETWORK)
            case events.SignInNeeded():
                self.outcome = Outcome(fate=Fate.SIGN_IN, kind=FailureClass.REFUSED)
        return event

    def _after_absence(self, missing: events.Missing) -> Event:
        """Sent again at once; when that ends in the same way, not before a while."""
        outcome = self.outcome
        if outcome is None or (outcome.kind.transient and self.item.attempts <= 1):
            return missing
        return events.NotStored(
            kind=outcome.kind,
            text=missing.text,
            status=outcome.status,
            request_id=outcome.request_id,
            retry_after_s=outcome.retry_after_s,
        )


def _stored(document: Document, sending: Sending) -> Event:
    return events.Stored(
        document_id=document.id,
        thumbnail_url=document.thumbnail_url,
        request_id=sending.request_id,
        key=sending.idempotency_key,
    )
