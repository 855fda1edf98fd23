"""Whether a gateway's items may move at the moment. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from console.model.blame import Layer
from console.model.connection import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from console.model.connection import Connection

OFFLINE, SIGNED_OUT, LOCKED = "offline", "signed out", "locked"  # the words of `QueueSnapshot.holding`
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


def holding(connection: Connection, delivered_at: datetime | None) -> str:
    """Why nothing may be sent; empty when it may.

    A service that fails does not hold documents back: it may be another one. Nor does a failure that is older than the
    last document that arrived: the way is open, whatever else fails.

    Args:
        connection: The session's story.
        delivered_at: When a document last arrived (UTC).
    """
    match connection.phase:
        case Phase.SIGNED_OUT | Phase.SIGN_IN_NEEDED:
            return SIGNED_OUT
        case Phase.LOST:
            since = connection.facts.failing_since
            open_since = delivered_at is not None and since is not None and delivered_at > since
            return "" if connection.layer is Layer.SERVICE or open_since else OFFLINE
        case Phase.CONNECTING | Phase.LIVE | Phase.PARTIAL:
            return ""
        case _ as unknown:
            assert_never(unknown)


def pause_s(failures: int, retry_after_s: float | None) -> float:
    """How long nothing is tried after so many sendings in a row that did not even begin."""
    grown = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(failures - 1, 8))
    return max(grown, retry_after_s or 0.0)
