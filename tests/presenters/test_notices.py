"""What the operator does in the notifications centre."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.model.notice import Severity
from console.model.noticed import Entry, Noticed
from console.presenters.notices import NoticesPresenter
from console.services.latest import Latest
from tests.presenters.fake_session import NOON, FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from console.model.muting import Mute


class SlowCentre:
    """Implements `Centre`; the platform takes its time."""

    mutes: Sequence[Mute] = ()

    def __init__(self) -> None:
        self.noticed = Latest(Noticed())
        self.told: list[str] = []
        self.goes_on = asyncio.Event()

    async def mark_read(self, entries: Iterable[Entry]) -> None:
        self.told += [entry.id for entry in entries]
        await self.goes_on.wait()

    async def mute(self, mute: Mute) -> None:
        raise AssertionError

    async def unmute(self, gateway: str, service: str) -> None:
        raise AssertionError

    def service_id(self, entry: Entry) -> str:
        raise AssertionError


def unread(id_: str) -> Entry:
    return Entry(
        gateway="one",
        id=id_,
        source="",
        title=id_,
        text="",
        severity=Severity.INFO,
        kind="",
        first_at=NOON,
        last_at=NOON,
        notice_ids=(id_,),
        unread_ids=(id_,),
    )


def failed(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


async def test_one_is_marked_read_while_the_platform_is_still_told_of_another(qapp: object) -> None:
    centre = SlowCentre()
    presenter = NoticesPresenter(centre, failed, FakeClock())
    for entry in (unread("a"), unread("b"), unread("b")):
        presenter.mark_read(entry)
        await asyncio.sleep(0)
    assert centre.told == ["a", "b"]
    centre.goes_on.set()
    await presenter.stop()
