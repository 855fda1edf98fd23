"""What a look-up makes of a lost answer, whatever the platform says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from console.model import errors
from console.model.document import Document, Finding, UploadRules, Verdict
from console.model.upload import FailureClass, UploadItem, UploadState
from console.services.uploads import events
from console.services.uploads.outcome import Fate, Outcome
from console.services.uploads.verification import LookUp

if TYPE_CHECKING:
    from console.api.contract import Documents
    from console.model.document import Sought

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ITEM = UploadItem(
    id="a", profile="kong", path="/a", name="a", size_bytes=1, modified_ns=1, idempotency_key="key", created_at=NOW,
    changed_at=NOW, first_sent_at=NOW - timedelta(seconds=9), sha256="0" * 64, state=UploadState.VERIFYING,
)  # fmt: skip
THERE = Finding(verdict=Verdict.THERE, documents=(Document(id="7", name="a", thumbnail_url="/t"),))
ABSENT = Finding(verdict=Verdict.ABSENT)
UNSURE = Finding(verdict=Verdict.UNSURE, reason="two fit")


class Clock:
    def __init__(self) -> None:
        self.now = NOW
        self.slept_s = 0.0

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.now += timedelta(seconds=seconds)


class Platform:
    """Answers look-ups in turn; the last answer stays."""

    def __init__(self, *answers: Finding | Exception, honours_key: bool = False) -> None:
        self.rules = UploadRules(honours_key=honours_key)
        self.sought: list[Sought] = []
        self._answers = list(answers)

    async def find(self, sought: Sought) -> Finding:
        self.sought.append(sought)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


CUT = Outcome(fate=Fate.UNKNOWN, kind=FailureClass.NETWORK)


async def looked_up(
    platform: Platform, clock: Clock, ended_at: datetime | None = None, outcome: Outcome = CUT
) -> events.Event:
    look_up = LookUp(settle_s=2.0, clock=clock, sleep=clock.sleep)
    item = msgspec.structs.replace(ITEM, sent_until=ended_at)
    return await look_up(cast("Documents", platform), item, outcome=outcome, others=frozenset({"3"}))


async def test_what_is_there_is_done_at_once() -> None:
    clock, platform = Clock(), Platform(THERE)
    assert await looked_up(platform, clock) == events.Stored(document_id="7", thumbnail_url="/t")
    assert clock.slept_s == 0
    sought = platform.sought[0]
    assert (sought.since, sought.until, sought.others) == (ITEM.first_sent_at, NOW, frozenset({"3"}))


async def test_absence_is_believed_only_after_a_commit_had_its_time() -> None:
    # fault 79
    clock, platform = Clock(), Platform(ABSENT, THERE)
    assert isinstance(await looked_up(platform, clock), events.Stored)
    clock, platform = Clock(), Platform(ABSENT)
    assert isinstance(await looked_up(platform, clock, ended_at=NOW), events.Missing)
    assert clock.slept_s == pytest.approx(2.0)
    assert len(platform.sought) == 2


async def test_who_gave_up_waiting_for_the_platform_waits_longer() -> None:
    # fault 79
    clock, platform = Clock(), Platform(ABSENT)
    late = msgspec.structs.replace(CUT, late=True)
    assert isinstance(await looked_up(platform, clock, NOW, late), events.Missing)
    assert clock.slept_s == pytest.approx(10.0)


async def test_a_clock_that_is_set_back_holds_nobody_up() -> None:
    # fault 36
    clock, platform = Clock(), Platform(ABSENT)
    assert isinstance(await looked_up(platform, clock, ended_at=NOW + timedelta(hours=1)), events.Missing)
    assert clock.slept_s <= 2.0


async def test_what_the_system_still_sends_for_a_killed_program_is_waited_for() -> None:
    # fault 73
    clock, platform = Clock(), Platform(ABSENT)
    large = msgspec.structs.replace(ITEM, size_bytes=1 << 30)
    look_up = LookUp(settle_s=2.0, clock=clock, sleep=clock.sleep)
    assert isinstance(await look_up(cast("Documents", platform), large), events.Missing)
    assert 30.0 <= clock.slept_s <= 60.0


async def test_what_was_sent_long_ago_is_believed_to_be_absent_at_once() -> None:
    clock, platform = Clock(), Platform(ABSENT)
    assert isinstance(await looked_up(platform, clock, ended_at=NOW - timedelta(minutes=1)), events.Missing)
    assert len(platform.sought) == 1


async def test_where_nobody_can_tell_the_operator_decides_unless_the_key_protects() -> None:
    told = await looked_up(Platform(UNSURE), Clock())
    assert isinstance(told, events.Unsure)
    assert "two fit" in told.text
    assert isinstance(await looked_up(Platform(UNSURE, honours_key=True), Clock()), events.Missing)
    assert isinstance(await looked_up(Platform(errors.NotOffered("no list")), Clock()), events.Unsure)


async def test_a_look_up_that_fails_says_nothing_of_the_document() -> None:
    limited = await looked_up(Platform(errors.RateLimited("slow", retry_after_s=4)), Clock())
    assert isinstance(limited, events.NotLookedUp)
    assert (limited.kind, limited.retry_after_s) == (FailureClass.LIMITED, 4)
    assert isinstance(await looked_up(Platform(errors.ConnectionLost("cut")), Clock()), events.NotLookedUp)
    offline = await looked_up(Platform(errors.ConnectFailed("", reason="refused")), Clock())
    assert isinstance(offline, events.LetGo)
    assert offline.sent_whole
    assert isinstance(await looked_up(Platform(errors.SignInRequired("over")), Clock()), events.SignInNeeded)


def test_the_item_here_is_one_that_may_be_stored() -> None:
    assert msgspec.structs.replace(ITEM, state=UploadState.UPLOADING).state.left is UploadState.VERIFYING
