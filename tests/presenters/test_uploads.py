"""What the operator does with the upload queue, against a queue that does it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from console.model.errors import StoreFull
from console.model.identity import User
from console.model.upload import FailureClass, UploadItem, UploadProgress, UploadState
from console.presenters.upload_model import Column
from console.presenters.upload_rows import Heading, UploadGroup
from console.presenters.upload_texts import short_text, summary_text
from console.presenters.uploads import UploadsPresenter
from console.services.upload_ports import Refusal, Survey
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.presenters.fake_session import FakeClock
from tests.presenters.fake_uploads import FakeQueue, failed, item, many

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.usefixtures("qapp")


class Bench:
    """A presenter that somebody watches."""

    def __init__(self, queue: FakeQueue) -> None:
        self.queue = queue
        self.clock = FakeClock()
        self.directory = FakeDirectory(profile("one"), profile("two"))
        self.errors: list[Exception] = []
        self.presenter = UploadsPresenter(
            queue, self.directory, lambda _what, error: self.errors.append(error), self.clock
        )
        self.states: list[Any] = []
        self.presenter.state_changed.connect(self.states.append)

    def shown(self) -> list[str]:
        return [row.id for row in self.presenter.model.rows if isinstance(row, UploadItem)]


@asynccontextmanager
async def bench(*items: UploadItem, loaded: bool = True) -> AsyncIterator[Bench]:
    made = Bench(FakeQueue(*items, loaded=loaded))
    made.presenter.start()
    made.presenter.watch(shown=True)
    try:
        yield made
    finally:
        await made.presenter.stop()
        made.presenter.deleteLater()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_the_state_counts_what_there_is() -> None:
    items = (
        failed(1, FailureClass.NETWORK, again_s=9),
        failed(2, FailureClass.TOO_LARGE),
        failed(3, FailureClass.UNDECIDED),
        item(4, UploadState.UPLOADING),
        item(5, profile="two"),
        item(6, UploadState.DONE),
        item(7, UploadState.CANCELLED),
    )
    async with bench(*items) as made:
        state = made.presenter.state
        assert (state.failed, state.needing, state.unfinished, state.done, state.settled) == (2, 2, 5, 1, 2)
        assert state.gateways == ("one", "two")
        assert state.unfinished_of == {"one": 4, "two": 1}
        assert short_text(state) == "1 of 6 uploads"
        total = UploadProgress(sent_bytes=1024, total_bytes=2048, rate_bps=1024.0, remaining_s=1.0)
        made.queue.tell(total=total)
        await until(lambda: made.presenter.state.total == total)
        said = summary_text(made.presenter.state)
        assert said == "1 of 6 uploads done · 1 KiB of 2 KiB sent · 1 KiB/s · 1 s left · 2 failed · 1 needs you"


async def test_states_come_at_most_ten_times_a_second() -> None:
    async with bench(item(1, UploadState.UPLOADING)) as made:
        await asyncio.sleep(0)
        made.states.clear()
        for step in range(200):
            made.queue.tell(total=UploadProgress(sent_bytes=step, total_bytes=200))
            await asyncio.sleep(0.001)
        await until(lambda: made.presenter.state.total.sent_bytes == 199)
        assert len(made.states) < 20


async def test_rows_are_made_only_while_somebody_looks() -> None:
    async with bench(item(1)) as made:
        made.presenter.watch(shown=False)
        made.queue.put(item(2))
        await until(lambda: made.presenter.state.unfinished == 2)
        assert made.shown() == ["i1"]
        made.presenter.watch(shown=True)
        assert made.shown() == ["i1", "i2"]


async def test_what_is_found_is_shown_also_in_a_folded_group() -> None:
    async with bench(item(1, UploadState.DONE, name="invoice"), item(2)) as made:
        assert made.shown() == ["i2"]
        made.presenter.narrow(text="invoice")
        assert made.shown() == ["i1"]
        made.presenter.fold(UploadGroup.DONE)
        assert made.shown() == []
        made.presenter.narrow(text="")
        assert made.shown() == ["i2"]
        made.presenter.fold(UploadGroup.DONE, collapsed=False)
        assert made.shown() == ["i2", "i1"]
        heading = made.presenter.model.rows[0]
        assert isinstance(heading, Heading)
        assert heading.group is UploadGroup.WAITING


async def test_the_story_of_what_is_looked_at_is_read_anew_when_it_changes() -> None:
    async with bench(item(1), item(2)) as made:
        made.presenter.choose("i1")
        await until(lambda: bool(made.presenter.state.story))
        assert made.queue.asked == [("story", "i1")]
        made.presenter.pause(["i1"])
        await until(lambda: made.queue.asked.count(("story", "i1")) == 2)
        assert made.presenter.state.chosen is not None
        assert made.presenter.state.chosen.state is UploadState.PAUSED
        made.presenter.choose("i2")
        assert made.presenter.state.story == ()
        await until(lambda: bool(made.presenter.state.story))
        made.presenter.remove(["i2"])
        await until(lambda: made.presenter.state.chosen is None)


async def test_intents_reach_the_queue() -> None:
    async with bench(*many(6), item(7, UploadState.NEEDS_FILE)) as made:
        presenter = made.presenter
        presenter.step(["i2"], -1)
        await until(lambda: ("move", ("i2",), "i1") in made.queue.asked)
        await until(lambda: made.shown()[:3] == ["i7", "i0", "i2"])
        presenter.step(["i5"], 1)  # the last one stays
        presenter.prioritise(["i5"], 1)
        await until(lambda: made.shown()[:2] == ["i7", "i5"])
        assert made.presenter.model.index(3, Column.FILE).data() == "5.pdf"
        presenter.cancel(["i3"])
        presenter.limit(1024)
        presenter.hold(paused=True)
        presenter.decide("i4", stored=True, document_id="d-1")
        presenter.locate("i7", Path("/there"))
        presenter.clear_done()
        await until(lambda: presenter.state.said == "2 uploads taken off the list.")
        assert presenter.state.paused
        assert presenter.state.bandwidth_bps == 1024
        assert ("decide", True, "d-1") in made.queue.asked
        assert ("locate", "i7", "/there") in made.queue.asked
        assert made.errors == []


async def test_a_double_click_retries_once() -> None:  # fault 84
    undecided = failed(3, FailureClass.UNDECIDED)
    async with bench(failed(1, FailureClass.SERVICE), failed(2, FailureClass.NO_ROOM), undecided) as made:
        made.presenter.retry_failed()
        made.presenter.retry_failed()
        await until(lambda: made.presenter.state.said == "Trying 2 uploads again.")
        assert [asked for asked in made.queue.asked if asked[0] == "retry"] == [("retry", "i1", "i2")]


async def test_a_file_that_is_not_there_either_is_told() -> None:
    async with bench(item(1, UploadState.NEEDS_FILE)) as made:
        made.presenter.locate("i1", Path("/gone"))
        await until(lambda: made.presenter.state.said == "That file can't be used: it is not there.")
        assert made.errors == []


async def test_a_journal_that_can_not_be_written_is_told() -> None:
    async with bench(item(1)) as made:
        made.queue.problem = StoreFull("full")
        made.presenter.pause(["i1"])
        await until(lambda: bool(made.errors))
        made.queue.tell(trouble=StoreFull("full"))
        await until(lambda: bool(made.presenter.state.trouble))


async def test_holding_is_told_for_those_that_have_something_to_send() -> None:
    async with bench(item(1), item(2, UploadState.DONE, profile="two")) as made:
        made.queue.tell(holding={"one": "offline", "two": "offline"})
        await until(lambda: bool(made.presenter.state.notes))
        assert made.presenter.state.notes == (
            "one is out of reach: 1 upload on hold. Sending goes on when it is back.",
        )
        assert made.presenter.model.index(1, Column.STATE).data() == "Waiting, offline"


async def test_another_users_uploads_say_whose_they_are() -> None:
    async with bench(item(1, UploadState.NEEDS_SIGN_IN, user_id="ann"), item(2, user_id="bob")) as made:
        made.directory.session("one").user = User(id="bob", name="Bob")
        spoken = [str(made.presenter.model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in (1, 3)]
        assert "queued by ann" in spoken[0]
        assert "queued by" not in spoken[1]


async def test_adding_says_what_is_under_way() -> None:
    async with bench() as made:
        made.queue.surveyed = Survey(files=("/a.pdf", "/b.pdf"), total_bytes=9)
        made.queue.refused = (Refusal(path="/b.pdf", kind=FailureClass.TOO_LARGE, reason="too large"),)
        surveyed = await made.presenter.survey([Path("/")])
        added = await made.presenter.add("one", surveyed.files, {"category": "letter"}, 1)
        assert [one.path for one in added.refused] == ["/b.pdf"]
        assert made.presenter.state.said == "1 upload added."
        assert {state.busy for state in made.states} >= {"Looking through the files…", "Adding the files…", ""}
        assert [name for name, _rules in made.presenter.gateways()] == ["one", "two"]
        del made.queue.rules_of["two"]
        assert [name for name, _rules in made.presenter.gateways()] == ["one"]


async def test_ages_grow_and_waiting_times_shrink() -> None:
    async with bench(failed(1, FailureClass.NETWORK, again_s=25)) as made:
        made.presenter.choose("i1")
        next_step = made.presenter.state.next
        assert next_step is not None
        assert "in 25 s" in next_step.text
        made.clock.forward(5)
        made.presenter.watch(shown=True)
        next_step = made.presenter.state.next
        assert next_step is not None
        assert "in 20 s" in next_step.text
