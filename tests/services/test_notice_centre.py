"""The notifications centre over many gateways: fakes for the rules, the sandbox for the way of one notice."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from console.model.connection import Facts, FeedState, tell
from console.model.errors import ConnectionLost, NotFound, NotOffered
from console.model.freshness import Observed
from console.model.health import HealthStatus
from console.model.identity import PasswordCredentials, User
from console.model.muting import Mute
from console.model.notice import Notice, Severity
from console.model.noticed import gathered
from console.model.profile import Profile
from console.sandbox.thread import SandboxThread
from console.services import kept_going, notice_centre
from console.services.directory import Directory
from console.services.notice_centre import NoticeCentre
from console.services.ports import Told
from console.services.preferences import PreferenceBook
from console.settings import Settings
from tests.presenters.fake_directory import FakeDirectory, FakeSession, profile
from tests.presenters.fake_session import NOON, FakeClock, service, snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from console.model.noticed import Entry, Noticed
    from console.store.store import Store

BAD, GOOD = HealthStatus.UNHEALTHY, HealthStatus.HEALTHY


def notice(id_: str, minutes: float = 0, **fields: Any) -> Notice:
    at = NOON + timedelta(minutes=minutes)
    return Notice(id=id_, at=at, **{"title": f"notice {id_}", "source": "orders", **fields})


def say(session: FakeSession, *notices: Notice) -> None:
    session.telemetry.notices.set(Told(Observed(value=notices, observed_at=NOON)))


@asynccontextmanager
async def closing(directory: Directory) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await directory.close()


@asynccontextmanager
async def running(directory: FakeDirectory | Directory, folder: Path, **options: Any) -> AsyncIterator[NoticeCentre]:
    book = PreferenceBook(Settings(folder / "settings.toml"), directory)
    centre = NoticeCentre(directory, book, FakeClock(), interval_s=0.01, **options)
    task = asyncio.get_running_loop().create_task(centre.run())
    try:
        yield centre
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(centre: NoticeCentre, wanted: Callable[[Noticed], bool]) -> Noticed:
    async with asyncio.timeout(30):
        async for noticed in centre.noticed.follow():
            if wanted(noticed):
                return noticed
    raise AssertionError


@pytest.fixture
def directory() -> FakeDirectory:
    directory = FakeDirectory(profile("one"), profile("two"))
    for session in directory.sessions.values():
        session.go_live()
    return directory


async def test_all_gateways_are_one_list_newest_first(directory: FakeDirectory, tmp_path: Path) -> None:
    async with running(directory, tmp_path) as centre:
        say(directory.session("one"), notice("a"), notice("b", 2, read=True))
        say(directory.session("two"), notice("a", 1))
        noticed = await until(centre, lambda noticed: len(noticed.entries) == 3)
        assert [entry.key for entry in noticed.entries] == [("one", "b"), ("two", "a"), ("one", "a")]
        assert noticed.unread == 2
        await directory.remove("one")
        await until(centre, lambda noticed: [entry.gateway for entry in noticed.entries] == ["two"])


async def test_reading_is_told_to_the_platform_and_kept_here_where_it_keeps_no_account(
    directory: FakeDirectory, tmp_path: Path
) -> None:
    one, two = directory.session("one"), directory.session("two")
    two.telemetry.fail = NotOffered("no account")
    async with running(directory, tmp_path) as centre:
        say(one, notice("a"))
        say(two, notice("b"))
        noticed = await until(centre, lambda noticed: noticed.unread == 2)
        await centre.mark_read(noticed.entries)
        assert centre.noticed.value.unread == 0
        assert one.telemetry.read == ["a"]
        say(two, notice("b"), notice("c", 30))  # read anew: the platform still says unread
        noticed = await until(centre, lambda noticed: len(noticed.entries) == 3)
        assert [entry.id for entry in noticed.entries if entry.unread] == ["c"]


async def test_what_the_platform_was_not_told_of_is_unread_again(directory: FakeDirectory, tmp_path: Path) -> None:
    one = directory.session("one")
    one.telemetry.fail = ConnectionLost("cut")
    async with running(directory, tmp_path) as centre:
        say(one, notice("a"))
        noticed = await until(centre, lambda noticed: noticed.unread == 1)
        with pytest.raises(ConnectionLost):
            await centre.mark_read(noticed.entries)
        assert centre.noticed.value.unread == 1


async def test_what_the_platform_does_not_know_is_read_here(directory: FakeDirectory, tmp_path: Path) -> None:
    one = directory.session("one")
    one.telemetry.fail = NotFound("no such notification", status=404)
    async with running(directory, tmp_path) as centre:
        say(one, notice("made here"))
        noticed = await until(centre, lambda noticed: noticed.unread == 1)
        await centre.mark_read(noticed.entries)
        assert centre.noticed.value.unread == 0


async def test_what_one_user_read_is_not_told_for_the_next(
    directory: FakeDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = directory.session("one")
    one.user = User(id="ann", name="ann")

    async def read_by_the_last_of_ann(notice_id: str) -> None:
        one.telemetry.read.append(notice_id)
        one.user = User(id="bob", name="bob")

    monkeypatch.setattr(one.telemetry, "mark_read", read_by_the_last_of_ann)
    async with running(directory, tmp_path) as centre:
        say(one, notice("a"), notice("b", 30))
        noticed = await until(centre, lambda noticed: noticed.unread == 2)
        await centre.mark_read(noticed.entries)
        assert len(one.telemetry.read) == 1


async def test_somebody_unknown_finds_nothing_read(directory: FakeDirectory, tmp_path: Path) -> None:
    one = directory.session("one")
    one.user = User(id="ann", name="ann")
    one.telemetry.fail = NotOffered("no account")
    async with running(directory, tmp_path) as centre:
        say(one, notice("a"))
        noticed = await until(centre, lambda noticed: noticed.unread == 1)
        await centre.mark_read(noticed.entries)
        assert centre.noticed.value.unread == 0
        one.user = None  # somebody signed in anew; who, the gateway says later
        say(one, notice("a"))
        await until(centre, lambda noticed: noticed.unread == 1)


async def test_mutes_are_counted_but_not_told_and_end_by_themselves(directory: FakeDirectory, tmp_path: Path) -> None:
    async with running(directory, tmp_path) as centre:
        say(directory.session("one"), notice("a"), notice("b", 1, source="audit"))
        await until(centre, lambda noticed: noticed.unread == 2)
        await centre.mute(Mute(gateway="one", service="audit"))
        noticed = await until(centre, lambda noticed: noticed.muted_unread == 1)
        assert noticed.unread == 1
        assert centre.mutes == [Mute(gateway="one", service="audit")]
        await centre.unmute("one", "audit")
        await until(centre, lambda noticed: noticed.unread == 2)
        await centre.mute(Mute(gateway="one", until=NOON - timedelta(seconds=1)))
        assert centre.mutes == []
        assert centre.noticed.value.unread == 2


async def test_a_service_that_turns_bad_is_an_open_alert_until_it_is_well(
    directory: FakeDirectory, tmp_path: Path
) -> None:
    one = directory.session("one")
    one.monitor.health.set(snapshot([service("1"), service("2", "search", BAD)]))
    async with running(directory, tmp_path) as centre:
        noticed = await until(centre, lambda noticed: bool(noticed.entries))
        (known,) = noticed.entries  # bad before anybody looked: listed, and nothing new
        assert (known.title, known.is_open, known.unread) == ("search is unhealthy", True, False)
        one.monitor.health.set(snapshot([service("1", status=BAD), service("2", "search", BAD)]))
        noticed = await until(centre, lambda noticed: len(noticed.entries) == 2)
        turned = next(entry for entry in noticed.entries if entry.source == "orders")
        assert (turned.title, turned.severity, turned.unread) == ("orders turned unhealthy", Severity.CRITICAL, True)
        assert centre.service_id(turned) == "1"
        one.monitor.health.set(snapshot([service("1"), service("2", "search")], source_lost=True))
        await asyncio.sleep(0.05)  # stale news end nothing
        assert all(entry.is_open for entry in centre.noticed.value.entries)
        one.monitor.health.set(snapshot([service("1"), service("2", "search")]))
        await until(centre, lambda noticed: not any(entry.is_open for entry in noticed.entries))


@pytest.mark.expects_logs
async def test_after_a_bug_the_centre_goes_on_with_what_it_knew(
    directory: FakeDirectory, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_going, "RESTART_PAUSE_S", 0.01)
    one = directory.session("one")
    one.monitor.health.set(snapshot([service("1")]))
    async with running(directory, tmp_path) as centre:
        await until(centre, lambda noticed: bool(noticed.reach))
        one.monitor.health.set(snapshot([service("1", status=BAD)]))
        await until(centre, lambda noticed: len(noticed.entries) == 1)
        broken: Any = None  # no such value is ever told
        one.telemetry.notices.set(Told(Observed(value=broken, observed_at=NOON)))
        async with asyncio.timeout(10):
            while not caplog.records:
                await asyncio.sleep(0.01)
        say(one, notice("n"))
        noticed = await until(centre, lambda noticed: len(noticed.entries) == 2)
        assert {entry.title for entry in noticed.entries} == {"orders turned unhealthy", "notice n"}
        one.monitor.health.set(snapshot([service("1")]))
        await until(centre, lambda noticed: not any(entry.is_open for entry in noticed.entries))
        caplog.clear()


async def test_a_sign_out_and_another_tenant_leave_nothing(directory: FakeDirectory, tmp_path: Path) -> None:
    one, two = directory.session("one"), directory.session("two")
    async with running(directory, tmp_path) as centre:
        for session in (one, two):
            session.monitor.health.set(snapshot([service("1", status=BAD)]))
        await until(centre, lambda noticed: len(noticed.entries) == 2)
        one.connection.set(tell(Facts()))
        await until(centre, lambda noticed: [entry.gateway for entry in noticed.entries] == ["two"])
        two.monitor.health.set(snapshot([]))
        two.profile = msgspec.structs.replace(two.profile, tenant="other")
        two.standing.set(msgspec.structs.replace(two.standing.value, confirmed=True))
        await until(centre, lambda noticed: noticed.entries == ())


async def test_five_hundred_alerts_are_one_list_within_its_limit(directory: FakeDirectory, tmp_path: Path) -> None:
    # fault 131
    one = directory.session("one")
    async with running(directory, tmp_path, limit=300) as centre:
        await until(centre, lambda noticed: len(noticed.reach) == 2)
        for count in range(0, 501, 10):
            told = [notice(str(n), n / 60, title="same" if n % 2 else str(n)) for n in range(count)]
            say(one, *told)
        noticed = await until(centre, lambda noticed: sum(entry.count for entry in noticed.entries) >= 499)
        assert noticed.left_out == 0
        assert len(noticed.entries) == 251  # two hundred and fifty that differ, and one that counts
        assert max(entry.count for entry in noticed.entries) == 250
        say(one, *(notice(str(number), number) for number in range(400)))
        noticed = await until(centre, lambda noticed: len(noticed.entries) == 300)
        assert noticed.left_out == 100


async def test_thousands_are_not_sorted_anew_because_health_changed(
    directory: FakeDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, made = directory.session("one"), 0

    def counting(name: str, *what: Any) -> Any:
        nonlocal made
        made += name == "one"
        return gathered(name, *what)

    monkeypatch.setattr(notice_centre, "gathered", counting)
    async with running(directory, tmp_path) as centre:
        say(one, *(notice(str(number), number / 60) for number in range(100)))
        await until(centre, lambda noticed: len(noticed.entries) == 100)
        before = made
        one.monitor.health.set(snapshot([service("1")]))
        directory.session("two").monitor.health.set(snapshot([service("1", status=BAD)]))
        await until(centre, lambda noticed: any(entry.own for entry in noticed.entries))
        assert made == before
        one.monitor.health.set(snapshot([service("1", status=BAD)]))
        await until(centre, lambda noticed: sum(entry.own for entry in noticed.entries) == 2)
        assert made == before + 1


async def test_reach_says_what_can_be_relied_on(directory: FakeDirectory, tmp_path: Path) -> None:
    one, two = directory.session("one"), directory.session("two")
    one.telemetry.notices.set(Told(None, ConnectionLost("cut")))
    one.connection.set(tell(Facts(signed_in=True, failing_since=NOON, feed=FeedState.NONE)))
    two.connection.set(tell(Facts()))
    async with running(directory, tmp_path) as centre:
        noticed = await until(centre, lambda noticed: len(noticed.reach) == 2 and noticed.reach[0].offered)
        first, second = noticed.reach
        assert (first.gateway, first.loaded, first.lost, bool(first.problem)) == ("one", True, True, True)
        assert (second.offered, second.signed_in) == (False, False)


def told_and_unread(entry: Entry) -> bool:
    return entry.unread and (not entry.own or entry.also_told)


async def test_a_component_that_is_killed_is_noticed_marked_read_and_kept(store: Store, tmp_path: Path) -> None:
    with SandboxThread() as sandbox:
        settings = Settings(tmp_path / "settings.toml")
        settings.save(Profile(name="edge", url=sandbox.kong_url, platform="kong"))
        directory = Directory(settings, store.vault, store.record)
        async with running(directory, tmp_path) as centre, closing(directory):
            session = directory.session("edge")
            await session.sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
            await until(centre, lambda noticed: any(not entry.own for entry in noticed.entries))
            async with asyncio.timeout(30):
                async for connection in session.connection.follow():
                    if connection.facts.feed is FeedState.LIVE:
                        break
            sandbox.apply(kill_service="workflow-service")
            noticed = await until(
                centre,
                lambda noticed: any(
                    "workflow-service" in entry.title and "unhealthy" in entry.title and told_and_unread(entry)
                    for entry in noticed.entries
                ),
            )
            entry = next(entry for entry in noticed.entries if "unhealthy" in entry.title and told_and_unread(entry))
            assert (entry.gateway, entry.severity) == ("edge", Severity.CRITICAL)
            await centre.mark_read([entry])
            told = session.telemetry.notices.value
            assert told is not None
            assert told.known is not None
            read = {one.id: one.read for one in told.known.value}
            told_ids = [id_ for id_ in entry.notice_ids if id_ in read]
            assert told_ids
            assert all(read[id_] for id_ in told_ids)
            await until(centre, lambda noticed: any(entry.is_open for entry in noticed.entries))
            await session.sign_out()
            await until(centre, lambda noticed: noticed.entries == ())
