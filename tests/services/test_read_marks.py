"""What was read here, where the platform keeps no account of it: there after a restart, for the same login alone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.cached import Login
from console.model.errors import GatewayError, NotFound, NotOffered
from console.model.identity import User
from console.services.kept_sign_in import kept_as
from console.services.read_marks import ENDPOINT, LIMIT, StoredReadMarks
from console.store.key import Passphrase
from console.store.store import open_store
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.presenters.fake_session import NOON
from tests.services.test_notice_centre import notice, running, say, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from console.services.notice_centre import NoticeCentre
    from console.store.store import Store

ANN = Login(owner=kept_as(profile("one")), user="ann")


@asynccontextmanager
async def console_of(user: str, folder: Path, fail: GatewayError, tenant: str = "") -> AsyncIterator[NoticeCentre]:
    """One run of the console: the gateway says that nothing was read, and takes no word of it."""
    store = await open_store(folder / "store", Passphrase("read here, and kept"))
    directory = FakeDirectory(msgspec.structs.replace(profile("one"), tenant=tenant))
    session = directory.session("one")
    session.user, session.telemetry.fail = User(id=user, name=user), fail
    session.go_live()
    try:
        async with running(directory, folder, marks=StoredReadMarks(store.record.cached)) as centre:
            say(session, notice("a"), notice("b", 30))
            yield centre
    finally:
        await store.close()


@pytest.mark.parametrize("fail", [NotOffered("no account"), NotFound("no such notice", status=404)])
async def test_what_was_read_here_is_read_after_a_restart(tmp_path: Path, fail: GatewayError) -> None:
    async with console_of("ann", tmp_path, fail) as centre:
        noticed = await until(centre, lambda noticed: noticed.unread == 2)
        await centre.mark_read(entry for entry in noticed.entries if entry.id == "a")
        assert centre.noticed.value.unread == 1
    async with console_of("ann", tmp_path, fail) as centre:
        noticed = await until(centre, lambda noticed: noticed.unread == 1)
        assert [entry.id for entry in noticed.entries if entry.unread] == ["b"]
        await centre.mark_read(noticed.entries)
    async with console_of("ann", tmp_path, fail) as centre:
        await until(centre, lambda noticed: bool(noticed.entries) and noticed.unread == 0)
    for user, tenant in (("bob", ""), ("ann", "contoso")):
        async with console_of(user, tmp_path, fail, tenant) as centre:
            await until(centre, lambda noticed: noticed.unread == 2)


async def test_they_go_with_the_answers_of_the_login(store: Store) -> None:
    marks = StoredReadMarks(store.record.cached)
    await marks.keep(ANN, ["a", "b"], NOON)
    assert await marks.load(ANN) == ["a", "b"]
    assert not await marks.load(msgspec.structs.replace(ANN, user="bob"))
    await store.record.cached.forget(ANN.owner)
    assert not await marks.load(ANN)


async def test_of_very_many_the_latest_are_kept_and_of_somebody_unknown_none(store: Store) -> None:
    marks = StoredReadMarks(store.record.cached)
    await marks.keep(ANN, [str(number) for number in range(LIMIT + 5)], NOON)
    kept = await marks.load(ANN)
    assert (len(kept), kept[0]) == (LIMIT, "5")
    unknown = msgspec.structs.replace(ANN, user="")
    await marks.keep(unknown, ["a"], NOON)
    assert not await marks.load(unknown)
    assert [one.endpoint for one in await store.record.cached.listing(ANN.owner)] == [ENDPOINT]
