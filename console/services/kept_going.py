"""Work that is to go on until it is cancelled, a bug in it notwithstanding."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_log = logging.getLogger(__name__)

RESTART_PAUSE_S = 5.0


async def kept_going(
    name: str, work: Callable[[], Coroutine[None, None, None]], *, pause_s: float | None = None
) -> None:
    """Do `work`, and after a bug in it log that and begin anew, until cancelled or until it returns by itself.

    Args:
        name: For the log and the task; no secret.
        work: Made anew for each beginning.
        pause_s: So long it rests after a bug, which may come back at once; None: as long as all do.
    """
    while True:
        # In a task of its own: before Python 3.13 a task group that fails leaves its task marked cancelled.
        task = asyncio.get_running_loop().create_task(work(), name=name)
        try:
            await task
        except Exception:  # noqa: BLE001  (one bug must not end what the operator relies on for good)
            _log.exception("%s failed and begins anew", name)
        else:
            return
        await asyncio.sleep(RESTART_PAUSE_S if pause_s is None else pause_s)
