"""`gatewatch upload`, as scripts run it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from console.composition import open_console
from console.paths import Home
from console.store.key import Passphrase
from tests.cli.conftest import LIMIT_S, PASSPHRASE, ROOT
from tests.cli.test_terminals import COMMAND, POSIX, Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from console.sandbox.thread import SandboxThread
    from tests.cli.conftest import Outcome, Shell

pytestmark = pytest.mark.timeout(180)

POST = {"path": "/api/v1/documents/upload", "method": "POST"}


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    return [json.loads(line) for line in outcome.out.splitlines()]


@pytest.fixture
def signed_in(shell: Shell, sandbox: SandboxThread) -> Shell:
    assert shell("profile", "add", "k", sandbox.kong_url, "--platform", "kong").code == 0
    login = shell("login", "k", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password)
    assert login.code == 0, login.err
    return shell


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "to send"
    made.mkdir()
    for number in range(3):
        (made / f"{number}.txt").write_text(f"document {number} of {tmp_path}", encoding="utf-8")
    return made


def test_files_and_folders_arrive_and_are_told_of_a_line_each(
    signed_in: Shell, sandbox: SandboxThread, folder: Path
) -> None:
    before = {one["id"] for one in sandbox.documents()}
    sent = signed_in("upload", "k", str(folder), "--category", "reports", "--json")
    assert sent.code == 0, sent.err
    told = {line["file"]: line for line in lines(sent)}
    assert {one["id"]: one["sha256"] for one in sandbox.documents() if one["id"] not in before} == {
        line["document_id"]: line["sha256"] for line in told.values()
    }
    for number in range(3):
        path = folder / f"{number}.txt"
        line = told[str(path)]
        assert line["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (line["state"], line["attempts"], line["error"]) == ("done", 1, None)

    again = signed_in("upload", "k", str(folder), "--json")  # as a script does that was interrupted
    assert again.code == 0
    assert {line["document_id"] for line in lines(again)} == {line["document_id"] for line in told.values()}
    assert len(sandbox.documents()) == len(before) + 3


def test_what_is_refused_is_told_and_the_others_go_on(signed_in: Shell, sandbox: SandboxThread, folder: Path) -> None:
    sandbox.apply(status={**POST, "status": 422, "count": 1})
    sent = signed_in("upload", "k", str(folder), str(folder / "missing.txt"), "--json")
    assert sent.code == 1
    assert sorted(line["state"] for line in lines(sent)) == ["done", "done", "failed", "refused"]
    assert all(line["error"] for line in lines(sent) if line["state"] != "done")
    plain = signed_in("upload", "k", str(folder / "0.txt"))
    assert plain.out.split()[:1] == ["0.txt"]
    assert "\x1b" not in plain.out + plain.err


def test_without_a_sign_in_the_files_wait_for_one(shell: Shell, sandbox: SandboxThread, folder: Path) -> None:
    assert shell("profile", "add", "k", sandbox.kong_url, "--platform", "kong").code == 0
    held = shell("upload", "k", str(folder), "--json")
    assert held.code == 3
    assert {line["state"] for line in lines(held)} == {"waiting"}
    assert "sign" in held.err
    assert shell("login", "k", "--username", sandbox.username, GATEWATCH_PASSWORD=sandbox.password).code == 0
    sent = shell("upload", "k", str(folder), "--json")
    assert (sent.code, {line["state"] for line in lines(sent)}) == (0, {"done"})


def test_a_gateway_that_is_not_there_is_waited_for_a_while(
    signed_in: Shell, sandbox: SandboxThread, folder: Path
) -> None:
    # fault 87
    sandbox.apply(outage={"face": "kong"})
    held = signed_in("upload", "k", str(folder), "--json", "--wait", "1")
    assert held.code == 2, held.err
    assert {(line["state"], line["attempts"]) for line in lines(held)} == {("waiting", 0)}
    sandbox.clear()
    sent = signed_in("upload", "k", str(folder), "--json")
    assert (sent.code, {line["state"] for line in lines(sent)}) == (0, {"done"})


async def test_what_another_process_removes_has_not_arrived(
    signed_in: Shell, sandbox: SandboxThread, folder: Path
) -> None:
    sandbox.apply(outage={"face": "kong"})
    command = await asyncio.create_subprocess_exec(
        *COMMAND, "upload", "k", str(folder), "--json",
        cwd=ROOT, env=signed_in.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with open_console(Home.at(signed_in.home), Passphrase(PASSPHRASE)) as console:
        running = asyncio.create_task(console.uploads.run(only=frozenset()))
        async with asyncio.timeout(LIMIT_S), contextlib.aclosing(console.uploads.snapshot.follow()) as snapshots:
            async for snapshot in snapshots:
                if len(snapshot.items) == 3:
                    await console.uploads.remove([item.id for item in snapshot.items])
                    break
        out, err = await asyncio.wait_for(command.communicate(), LIMIT_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert command.returncode == 1, err
    assert [json.loads(line)["state"] for line in out.splitlines()] == ["removed"] * 3


def test_a_gateway_that_nobody_knows_is_a_usage_error(shell: Shell, folder: Path) -> None:
    assert shell("upload", "nobody", str(folder)).code == 2
    assert shell("upload", "nobody").code == 2


def test_what_the_platform_would_not_be_told_is_a_usage_error(
    signed_in: Shell, sandbox: SandboxThread, folder: Path
) -> None:
    before = len(sandbox.documents())
    refused = signed_in("upload", "k", str(folder), "--agent", "7")
    assert refused.code == 2
    assert "--agent" in refused.err
    assert len(sandbox.documents()) == before


@POSIX
def test_a_terminal_shows_how_far_it_is_and_may_interrupt(
    signed_in: Shell, sandbox: SandboxThread, folder: Path
) -> None:
    before = len(sandbox.documents())
    sandbox.apply(latency={**POST, "seconds": 20.0})
    with contextlib.closing(Terminal(signed_in, "upload", "k", str(folder))) as terminal:
        terminal.until("0 of 3")
        terminal.type("\x03")
        assert terminal.ended() == 130
    assert "[------" in terminal.shown
    assert len(sandbox.documents()) == before
    sandbox.clear()
    with contextlib.closing(Terminal(signed_in, "upload", "k", str(folder))) as terminal:
        assert terminal.ended() == 0
    assert all(f"{number}.txt  done" in terminal.shown for number in range(3))
    assert len(sandbox.documents()) == before + 3
