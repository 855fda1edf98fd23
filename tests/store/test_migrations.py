"""Tables move forward in one step, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import sys
from typing import TYPE_CHECKING

import apsw
import pytest

from console.model.errors import StoreError, StoreOtherBuild, StoreTooNew
from console.store.encrypted_file import EncryptedFile, Layout
from console.store.migrations import COPY_KEPT_S
from tests.store.conftest import run

if TYPE_CHECKING:
    from tests.store.conftest import Shelf

STEPS = (
    "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO note (text) VALUES ('from step 1')",
    "ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 5",
    "CREATE INDEX stars ON note (stars); UPDATE note SET stars = 4",
)


def layout(count: int, *extra: str) -> Layout:
    return Layout(name="notes.db", durable=True, steps=(*STEPS[:count], *extra))


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_new_file_goes_through_every_step_without_a_copy(shelf: Shelf, count: int) -> None:
    database = await shelf.open(layout(count))
    assert await database.read(lambda db: db.pragma("user_version")) == count
    await database.close()
    assert [path.name for path in shelf.folder.iterdir()] == ["notes.db"]


async def test_one_copy_is_kept_and_for_two_weeks(shelf: Shelf) -> None:
    await (await shelf.open(layout(1))).close()
    await (await shelf.open(layout(2))).close()
    database = await shelf.open(layout(3))
    assert database.copy == shelf.folder / "notes.db.before-3"
    await database.close()
    assert sorted(path.name for path in shelf.folder.iterdir()) == ["notes.db", "notes.db.before-3"]
    again = await shelf.open(layout(3))
    assert again.copy is None
    await again.close()
    copy = shelf.folder / "notes.db.before-3"
    assert copy.exists()
    long_ago = copy.stat().st_mtime - COPY_KEPT_S
    os.utime(copy, (long_ago, long_ago))
    await (await shelf.open(layout(3))).close()
    assert [path.name for path in shelf.folder.iterdir()] == ["notes.db"]


@pytest.mark.parametrize("count", [2, 3])  # up to date, and to be brought there
@pytest.mark.parametrize(
    "step",
    [
        "ALTER TABLE note ADD COLUMN points INTEGER",
        "ALTER TABLE note RENAME TO remark",
        "ALTER TABLE note ADD COLUMN stars INTEGER; ALTER TABLE note DROP COLUMN text",
    ],
)
async def test_tables_of_another_build_are_no_damage_and_left_alone(shelf: Shelf, step: str, count: int) -> None:
    other = Layout(name="notes.db", durable=True, steps=(STEPS[0], step))
    await (await shelf.open(other)).close()
    before = shelf.file().path.read_bytes()
    with pytest.raises(StoreOtherBuild):
        await shelf.open(layout(count))
    assert shelf.file().path.read_bytes() == before
    assert [path.name for path in shelf.folder.iterdir()] == ["notes.db"]
    await (await shelf.open(other)).close()


async def test_a_step_written_otherwise_makes_the_same_tables(shelf: Shelf) -> None:
    spelled = "create table note (\n  id integer PRIMARY KEY,\n  text TEXT\n); INSERT INTO note (text) VALUES ('x')"
    await (await shelf.open(Layout(name="notes.db", durable=True, steps=(spelled,)))).close()
    database = await shelf.open(layout(1))
    assert await database.read(lambda db: db.execute("SELECT text FROM note").get) == "x"


@pytest.mark.parametrize(("old", "new"), [(1, 2), (1, 3), (2, 3)])
async def test_an_older_file_keeps_its_content_and_leaves_a_copy(shelf: Shelf, old: int, new: int) -> None:  # fault 105
    await (await shelf.open(layout(old))).close()
    database = await shelf.open(layout(new))
    assert await database.read(lambda db: db.execute("SELECT text FROM note").get) == "from step 1"
    assert await database.read(lambda db: db.pragma("user_version")) == new
    await database.close()
    (copied,) = (path for path in shelf.folder.iterdir() if path.name != "notes.db")
    assert copied.name == f"notes.db.before-{new}"
    assert sys.platform == "win32" or stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert b"from step" not in copied.read_bytes()
    copy = EncryptedFile(copied, shelf.file().key, layout(old)).connect()
    assert copy.pragma("user_version") == old
    assert copy.execute("SELECT text FROM note").get == "from step 1"
    copy.close()


async def test_a_step_that_fails_undoes_those_before_it(shelf: Shelf) -> None:  # fault 105
    await (await shelf.open(layout(1))).close()
    with pytest.raises(StoreError, match="no such table"):
        await shelf.open(layout(2, "UPDATE nowhere SET x = 1"))
    database = await shelf.open(layout(1))
    assert await database.read(lambda db: db.pragma("user_version")) == 1
    with pytest.raises(StoreError, match="stars"):
        await database.read(lambda db: db.execute("SELECT stars FROM note").get)


async def test_a_newer_file_is_refused_and_left_as_it_is(shelf: Shelf) -> None:  # fault 104
    await (await shelf.open(layout(3))).close()
    before = shelf.file().path.read_bytes()
    with pytest.raises(StoreTooNew):
        await shelf.open(layout(2))
    assert shelf.file().path.read_bytes() == before


OLD = (1, (1, "from step 1"))
NEW = (3, (1, "from step 1", 4))
_DIE_AT = """
import asyncio, os, pathlib, signal, sys
import apsw
from console.store.database import Database
from tests.store.conftest import Shelf
from tests.store.test_migrations import layout

begun = []

def die_in_time(cursor, statement, bindings):
    if begun or "BEGIN IMMEDIATE" in statement:
        begun.append(statement)
        if len(begun) > int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
    return True

apsw.connection_hooks.append(lambda connection: connection.set_exec_trace(die_in_time))
asyncio.run(Database.open(Shelf(pathlib.Path(sys.argv[1]), None).file(layout(3))))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_killed_at_any_statement_the_file_is_old_or_new(shelf: Shelf) -> None:  # fault 105
    await (await shelf.open(layout(1))).close()
    for survived in range(50):
        code, _, errors = run(_DIE_AT, shelf.folder, survived)
        if code == 0:
            break
        assert (code, errors) == (-signal.SIGKILL, "")
        connection = shelf.file().connect()
        found = connection.pragma("user_version"), connection.execute("SELECT * FROM note").get
        connection.close()
        if found == NEW:
            break
        assert found == OLD
    assert survived >= 5  # BEGIN, three statements, the version, COMMIT
    database = await shelf.open(layout(3))
    assert await database.read(lambda db: db.execute("SELECT text, stars FROM note").get) == ("from step 1", 4)


def test_the_tests_steps_are_real_sql() -> None:
    connection = apsw.Connection(":memory:")
    for step in STEPS:
        connection.execute(step)
    assert connection.execute("SELECT stars FROM note").get == 4
