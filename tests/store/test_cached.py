"""Answers in the real encrypted file: by login, within bounds, and gone when they are to be gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.cached import Login, StoredAnswer
from console.model.errors import StoreError
from console.store.cached import CachedAnswers
from console.store.encrypted_file import Layout
from console.store.record import RECORD, Record
from tests.store.conftest import contents

if TYPE_CHECKING:
    from tests.store.conftest import Shelf

NOON = datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=UTC)
ANN = Login(owner="k at http://127.0.0.1:1", user="ann")
BOB = Login(owner="k at http://127.0.0.1:1", user="bob")
OTHER = Login(owner="other at http://127.0.0.1:1", user="ann")
SOUTH = Login(owner="k at http://127.0.0.1:1", user="ann", tenant="south")
EVERYBODY = (ANN, BOB, OTHER, SOUTH)


def answer(
    key: str = "q", body: bytes = b'["a"]', *, at: datetime = NOON, endpoint: str = "users.list"
) -> StoredAnswer:
    return StoredAnswer(
        key=key,
        endpoint=endpoint,
        observed_at=at,
        etag='W/"1"',
        tags=frozenset({"users", "user:'1'"}),
        freshness="directory",
        body=body,
    )


async def test_each_login_has_its_own_answers(shelf: Shelf) -> None:  # fault 39
    cached = CachedAnswers(await shelf.open(RECORD))
    for number, login in enumerate(EVERYBODY):
        await cached.keep(login, answer(body=f"[{number}]".encode()))
    for number, login in enumerate(EVERYBODY):
        assert await cached.load(login, "q") == answer(body=f"[{number}]".encode())
    assert await cached.load(ANN, "another") is None


async def test_a_sign_out_leaves_nothing_of_the_profile_and_everything_of_others(shelf: Shelf) -> None:  # fault 38
    cached = CachedAnswers(await shelf.open(RECORD))
    for login in EVERYBODY:
        await cached.keep(login, answer())
    assert await cached.forget(ANN.owner) == 3
    assert [await cached.load(login, "q") is not None for login in EVERYBODY] == [False, False, True, False]


async def test_a_newcomer_finds_nothing_of_former_users(shelf: Shelf) -> None:  # fault 39
    cached = CachedAnswers(await shelf.open(RECORD))
    for login in EVERYBODY:
        await cached.keep(login, answer())
    assert await cached.forget(ANN.owner, except_user="ann") == 1
    assert [await cached.load(login, "q") is not None for login in EVERYBODY] == [True, False, True, True]


async def test_one_endpoint_is_forgotten_alone(shelf: Shelf) -> None:
    cached = CachedAnswers(await shelf.open(RECORD))
    await cached.keep(ANN, answer())
    await cached.keep(ANN, answer("j", endpoint="jobs.list", at=NOON + timedelta(seconds=1)))
    assert [one.endpoint for one in await cached.listing(ANN.owner)] == ["jobs.list", "users.list"]
    assert await cached.forget(ANN.owner, endpoint="users.list") == 1
    assert [one.body for one in await cached.listing(ANN.owner)] == [b""]
    assert await cached.load(ANN, "j") is not None


async def test_confirmed_is_as_new(shelf: Shelf) -> None:
    cached = CachedAnswers(await shelf.open(RECORD))
    await cached.keep(ANN, answer())
    later = NOON + timedelta(hours=1)
    await cached.confirm(ANN, "q", later, invalid=False)
    await cached.confirm(BOB, "q", later, invalid=False)
    assert await cached.load(ANN, "q") == answer(at=later)
    assert await cached.load(BOB, "q") is None


@pytest.mark.parametrize(("touched", "invalid"), [({"users"}, True), ({"user:'1'"}, True), ({"use", "jobs"}, False)])
async def test_a_write_touches_by_whole_tags(shelf: Shelf, touched: set[str], invalid: bool) -> None:
    cached = CachedAnswers(await shelf.open(RECORD))
    await cached.keep(ANN, answer())
    await cached.keep(BOB, answer())
    await cached.invalidate(ANN, touched)
    assert await cached.load(ANN, "q") == msgspec.structs.replace(answer(), invalid=invalid)
    assert await cached.load(BOB, "q") == answer()


async def test_what_was_observed_longest_ago_goes_first(shelf: Shelf) -> None:
    cached = CachedAnswers(await shelf.open(RECORD), limit_bytes=300)
    for number in (2, 0, 1):
        await cached.keep(ANN, answer(str(number), b"x" * 100, at=NOON + timedelta(seconds=number)))
    await cached.keep(BOB, answer("new", b"x" * 150, at=NOON + timedelta(seconds=9)))
    kept = [await cached.load(ANN, str(number)) is not None for number in range(3)]
    assert kept == [False, False, True]
    assert await cached.load(BOB, "new") is not None
    await cached.keep(BOB, answer("beyond", b"x" * 301, at=NOON + timedelta(seconds=10)))
    assert await cached.listing(ANN.owner) == ()


async def test_it_outlives_the_program_and_is_not_readable_without_the_key(shelf: Shelf) -> None:
    database = await shelf.open(RECORD)
    await Record(database).cached.keep(ANN, answer(body=b'"canary of the cache"'))
    await database.close()
    assert not any(b"canary" in content for content in contents(shelf.folder).values())
    again = Record(await shelf.open(RECORD))
    assert await again.cached.load(ANN, "q") == answer(body=b'"canary of the cache"')
    await database.close()
    with pytest.raises(StoreError):
        await CachedAnswers(database).load(ANN, "q")


async def test_a_record_from_before_there_was_a_cache_is_brought_up_to_date(shelf: Shelf) -> None:
    before = await shelf.open(Layout(name=RECORD.name, durable=False, steps=RECORD.steps[:1]))
    await before.close()
    record = Record(await shelf.open(RECORD))
    await record.cached.keep(ANN, answer())
    assert await record.cached.load(ANN, "q") == answer()
