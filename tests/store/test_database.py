"""One file, one writer, two readers: what is promised holds under cancelling, closing, rivals and a full disk."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from console.model.errors import StoreBusy, StoreCorrupt, StoreError, StoreForeign
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile, Layout
from console.store.key import DataKey
from console.store.threads import awaitable, detached
from tests.store.conftest import contents, run, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from tests.store.conftest import Shelf

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")


def add(text: str) -> Callable[[apsw.Connection], None]:
    def work(db: apsw.Connection) -> None:
        db.execute("INSERT INTO note (text) VALUES (?)", (text,))

    return work


def texts(db: apsw.Connection) -> list[str]:
    return [text for (text,) in db.execute("SELECT text FROM note ORDER BY id")]


async def test_what_was_written_is_read_and_outlives_closing(shelf: Shelf) -> None:
    database = await shelf.open()
    await asyncio.gather(*(database.write(add(str(number))) for number in range(20)))
    assert await database.read(texts) == [str(number) for number in range(20)]
    await database.close()
    assert await (await shelf.open()).read(texts) == [str(number) for number in range(20)]


async def test_a_write_that_fails_leaves_nothing(shelf: Shelf) -> None:
    database = await shelf.open()

    def half(db: apsw.Connection) -> None:
        add("half")(db)
        raise LookupError("changed its mind")

    with pytest.raises(LookupError):
        await database.write(half)
    with pytest.raises(StoreError, match="no such table"):
        await database.write(lambda db: (add("half")(db), db.execute("INSERT INTO nowhere VALUES (1)")))
    await database.write(add("whole"))
    assert await database.read(texts) == ["whole"]


async def test_a_reader_cannot_write(shelf: Shelf) -> None:
    database = await shelf.open()
    with pytest.raises(StoreError):
        await database.read(add("sneaked in"))
    assert await database.read(texts) == []


async def test_every_connection_is_set_up_to_keep_its_promise(shelf: Shelf) -> None:  # faults 100, 107
    durable = await shelf.open()
    quick = await shelf.open(Layout(name="quick.db", durable=False, steps=("CREATE TABLE t (x)",)))

    def settings(db: apsw.Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "temp_store", "secure_delete", "foreign_keys")
        return {name: db.pragma(name) for name in names}

    common = {"journal_mode": "wal", "temp_store": 2, "secure_delete": 1, "foreign_keys": 1}
    for call in (durable.write, durable.read):
        assert await call(settings) == common | {"synchronous": 2}
    for call in (quick.write, quick.read):
        assert await call(settings) == common | {"synchronous": 1}


async def test_a_cancelled_read_is_interrupted_and_its_thread_serves_others(shelf: Shelf) -> None:
    database = await shelf.open()
    await database.write(add("x"))
    for _ in range(4):  # more than there are readers
        begun = threading.Event()

        def endless(db: apsw.Connection, begun: threading.Event = begun) -> None:
            begun.set()
            db.execute(ENDLESS).fetchall()

        read = asyncio.ensure_future(database.read(endless))
        await awaitable(detached(begun.wait, name="waiting"))
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await read
    assert await database.read(texts) == ["x"]


async def test_a_slow_read_holds_nobody_up(shelf: Shelf) -> None:
    database = await shelf.open()
    slow = asyncio.ensure_future(database.read(lambda db: db.execute(ENDLESS).fetchall()))
    await database.write(add("meanwhile"))
    for _ in range(3):
        assert await database.read(texts) == ["meanwhile"]
    assert not slow.done()
    await database.close()
    with pytest.raises(StoreError, match="closed"):
        await slow


async def test_closing_ends_threads_and_refuses_what_comes_later(shelf: Shelf) -> None:  # fault 5
    before = set(threading.enumerate())
    database = await shelf.open()
    gate, begun = threading.Event(), threading.Semaphore(0)

    def endless(db: apsw.Connection) -> None:
        begun.release()
        db.execute(ENDLESS).fetchall()

    def gated(db: apsw.Connection) -> None:
        begun.release()
        gate.wait()
        add("running")(db)

    running = asyncio.ensure_future(database.write(gated))
    waiting = asyncio.ensure_future(database.write(add("waiting")))
    reads = [asyncio.ensure_future(database.read(endless)) for _ in range(5)]
    for _ in range(3):  # the writer and two readers
        await awaitable(detached(begun.acquire, name="waiting"))
    closing = asyncio.ensure_future(database.close())
    await asyncio.sleep(0)
    gate.set()
    await closing
    await database.close()
    await running  # it had begun: it is finished
    for refused in (waiting, *reads):
        with pytest.raises(StoreError, match="closed"):
            await refused
    with pytest.raises(StoreError, match="closed"):
        await database.write(add("late"))
    with pytest.raises(StoreError, match="closed"):
        await database.read(texts)
    assert set(threading.enumerate()) <= before
    assert await (await shelf.open()).read(texts) == ["running"]


def test_a_thread_that_answers_a_closed_loop_is_not_heard(store_dir: Path) -> None:  # fault 5
    gate = threading.Event()
    layout = Layout(name="notes.db", durable=True, steps=("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)",))
    file = EncryptedFile(store_dir / "notes.db", DataKey(b"k" * 32).for_file("notes.db"), layout)
    first = asyncio.new_event_loop()
    database = first.run_until_complete(Database.open(file))
    write = first.create_task(database.write(lambda db: (gate.wait(), add("late")(db))))
    first.run_until_complete(asyncio.sleep(0))
    write.cancel()
    first.run_until_complete(asyncio.wait({write}))
    first.close()
    gate.set()
    with asyncio.Runner() as second:  # another loop goes on with the same database
        assert second.run(database.read(lambda db: db.pragma("journal_mode"))) == "wal"
        second.run(database.close())


async def test_another_process_that_writes_is_waited_for_then_told(shelf: Shelf) -> None:  # fault 101
    database = await shelf.open()
    rival = shelf.file().connect()
    try:
        rival.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy) as caught:
            await database.write(add("x"))
        assert caught.value.path == shelf.file().path
        assert await database.read(texts) == []  # reads go on
        rival.execute("COMMIT")
    finally:
        rival.close()
    await database.write(add("x"))
    assert await database.read(texts) == ["x"]


async def test_another_key_is_foreign_and_changes_nothing(shelf: Shelf) -> None:  # fault 96
    await (await shelf.open()).close()
    file = shelf.file()
    before = file.path.read_bytes()
    other = EncryptedFile(file.path, DataKey(b"x" * 32).for_file("notes.db"), file.layout)
    with pytest.raises(StoreForeign):
        await Database.open(other)
    assert file.path.read_bytes() == before
    assert list(contents(shelf.folder)) == ["notes.db"]


@pytest.mark.parametrize("content", [b"abc", b"no database at all\n" * 1000, b"SQLite format 3\0" + bytes(4080)])
async def test_what_is_no_database_of_ours_is_foreign(shelf: Shelf, content: bytes) -> None:  # fault 96
    path = shelf.file().path
    path.write_bytes(content)
    with pytest.raises(StoreForeign):
        await shelf.open()
    assert path.read_bytes() == content


async def test_damage_at_the_front_is_told_from_a_foreign_file(shelf: Shelf) -> None:  # fault 97
    await (await shelf.open()).close()
    path = shelf.file().path
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt):
        await shelf.open()
    assert path.read_bytes() == content


async def test_a_file_cut_short_is_damaged(shelf: Shelf) -> None:
    database = await shelf.open()
    for _ in range(50):
        await database.write(add("x" * 1000))
    await database.close()
    path = shelf.file().path
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(StoreCorrupt):
        await shelf.open()


async def test_damage_further_in_is_found_when_it_is_read(shelf: Shelf) -> None:  # fault 97
    database = await shelf.open()
    await database.write(lambda db: [add("x" * 3000)(db) for _ in range(50)])
    await database.close()
    path = shelf.file().path
    content = bytearray(path.read_bytes())
    content[-5000] ^= 1
    path.write_bytes(content)
    database = await shelf.open()
    with pytest.raises(StoreCorrupt):
        await database.read(texts)


@posix
async def test_log_and_index_are_private_too(shelf: Shelf) -> None:  # fault 106
    before = os.umask(0)
    try:
        database = await shelf.open()
        await database.write(add("x"))
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in shelf.folder.iterdir()}
    finally:
        os.umask(before)
    assert found == {"notes.db": 0o600, "notes.db-wal": 0o600, "notes.db-shm": 0o600}


async def test_no_plain_text_on_the_disk(shelf: Shelf) -> None:  # fault 107
    database = await shelf.open()
    canaries = [f"canary-{number}-in-the-mine" for number in range(500)]
    await database.write(lambda db: [add(canary)(db) for canary in canaries] and None)
    await database.write(lambda db: db.execute("DELETE FROM note WHERE id % 2") and None)
    await database.read(lambda db: db.execute("SELECT text FROM note ORDER BY text DESC").fetchall())
    during = b"".join(contents(shelf.folder).values())
    await database.close()
    after = b"".join(contents(shelf.folder).values())
    assert len(during) > 10_000
    for secret in (b"canary", b"CREATE TABLE", b"SQLite format", shelf.file().key.secret):
        assert secret not in during + after


_PRELUDE = """
import asyncio, pathlib, resource, sys
from console.model.errors import StoreFull
from console.store.database import Database
from console.store.encrypted_file import EncryptedFile, Layout
from console.store.key import DataKey

