"""Tells a gateway now and then that somebody is still there."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from console.model.errors import GatewayError, NotOffered, SignInRequired

if TYPE_CHECKING:
    from console.api.contract import Heartbeat

_log = logging.getLogger(__name__)


async def keep_alive(heartbeat: Heartbeat | None) -> None:
    """Beat at the platform's own pace until cancelled. A beat that fails is a warning only.

    Returns at once where the platform has none, and when this gateway turns out to have none.

    Raises:
        SignInRequired: The session is over.
    """
    if heartbeat is None:
        return
    while True:
        await asyncio.sleep(heartbeat.interval_s)
        try:
            await heartbeat.beat()
        except SignInRequired:
            raise
        except NotOffered:
            _log.info("this gateway has no session heartbeat")
            return
        except GatewayError as exc:
            _log.warning("session heartbeat: %s", exc)
