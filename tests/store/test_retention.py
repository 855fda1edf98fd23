"""What is oldest gives way, in the order of writing, and leaves word; whatever the clock did, and whoever is killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from console.model.cached import Login, StoredAnswer
from console.model.connection import Phase
from console.model.exchange import Exchange
from console.model.health import HealthSample, HealthStatus, Origin
from console.model.record import RecordEntry, RecordKind, RecordQuery
from console.model.retention import RecordLimit
from console.services.retention import Retention
from console.store.encrypted_file import Layout
from console.store.record import RECORD, Record
from tests.store.conftest import start

if TYPE_CHECKING:
    import apsw

    from tests.store.conftest import Shelf

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GATEWAY = "kong:https://gateway.example#"
LIMIT = RecordLimit(2 * 1024 * 1024)
WANTED = 128 * 1024
AGES = timedelta(days=36_500)


def samples(batch: int, *, begin: datetime = NOON, services: int = 20, each: int = 40) -> list[HealthSample]:
    """One batch: 40 looks, a minute apart, at 20 services."""
    return [
        HealthSample(
            service_id=f"id-{service}",
            at=begin + timedelta(minutes=batch * each + look),
            origin=Origin.POLL,
            status=HealthStatus.HEALTHY,
            score=0.9,
            total_ms=4.5,
        )
        for look in range(each)
        for service in range(services)
    ]


def exchanges(batch: int, *, begin: datetime = NOON, count: int = 100) -> list[Exchange]:
    return [
        Exchange(
            at=begin + timedelta(minutes=batch * 40, seconds=number),
            operation="health.read",
            method="GET",
            route="/api/Services",
            status=200,
            error="",
            total_ms=4.0,
            gateway_ms=None,
            upstream_ms=None,
            request_id=f"request-{batch}-{number}",
            attempt=1,
        )
        for number in range(count)
    ]


def action(text: str) -> RecordEntry:
    return RecordEntry(kind=RecordKind.ACTION, gateway_id="", observed_at=NOON, text=text)


async def write(record: Record, batch: int, *, begin: datetime = NOON) -> None:
    await record.append_samples(GATEWAY, samples(batch, begin=begin))
    await record.append_exchanges(GATEWAY, exchanges(batch, begin=begin))


async def fill(record: Record, batches: range, *, begin: datetime = NOON) -> None:
    """Write, with the marks that the service sets."""
    for batch in batches:
        if (await record.size()).era_bytes >= LIMIT.era_bytes:
            await record.begin_era()
        await write(record, batch, begin=begin)


async def dropped_to(record: Record, target_bytes: int) -> None:
    done = await record.drop_oldest(WANTED)
    while done.going_on or done.data_bytes > target_bytes:
        assert not done.exhausted
        done = await record.drop_oldest(WANTED)


async def times(record: Record) -> list[datetime]:
    found = await record.samples(GATEWAY, "id-0", NOON - AGES, NOON + AGES)
    return [sample.at for sample in found]


async def held(record: Record) -> int:
    """How many samples there are."""
    return sum(len(found) for found in (await record.recent(GATEWAY, NOON - AGES)).values())


@pytest.fixture
async def record(shelf: Shelf) -> Record:
    return Record(await shelf.open(RECORD, busy_timeout_s=3))


async def test_what_was_written_first_goes_first_and_leaves_word(record: Record) -> None:
    await record.append_entries("", [action("sign-in ada")])
    await record.append_story(GATEWAY, NOON, Phase.LIVE, "")
    await fill(record, range(40))
    before = (await record.size()).data_bytes
    await dropped_to(record, before * 2 // 3)
    after = await record.size()
    assert after.data_bytes <= before * 2 // 3
    kept = await times(record)
    assert kept[-1] == NOON + timedelta(minutes=40 * 40 - 1)  # the newest stays
    assert kept == [kept[0] + timedelta(minutes=number) for number in range(len(kept))]  # with no hole in what is left
    page = await record.entries(RecordQuery(kinds=(RecordKind.DROPPED,)))
    assert page.dropped_until is not None
    assert kept[0] > page.dropped_until - timedelta(minutes=40)
    assert sum(int(str(entry.detail["samples"])) for entry in page.entries) == 40 * 40 * 20 - await held(record)
    left = len(await record.exchanges(GATEWAY, NOON - AGES))
    assert sum(int(str(entry.detail["requests"])) for entry in page.entries) == 4000 - left
    assert "the record was full" in page.entries[-1].text
    actions = await record.entries(RecordQuery(kinds=(RecordKind.ACTION,)))
    assert [entry.text for entry in actions.entries] == ["sign-in ada"]


@pytest.mark.parametrize("wrong", [timedelta(days=-9000), timedelta(days=9000)], ids=["set back", "set forward"])
async def test_a_wrong_clock_drops_neither_all_nor_the_newest(record: Record, wrong: timedelta) -> None:  # fault 110
    await fill(record, range(15))
    await fill(record, range(15, 30), begin=NOON + wrong)  # seen later, and told otherwise
    await fill(record, range(30, 40))
    before = (await record.size()).data_bytes
    await dropped_to(record, before * 5 // 6)
    kept = set(await times(record))
    assert kept >= {NOON + timedelta(minutes=minute) for minute in range(30 * 40, 40 * 40)}
    assert kept >= {NOON + wrong + timedelta(minutes=minute) for minute in range(20 * 40, 30 * 40)}
    assert NOON not in kept


async def test_an_era_of_a_former_program_is_dropped_in_part(record: Record) -> None:
    for batch in range(40):  # all of it in one era
        await write(record, batch)
    await record.begin_era()
    before = (await record.size()).data_bytes
    await dropped_to(record, before * 9 // 10)
    kept = await times(record)
    assert 10 * 40 < len(kept) < 40 * 40
    assert kept[-1] == NOON + timedelta(minutes=40 * 40 - 1)


async def test_the_present_era_stays_and_an_empty_record_says_so(record: Record) -> None:
    assert (await record.drop_oldest(WANTED)).exhausted
    await write(record, 0)
    assert (await record.drop_oldest(WANTED)).exhausted
    assert len(await times(record)) == 40


async def test_the_file_stays_under_its_limit_while_it_is_written_and_read(record: Record) -> None:
    limit = RecordLimit(6 * 1024 * 1024)
    retention = Retention(record, limit)
    told: list[str] = []
    largest = 0
    stop = asyncio.Event()

    async def read() -> None:
        while not stop.is_set():
            page = await record.entries(RecordQuery(limit=50))
            observed = [entry.observed_at for entry in page.entries]
            assert observed == sorted(observed, reverse=True)
            await asyncio.sleep(0.005)

    await record.confine(limit)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for batch in range(50):
            await record.append_samples(GATEWAY, samples(batch, each=160))
            await record.append_exchanges(GATEWAY, exchanges(4 * batch, count=400))
            await retention.keep(told.append)
            largest = max(largest, (await record.size()).file_bytes)
        stop.set()
    assert len(told) == 1
    assert largest <= limit.size_bytes
    page = await record.entries(RecordQuery(kinds=(RecordKind.DROPPED,), limit=1000))
    assert page.entries
    kept = await times(record)
    assert kept[-1] == NOON + timedelta(minutes=50 * 160 - 1)
    assert sum(int(str(entry.detail["samples"])) for entry in page.entries) == 50 * 160 * 20 - await held(record)


async def test_a_lower_limit_gives_room_back_to_the_disk(record: Record) -> None:
    await fill(record, range(60))
    before = (await record.size()).file_bytes
    retention = Retention(record, RecordLimit(1024 * 1024))
    told: list[str] = []
    await record.confine(retention.limit)
    await retention.keep(told.append)
    assert (await record.size()).data_bytes > retention.limit.size_bytes  # warned first: nothing is dropped yet
    assert len(told) == 1
    await retention.keep(told.append)
    assert (await record.size()).file_bytes <= retention.limit.size_bytes < before
    assert len(told) == 1


async def test_nothing_is_dropped_before_the_operator_was_told(record: Record) -> None:
    await fill(record, range(60))

    def broken(_text: str) -> None:
        raise RuntimeError("no window yet")

    retention = Retention(record, RecordLimit(1024 * 1024))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await retention.keep(broken)
    assert len(await times(record)) == 60 * 40
    assert (await record.entries(RecordQuery())).dropped_until is None


async def test_a_record_of_the_former_program_is_carried_over(shelf: Shelf) -> None:  # fault 105
    former = Layout(name="record.db", durable=False, steps=RECORD.steps[:1])
    database = await shelf.open(former)

    def old(db: apsw.Connection) -> None:
        db.execute("INSERT INTO gateway VALUES (1, ?)", (GATEWAY,))
        db.execute("INSERT INTO service VALUES (1, 1, 'id-0', NULL)")
        for minute in range(50):
            at = round((NOON + timedelta(minutes=minute)).timestamp() * 1_000_000)
            db.execute("INSERT INTO sample (service, at, told, origin, status) VALUES (1, ?, 0, 1, 1)", (at,))
            db.execute(
                "INSERT INTO exchange VALUES (?, 1, ?, 'auth.me', 'GET', '/me', 200, '', 1.0, NULL, NULL, ?, 1)",
                (minute + 1, at, f"request-{minute}"),
            )
        db.execute("INSERT INTO story VALUES (1, 1, ?, 'live', '')", (at,))

    await database.write(old)
    await database.close()
    database = await shelf.open(RECORD)
    assert await database.read(lambda db: db.pragma("auto_vacuum")) == 2  # room can be given back from now on
    record = Record(database)
    assert len(await times(record)) == 50
    assert len(await record.exchanges(GATEWAY, NOON)) == 50
    page = await record.entries(RecordQuery(id="request-7"))
    assert [entry.ids for entry in page.entries] == [("request-7",)]
    assert len((await record.entries(RecordQuery())).entries) == 101
    await record.begin_era()
    await dropped_to(record, (await record.size()).data_bytes)
    assert (await record.entries(RecordQuery())).dropped_until == NOON + timedelta(minutes=49)


KILLED = """
import asyncio, sys
from pathlib import Path
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile
from console.store.key import DataKey
from console.store.record import RECORD, Record

