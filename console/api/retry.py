"""Whether a request that failed is worth another try, and after how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.model.capability import Effect
from console.model.errors import ConnectFailed, ConnectionLost, RateLimited, ServiceFailed

if TYPE_CHECKING:
    from console.model.capability import Operation
    from console.model.errors import GatewayError

_SERVER_ERROR = 500
_JITTER_RATIO = 0.3


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A dialect's numbers.

    Attributes:
        retries: Tries after the first.
        base_s: Wait before the first of them.
        factor: Each further wait is so many times the last.
        cap_s: No wait of ours is longer.
        statuses: Answers that are worth another try.
        every_server_error: Whether all of 5xx are.
        retry_after_cap_s: A gateway that asks for a longer wait gets none: the operator is told instead.
    """

    retries: int = 3
    base_s: float = 1.0
    factor: float = 2.0
    cap_s: float = 10.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    every_server_error: bool = False
    retry_after_cap_s: float = 30.0


DEFAULT = RetryPolicy()


def wait_before_retry(
    effect: Effect, error: GatewayError, attempt: int, policy: RetryPolicy, draw: float
) -> float | None:
    """Seconds to wait before the next try; None where there is to be none.

    Args:
        effect: What sending it again would do: nothing that counts twice is ever sent again.
        error: Of the last try.
        attempt: Number of the last try, from 1.
        policy: The dialect's numbers.
        draw: A random number in [0, 1): jitter only lengthens, by up to 30 %.
    """
    if effect is Effect.WRITE or attempt > policy.retries or not _passing(error, policy):
        return None
    backoff_s = min(policy.cap_s, policy.base_s * policy.factor ** (attempt - 1)) * (1 + _JITTER_RATIO * draw)
    asked_s = error.retry_after_s if isinstance(error, RateLimited | ServiceFailed) else None
    if asked_s is None:
        return backoff_s
    return max(backoff_s, asked_s) if asked_s <= policy.retry_after_cap_s else None


def _passing(error: GatewayError, policy: RetryPolicy) -> bool:
    """Whether it may go away by itself. A refused certificate or a web page in the gateway's place will not."""
    match error:
        case ConnectFailed() | ConnectionLost():
            return True
        case RateLimited() | ServiceFailed():
            status = error.status or 0
            return status in policy.statuses or (policy.every_server_error and status >= _SERVER_ERROR)
        case _:
            return False


def broke_off(operation: Operation, error: GatewayError) -> bool:
    """Whether a read of the session's met a kept connection that ended just then: a new one may well be answered."""
    return (
        operation.session
        and not operation.polled
        and operation.effect is Effect.READ
        and isinstance(error, ConnectionLost)
        and not error.timed_out
    )
