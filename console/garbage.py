"""Python's cycle collector, kept on the window's thread.

By itself it runs in whichever thread happens to allocate. Where that is one of the store's, a closed window that is
part of a cycle is destroyed there, its timers with it: Qt then crashes the process.
"""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERVAL_MS = 1_000
FULL_EVERY_S = 60.0


@contextmanager
def collected_here(owner: QObject, interval_ms: int = INTERVAL_MS) -> Iterator[None]:
    """Collect on this thread alone, from its event loop. What is alive at the beginning counts as there for good.

    Args:
        owner: Lives on this thread, and longer than the context.
        interval_ms: Between two looks at whether there is something to collect.
    """
    gc.disable()
    gc.freeze()
    full_at_s = time.monotonic()

    def look() -> None:
        nonlocal full_at_s
        due = [count > threshold for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if due[2] and time.monotonic() - full_at_s >= FULL_EVERY_S:
            gc.collect()
            full_at_s = time.monotonic()
        elif due[1]:
            gc.collect(1)
        elif due[0]:
            gc.collect(0)

    timer = QTimer(owner)
    timer.timeout.connect(look)
    timer.start(interval_ms)
    try:
        yield
    finally:
        timer.stop()
        timer.deleteLater()
        gc.enable()
        gc.unfreeze()
