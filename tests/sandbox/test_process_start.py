"""A child that does not become ready: one that has ended by itself gets no signal, one that lives on is killed."""

from __future__ import annotations

import socket
import sys

import pytest

from console.model.errors import SandboxFailed
from console.sandbox import process
from console.sandbox.options import SandboxOptions
from console.sandbox.process import SandboxProcess

STUBBORN = "import time\nprint('no JSON', flush=True)\ntime.sleep(600)"


async def test_a_child_that_ended_by_itself_gets_no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    # A signal would reap it before asyncio does, which then warns of an unknown child process.
    async def kill(_: SandboxProcess) -> None:
        pytest.fail("killed a child that had ended")

    monkeypatch.setattr(SandboxProcess, "kill", kill)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        child = SandboxProcess(SandboxOptions(kong_port=taken.getsockname()[1]))
        with pytest.raises(SandboxFailed, match="port"):
            await child.start()
    assert child.pid is None


async def test_a_child_that_says_nonsense_and_lives_on_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "child_command", lambda _: [sys.executable, "-c", STUBBORN])
    monkeypatch.setattr(process, "_STOP_TIMEOUT_S", 0.1)
    killed = []
    real = SandboxProcess.kill

    async def kill(child: SandboxProcess) -> None:
        killed.append(child.pid)
        await real(child)

    monkeypatch.setattr(SandboxProcess, "kill", kill)
    child = SandboxProcess()
    with pytest.raises(SandboxFailed, match="did not become ready"):
        await child.start()
    assert len(killed) == 1
    assert child.pid is None
