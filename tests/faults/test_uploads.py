"""Uploads over a bad network, and by more than one program at once: everything arrives, nothing twice."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from console.model.upload import UploadState
from tests.faults.chaos_proxy import ChaosProxy, Fate
from tests.faults.running import port_of
from tests.services.uploads.conftest import UPLOAD, desktop_at

if TYPE_CHECKING:
    from pathlib import Path

    from console.sandbox.thread import SandboxThread

pytestmark = pytest.mark.timeout(180)

NAMES = [f"{number:02}.txt" for number in range(12)]
LINE = f"POST {UPLOAD}"


async def test_offline_is_no_error_and_the_order_is_kept(tmp_path: Path, sandbox: SandboxThread) -> None:
    # fault 87
    home = tmp_path / "desktop"
    async with desktop_at(home, sandbox, sandbox.kong_url, settings="concurrency = 1\n") as desktop:
        sandbox.apply(outage={"face": "kong"})
        desktop.start()
        ids = await desktop.add(*NAMES)
        await desktop.shows(lambda snapshot: snapshot.holding.get("kong") == "offline")
        held = await desktop.until(lambda item: item.state is UploadState.WAITING, *ids)
        assert {(item.attempts, item.failure) for item in held} == {(0, None)}
        sandbox.clear()
        ended = await desktop.settled(*ids)
        assert {(item.state, item.attempts) for item in ended} == {(UploadState.DONE, 1)}
        assert [name for name, _sha256 in desktop.stored()] == NAMES
        assert desktop.queue.snapshot.value.holding == {}


async def test_whatever_is_cut_arrives_once(tmp_path: Path, sandbox: SandboxThread) -> None:
    # fault 78
    with ChaosProxy(port_of(sandbox.kong_url)) as proxy:
        async with desktop_at(tmp_path / "desktop", sandbox, proxy.url) as desktop:
            fates = [
                Fate(cut_down_bytes=0, reset=True), Fate(cut_down_bytes=0), Fate(cut_down_bytes=30),
                Fate(cut_up_bytes=200, reset=True), Fate(cut_up_bytes=900), Fate(cut_up_bytes=1_200, reset=True),
            ]  # fmt: skip
            proxy.lose(LINE, *fates)
            desktop.start()
            ids = await desktop.add(*NAMES)
            ended = await desktop.settled(*ids)
            assert {item.state for item in ended} == {UploadState.DONE}
            assert desktop.arrived_once(*NAMES)


async def test_two_programs_share_a_queue_and_send_nothing_twice(tmp_path: Path, sandbox: SandboxThread) -> None:
    home = tmp_path / "desktop"
    async with contextlib.AsyncExitStack() as stack:
        one = await stack.enter_async_context(desktop_at(home, sandbox, sandbox.kong_url))
        other = await stack.enter_async_context(desktop_at(home, sandbox, sandbox.kong_url))
        one.start()
        other.start()
        sandbox.apply(slow_commit={"path": UPLOAD, "method": "POST", "seconds": 0.3, "count": 6})
        ids = await one.add(*NAMES)
        await other.settled(*ids)
        await one.settled(*ids)
        assert one.arrived_once(*NAMES)
        assert {item.attempts for item in one.queue.snapshot.value.items} == {1}


async def test_what_a_program_that_fell_silent_held_goes_on_elsewhere(tmp_path: Path, sandbox: SandboxThread) -> None:
    # fault 73
    home = tmp_path / "desktop"
    async with contextlib.AsyncExitStack() as stack:
        dying = await stack.enter_async_context(desktop_at(home, sandbox, sandbox.kong_url))
        dying.start()
        sandbox.apply(latency={"path": UPLOAD, "method": "POST", "seconds": 60.0, "count": 3})
        ids = await dying.add(*NAMES[:3])
        await dying.until(lambda item: item.state.held and item.attempts == 1, *ids)
        heir = await stack.enter_async_context(desktop_at(home, sandbox, sandbox.kong_url))
        await dying.stop()
        sandbox.clear()
        heir.start()
        ended = await heir.settled(*ids)
        assert {item.state for item in ended} == {UploadState.DONE}
        assert heir.arrived_once(*NAMES[:3])
