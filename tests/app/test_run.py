"""The program as a process: its ways in, its one way out, and one window a home."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PROGRAM = Path(__file__).with_name("program.py")
ROOT = PROGRAM.parent.parent.parent
QUIT_S = 10.0  # the program promises 2; machines are shared


@asynccontextmanager
async def program(what: str, home: Path, **extra: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", **extra}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), what, str(home), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def opened(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert (await asyncio.wait_for(process.stdout.readline(), 30)) == b"open\n"


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_program_cleanly(tmp_path: Path, number: signal.Signals) -> None:  # fault 9
    async with program("stay", tmp_path / "h") as process:
        await opened(process)
        process.send_signal(number)
        code, _out, err = await asyncio.wait_for(ended(process), QUIT_S)
        assert (code, "Traceback" in err) == (0, False), err


async def test_a_signal_ends_it_also_before_the_store_is_open(tmp_path: Path) -> None:
    async with program("ask", tmp_path / "h") as process:
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), 30)) == b"asked\n"
        process.send_signal(signal.SIGTERM)
        code, _out, err = await asyncio.wait_for(ended(process), QUIT_S)
        assert (code, "Traceback" in err) == (0, False), err


async def test_the_code_of_quit_is_the_programs(tmp_path: Path) -> None:
    async with program("quit", tmp_path / "h") as process:
        code, out, _err = await ended(process)
        assert code == 3
        assert "copied: ''" in out, "a copied secret was taken back"


async def test_a_record_that_fills_up_is_told_in_the_window(tmp_path: Path) -> None:
    async with program("full", tmp_path / "h") as process:
        code, out, err = await ended(process)
    assert (code, "told" in out) == (0, True), err


async def test_bugs_in_slots_and_tasks_are_told_once_and_logged(tmp_path: Path) -> None:
    home = tmp_path / "h"
    async with program("slot", home) as process:
        code, out, _err = await ended(process)
    assert code == 0
    assert out.split() == ["told", "told"], "three equal bugs in slots are one, the task's is another"
    log = "".join(path.read_text() for path in (home / "logs").iterdir())
    assert "a bug in a slot" in log
    assert "a bug in a task" in log


async def test_the_start_is_marked_when_asked(tmp_path: Path) -> None:
    async with program("marks", tmp_path / "h", GATEWATCH_START_MARKS="1") as process:
        code, _out, err = await ended(process)
    assert code == 0
    marks = [line.split() for line in err.splitlines() if line.startswith("mark ")]
    assert [mark[1] for mark in marks] == ["painted"]
    assert int(marks[0][2]) > 0


async def test_what_only_a_network_needs_is_loaded_behind_the_recorded_health(tmp_path: Path) -> None:
    keyring = {
        "PYTHON_KEYRING_BACKEND": "benchmarks.file_keyring.FileKeyring",
        "BENCHMARK_KEYRING": str(tmp_path / "keyring.json"),
    }
    code = f"from benchmarks.b1_start import prepare; prepare({str(tmp_path)!r}, samples=480)"
    filled = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, env={**os.environ, **keyring}
    )  # fmt: skip
    assert await asyncio.wait_for(filled.wait(), 60) == 0
    async with program("early", tmp_path / "home", **keyring) as process:
        ended_with, out, err = await ended(process)
    assert (ended_with, out.strip()) == (0, "loaded: []"), err


async def test_a_second_start_raises_the_first_and_says_so(tmp_path: Path) -> None:
    home = tmp_path / "h"
    async with program("stay", home) as first:
        await opened(first)
        async with program("stay", home) as second:
            code, out, _err = await ended(second)
        assert code == 0
        assert "open already" in out
        assert first.returncode is None
        async with program("quit", tmp_path / "other") as elsewhere:
            assert (await ended(elsewhere))[0] == 3, "another home has a window of its own"


async def test_a_killed_program_leaves_nothing_in_the_way(tmp_path: Path) -> None:  # fault 111, 113
    home = tmp_path / "h"
    async with program("stay", home) as first:
        await opened(first)
        first.kill()
        await first.wait()
    async with program("stay", home) as second:
        await opened(second)


async def test_a_garbage_lock_file_is_put_aside(tmp_path: Path) -> None:  # fault 112
    home = tmp_path / "h"
    (home / "store").mkdir(parents=True, mode=0o700)
    (home / "store" / "window.lock").write_bytes(b"\x00\xffnot a lock\n")
    async with program("stay", home) as process:
        await opened(process)
        assert (home / "store" / "window.damaged").read_bytes().startswith(b"\x00\xff")
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0
