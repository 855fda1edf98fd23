"""The journal of the upload queue: nothing queued is lost, and nobody sends what another holds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.upload import (
    FailureClass,
    LeaseLost,
    UploadChange,
    UploadFailure,
    UploadGone,
    UploadItem,
    UploadState,
    UploadStep,
)
from console.store.owners import Owners
from console.store.uploads import UploadJournal
from console.store.vault import VAULT
from tests.store.conftest import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.store.conftest import Shelf

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
S = UploadState


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def item(number: int = 1, **fields: object) -> UploadItem:
    made = UploadItem(
        id=f"item-{number}",
        profile="prod",
        user_id="ann",
        path=f"/home/ann/{number}.pdf",
        name=f"{number}.pdf",
        size_bytes=3,
        modified_ns=number,
        metadata={"category": "Zoë"},
        idempotency_key=f"key-{number}",
        created_at=NOON,
        changed_at=NOON,
    )
    return msgspec.structs.replace(made, **fields)


def becomes(state: UploadState, **fields: object) -> Callable[[UploadItem], UploadChange]:
    def change(found: UploadItem) -> UploadChange:
        step = UploadStep(at=NOON, state=state, text="told")
        return UploadChange(item=msgspec.structs.replace(found, state=state, **fields), step=step)

    return change


def failed(at: datetime | None, kind: FailureClass = FailureClass.NETWORK) -> Callable[[UploadItem], UploadChange]:
    return becomes(S.FAILED, failure=UploadFailure(kind=kind, text="no", next_try_at=at))


def ids(items: tuple[UploadItem, ...]) -> list[str]:
    return [found.id for found in items]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def journal(shelf: Shelf, clock: Clock) -> UploadJournal:
    return UploadJournal(await shelf.open(VAULT, busy_timeout_s=5.0), clock)


@pytest.fixture
async def other(shelf: Shelf, clock: Clock) -> UploadJournal:
    return UploadJournal(await shelf.open(VAULT, busy_timeout_s=5.0), clock)


async def test_items_outlive_the_program(shelf: Shelf) -> None:
    database = await shelf.open(VAULT)
    added = await UploadJournal(database).add([item(1), item(2)])
    await database.close()
    journal = UploadJournal(await shelf.open(VAULT))
    assert await journal.items() == added
    assert [(found.position, found.revision) for found in added] == [(0.0, 1), (1.0, 2)]
    assert msgspec.structs.replace(added[0], revision=0) == item(1)
    assert [step.text for step in await journal.story("item-1")] == ["queued"]
    assert await journal.item("item-3") is None


async def test_the_same_file_is_queued_once(journal: UploadJournal, other: UploadJournal) -> None:  # fault 84
    twice = await asyncio.gather(journal.add([item(1)]), other.add([item(1, id="again", idempotency_key="other")]))
    first, second = twice[0][0], twice[1][0]
    assert first == second
    both = await journal.add([item(1, id="x"), item(2, id="y"), item(2, id="z")])
    assert [both[0].id, both[1].id, both[2].id] == [first.id, "y", "y"]
    elsewhere = await journal.add([item(1, id="staging", profile="staging"), item(1, id="edited", modified_ns=9)])
    assert ids(elsewhere) == ["staging", "edited"]
    await journal.change(first.id, becomes(S.DONE, document_id="7"))
    assert ids(await journal.add([item(1, id="later")])) == ["later"]
    assert len(await journal.items()) == 5


async def test_the_same_content_is_found_by_its_hash(journal: UploadJournal) -> None:  # fault 84
    await journal.add([item(1), item(2), item(3, profile="staging")])
    for number in (1, 2, 3):
        await journal.change(f"item-{number}", becomes(S.CHECKING, sha256="aa"))
    assert ids(await journal.same_content("prod", "aa")) == ["item-1", "item-2"]
    assert await journal.same_content("prod", "") == ()


async def test_changes_are_told_across_processes(journal: UploadJournal, other: UploadJournal) -> None:
    await journal.add([item(1), item(2), item(3)])
    everything = await other.changed_since(-1)
    assert (ids(everything.items), everything.removed, everything.revision) == (["item-1", "item-2", "item-3"], (), 3)
    assert await other.changed_since(3) == ((), (), 3)
    await journal.change("item-2", becomes(S.PAUSED))
    await journal.remove(["item-1", "unknown"])
    news = await other.changed_since(3)
    assert (ids(news.items), news.removed, news.revision) == (["item-2"], ("item-1",), 5)
    await journal.set_setting("paused", "yes")
    assert await other.revision() == 6
    assert await other.setting("paused") == "yes"
    await other.set_setting("paused", None)
    assert await journal.setting("paused") is None


async def test_a_change_that_fails_leaves_nothing(journal: UploadJournal) -> None:
    (added,) = await journal.add([item(1)])

    def fails(found: UploadItem) -> UploadChange:
        raise ValueError(found.id)

    with pytest.raises(ValueError, match="item-1"):
        await journal.change_all(["item-1"], fails)
    assert await journal.change("item-1", lambda found: None) == added
    assert await journal.revision() == 1
    with pytest.raises(UploadGone):
        await journal.change("unknown", fails)
    with pytest.raises(LeaseLost):
        await journal.change("unknown", fails, owner="me")
    assert await journal.change_all(["unknown"], fails) == ()


async def test_claims_go_by_priority_and_age_and_are_exclusive(journal: UploadJournal, other: UploadJournal) -> None:
    await journal.add([item(1), item(2, priority=5), item(3), item(4, profile="staging"), item(5, user_id="bob")])
    first = await journal.claim("prod", "window", limit=2, ttl_s=30)
    assert ids(first) == ["item-2", "item-1"]
    assert {(found.state, found.owner, found.leased_until) for found in first} == {
        (S.CHECKING, "window", NOON + timedelta(seconds=30))
    }
    assert ids(await other.claim("prod", "command", limit=9, ttl_s=30, user_id="ann")) == ["item-3"]
    assert await other.claim("prod", "command", limit=9, ttl_s=30, only=["item-1", "item-4"]) == ()
    assert ids(await other.claim("prod", "command", limit=9, ttl_s=30, only=["item-5", "item-1"])) == ["item-5"]
    with pytest.raises(LeaseLost):
        await other.change("item-1", becomes(S.UPLOADING), owner="command")
    done = await journal.change("item-1", becomes(S.DONE), owner="window")
    assert (done.owner, done.leased_until) == ("", None)


async def test_failed_items_are_claimed_when_their_time_has_come(  # fault 85
    journal: UploadJournal, clock: Clock
) -> None:
    await journal.add([item(1), item(2), item(3), item(4)])
    await journal.change("item-1", failed(None, FailureClass.REFUSED))
    await journal.change("item-2", failed(NOON + timedelta(seconds=25)))
    await journal.change("item-3", becomes(S.PAUSED))
    assert ids(await journal.claim("prod", "me", limit=9, ttl_s=30)) == ["item-4"], "what is parked holds nobody up"
    clock.passes(25)
    (taken,) = await journal.claim("prod", "me", limit=9, ttl_s=30)
    assert (taken.id, taken.failure) == ("item-2", None)


async def test_a_look_up_that_failed_waits_for_its_time(journal: UploadJournal, clock: Clock) -> None:
    await journal.add([item(1)])
    failure = UploadFailure(kind=FailureClass.NETWORK, text="no", next_try_at=NOON + timedelta(seconds=25))
    await journal.change("item-1", becomes(S.VERIFYING, failure=failure))
    assert await journal.claim("prod", "me", limit=9, ttl_s=30) == ()
    clock.passes(25)
    (taken,) = await journal.claim("prod", "me", limit=9, ttl_s=30)
    assert taken.state is S.VERIFYING


@pytest.mark.parametrize(
    ("held", "then"), [(S.CHECKING, S.CHECKING), (S.UPLOADING, S.VERIFYING), (S.VERIFYING, S.VERIFYING)]
)
async def test_a_silent_owner_is_replaced(
    journal: UploadJournal, other: UploadJournal, clock: Clock, held: UploadState, then: UploadState
) -> None:
    await journal.add([item(1)])
    with journal.owners.enter() as silent, other.owners.enter() as lively:
        await journal.claim("prod", silent.id, limit=1, ttl_s=30)
        await journal.change("item-1", becomes(held), owner=silent.id)
        clock.passes(29)
        assert await other.claim("prod", lively.id, limit=1, ttl_s=30) == ()
        assert await journal.keep(silent.id, 30) == {"item-1"}
        clock.passes(29)
        assert await other.claim("prod", lively.id, limit=1, ttl_s=30) == ()
        clock.passes(1)  # 30 s without a heartbeat
        (taken,) = await other.claim("prod", lively.id, limit=1, ttl_s=30)
        assert (taken.state, taken.owner) == (then, lively.id)
        assert await journal.keep(silent.id, 30) == frozenset()
        with pytest.raises(LeaseLost):
            await journal.change("item-1", becomes(S.DONE), owner=silent.id)
        assert "fell silent" in (await journal.story("item-1"))[-1].text


async def test_a_lease_from_before_the_clock_was_set_back_ends(
    journal: UploadJournal, other: UploadJournal, clock: Clock
) -> None:
    await journal.add([item(1)])
    await journal.claim("prod", "window", limit=1, ttl_s=30)
    clock.passes(-3_600)
    assert ids(await other.claim("prod", "command", limit=1, ttl_s=30)) == ["item-1"]


async def test_what_is_given_back_is_free_at_once(journal: UploadJournal, other: UploadJournal) -> None:
    await journal.add([item(1), item(2)])
    await journal.claim("prod", "window", limit=2, ttl_s=30)
    await journal.change("item-2", becomes(S.UPLOADING), owner="window")
    released = await journal.release("window")
    assert [(found.state, found.owner) for found in released] == [(S.WAITING, ""), (S.VERIFYING, "")]
    taken = await other.claim("prod", "command", limit=2, ttl_s=30)
    assert [found.state for found in taken] == [S.CHECKING, S.VERIFYING]


HOLDER = """
import asyncio, sys
from pathlib import Path
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile
from console.store.key import DataKey
from console.store.uploads import UploadJournal
from console.store.vault import VAULT