async def main():
    path = Path(sys.argv[1])
    record = Record(await Database.open(EncryptedFile(path, DataKey(b"k" * 32).for_file(path.name), RECORD)))
    while True:
        await record.drop_oldest(128 * 1024)
        print("slice", flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@pytest.mark.parametrize("slices", [1, 3, 6])
async def test_killed_while_dropping_the_record_is_whole_and_tells_what_is_gone(shelf: Shelf, slices: int) -> None:
    database = await shelf.open(RECORD)
    await fill(Record(database), range(40))
    await Record(database).begin_era()
    await database.close()
    with start(KILLED, shelf.folder / RECORD.name) as process:
        assert process.stdout is not None
        for _ in range(slices):
            assert process.stdout.readline() == "slice\n"
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    database = await shelf.open(RECORD, busy_timeout_s=3)
    record = Record(database)
    assert await database.read(lambda db: db.pragma("integrity_check")) == "ok"
    rows: int = await database.read(lambda db: db.execute("SELECT count(*) FROM sample").get)
    requests: int = await database.read(lambda db: db.execute("SELECT count(*) FROM exchange").get)
    notes = (await record.entries(RecordQuery(kinds=(RecordKind.DROPPED,), limit=1000))).entries
    assert sum(int(str(note.detail["samples"])) for note in notes) == 40 * 40 * 20 - rows
    assert sum(int(str(note.detail["requests"])) for note in notes) == 40 * 100 - requests
    await write(record, 100)


async def test_stored_answers_give_way_before_what_was_seen(record: Record) -> None:
    login = Login(owner="gw", user="u")
    for number in range(40):
        at = NOON + timedelta(seconds=number)
        answer = StoredAnswer(key=f"key-{number}", endpoint="auth.me", observed_at=at, body=b"x" * 50_000)
        await record.cached.keep(login, answer)
    await record.confine(RecordLimit(1024 * 1024))
    assert [one.key for one in await record.cached.listing("gw")] == ["key-39", "key-38"]
