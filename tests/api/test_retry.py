"""Which requests are sent again, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.retry import RetryPolicy, wait_before_retry
from console.model.capability import Effect
from console.model.errors import (
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    NotAGateway,
    ProtocolViolation,
    RateLimited,
    Rejected,
    ServiceFailed,
    SignInRequired,
    TlsFailed,
    Unauthorized,
)

if TYPE_CHECKING:
    from console.model.errors import GatewayError

GUIDE = RetryPolicy()


def failed(status: int, after_s: float | None = None) -> ServiceFailed:
    error = ServiceFailed("", status=status)
    error.retry_after_s = after_s
    return error


PASSING = [
    ConnectFailed("", reason="refused"),
    ConnectionLost(""),
    RateLimited(""),
    failed(502),
    failed(503),
    failed(504),
]
LASTING = [
    TlsFailed(""), NotAGateway(""), ProtocolViolation("", field="x"), Unauthorized("", status=401), SignInRequired(""),
    Forbidden("", status=403), Rejected("", status=422), failed(500), failed(501),
]  # fmt: skip


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_may_pass_is_tried_again(error: GatewayError) -> None:
    assert [wait_before_retry(Effect.READ, error, attempt, GUIDE, 0.0) for attempt in (1, 2, 3, 4)] == [
        1.0,
        2.0,
        4.0,
        None,
    ]
    assert wait_before_retry(Effect.IDEMPOTENT, error, 1, GUIDE, 0.0) == 1.0


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_what_lasts_is_not(error: GatewayError) -> None:
    assert wait_before_retry(Effect.READ, error, 1, GUIDE, 0.0) is None


@pytest.mark.parametrize("error", PASSING + LASTING, ids=repr)
def test_nothing_that_counts_twice_is_sent_twice(error: GatewayError) -> None:  # fault 43
    assert wait_before_retry(Effect.WRITE, error, 1, GUIDE, 0.0) is None


def test_every_server_error_where_the_dialect_says_so() -> None:
    assert wait_before_retry(Effect.READ, failed(500), 1, RetryPolicy(every_server_error=True), 0.0) == 1.0
    assert wait_before_retry(Effect.READ, RateLimited(""), 1, RetryPolicy(statuses=frozenset({503})), 0.0) is None


@pytest.mark.parametrize(("asked_s", "wait_s"), [(0.0, 1.0), (7.0, 7.0), (30.0, 30.0), (31.0, None), (86400.0, None)])
def test_retry_after_is_heeded_up_to_a_limit(asked_s: float, wait_s: float | None) -> None:  # fault 43
    assert wait_before_retry(Effect.READ, RateLimited("", retry_after_s=asked_s), 1, GUIDE, 0.0) == wait_s
    assert wait_before_retry(Effect.READ, failed(503, asked_s), 1, GUIDE, 0.0) == wait_s


@given(
    st.sampled_from(PASSING),
    st.integers(1, 20),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 20),
    st.floats(0.01, 5),
    st.floats(1, 4),
)
def test_waits_keep_their_bounds(
    error: GatewayError, attempt: int, draw: float, retries: int, base_s: float, factor: float
) -> None:
    policy = RetryPolicy(retries=retries, base_s=base_s, factor=factor)
    wait_s = wait_before_retry(Effect.READ, error, attempt, policy, draw)
    assert (wait_s is None) is (attempt > retries)
    if wait_s is not None:
        plain_s = wait_before_retry(Effect.READ, error, attempt, policy, 0.0)
        assert plain_s is not None
        assert plain_s <= wait_s <= plain_s * 1.3  # jitter only lengthens
        assert wait_s <= policy.cap_s * 1.3