LAYOUT = Layout(name="notes.db", durable=True, steps=("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)",))
FILE = EncryptedFile(pathlib.Path(sys.argv[1]) / "notes.db", DataKey(b"k" * 32).for_file("notes.db"), LAYOUT)

def add(text):
    return lambda db: db.execute("INSERT INTO note (text) VALUES (?)", (text,)) and None

def count(db):
    return db.execute("SELECT count(*) FROM note").get
"""

_COMMIT_FOR_EVER = """
async def main():
    database = await Database.open(FILE)
    number = await database.read(count)
    while True:
        await database.write(add(str(number)))
        print(number, flush=True)
        number += 1

asyncio.run(main())
"""


@posix
async def test_no_acknowledged_row_is_lost_when_killed(shelf: Shelf) -> None:  # fault 99
    for turn in range(4):
        with start(_PRELUDE + _COMMIT_FOR_EVER, shelf.folder) as process:
            assert process.stdout is not None
            for _ in range(10 + 7 * turn):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            acknowledged = 0
            for line in process.stdout:
                acknowledged = int(line) + 1
        database = await shelf.open()
        kept = await database.read(texts)
        assert len(kept) >= acknowledged
        assert kept == [str(number) for number in range(len(kept))]
        assert await database.read(lambda db: db.pragma("integrity_check")) == "ok"
        await database.close()


_FILL_THE_DISK = """
async def main():
    database = await Database.open(FILE)
    await database.write(add("before"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    written = 1
    try:
        while True:
            await database.write(add("x" * 20_000))
            written += 1
    except StoreFull:
        print("full")
    assert await database.read(count) == written
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await database.write(add("after"))
    assert await database.read(count) == written + 1
    assert await database.read(lambda db: db.pragma("integrity_check")) == "ok"
    await database.close()
    print("recovered")

asyncio.run(main())
"""


@posix
def test_a_full_disk_fails_the_write_and_nothing_else(store_dir: Path) -> None:  # fault 98
    assert run(_PRELUDE + _FILL_THE_DISK, store_dir) == (0, "full\nrecovered\n", "")
