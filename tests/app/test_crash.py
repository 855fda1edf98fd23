"""What a program that dies leaves behind, and who is told of it."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from console import crash
from tests.app.test_run import ROOT, ended, program

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "c4n4ry"


async def run(what: str, home: Path) -> tuple[int | None, str, str]:
    async with program(what, home) as process:
        return await asyncio.wait_for(ended(process), 60)


async def test_a_crash_leaves_a_private_trace_and_no_core(tmp_path: Path) -> None:  # fault 141, 142
    home = tmp_path / "h"
    code, out, err = await run("crash", home)
    assert code is not None
    assert code < 0
    assert out == "core 0\n"
    path = home / "logs" / crash.NAME
    text = path.read_text()
    assert "Segmentation fault" in text
    assert "in crash\n" in text, "the function that died is named"
    assert CANARY not in text + out + err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = crash.last(home / "logs")
    assert found is not None
    assert not found.told

    told = f"The window crashed at {found.at.astimezone():%Y-%m-%d %H:%M}. "
    _code, out, _err = await run("banners", home)
    assert told in out
    assert str(home / "logs" / crash.FORMER_NAME) in out
    assert (home / "logs" / crash.FORMER_NAME).read_text() == text
    assert path.stat().st_size == 0
    assert (known := crash.last(home / "logs")) is not None
    assert known.told
    _code, out, _err = await run("banners", home)
    assert "crashed" not in out, "told once"


async def test_what_nobody_handles_is_logged_masked(tmp_path: Path) -> None:  # fault 139
    home = tmp_path / "h"
    code, out, err = await run("hooks", home)
    log = (home / "logs" / "gatewatch.log").read_text()
    assert code == 0
    assert "an error ended thread a-thread" in log
    assert "in a thread" in log
    assert "an error that nobody could get, in hooks.<locals>.Failing.__del__" in log
    assert "LookupError; the log says more" in err
    assert CANARY not in log + out + err


@pytest.mark.parametrize("logged", [True, False])
def test_an_error_that_ends_a_command_is_masked(tmp_path: Path, logged: bool) -> None:
    begin = f"logs.begin(pathlib.Path({str(tmp_path)!r}))" if logged else ""
    script = f"""
import pathlib
from console import crash, logs
crash.begin()
{begin}
raise ValueError("refresh_token={CANARY}")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "an error ended the program" in done.stderr
    assert "ValueError" in done.stderr
    log = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert ("refresh_token=(masked)" in log) == logged
    assert ("refresh_token=(masked)" in done.stderr) != logged
    assert CANARY not in log + done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no filter")
def test_no_command_leaves_its_memory_in_a_core(tmp_path: Path) -> None:  # fault 142
    script = """
import pathlib, sys
from console import __main__
class Command:
    def __call__(self):
        print([line.split()[4] for line in open("/proc/self/limits") if line.startswith("Max core")])
        print(int(pathlib.Path("/proc/self/coredump_filter").read_text(), 16))
import console.cli
console.cli.gatewatch = Command()
sys.argv = ["gatewatch", "--help"]
__main__.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["['0']", "0"], done.stderr


@pytest.mark.expects_logs
def test_without_a_file_the_window_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / crash.NAME).mkdir()
    assert crash.keep(tmp_path) is None


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.touch()
    script = f"""
import pathlib
from console import crash
crash.keep(pathlib.Path({str(tmp_path)!r}))
import faulthandler
faulthandler._sigsegv()
"""
    (tmp_path / crash.NAME).symlink_to(other)
    subprocess.run([sys.executable, "-c", script], check=False, cwd=ROOT, capture_output=True)
    assert other.stat().st_size == 0
    assert (tmp_path / crash.NAME).stat().st_size
