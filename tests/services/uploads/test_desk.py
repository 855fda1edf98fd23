"""What one process knows of the journal, and whom it tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.upload import LeaseLost, UploadItem, UploadState
from console.services.uploads import events
from console.services.uploads.desk import Desk
from console.services.uploads.verification import LookUp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.store.store import Store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    made = Desk(store.uploads, look_up=LookUp())
    with made.journal.owners.enter() as made.owner:
        yield made


def item(item_id: str, **fields: object) -> UploadItem:
    known = {
        "id": item_id, "profile": "kong", "path": f"/{item_id}", "name": "x.txt", "size_bytes": 1, "modified_ns": 1,
        "idempotency_key": f"key of {item_id}", "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return UploadItem(**{**known, **fields})  # type: ignore[arg-type]


async def test_a_claim_that_gets_nothing_wakes_nobody(desk: Desk) -> None:
    # Another process holds it: whoever is woken asks again at once, and so without end.
    await desk.journal.add([item("a")])
    with desk.journal.owners.enter() as other:
        assert await desk.journal.claim("kong", other.id, limit=1, ttl_s=30)
        await desk.refresh()
        told: list[None] = []
        desk.changed = lambda: told.append(None)
        assert desk.due("kong")
        assert await desk.claim("kong", limit=1, user_id="") == ()
        assert told == []


async def in_other_hands(desk: Desk) -> UploadItem:
    """An item that was being sent here until another process took it for lost."""
    assert desk.owner is not None
    await desk.journal.add([item("a")])
    await desk.claim("kong", limit=1, user_id="")
    await desk.tell("a", events.SendingBegan())
    with desk.journal.owners.enter() as other:
        await desk.journal.keep(desk.owner.id, -1)
        (taken,) = await desk.journal.claim("kong", other.id, limit=1, ttl_s=30)
    assert taken.state is UploadState.VERIFYING
    return taken


async def test_an_answer_counts_whoever_holds_the_item_by_now(desk: Desk) -> None:  # fault 78
    taken = await in_other_hands(desk)
    with pytest.raises(LeaseLost):
        await desk.tell("a", events.OutcomeUnknown())
    told = await desk.tell("a", events.Stored(document_id="d", key=taken.idempotency_key))
    assert (told.state, told.document_id, told.owner) == (UploadState.DONE, "d", "")


async def test_an_answer_to_what_the_item_was_before_does_not_count(desk: Desk) -> None:
    taken = await in_other_hands(desk)
    told = await desk.tell("a", events.Stored(document_id="d", key="the key of other content"))
    assert (told.state, told.owner) == (UploadState.VERIFYING, taken.owner)


async def test_an_answer_for_an_item_that_was_removed_is_heard_by_nobody(desk: Desk) -> None:
    with pytest.raises(LeaseLost):
        await desk.tell("gone", events.Stored(document_id="d", key="k"))


async def test_when_a_killed_process_sent_last_is_known_from_its_lease(desk: Desk) -> None:  # fault 73
    taken = await in_other_hands(desk)
    assert taken.last_sent_at is not None
    assert taken.sent_until is not None
    assert taken.sent_until <= taken.last_sent_at + timedelta(seconds=1)


async def test_two_of_one_name_and_size_can_be_taken_for_one_another(desk: Desk) -> None:
    mine = item("a", sha256="a" * 64, state=UploadState.VERIFYING, revision=1)
    other = item("b", sha256="b" * 64, state=UploadState.VERIFYING, revision=2)
    desk.mirror.put([mine, other])
    assert desk.mirror.rivals(mine)
    desk.mirror.put([msgspec.structs.replace(other, state=UploadState.WAITING, revision=3)])
    assert not desk.mirror.rivals(mine)
