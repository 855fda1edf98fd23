"""Two processes and an operator at one journal, in any order: nothing is lost, and no item has two holders."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from console.model.upload import LeaseLost, UploadItem, UploadState
from console.services.uploads.machine import react
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile
from console.store.key import DataKey
from console.store.uploads import UploadJournal
from console.store.vault import VAULT
from tests.services.uploads.test_upload_machine import happenings

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from console.model.upload import UploadChange
    from console.services.uploads.events import Event

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TTL_S = 30
sides = st.integers(0, 1)
places = st.integers(0, 9)


def file_of(item: UploadItem) -> tuple[object, ...]:
    return item.path, item.size_bytes, item.modified_ns


class TwoProcesses(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.count = 0
        self.queue: set[str] = set()
        self.leases: dict[str, tuple[str, datetime]] = {}  # by item: who was given it, and until when
        self.known: dict[str, UploadItem] = {}  # what a watcher makes of what it is told
        self.seen = -1
        self.runner = asyncio.Runner()
        self.exits = AsyncExitStack()
        folder = Path(self.exits.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        folder.chmod(0o700)
        self.journals = [self.run(self.opened(folder)) for _ in range(2)]
        self.owners = [journal.owners.enter() for journal in self.journals]
        for file in range(3):
            self.a_file_is_queued(0, file, 0)

    async def opened(self, folder: Path) -> UploadJournal:
        file = EncryptedFile(folder / VAULT.name, DataKey(b"k" * 32).for_file(VAULT.name), VAULT, 5.0)
        database = await Database.open(file)
        self.exits.push_async_callback(database.close)
        return UploadJournal(database, lambda: self.now)

    def run(self, work: Coroutine[object, object, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        for owner in self.owners:
            owner.close()
        self.run(self.exits.aclose())
        self.runner.close()

    def chosen(self, place: int) -> str:
        return sorted(self.queue)[place % len(self.queue)] if self.queue else "none"

    @rule(side=sides, file=st.integers(0, 5), priority=st.integers(0, 1))
    def a_file_is_queued_again(self, side: int, file: int, priority: int) -> None:
        self.a_file_is_queued(side, file, priority)

    def a_file_is_queued(self, side: int, file: int, priority: int) -> None:
        self.count += 1
        item = UploadItem(
            id=f"{self.count:04}",
            profile="prod",
            path=f"/{file}",
            name=str(file),
            size_bytes=1,
            modified_ns=1,
            priority=priority,
            idempotency_key=str(self.count),
            created_at=self.now,
            changed_at=self.now,
        )
        queued = self.run(self.journals[1 - side].items())
        twin = any(file_of(other) == file_of(item) and not other.state.settled for other in queued)
        (added,) = self.run(self.journals[side].add([item]))
        assert (added.id != item.id) == twin
        self.queue.add(added.id)

    @rule(side=sides, limit=st.integers(1, 3))
    def claims(self, side: int, limit: int) -> None:
        owner = self.owners[side].id
        dead = self.journals[side].owners.dead({held for held, _ in self.leases.values()})
        for item in self.run(self.journals[side].claim("prod", owner, limit=limit, ttl_s=TTL_S)):
            assert item.state in {UploadState.CHECKING, UploadState.VERIFYING}
            holder, until = self.leases.get(item.id, ("", self.now))
            assert holder != owner
            assert until <= self.now or holder in dead, "never two holders"
            self.leases[item.id] = (owner, item.leased_until or self.now)

    @rule(side=sides)
    def its_heart_beats(self, side: int) -> None:
        owner = self.owners[side].id
        kept = self.run(self.journals[side].keep(owner, TTL_S))
        assert kept == {item_id for item_id, (holder, _) in self.leases.items() if holder == owner}
        self.leases |= {item_id: (owner, self.now + timedelta(seconds=TTL_S)) for item_id in kept}

    @rule(side=sides, place=places, event=happenings)
    def a_holder_tells(self, side: int, place: int, event: Event) -> None:
        item_id, owner = self.chosen(place), self.owners[side].id
        holds = self.leases.get(item_id, ("", self.now))[0] == owner
        try:
            item = self.run(self.journals[side].change(item_id, self.reaction(event), owner=owner))
        except LeaseLost:
            assert not holds
        else:
            assert holds
            self.forget_lease(item)

    @rule(side=sides, place=places, event=happenings)
    def the_operator_does(self, side: int, place: int, event: Event) -> None:
        for item in self.run(self.journals[side].change_all([self.chosen(place)], self.reaction(event))):
            self.forget_lease(item)

    @rule(side=sides)
    def gives_back(self, side: int) -> None:
        for item in self.run(self.journals[side].release(self.owners[side].id)):
            self.forget_lease(item)

    @rule(side=sides)
    def dies(self, side: int) -> None:
        self.owners[side].close()
        self.owners[side] = self.journals[side].owners.enter()

    @rule(seconds=st.sampled_from([1, 29, 30, 100_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(side=sides, place=places)
    def one_is_removed(self, side: int, place: int) -> None:
        item_id = self.chosen(place)
        if self.run(self.journals[side].remove([item_id])):
            assert item_id in self.queue
            self.queue.discard(item_id)
            self.leases.pop(item_id, None)

    @rule(side=sides)
    def settled_ones_are_cleared(self, side: int) -> None:
        settled = {item.id for item in self.run(self.journals[1 - side].items()) if item.state.settled}
        assert self.run(self.journals[side].clear()) == len(settled)
        self.queue -= settled

    @rule(side=sides, places=st.lists(places, max_size=3), before=places)
    def some_are_moved(self, side: int, places: list[int], before: int) -> None:
        chosen = list(dict.fromkeys(self.chosen(place) for place in places))
        before_id = self.chosen(before)
        if self.run(self.journals[side].move(chosen, before_id)):
            order = [item.id for item in self.run(self.journals[1 - side].items())]
            at = order.index(before_id)
            assert order[at - len(chosen) : at] == chosen

    @rule(side=sides)
    def a_watcher_asks(self, side: int) -> None:
        items, removed, revision = self.run(self.journals[side].changed_since(self.seen))
        assert revision >= self.seen, "revisions only grow"
        self.known |= {item.id: item for item in items}
        for item_id in removed:
            self.known.pop(item_id, None)
        self.seen = revision
        now = {item.id: item for item in self.run(self.journals[side].items())}
        assert {key: item.state for key, item in self.known.items()} == {key: item.state for key, item in now.items()}
        assert {item.revision for item in self.known.values()} == {item.revision for item in now.values()}

    @invariant()
    def nothing_is_lost(self) -> None:
        items = self.run(self.journals[0].items())
        assert {item.id for item in items} == self.queue
        assert items == tuple(sorted(items, key=lambda item: (-item.priority, item.position)))
        assert {item.id: item.owner for item in items if item.owner} == {
            item_id: holder for item_id, (holder, _) in self.leases.items()
        }

    def reaction(self, event: Event) -> UploadReaction:
        return UploadReaction(event, self.now)

    def forget_lease(self, item: UploadItem) -> None:
        if not item.owner:
            self.leases.pop(item.id, None)


class UploadReaction:
    def __init__(self, event: Event, now: datetime) -> None:
        self.event, self.now = event, now

    def __call__(self, item: UploadItem) -> UploadChange | None:
        return react(item, self.event, now=self.now)


TwoProcesses.TestCase.settings = settings(max_examples=25, stateful_step_count=40)
TestTwoProcesses = TwoProcesses.TestCase
