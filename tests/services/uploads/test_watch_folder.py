"""What is put into a watch folder is queued once, when it is whole; nothing in it is touched."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import ProfileError
from console.model.profile import Profile, checked_profile
from console.model.upload import FailureClass, FileVersion, UploadState
from console.services.latest import Latest
from console.services.upload_ports import Added, Refusal
from console.services.uploads.intake import take_in
from console.services.uploads.watch_folder import Pace, Settling, WatchFolders, unfinished
from console.store.uploads import UploadJournal
from console.store.vault import VAULT
from tests.store.conftest import Shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from console.model.upload import UploadItem
    from console.services.upload_ports import Watched
    from tests.services.uploads.conftest import Desktop

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROFILE = Profile(name="prod", url="http://127.0.0.1:1", platform="kong")


class Intake:
    """The queue's door, on a real journal: takes everything but what is called `no`."""

    def __init__(self, journal: UploadJournal) -> None:
        self.journal = journal
        self.calls = 0
        self.told: list[Watched | None] = []
        self._news = asyncio.Condition()

    async def add(self, profile: str, files: Sequence[str], *, watched: bool = False) -> Added:
        self.calls += 1
        refused = tuple(
            Refusal(path=file, kind=FailureClass.WRONG_TYPE, reason="no") for file in files if file.endswith("no")
        )
        items, _ = take_in(
            [file for file in files if not file.endswith("no")],
            profile=profile, user_id="", rules=None, metadata={}, priority=0, now=NOON,
        )  # fmt: skip
        added = await self.journal.add([msgspec.structs.replace(item, watched=watched) for item in items])
        async with self._news:
            self._news.notify_all()
        return Added(items=added, refused=refused)

    def watching(self, profile: str, watched: Watched | None) -> None:
        assert profile == "prod"
        self.told.append(watched)

    async def queued(self, count: int) -> tuple[UploadItem, ...]:
        async with asyncio.timeout(20), self._news:
            while len(items := await self.journal.items()) < count:
                await self._news.wait()
        return items


