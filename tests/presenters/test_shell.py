"""The rail, the status bar, and which page is shown."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.blame import Layer, Probe
from console.model.connection import Facts, FeedState, Phase, tell
from console.model.errors import SignOutUnheard
from console.model.freshness import Observed, Source
from console.model.health import HealthStatus
from console.model.identity import Tenant, User
from console.presenters.connection_story import feed_text, story_lines
from console.presenters.shell import ShellPresenter, ShellState
from console.services.ports import Membership
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.presenters.fake_session import NOON, FakeClock, service, snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@asynccontextmanager
async def shell_of(directory: FakeDirectory, clock: FakeClock | None = None) -> AsyncIterator[ShellPresenter]:
    def fail(what: str, error: Exception) -> None:
        raise AssertionError(what) from error

    presenter = ShellPresenter(directory, fail, clock or FakeClock())
    presenter.start()
    await until(lambda: len(presenter.state.gateways) == len(directory.profiles.value))
    yield presenter
    await presenter.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_without_gateways_the_form_to_add_one_is_wanted() -> None:
    async with shell_of(FakeDirectory()) as shell:
        assert shell.state == ShellState()
        assert shell.state.wants_sign_in
        assert shell.session is None
        assert shell.story_lines() == ()


async def test_the_first_gateway_is_chosen_and_signing_in_opens_its_view() -> None:
    directory = FakeDirectory(profile("one"), profile("two", production=True, label="eu"))
    async with shell_of(directory) as shell:
        assert shell.state.current == "one"
        assert shell.state.wants_sign_in
        directory.session("one").go_live()
        await until(lambda: shell.state.phase is Phase.LIVE)
        assert not shell.state.wants_sign_in
        assert shell.state.feed == "feed 0 s"
        shell.choose("two")
        assert shell.state.wants_sign_in
        assert shell.state.gateway is not None
        assert shell.state.gateway.production


async def test_a_gateway_added_or_removed_elsewhere_shows() -> None:
    directory = FakeDirectory(profile("one"))
    async with shell_of(directory) as shell:
        await directory.add(profile("two"))
        await until(lambda: [item.name for item in shell.state.gateways] == ["one", "two"])
        shell.choose("two")
        shell.remove("two")
        await until(lambda: [item.name for item in shell.state.gateways] == ["one"])
        assert shell.state.current == "one"


async def test_a_changed_list_does_not_take_the_form_to_add_one_away() -> None:
    directory = FakeDirectory(profile("one"))
    async with shell_of(directory) as shell:
        shell.choose("")
        await directory.add(profile("two"))
        await until(lambda: len(shell.state.gateways) == 2)
        assert shell.state.current == ""


async def test_next_and_previous_go_around() -> None:
    async with shell_of(FakeDirectory(*(profile(name) for name in "abc"))) as shell:
        shell.choose_next(-1)
        assert shell.state.current == "c"
        shell.choose_next(1)
        assert shell.state.current == "a"


async def test_the_worst_service_stands_for_its_gateway() -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.monitor.health.set(snapshot([service("1"), service("2", status=HealthStatus.UNHEALTHY)], source_lost=True))
    async with shell_of(directory) as shell:
        item = shell.state.gateways[0]
        assert (item.worst, item.stale, item.recorded) == (HealthStatus.UNHEALTHY, True, True)


async def test_the_record_can_be_looked_at_without_signing_in_and_left_again() -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.monitor.health.set(snapshot([service("1")], source_lost=True))
    session.connection.set(tell(Facts(signed_in=True, refused=True, refusal="token revoked")))
    async with shell_of(directory) as shell:
        assert shell.state.phase is Phase.SIGN_IN_NEEDED
        assert shell.state.offers_record
        shell.look_at_record()
        assert not shell.state.wants_sign_in
        shell.ask_for_sign_in()
        assert shell.state.wants_sign_in
        shell.look_at_record()
        session.go_live()
        await until(lambda: shell.state.phase is Phase.LIVE)
        session.connection.set(tell(Facts()))
        await until(lambda: shell.state.phase is Phase.SIGNED_OUT)
        assert shell.state.wants_sign_in, "a sign-out after a sign-in shows the form again"


async def test_an_expired_sign_in_is_never_shown_as_a_lost_connection() -> None:
    directory = FakeDirectory(profile("one"))
    directory.session("one").connection.set(
        tell(Facts(signed_in=True, refused=True, failing_since=NOON, error="connection refused"))
    )
    async with shell_of(directory) as shell:
        assert shell.state.phase is Phase.SIGN_IN_NEEDED
        assert "unreachable" not in shell.state.story


async def test_signing_out_is_asked_of_the_session_once_signed_in() -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    async with shell_of(directory) as shell:
        shell.sign_out()
        await asyncio.sleep(0)
        assert session.signed_out == 0
        session.go_live()
        await until(lambda: shell.state.phase is Phase.LIVE)
        shell.sign_out()
        shell.try_now()
        await until(lambda: session.signed_out == 1)
        assert session.tried == 1


async def test_a_sign_out_that_the_gateway_did_not_hear_of_is_told() -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    session.unheard = SignOutUnheard("Nothing listens at this address.")
    session.go_live()
    said: list[Exception] = []
    shell = ShellPresenter(directory, lambda _what, error: said.append(error), FakeClock())
    shell.start()
    await until(lambda: shell.state.phase is Phase.LIVE)
    shell.sign_out()
    await until(lambda: bool(said))
    await until(lambda: shell.state.phase is Phase.SIGNED_OUT)
    assert said == [session.unheard]
    await shell.stop()


def test_the_whole_story_names_fault_moment_and_next_try() -> None:
    facts = Facts(
        signed_in=True,
        last_success_at=NOON - timedelta(minutes=2),
        failing_since=NOON - timedelta(minutes=1),
        culprit=Probe(layer=Layer.GATEWAY, ok=False, at=NOON, ms=2, detail="127.0.0.1:8000: connection refused"),
        error="connection refused",
        feed=FeedState.LOST,
        next_try_at=NOON + timedelta(seconds=8),
    )
    lines = dict(story_lines(profile("one"), tell(facts), NOON))
    assert lines["Address"] == "http://127.0.0.1:8000"
    assert lines["Failing since"].startswith("1 min ago")
    assert lines["Found at fault"].startswith("gateway: 127.0.0.1:8000: connection refused")
    assert lines["Last good answer"].startswith("2 min ago")
    assert lines["Next try"] == "in 8 s"
    assert lines["Feed"].startswith("Lost")


@pytest.mark.parametrize(
    ("degraded", "dropped", "short", "caption"),
    [
        ("", 0, "feed 4 s", None),
        ("no WebSocket", 0, "feed 4 s, degraded", "Feed degraded"),
        ("no WebSocket", 1234, "feed 4 s, 1,234 left out", "Feed messages left out"),
    ],
)
def test_a_feed_that_is_degraded_or_lossy_says_so(  # faults 60 and 70
    degraded: str, dropped: int, short: str, caption: str | None
) -> None:
    facts = Facts(
        signed_in=True,
        last_success_at=NOON,
        feed=FeedState.LIVE,
        feed_at=NOON - timedelta(seconds=4),
        feed_degraded=degraded,
        feed_dropped=dropped,
    )
    assert feed_text(tell(facts), NOON) == short
    captions = dict(story_lines(profile("one"), tell(facts), NOON))
    assert caption is None or caption in captions


def test_without_its_feed_a_gateway_is_told_to_be_polled() -> None:
    polled = Facts(signed_in=True, last_success_at=NOON, feed_lost="HTTP 403")
    assert feed_text(tell(polled), NOON) == "no feed, by polling"
    assert feed_text(tell(msgspec.structs.replace(polled, feed=FeedState.LOST)), NOON) == "feed lost, by polling"
    unreachable = msgspec.structs.replace(polled, feed=FeedState.LOST, failing_since=NOON)
    assert feed_text(tell(unreachable), NOON) == "feed lost"
    assert feed_text(tell(msgspec.structs.replace(polled, feed_lost="")), NOON) == "", "it has no feed to lose"


def test_a_signed_out_story_is_short() -> None:
    lines = dict(story_lines(profile("one"), tell(Facts()), NOON))
    assert set(lines) == {"State", "Address"}


async def test_who_is_signed_in_is_told_with_its_age_and_its_problem() -> None:
    directory = FakeDirectory(profile("one"))
    session = directory.session("one")
    ann = User(id="1", name="Ann", email="ann@sandbox.example")
    tenants = tuple(Tenant(id=str(number), name=f"T{number}") for number in range(8))
    async with shell_of(directory) as shell:
        assert shell.state.membership == ()
        session.membership.set(
            Membership(
                user=Observed(value=ann, observed_at=NOON - timedelta(minutes=3), source=Source.RECORD),
                tenants=Observed(value=tenants, observed_at=NOON - timedelta(seconds=5), problem="refused"),
            )
        )
        shell.choose("one")
        assert "Last signed in as" in dict(shell.story_lines())
        session.go_live()
        await until(lambda: shell.state.phase is Phase.LIVE)
        assert dict(shell.state.membership) == {
            "Signed in as": "Ann, ann@sandbox.example (from the record, 3 min ago)",
            "Tenants": "T0, T1, T2, T3, T4, T5 and 2 more (5 s ago; the last try failed: refused)",
        }
        assert shell.story_lines()[-2:] == shell.state.membership


async def test_cached_answers_are_cleared_where_the_operator_is() -> None:
    directory = FakeDirectory(profile("one"), profile("two"))
    async with shell_of(directory) as shell:
        shell.choose("two")
        shell.clear_answers()
        await until(lambda: directory.session("two").cache.cleared == [""])
        assert directory.session("one").cache.cleared == []