async def main(path):
    file = EncryptedFile(path, DataKey(b"k" * 32).for_file(VAULT.name), VAULT, 5.0)
    journal = UploadJournal(await Database.open(file))
    owner = journal.owners.enter()
    (taken,) = await journal.claim("prod", owner.id, limit=1, ttl_s=600)
    print(taken.id, taken.owner, flush=True)
    await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_what_a_killed_process_held_is_taken_over_at_once(shelf: Shelf) -> None:  # fault 73
    journal = UploadJournal(await shelf.open(VAULT, busy_timeout_s=5.0))
    await journal.add([item(1)])
    with start(HOLDER, shelf.folder / VAULT.name) as holder, journal.owners.enter() as me:
        assert holder.stdout is not None
        line = await asyncio.to_thread(holder.stdout.readline)
        assert line.startswith("item-1 ")
        assert await journal.claim("prod", me.id, limit=1, ttl_s=30) == ()
        assert await journal.remove(["item-1"]) == 0, "somebody works on it"
        holder.kill()
        await asyncio.to_thread(holder.wait)
        (taken,) = await journal.claim("prod", me.id, limit=1, ttl_s=30)
        assert (taken.id, taken.owner) == ("item-1", me.id)


def test_an_owner_is_alive_until_it_ends(tmp_path: Path) -> None:
    owners = Owners(tmp_path / "owners")
    with owners.enter() as one, Owners(tmp_path / "owners").enter() as two:
        assert owners.dead([one.id, two.id, "of a file system without locks"]) == frozenset()
        one.close()
        one.close()
        assert owners.dead([one.id, two.id]) == {one.id}