class Site:
    """A folder, a journal, and whoever watches."""

    def __init__(self, folder: Path, journal: UploadJournal) -> None:
        self.folder = folder
        self.intake = Intake(journal)
        self.journal = journal
        self.now_s = 0.0
        self.now = NOON
        self.profiles: Latest[tuple[Profile, ...]] = Latest(
            (msgspec.structs.replace(PROFILE, watch_folder=str(folder)),)
        )
        self.looks = 0

    def monotonic(self) -> float:
        return self.now_s

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        folders = WatchFolders(
            self.profiles, self.intake, self.journal,
            pace=Pace(every_s=0.01), monotonic=self.monotonic, clock=lambda: self.now,
        )  # fmt: skip
        task = asyncio.get_running_loop().create_task(folders.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def told(self, trouble: bool) -> Watched:
        async with asyncio.timeout(20):
            while not (self.intake.told and (last := self.intake.told[-1]) and bool(last.trouble) is trouble):
                await asyncio.sleep(0.01)
        return last


@pytest.fixture
async def site(shelf: Shelf, tmp_path: Path) -> Site:
    folder = tmp_path / "watched"
    folder.mkdir()
    return Site(folder, UploadJournal(await shelf.open(VAULT, busy_timeout_s=5.0)))


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    (tmp_path / "store").mkdir(mode=0o700)
    async with contextlib.AsyncExitStack() as exits:
        yield Shelf(tmp_path / "store", exits)


async def test_a_file_is_queued_once_whatever_becomes_of_it(site: Site) -> None:  # fault 84
    (site.folder / "inner").mkdir()
    (site.folder / "inner" / "a.pdf").write_bytes(b"one")
    (site.folder / ".hidden").write_bytes(b"one")
    (site.folder / "b.pdf.part").write_bytes(b"half")
    async with site.watching():
        await site.told(trouble=False)
        assert await site.journal.items() == (), "it may still be written"
        site.now_s += 5.0
        (item,) = await site.intake.queued(1)
        assert (item.path, item.state, item.watched) == (
            os.path.realpath(site.folder / "inner" / "a.pdf"),
            UploadState.WAITING,
            True,
        )
    await site.journal.remove([item.id])
    async with site.watching():  # after a restart, and though the item is gone from the queue
        await site.told(trouble=False)
        (site.folder / "c.pdf").write_bytes(b"two")
        (site.folder / "b.pdf.part").rename(site.folder / "b.pdf")
        for _ in range(50):  # it has to be seen before it can settle
            await asyncio.sleep(0.01)
            site.now_s += 1.0
        found = await site.intake.queued(2)
        assert sorted(one.name for one in found) == ["b.pdf", "c.pdf"]
    assert (site.folder / "inner" / "a.pdf").read_bytes() == b"one"


async def test_an_edited_file_is_queued_again(site: Site) -> None:
    file = site.folder / "a.pdf"
    file.write_bytes(b"one")
    async with site.watching():
        await site.told(trouble=False)
        site.now_s += 5.0
        (first,) = await site.intake.queued(1)
        await site.journal.remove([first.id])
        file.write_bytes(b"another")
        await asyncio.sleep(0.1)
        site.now_s += 5.0
        await asyncio.sleep(0.1)
        site.now_s += 5.0
        (second,) = await site.intake.queued(1)
        assert second.size_bytes == 7


@pytest.mark.expects_logs
async def test_a_folder_that_can_not_be_reached_is_said_and_forgotten_when_it_is_back(site: Site) -> None:
    site.folder.rmdir()
    async with site.watching():
        told = await site.told(trouble=True)
        assert "can't be looked into" in told.trouble
        assert told.folder == str(site.folder)
        site.folder.mkdir()
        await site.told(trouble=False)
        site.profiles.set((PROFILE,))
        async with asyncio.timeout(20):
            while site.intake.told[-1] is not None:
                await asyncio.sleep(0.01)


async def test_what_is_refused_is_asked_once_and_shown(site: Site) -> None:
    (site.folder / "no").write_bytes(b"x")
    async with site.watching():
        await site.told(trouble=False)
        site.now_s += 5.0
        async with asyncio.timeout(20):
            while not ((last := site.intake.told[-1]) and last.refused_count):
                await asyncio.sleep(0.01)
        assert [refusal.kind for refusal in last.refused] == [FailureClass.WRONG_TYPE]
        await asyncio.sleep(0.1)
        assert site.intake.calls == 1
        (site.folder / "no").unlink()
        async with asyncio.timeout(20):
            while (last := site.intake.told[-1]) and last.refused_count:
                await asyncio.sleep(0.01)


async def test_what_lies_there_no_more_is_forgotten_after_a_month(site: Site) -> None:
    journal, gone = site.journal, FileVersion("/gone", 1, 1)
    for file in ("a", "b"):
        (site.folder / file).write_bytes(b"x")
    async with site.watching():
        await site.told(trouble=False)
        site.now_s += 5.0
        items = await site.intake.queued(2)
    seen = [FileVersion(item.path, item.size_bytes, item.modified_ns) for item in items]
    assert await journal.unseen("prod", [gone, *seen]) == (gone,)
    assert await journal.unseen("staging", seen) == tuple(seen)
    later = datetime.now(UTC) + timedelta(days=1)
    assert await journal.forget_seen("prod", [seen[0].path], later - timedelta(days=31)) == 0
    assert await journal.forget_seen("prod", [seen[0].path], later) == 1
    assert await journal.unseen("prod", seen) == (seen[1],)


async def test_what_is_put_there_arrives_on_the_platform(desktop: Desktop, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    queue, directory = desktop.queue, desktop.console.directory
    pace = Pace(every_s=0.02, settled_s=0.1)
    task = asyncio.get_running_loop().create_task(
        WatchFolders(directory.profiles, queue, desktop.journal, pace=pace).run()
    )
    try:
        (profile,) = directory.profiles.value
        other = Profile(name="other", url="http://127.0.0.1:1", platform="opssight", watch_folder=str(folder))
        with pytest.raises(ProfileError, match="no documents"):
            await directory.add(other)
        await directory.change(msgspec.structs.replace(profile, watch_folder=str(folder)))
        await desktop.shows(lambda snapshot: "kong" in snapshot.watched)
        (folder / "report.txt").write_bytes(b"quarterly")
        shown = await desktop.shows(lambda snapshot: snapshot.count(UploadState.DONE) == 1)
        assert shown.watched["kong"].folder == str(folder)
        assert [name for name, _sha256 in desktop.stored()] == ["report.txt"]
        await queue.clear_done()
        await desktop.shows(lambda snapshot: not snapshot.items)
        (folder / "second.txt").write_bytes(b"another")
        await desktop.shows(lambda snapshot: snapshot.count(UploadState.DONE) == 1)
        assert sorted(name for name, _sha256 in desktop.stored()) == ["report.txt", "second.txt"]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_arrived_before_it_was_put_there_is_not_asked_for_again(desktop: Desktop) -> None:
    (item_id,) = await desktop.add("known.txt")
    (done,) = await desktop.settled(item_id)
    file = FileVersion(done.path, done.size_bytes, done.modified_ns)
    assert await desktop.journal.unseen("kong", [file]) == (file,)
    (profile,) = desktop.console.directory.profiles.value
    watched: Latest[tuple[Profile, ...]] = Latest((msgspec.structs.replace(profile, watch_folder=str(desktop.folder)),))
    pace = Pace(every_s=0.02, settled_s=0.0)
    task = asyncio.get_running_loop().create_task(
        WatchFolders(watched, desktop.queue, desktop.journal, pace=pace).run()
    )
    try:
        async with asyncio.timeout(20):
            while await desktop.journal.unseen("kong", [file]):
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [item.id for item in await desktop.journal.items()] == [item_id]
    assert desktop.arrived_once("known.txt")


@given(st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(0, 3), max_size=4)), max_size=30))
def test_exactly_what_did_not_change_for_long_enough_is_settled(looks: list[tuple[int, list[int]]]) -> None:
    settling, now_s, history = Settling(5.0), 0, []
    for step_s, sizes in looks:
        now_s += step_s
        files = {FileVersion(f"/{name}", size, 0) for name, size in enumerate(sizes)}
        history.append((now_s, files))
        expected = set()
        for file in files:
            changed_at = max((number for number, (_, seen) in enumerate(history) if file not in seen), default=-1)
            if now_s - history[changed_at + 1][0] >= 5:
                expected.add(file)
        assert set(settling.look(files, now_s)) == expected


@pytest.mark.parametrize("name", ["a.PART", "~$letter.docx", "x.crdownload", "y.tmp"])
def test_what_a_program_still_writes_is_left(name: str) -> None:
    assert unfinished(f"/x/{name}")
    assert not unfinished(f"/x/{name}.pdf") or name.startswith("~$")


@pytest.mark.parametrize("folder", ["docs", "./docs", "../x", "/a\nb", "/" + "x" * 5_000])
def test_a_watch_folder_is_an_absolute_path(folder: str) -> None:
    with pytest.raises(ProfileError, match="watch folder"):
        checked_profile(msgspec.structs.replace(PROFILE, watch_folder=folder))
    for good in ("", " /srv/in ", "~/in"):
        assert checked_profile(msgspec.structs.replace(PROFILE, watch_folder=good)).watch_folder == good.strip()
