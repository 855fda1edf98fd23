"""Where windows that are part of a cycle end."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from console.garbage import collected_here

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Cycle(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def allocate() -> None:
    """More than enough for the collector to run by itself, were it let."""
    kept = [[number] for number in range(20 * gc.get_threshold()[0])]
    kept.append([len(kept)])


def test_a_cycle_ends_on_the_thread_of_the_window(qtbot: QtBot) -> None:
    ended_on: list[threading.Thread] = []
    owner = QObject()
    with collected_here(owner, interval_ms=1):
        cycle = Cycle()
        weakref.finalize(cycle, lambda: ended_on.append(threading.current_thread()))
        del cycle
        elsewhere = threading.Thread(target=allocate)
        elsewhere.start()
        elsewhere.join()
        assert not ended_on
        made: list[list[int]] = []

        def collected() -> bool:
            made.extend([0] for _ in range(gc.get_threshold()[0]))
            return bool(ended_on)

        qtbot.waitUntil(collected, timeout=30_000)
    assert ended_on == [threading.main_thread()]


def test_afterwards_everything_is_as_it_was() -> None:
    gc.enable()
    try:
        with collected_here(QObject()):
            assert not gc.isenabled()
        assert gc.isenabled()
    finally:
        gc.disable()  # as tests of windows are run
