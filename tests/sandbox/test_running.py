"""A sandbox comes and goes without a trace: as a block, as a thread, as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from console.model.errors import SandboxFailed
from console.sandbox.options import SandboxOptions
from console.sandbox.process import SandboxProcess, child_command
from console.sandbox.server import Sandbox
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def answers(url: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port_of(url))) == 0


async def test_no_task_and_no_port_is_left() -> None:
    for _ in range(3):
        async with Sandbox.running(SandboxOptions(services=40)) as sandbox:
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(sandbox.kong_url)).status_code == 404
            urls = (sandbox.kong_url, sandbox.dotmac_url, sandbox.control_url)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert not any(map(answers, urls))


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError):
        async with Sandbox.running(SandboxOptions()):
            raise LookupError


async def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SandboxFailed, match=str(taken.getsockname()[1])):
            async with Sandbox.running(SandboxOptions(dotmac_port=taken.getsockname()[1])):
                pytest.fail("started on a taken port")
        with (
            pytest.raises(SandboxFailed, match="port"),
            SandboxThread(SandboxOptions(kong_port=taken.getsockname()[1])),
        ):
            pytest.fail("started on a taken port")
        with pytest.raises(SandboxFailed, match="port"):
            await SandboxProcess(SandboxOptions(kong_port=taken.getsockname()[1])).start()


async def test_stopping_does_not_wait_for_slow_requests() -> None:
    async with Sandbox.running(SandboxOptions()) as sandbox, httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{sandbox.control_url}/__sandbox/faults", json={"latency": 60})
        slow = asyncio.create_task(client.get(f"{sandbox.kong_url}/api/v1/auth/health"))
        for _ in range(500):
            await asyncio.sleep(0.01)
            if sandbox.world.stats.requests:
                break
        stopping = sandbox
    with pytest.raises(httpx.TransportError):
        await slow
    assert not answers(stopping.kong_url)


def test_only_loopback_listens() -> None:  # fault 19
    with SandboxThread() as sandbox:
        port = port_of(sandbox.kong_url)
        assert sandbox.kong_url.startswith("http://127.0.0.1:")
        if sys.platform == "linux":
            listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
            local = [row[1] for row in listening if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
            assert local == [f"0100007F:{port:04X}"]
            assert f":{port:04X} " not in Path("/proc/net/tcp6").read_text()


def test_two_hundred_connections_leave_nothing() -> None:
    async def tasks(_sandbox: object) -> int:
        return len(asyncio.all_tasks())

    with SandboxThread() as sandbox:
        before = sandbox.call(tasks)
        with httpx.Client(trust_env=False, headers={"connection": "close"}) as client:
            for _ in range(200):
                assert client.get(sandbox.kong_url).status_code == 404
        assert sandbox.call(tasks) <= before + 1
    sandbox.stop()  # a second time: nothing happens


async def test_a_killed_process_comes_back_where_it_was(tmp_path: Path) -> None:
    process = SandboxProcess(SandboxOptions(state_dir=tmp_path / "state", history_step_s=0.5))
    await process.start()
    try:
        before = process.ready
        async with httpx.AsyncClient(trust_env=False) as client:
            body = {"email": process.username, "password": process.password}
            tokens = (await client.post(f"{process.dotmac_url}/api/auth/login", json=body)).json()
            await process.kill()
            assert not answers(process.dotmac_url)
            assert process.pid is None
            await process.start()
            assert process.ready == before
            bearer = {"authorization": f"Bearer {tokens['access_token']}"}
            me = await client.get(f"{process.dotmac_url}/api/auth/me", headers=bearer)
            assert me.json()["email"] == process.username  # the session outlived the crash
            refresh = {"refresh_token": tokens["refresh_token"]}
            assert (await client.post(f"{process.dotmac_url}/api/auth/refresh", json=refresh)).status_code == 200
    finally:
        await process.stop()
    assert not answers(process.kong_url)
    assert (tmp_path / "state" / "sandbox.log").read_text() == ""


async def test_a_temporary_state_goes_away() -> None:
    async with SandboxProcess() as process:
        assert process.password
        assert process.password not in " ".join(child_command(SandboxOptions(password=process.password)))
        assert process.password not in repr(process.ready)
        url = process.control_url
        assert process.pid is not None
    assert process.pid is None
    assert not answers(url)


_PARENT = """
import asyncio
from console.sandbox.process import SandboxProcess
async def main():
    process = SandboxProcess()
    await process.start()
    print(process.kong_url, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_child_dies_with_its_parent(eventually: Callable[[Callable[[], bool]], None]) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."},
    )
    with parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert answers(url)
        parent.send_signal(signal.SIGKILL)
    eventually(lambda: not answers(url))
