"""One window a home."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from console.instance import Instance

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "window.lock"


def test_the_second_start_raises_the_first(qtbot: QtBot, lock: Path) -> None:
    first, second = Instance(lock), Instance(lock)
    assert first.acquire()
    with qtbot.waitSignal(first.raised):
        assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


@pytest.mark.expects_logs
@pytest.mark.parametrize("content", [b"", b"garbage\n", b"\xff\xfe\x00" * 9000, b"12 34\nx\n"])
def test_a_lock_that_nobody_wrote_is_put_aside_and_told(qapp: object, lock: Path, content: bytes) -> None:  # fault 112
    lock.write_bytes(content)
    instance = Instance(lock)
    assert instance.acquire()
    assert len(instance.warnings) == 1
    assert lock.with_suffix(".damaged").read_bytes() == content
    instance.release()


def test_a_lock_of_a_dead_process_is_taken_over(qapp: object, lock: Path) -> None:  # fault 111
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    host = os.uname().nodename
    lock.write_text(f"{child}\npython\n{host}\n")
    instance = Instance(lock)
    assert instance.acquire()
    assert instance.warnings == []
    instance.release()


def test_noise_on_the_socket_raises_nothing(qtbot: QtBot, lock: Path) -> None:  # fault 114
    from PySide6.QtNetwork import QLocalSocket

    first, raised = Instance(lock), []
    first.raised.connect(lambda: raised.append(True))
    assert first.acquire()
    noise = QLocalSocket()
    noise.connectToServer(first.name)
    assert noise.waitForConnected(1000)
    noise.write(b"x" * 100_000)
    with qtbot.waitSignal(noise.disconnected):
        noise.flush()
    assert raised == []
    first.release()
