"""When a health that could not be read is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.errors import RateLimited

if TYPE_CHECKING:
    from console.model.errors import GatewayError

RETRY_CAP_S = 8.0
RETRY_AFTER_CAP_S = 300.0
_FIRST_RETRY_S = 2.0


def retry_wait_s(error: GatewayError, failures: int) -> float:
    """Seconds to wait after `error`, which came after so many failures in a row; one that asks for more gets it."""
    wait_s = min(RETRY_CAP_S, _FIRST_RETRY_S * 2.0 ** min(failures, 8))
    if isinstance(error, RateLimited) and error.retry_after_s is not None:
        return min(RETRY_AFTER_CAP_S, max(wait_s, error.retry_after_s))
    return wait_s