async def test_clearing_forgets_what_is_settled_and_its_story(journal: UploadJournal) -> None:
    await journal.add([item(1), item(2), item(3), item(4, profile="staging")])
    await journal.change("item-1", becomes(S.DONE))
    await journal.change("item-2", becomes(S.CANCELLED))
    await journal.change("item-4", becomes(S.DONE))
    assert await journal.clear("prod") == 2
    assert ids(await journal.items()) == ["item-3", "item-4"]
    assert await journal.story("item-1") == ()
    assert await journal.clear() == 1


async def test_items_are_moved(journal: UploadJournal) -> None:
    await journal.add([item(1), item(2), item(3), item(4, priority=2)])
    assert ids(await journal.items()) == ["item-4", "item-1", "item-2", "item-3"]
    assert ids(await journal.move(["item-3", "item-2"], "item-1")) == ["item-3", "item-2"]
    assert ids(await journal.items()) == ["item-4", "item-3", "item-2", "item-1"]
    await journal.move(["item-1"], "item-4")
    assert ids(await journal.items()) == ["item-1", "item-4", "item-3", "item-2"]
    await journal.move(["item-1", "item-4"])
    assert ids(await journal.items()) == ["item-3", "item-2", "item-1", "item-4"]
    assert await journal.move(["item-3"], "item-3") == ()
    assert await journal.move(["item-3"], "unknown") == ()


async def test_there_is_always_room_between_two(journal: UploadJournal) -> None:
    await journal.add([item(1), item(2), item(3)])
    for _ in range(80):  # halving runs out of numbers after some fifty
        last = (await journal.items())[-1].id
        await journal.move([last], (await journal.items())[1].id)
        found = await journal.items()
        assert found[1].id == last
        assert len({one.position for one in found}) == 3


@pytest.mark.parametrize("count", [5_000, 10_000])
async def test_a_long_queue_is_claimed_by_its_indexes(journal: UploadJournal, count: int) -> None:  # fault 86
    await journal.add([item(number) for number in range(count)])
    with journal.owners.enter() as me:
        first = await journal.claim("prod", me.id, limit=3, ttl_s=30)
        assert ids(first) == ["item-0", "item-1", "item-2"]
        assert ids(await journal.claim("prod", me.id, limit=3, ttl_s=30)) == ["item-3", "item-4", "item-5"]
    assert len(await journal.items()) == count
    assert ids((await journal.changed_since(count)).items) == [f"item-{number}" for number in range(6)]


async def test_claims_decode_no_more_than_they_take(shelf: Shelf) -> None:  # fault 86
    database = await shelf.open(VAULT)
    journal = UploadJournal(database)
    await journal.add([item(number) for number in range(10)])
    await database.write(lambda db: db.execute("UPDATE upload SET body = x'00' WHERE position > 2"))
    assert len(await journal.claim("prod", "me", limit=3, ttl_s=30)) == 3
