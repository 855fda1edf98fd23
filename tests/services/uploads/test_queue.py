"""The queue against a real platform: what is asked of it, what goes wrong on the way, and what has arrived."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.identity import PasswordCredentials
from console.model.record import RecordKind, RecordQuery
from console.model.upload import FailureClass, UploadChange, UploadFailure, UploadState
from console.services.uploads import dispatch
from tests.services.uploads.conftest import UPLOAD, Desktop, desktop_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.upload import UploadItem
    from console.sandbox.thread import SandboxThread

pytestmark = pytest.mark.timeout(120)

MIB = 1 << 20
POST = {"path": UPLOAD, "method": "POST"}  # not the OPTIONS that chooses the route


async def test_what_is_queued_arrives_once_in_order_with_its_story(desktop: Desktop) -> None:
    ids = await desktop.add("a.txt", "b ü.txt", "c.txt", metadata={"category": "reports"})
    done = await desktop.settled(*ids)
    assert [(item.state, item.attempts, item.failure) for item in done] == [(UploadState.DONE, 1, None)] * 3
    assert all(item.document_id and item.user_id for item in done)
    assert desktop.arrived_once("a.txt", "b ü.txt", "c.txt")
    story = await desktop.queue.story(ids[0])
    assert [step.state for step in story] == [
        UploadState.WAITING, UploadState.CHECKING, UploadState.UPLOADING, UploadState.DONE,
    ]  # fmt: skip
    assert story[-1].request_id
    entries = (await desktop.console.record.entries(RecordQuery(kinds=(RecordKind.ACTION,)))).entries
    assert any(entry.detail.get("action") == "uploads-queued" for entry in entries)


async def test_the_same_file_queued_twice_is_one_item(desktop: Desktop) -> None:
    # fault 84
    path = desktop.file("twice.txt")
    await desktop.queue.hold(paused=True)
    first, second = await asyncio.gather(desktop.queue.add("kong", [path]), desktop.queue.add("kong", [path]))
    assert first.items[0].id == second.items[0].id
    await desktop.queue.hold(paused=False)
    await desktop.settled(first.items[0].id)
    assert desktop.arrived_once("twice.txt")


async def test_the_same_content_under_another_name_is_refused_until_the_operator_insists(desktop: Desktop) -> None:
    # fault 84
    one, other = desktop.file("one.txt", b"same words"), desktop.file("other.txt", b"same words")
    added = await desktop.queue.add("kong", [one, other])
    ended = await desktop.settled(*(item.id for item in added.items))
    states = sorted(item.state for item in ended)
    assert states == [UploadState.DONE, UploadState.FAILED]
    refused = next(item for item in ended if item.state is UploadState.FAILED)
    assert refused.failure is not None
    assert refused.failure.kind is FailureClass.DUPLICATE
    assert len(desktop.stored()) == 1
    await desktop.queue.retry([refused.id])
    assert [item.state for item in await desktop.until(lambda item: item.state.settled, refused.id)] == [
        UploadState.DONE
    ]
    assert len(desktop.stored()) == 2


async def test_retrying_all_that_failed_sends_nothing_a_second_time(desktop: Desktop) -> None:
    # fault 84
    one, other = desktop.file("one.txt", b"alike"), desktop.file("other.txt", b"alike")
    added = await desktop.queue.add("kong", [one, other])
    ended = await desktop.settled(*(item.id for item in added.items))
    refused = next(item for item in ended if item.state is UploadState.FAILED)
    assert await desktop.queue.retry_failed() == 1
    await desktop.until(lambda item: item.needs_operator and item.revision > refused.revision, refused.id)
    assert len(desktop.stored()) == 1


async def test_a_file_with_new_content_becomes_a_second_document_and_the_former_stays(desktop: Desktop) -> None:
    # fault 81
    path = desktop.file("report.txt", b"of monday")
    former = await desktop.queue.add("kong", [path])
    (monday,) = await desktop.settled(former.items[0].id)
    before = desktop.stored()
    desktop.file("report.txt", b"of tuesday, longer")
    latter = await desktop.queue.add("kong", [path])
    (tuesday,) = await desktop.settled(latter.items[0].id)
    assert tuesday.state is UploadState.DONE
    assert tuesday.document_id != monday.document_id
    assert before == [("report.txt", monday.sha256)]
    assert sorted(desktop.stored()) == sorted([*before, ("report.txt", tuesday.sha256)])


async def test_what_may_be_stored_already_is_looked_up_and_never_sent_along_with_others(desktop: Desktop) -> None:
    # fault 78
    (item_id,) = await desktop.add("perhaps.txt")
    (done,) = await desktop.settled(item_id)

    def doubt(item: UploadItem) -> UploadChange:
        failure = UploadFailure(kind=FailureClass.UNDECIDED, text="it may be stored or not")
        doubted = msgspec.structs.replace(item, state=UploadState.FAILED, failure=failure, document_id="")
        return UploadChange(item=doubted)

    await desktop.journal.change_all([item_id], doubt)
    await desktop.until(lambda item: item.needs_operator, item_id)
    assert await desktop.queue.retry_failed() == 0
    assert await desktop.queue.retry_failed("kong") == 0
    again = await desktop.queue.add("kong", [done.path])  # as the command does that is given again
    assert [(item.id, item.needs_operator) for item in again.items] == [(item_id, True)]
    await desktop.queue.retry([item_id])
    (found,) = await desktop.until(lambda item: item.state.settled, item_id)
    assert (found.state, found.document_id) == (UploadState.DONE, done.document_id)
    assert "looked up again" in [step.text for step in await desktop.queue.story(item_id)]
    assert desktop.arrived_once("perhaps.txt")


async def test_what_the_platform_has_already_is_not_sent_again(desktop: Desktop) -> None:
    ids = await desktop.add("known.txt")
    await desktop.settled(*ids)
    await desktop.queue.clear_done()
    again = await desktop.add("known.txt")
    ended = await desktop.settled(*again)
    assert ended[0].failure is not None
    assert ended[0].failure.kind is FailureClass.DUPLICATE
    assert desktop.arrived_once("known.txt")


async def test_a_poison_item_at_the_head_holds_nobody_up(desktop: Desktop, sandbox: SandboxThread) -> None:
    # fault 85
    sandbox.apply(close_early={**POST, "status": 400, "count": 1})
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("poison.txt", "good.txt", "better.txt")
    await desktop.queue.prioritise(ids[:1], 5)
    await desktop.queue.hold(paused=False)
    ended = await desktop.settled(*ids)
    kinds = [item.failure.kind if item.failure is not None else None for item in ended]
    assert kinds.count(FailureClass.REFUSED) == 1
    assert [item.state for item in ended].count(UploadState.DONE) == 2


async def test_a_service_that_fails_is_tried_again_and_counted(desktop: Desktop, sandbox: SandboxThread) -> None:
    sandbox.apply(status={**POST, "status": 503, "count": 2})
    ids = await desktop.add("later.txt")
    ended = await desktop.settled(*ids)
    assert ended[0].state is UploadState.DONE
    assert ended[0].attempts == 3
    assert desktop.arrived_once("later.txt")


async def test_after_the_last_rung_it_fails_for_good_and_begins_anew_when_asked(
    desktop: Desktop, sandbox: SandboxThread
) -> None:
    sandbox.apply(status={**POST, "status": 503})
    ids = await desktop.add("never.txt")
    ended = await desktop.settled(*ids)
    assert ended[0].state is UploadState.FAILED
    assert ended[0].failure is not None
    assert ended[0].failure.kind is FailureClass.SERVICE
    sandbox.clear()
    assert await desktop.queue.retry_failed() == 1
    ended = await desktop.until(lambda item: item.state.settled, *ids)
    assert ended[0].state is UploadState.DONE
    assert desktop.arrived_once("never.txt")


@pytest.mark.parametrize(
    ("status", "kind"), [(413, FailureClass.TOO_LARGE), (415, FailureClass.WRONG_TYPE), (422, FailureClass.REFUSED)]
)
async def test_what_another_try_would_not_change_stops_at_once(
    desktop: Desktop, sandbox: SandboxThread, status: int, kind: FailureClass
) -> None:
    # fault 80
    sandbox.apply(status={**POST, "status": status, "count": 1})
    ids = await desktop.add(f"stopped-{status}.txt")
    ended = await desktop.settled(*ids)
    assert ended[0].failure is not None
    assert (ended[0].failure.kind, ended[0].failure.status, ended[0].attempts) == (kind, status, 1)
    assert ended[0].failure.request_id


async def test_a_limit_is_waited_for_and_costs_no_attempt(desktop: Desktop, sandbox: SandboxThread) -> None:
    sandbox.apply(status={**POST, "status": 429, "retry_after_s": 1, "count": 1})
    ids = await desktop.add("limited.txt")
    ended = await desktop.settled(*ids)
    assert (ended[0].state, ended[0].attempts) == (UploadState.DONE, 1)


async def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(desktop: Desktop, sandbox: SandboxThread) -> None:
    # fault 78
    sandbox.apply(lose_answer={**POST, "count": 1})
    ids = await desktop.add("lost.txt")
    ended = await desktop.settled(*ids)
    assert (ended[0].state, ended[0].attempts) == (UploadState.DONE, 1)
    assert ended[0].document_id
    assert UploadState.VERIFYING in [step.state for step in await desktop.queue.story(ids[0])]
    assert desktop.arrived_once("lost.txt")


@pytest.mark.parametrize("status", [404, 500, 502, 504])
async def test_an_error_after_the_work_is_looked_up(desktop: Desktop, sandbox: SandboxThread, status: int) -> None:
    # fault 78
    sandbox.apply(late_status={**POST, "status": status, "count": 1})
    ids = await desktop.add(f"late-{status}.txt")
    ended = await desktop.settled(*ids)
    assert (ended[0].state, ended[0].attempts) == (UploadState.DONE, 1)
    assert desktop.arrived_once(f"late-{status}.txt")


async def test_a_commit_that_takes_its_time_is_not_sent_twice(desktop: Desktop, sandbox: SandboxThread) -> None:
    # fault 79
    sandbox.apply(slow_commit={**POST, "seconds": 1.5, "count": 1}, lose_answer={**POST, "count": 1})
    ids = await desktop.add("slow.txt")
    ended = await desktop.settled(*ids)
    assert (ended[0].state, ended[0].attempts) == (UploadState.DONE, 1)
    assert desktop.arrived_once("slow.txt")


async def test_cancelled_during_the_commit_it_ends_as_done(desktop: Desktop, sandbox: SandboxThread) -> None:
    # fault 79
    sandbox.apply(slow_commit={**POST, "seconds": 2.0, "count": 1})
    ids = await desktop.add("committing.txt")
    await desktop.until(lambda item: item.state is UploadState.VERIFYING, *ids)
    await desktop.queue.cancel(ids)
    ended = await desktop.settled(*ids)
    assert ended[0].state is UploadState.DONE
    assert desktop.arrived_once("committing.txt")


async def test_cancelled_during_a_commit_that_comes_to_nothing_it_is_cancelled(
    desktop: Desktop, sandbox: SandboxThread
) -> None:
    # fault 79
    sandbox.apply(latency={**POST, "seconds": 2.0, "count": 1}, drop={**POST, "count": 1})
    ids = await desktop.add("nothing.txt")
    await desktop.until(lambda item: item.state is UploadState.VERIFYING, *ids)
    await desktop.queue.cancel(ids)
    ended = await desktop.settled(*ids)
    assert ended[0].state is UploadState.CANCELLED
    assert desktop.stored() == []


async def test_paused_while_it_is_sent_it_begins_anew_later(desktop: Desktop, sandbox: SandboxThread) -> None:
    sandbox.apply(choke={**POST, "seconds": 0.3, "count": 1})
    path = desktop.file("large.bin", os.urandom(12 * MIB))
    (item,) = (await desktop.queue.add("kong", [path])).items
    await desktop.until(lambda one: one.state is UploadState.UPLOADING, item.id)
    await desktop.queue.pause([item.id])
    await desktop.until(lambda one: one.state is UploadState.PAUSED, item.id)
    assert desktop.stored() == []
    await desktop.queue.resume([item.id])
    await desktop.settled(item.id)
    assert desktop.arrived_once("large.bin")


async def test_a_file_that_is_gone_needs_one_and_the_others_go_on(desktop: Desktop) -> None:
    # fault 75
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("gone.txt", "here.txt")
    (desktop.folder / "gone.txt").unlink()
    await desktop.queue.hold(paused=False)
    gone, here = await desktop.settled(*ids)
    assert (gone.state, here.state) == (UploadState.NEEDS_FILE, UploadState.DONE)
    found = desktop.file("found.txt", b"gone.txt")
    await desktop.queue.locate(gone.id, Path(found))
    ended = await desktop.until(lambda item: item.state.settled, gone.id)
    assert ended[0].state is UploadState.DONE
    assert sorted(name for name, _sha256 in desktop.stored()) == ["gone.txt", "here.txt"]


async def test_a_file_that_changed_since_it_was_queued_is_sent_as_it_is(desktop: Desktop) -> None:
    # fault 74
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("edited.txt")
    desktop.file("edited.txt", b"another text altogether")
    await desktop.queue.hold(paused=False)
    ended = await desktop.settled(*ids)
    assert ended[0].size_bytes == len(b"another text altogether")
    assert desktop.arrived_once("edited.txt")


async def test_a_file_that_changes_while_it_is_sent_is_begun_anew(desktop: Desktop, sandbox: SandboxThread) -> None:
    # fault 76
    sandbox.apply(choke={**POST, "seconds": 0.3, "count": 1})
    path = desktop.file("log.txt", os.urandom(24 * MIB))
    (item,) = (await desktop.queue.add("kong", [path])).items
    await desktop.until(lambda one: one.state is UploadState.UPLOADING, item.id)
    with open(path, "ab") as log:  # noqa: PTH123  (one write)
        log.write(b"another line")
    ended = await desktop.settled(item.id)
    assert ended[0].state is UploadState.DONE
    assert desktop.arrived_once("log.txt")


async def test_what_is_queued_by_one_is_never_sent_as_another(desktop: Desktop, sandbox: SandboxThread) -> None:
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("anns.txt")
    await desktop.session.sign_out()
    await desktop.shows(lambda snapshot: snapshot.holding.get("kong") == "signed out")
    await desktop.queue.hold(paused=False)
    assert await desktop.journal.change_all(ids, _queued_by("somebody else"))
    await desktop.session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
    ended = await desktop.settled(*ids)
    assert ended[0].state is UploadState.NEEDS_SIGN_IN
    assert desktop.stored() == []


def _queued_by(user_id: str) -> Callable[[UploadItem], UploadChange]:
    return lambda item: UploadChange(item=msgspec.structs.replace(item, user_id=user_id))


async def test_signed_out_it_is_held_and_goes_on_by_itself(desktop: Desktop, sandbox: SandboxThread) -> None:
    await desktop.session.sign_out()
    await desktop.shows(lambda snapshot: snapshot.holding.get("kong") == "signed out")
    ids = await desktop.add("waiting.txt")
    await desktop.until(lambda item: item.state is UploadState.WAITING, *ids)
    await desktop.session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
    ended = await desktop.settled(*ids)
    assert ended[0].state is UploadState.DONE
    assert desktop.arrived_once("waiting.txt")


async def test_a_token_that_ends_on_the_way_is_renewed_and_the_document_sent_again(
    desktop: Desktop, sandbox: SandboxThread
) -> None:
    sandbox.apply(expire_midway={**POST, "count": 1, "after_bytes": 0})
    ids = await desktop.add("expired.txt")
    ended = await desktop.settled(*ids)
    assert (ended[0].state, ended[0].attempts) == (UploadState.DONE, 1)
    assert desktop.arrived_once("expired.txt")


async def test_it_goes_on_after_the_program_ended_at_any_point(tmp_path: Path, sandbox: SandboxThread) -> None:
    home = tmp_path / "desktop"
    async with desktop_at(home, sandbox, sandbox.kong_url) as desktop:
        desktop.start()
        sandbox.apply(slow_commit={**POST, "seconds": 1.0, "count": 1})
        before = desktop.before
        ids = await desktop.add("first.txt", "second.txt")
        await desktop.until(lambda item: item.state is not UploadState.WAITING, ids[0])
    async with desktop_at(home, sandbox, sandbox.kong_url) as desktop:
        desktop.before = before
        desktop.start()
        ended = await desktop.settled(*ids)
        assert [item.state for item in ended] == [UploadState.DONE] * 2
        assert desktop.arrived_once("first.txt", "second.txt")


async def test_a_read_only_gateway_takes_nothing(desktop: Desktop) -> None:
    await desktop.console.directory.change(msgspec.structs.replace(desktop.session.profile, read_only=True))
    added = await desktop.queue.add("kong", [desktop.file("no.txt")])
    assert [refusal.kind for refusal in added.refused] == [FailureClass.READ_ONLY]


async def test_a_gateway_that_is_gone_holds_its_items(desktop: Desktop) -> None:
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("left.txt")
    await desktop.console.directory.remove("kong")
    await desktop.until(lambda item: item.state is UploadState.PAUSED, *ids)
    await desktop.shows(lambda snapshot: snapshot.holding.get("kong") == "removed")


async def test_five_thousand_are_taken_up_a_few_at_a_time(tmp_path: Path, sandbox: SandboxThread) -> None:
    # fault 86
    home, names = tmp_path / "desktop", [f"{number:04}.txt" for number in range(5_000)]
    async with desktop_at(home, sandbox, sandbox.kong_url) as desktop:
        await desktop.add(*names)
    async with desktop_at(home, sandbox, sandbox.kong_url) as desktop:
        sandbox.apply(latency={**POST, "seconds": 30.0})
        desktop.start()
        busy = await desktop.shows(lambda snapshot: snapshot.count(UploadState.UPLOADING) == 3)
        assert len(busy.items) == 5_000
        assert [item.name for item in busy.items] == names
        assert sum(item.state.held for item in busy.items) == 3
        assert {item.name for item in busy.items if item.state.held} == set(names[:3])


async def test_a_limit_on_everything_together_is_kept_over_restarts(desktop: Desktop) -> None:
    await desktop.queue.limit_bandwidth(50_000_000)
    assert (await desktop.shows(lambda snapshot: snapshot.bandwidth_bps is not None)).bandwidth_bps == 50_000_000
    ids = await desktop.add("throttled.txt")
    assert [item.state for item in await desktop.settled(*ids)] == [UploadState.DONE]
    await desktop.queue.limit_bandwidth(None)
    await desktop.shows(lambda snapshot: snapshot.bandwidth_bps is None)


async def test_items_go_where_they_are_put(desktop: Desktop) -> None:
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("1.txt", "2.txt", "3.txt")
    await desktop.queue.move(ids[2:], ids[0])
    await desktop.shows(lambda snapshot: [item.name for item in snapshot.items] == ["3.txt", "1.txt", "2.txt"])
    await desktop.queue.prioritise([ids[1]], 1)
    await desktop.shows(lambda snapshot: [item.name for item in snapshot.items] == ["2.txt", "3.txt", "1.txt"])
    await desktop.queue.cancel(ids)
    assert await desktop.queue.clear_done() == 3
    await desktop.shows(lambda snapshot: snapshot.items == ())


async def test_a_gateway_with_a_new_name_keeps_its_items(desktop: Desktop) -> None:
    await desktop.queue.hold(paused=True)
    ids = await desktop.add("follows.txt")
    settings = next(desktop.folder.parent.rglob("settings.toml"))
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("profiles.kong", "profiles.edge"), encoding="utf-8"
    )
    assert await desktop.console.directory.reload()
    assert [item.profile for item in await desktop.until(lambda item: item.profile == "edge", *ids)] == ["edge"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
async def test_an_upload_is_shown_as_a_command_that_does_the_same_without_a_token(desktop: Desktop) -> None:
    (item,) = (await desktop.queue.add("kong", [desktop.file('a; "quoted" name.txt')])).items
    (done,) = await desktop.settled(item.id)
    command = desktop.queue.curl(done)
    token = await desktop.session.token()
    assert token is not None
    assert token not in command
    before = len(desktop.stored())
    curl = await asyncio.create_subprocess_exec("sh", "-c", f"{command} --silent", env={**os.environ, "TOKEN": token})
    assert await curl.wait() == 0
    assert len(desktop.stored()) == before + 1
    assert len(set(desktop.stored())) == before


async def test_nothing_more_is_sent_once_the_leases_have_ended(
    tmp_path: Path, sandbox: SandboxThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "HEARTBEAT_S", 1.5)
    async with desktop_at(tmp_path / "desktop", sandbox, sandbox.kong_url) as desktop:
        monkeypatch.setattr(desktop.queue._desk, "_leased_until", datetime(2000, 1, 1, tzinfo=UTC))  # noqa: SLF001  (slept)
        desktop.start()
        ids = await desktop.add("late.txt")
        await desktop.until(lambda item: item.state is UploadState.UPLOADING, *ids)
        assert desktop.stored() == []
        await desktop.until(lambda item: item.state is UploadState.DONE, *ids)  # given back, and found not to be there
        assert desktop.arrived_once("late.txt")
