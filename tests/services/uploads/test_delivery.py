"""One item on its way, with everything around it under the test's control."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from console.model.document import Document, Finding, UploadRules, Verdict
from console.model.errors import StoreBusy
from console.model.upload import UploadItem, UploadState
from console.services.uploads import events
from console.services.uploads.delivery import Delivery, Means
from console.services.uploads.desk import Desk
from console.services.uploads.file_source import Files
from console.services.uploads.verification import LookUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from console.api.sending import Sending
    from console.model.document import Sought
    from console.services.uploads.events import Event
    from console.store.store import Store


class Platform:
    """Takes what is sent as the wire does: the last block only once the source has ended."""

    def __init__(self) -> None:
        self.rules = UploadRules()
        self.actions = frozenset[Any]()
        self.stored: list[bytes] = []
        self.finding = Finding(verdict=Verdict.ABSENT)
        self.while_looking: Callable[[], object] = lambda: None

    async def upload(self, sending: Sending) -> Document:
        content = b""
        async with sending.source.open() as pieces:
            async for piece in pieces:
                content += piece
        sending.sent_whole = True
        self.stored.append(content)
        return Document(id=f"d-{len(self.stored)}", name=sending.name)

    async def find(self, sought: Sought) -> Finding:
        self.while_looking()
        return self.finding


class Bench:
    def __init__(self, store: Store, file: Path) -> None:
        self.desk = Desk(store.uploads, look_up=LookUp(settle_s=0))
        self.platform = Platform()
        self.files = Files()
        self.signed_in = "ann"
        self.file = file
        self.journaling: Callable[[Event], object] = lambda event: None
        self.journaled = self.journaling

    def means(self) -> Means:
        async def nothing(*_given: object) -> Any:
            return None

        async def none_alike(_item: UploadItem) -> list[UploadItem]:
            return []

        async def tell(item_id: str, event: Event) -> UploadItem:
            self.journaling(event)
            item = await self.desk.tell(item_id, event)
            self.journaled(event)
            return item

        return Means(
            documents=self.platform,  # type: ignore[arg-type]
            files=self.files,
            tell=tell,
            alike=none_alike,
            others=self.desk.mirror.others,
            rivals=self.desk.mirror.rivals,
            stored_already=nothing,
            still_stored=nothing,
            ready=nothing,
            may_send=self.theirs,
            theirs=self.theirs,
            look_up=self.desk.look_up,
            pace=self.desk.pace,
            rate_bps=lambda: None,
            sending=self.desk.sending,
            read_only=lambda: False,
        )

    def theirs(self, item: UploadItem) -> bool:
        return item.user_id in {"", self.signed_in}

    async def claimed(self) -> UploadItem:
        found = self.file.stat()
        now = self.desk.clock()
        item = UploadItem(
            id="a", profile="kong", user_id="ann", path=str(self.file), name="a.txt", size_bytes=found.st_size,
            modified_ns=found.st_mtime_ns, idempotency_key=str(uuid.uuid4()), created_at=now, changed_at=now,
        )  # fmt: skip
        await self.desk.journal.add([item])
        (taken,) = await self.desk.claim("kong", limit=1, user_id="ann")
        return taken

    async def end(self, delivery: Delivery) -> UploadItem:
        async with asyncio.timeout(30):
            await delivery.run()
        item = await self.desk.journal.item("a")
        assert item is not None
        return item


@pytest.fixture
def bench(store: Store, tmp_path: Path) -> Iterator[Bench]:
    file = tmp_path / "a.txt"
    file.write_bytes(b"content")
    made = Bench(store, file)
    with made.desk.journal.owners.enter() as made.desk.owner:
        yield made
    made.files.close()


async def test_what_is_claimed_arrives(bench: Bench) -> None:
    item = await bench.end(Delivery(await bench.claimed(), bench.means()))
    assert (item.state, item.document_id) == (UploadState.DONE, "d-1")
    assert bench.platform.stored == [b"content"]


async def test_nothing_is_sent_in_the_name_of_who_signed_in_meanwhile(bench: Bench) -> None:
    delivery = Delivery(await bench.claimed(), bench.means())

    def another_signs_in(event: Event) -> None:
        if isinstance(event, events.SendingBegan):
            bench.signed_in = "bob"

    bench.journaled = another_signs_in
    item = await bench.end(delivery)
    assert bench.platform.stored == []
    assert (item.state, item.attempts, item.owner) == (UploadState.WAITING, 0, "")


async def test_what_is_missing_among_anothers_documents_is_not_missing(bench: Bench) -> None:
    await bench.claimed()
    for event in (events.SendingBegan(), events.OutcomeUnknown()):
        item = await bench.desk.tell("a", event)

    def another_signs_in() -> None:
        bench.signed_in = "bob"

    bench.platform.while_looking = another_signs_in
    ended = await bench.end(Delivery(item, bench.means()))
    assert bench.platform.stored == []
    assert (ended.state, ended.owner) == (UploadState.VERIFYING, "")


async def test_an_answer_is_journaled_though_it_is_cancelled_just_then(bench: Bench) -> None:  # fault 79
    delivery = Delivery(await bench.claimed(), bench.means())
    running = asyncio.ensure_future(delivery.run())
    bench.journaling = lambda event: running.cancel() if isinstance(event, events.Stored) else None
    await asyncio.gather(running, return_exceptions=True)
    item = await bench.desk.journal.item("a")
    assert item is not None
    assert (item.state, item.document_id) == (UploadState.DONE, "d-1")


async def test_an_answer_outlasts_a_journal_that_is_busy(bench: Bench) -> None:  # fault 101
    delivery = Delivery(await bench.claimed(), bench.means())
    busy = [StoreBusy("busy")]

    def journaling(event: Event) -> None:
        if isinstance(event, events.Stored) and busy:
            raise busy.pop()

    bench.journaling = journaling
    item = await bench.end(delivery)
    assert (item.state, item.document_id) == (UploadState.DONE, "d-1")
