"""What was queued arrives once, whatever happens to the program, the network and the gateway on the way."""

from __future__ import annotations

import asyncio
import collections
import hashlib
import json
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from tests.e2e.test_program import program
from tests.faults.chaos_proxy import ChaosProxy, Fate
from tests.faults.running import port_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
PASSPHRASE = "four words of passphrase"
COUNT = 200
KILLS = 10
ROUND_LIMIT_S = 60.0
LAST_LIMIT_S = 200.0
POST = {"path": "/api/v1/documents/upload", "method": "POST"}
SETTINGS = f"[uploads]\nretry_delays_s = {[0.3] * 20}\n"

pytestmark = pytest.mark.timeout(600)


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "GATEWATCH_HOME": str(home),
        "GATEWATCH_PASSPHRASE": PASSPHRASE,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONPATH": str(ROOT),
        **more,
    }


async def begin(home: Path, *words: str, **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "console", *words,
        env=environment(home, **more), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def command(home: Path, *words: str, **more: str) -> tuple[int, str, str]:
    """Run the command line to its end."""
    process = await begin(home, *words, **more)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


class Weather:
    """What goes wrong in one round: always another mixture, the same in every run."""

    def __init__(self, sandbox: SandboxThread, proxy: ChaosProxy, draw: random.Random) -> None:
        self._sandbox = sandbox
        self._proxy = proxy
        self._draw = draw

    def turn(self) -> None:
        self._sandbox.apply(
            status=self._few(status=self._draw.choice([500, 502, 503, 504])),
            late_status=self._few(status=self._draw.choice([500, 502, 503])),
            lose_answer=self._few(),
            slow_commit=self._few(seconds=0.4),
        )
        self._sandbox.apply(expire_tokens=True)
        line = "POST /api/v1/documents/upload"
        self._proxy.lose(line, *(self._fate() for _ in range(self._draw.randint(2, 6))))

    def _few(self, **more: object) -> dict[str, object]:
        return {**POST, "count": self._draw.randint(1, 4), **more}

    def _fate(self) -> Fate:
        return self._draw.choice(
            [
                Fate(cut_down_bytes=0, reset=True),
                Fate(cut_down_bytes=40),
                Fate(cut_up_bytes=self._draw.randint(100, 3_000), reset=True),
                Fate(cut_up_bytes=self._draw.randint(100, 3_000)),
            ]
        )

    def clear(self) -> None:
        self._sandbox.clear()


def write_files(folder: Path, draw: random.Random) -> dict[str, str]:
    """Names, and the hash that each has to arrive with."""
    folder.mkdir()
    hashes = {}
    for number in range(COUNT):
        name, content = f"document {number:03} ü.txt", f"document {number}\n".encode() + draw.randbytes(1_500)
        (folder / name).write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    return hashes


async def stored(sandbox: SandboxThread) -> Sequence[dict[str, Any]]:
    return await asyncio.to_thread(sandbox.documents)


async def killed_after(process: asyncio.subprocess.Process, sandbox: SandboxThread, more: int, pause_s: float) -> None:
    """Kill the program once so many more documents have arrived: in the middle of whatever it does then."""
    wanted = len(await stored(sandbox)) + more
    ended = asyncio.ensure_future(process.communicate())
    try:
        async with asyncio.timeout(ROUND_LIMIT_S):
            while len(await stored(sandbox)) < wanted and not ended.done():
                await asyncio.sleep(0.02)
        await asyncio.sleep(pause_s)
    finally:
        if process.returncode is None:
            process.kill()
        out, err = await ended
    assert process.returncode == -9, (process.returncode, out.decode()[-2_000:], err.decode()[-2_000:])


async def sign_in(home: Path, sandbox: SandboxThread, url: str) -> None:
    assert (await command(home, "profile", "add", "kong", url, "--platform", "kong"))[0] == 0
    login = await command(home, "login", "kong", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert login[0] == 0, login


async def test_every_document_arrives_once_though_the_program_is_killed_again_and_again(tmp_path: Path) -> None:
    # fault 73, fault 78, fault 86
    home, folder, draw = tmp_path / "a home", tmp_path / "folder", random.Random(7)
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    hashes = write_files(folder, draw)
    options = SandboxOptions(
        auth_limit_per_minute=10_000, limit_per_minute=1_000_000, token_lifetime_s=20.0, refresh_grace_s=60.0
    )
    with SandboxThread(options) as sandbox, ChaosProxy(port_of(sandbox.kong_url)) as proxy:
        assert (await command(home, "profile", "add", "kong", proxy.url, "--platform", "kong"))[0] == 0
        login = await command(
            home, "login", "kong", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password
        )
        assert login[0] == 0, login
        weather = Weather(sandbox, proxy, draw)
        for _ in range(KILLS):
            weather.turn()
            process = await begin(home, "upload", "kong", str(folder), "--json")
            await killed_after(process, sandbox, draw.randint(8, 18), draw.random() * 0.05)
        weather.turn()
        async with asyncio.timeout(LAST_LIMIT_S):
            code, out, err = await command(home, "upload", "kong", str(folder), "--json")
        weather.clear()
        lines = [json.loads(line) for line in out.splitlines()]
        assert code == 0, (err, [line for line in lines if line["state"] != "done"])
        assert {(Path(line["file"]).name, line["sha256"], line["state"]) for line in lines} == {
            (name, sha256, "done") for name, sha256 in hashes.items()
        }
        documents = await stored(sandbox)
        copies = collections.Counter(str(one["name"]) for one in documents)
        assert {name: count for name, count in copies.items() if count != 1} == {}
        assert {str(one["name"]): one["sha256"] for one in documents} == hashes
        assert {line["document_id"] for line in lines} == {one["id"] for one in documents}


async def test_what_a_command_left_behind_the_window_sends(tmp_path: Path) -> None:
    # fault 87
    home, file = tmp_path / "a home", tmp_path / "left behind.txt"
    file.write_text("left behind", encoding="utf-8")
    with SandboxThread() as sandbox:
        await sign_in(home, sandbox, sandbox.kong_url)
        sandbox.apply(outage={"face": "kong"})
        code, _out, err = await command(home, "upload", "kong", str(file), "--wait", "0")
        assert code == 2, err
        sandbox.clear()
        async with program(home), asyncio.timeout(LAST_LIMIT_S):
            while not (documents := await stored(sandbox)):
                await asyncio.sleep(0.1)
        assert [(one["name"], one["sha256"]) for one in documents] == [
            (file.name, hashlib.sha256(file.read_bytes()).hexdigest())
        ]
