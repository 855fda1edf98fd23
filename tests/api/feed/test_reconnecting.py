"""The loop below every live feed, with connections that do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.api.feed.backoff import Backoff
from console.api.feed.policy import FeedPolicy, Rise
from console.api.feed.reconnecting import ReconnectingFeed
from console.model.errors import (
    ConnectionLost,
    GatewayError,
    NotAGateway,
    NotFound,
    ProfileError,
    RateLimited,
    SignInRequired,
    Unauthorized,
)
from console.model.feed import FeedLive, FeedLost, FeedMessage, FeedNonsense, Via
from tests.api.feed.listening import AT_ONCE, Tokens, count, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.feed.running import Tell


@dataclass
class ScriptedLink:
    """Each connection tells what its script says, and ends cleanly or with the script's exception.

    One that begins with an exception never becomes live; the last script is for all that follow.
    """

    scripts: list[list[int | str | BaseException]]
    asked_wait_s: float | None = None
    tokens: list[str | None] = field(default_factory=list)
    hold_s: float = 0.0
    route: str = "GET /feed"

    async def run(self, token: str | None, tell: Tell[int], policy: FeedPolicy) -> None:
        self.tokens.append(token)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        if script and isinstance(script[0], BaseException):
            raise script[0]
        tell(FeedLive(at=datetime.now(UTC), via=Via.WEBSOCKET))
        for step in script:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, int):
                tell(FeedMessage(at=datetime.now(UTC), value=step))
            else:
                tell(FeedNonsense(at=datetime.now(UTC), detail=step))
            await asyncio.sleep(0)
        await asyncio.sleep(self.hold_s)

    def forget(self) -> None:
        self.tokens.append("forgotten")

    async def say(self, message: object) -> None:
        raise ConnectionLost(str(message))


LOST = ConnectionLost("broke off")
REFUSED = Unauthorized("token expired")


def feed_of(
    *scripts: list[int | str | BaseException],
    policy: FeedPolicy = AT_ONCE,
    tokens: Tokens | None = None,
    asked_wait_s: float | None = None,
) -> ReconnectingFeed[int]:
    link = ScriptedLink(list(scripts), asked_wait_s=asked_wait_s)
    return ReconnectingFeed(link, tokens or Tokens(), policy)


def waits(seen: Sequence[object]) -> list[float]:
    lost = [event for event in seen if isinstance(event, FeedLost) and event.next_try_at is not None]
    return [(event.next_try_at - event.at).total_seconds() for event in lost if event.next_try_at]


async def test_a_gateway_that_talks_once_and_then_refuses_gets_one_renewal_and_no_storm() -> None:  # faults 56 and 63
    tokens = Tokens()
    feed = feed_of([1, REFUSED], tokens=tokens)
    seen = await until(feed, lambda seen: count(seen, FeedLost) == 6)
    assert tokens.renewals == 1
    assert [event.unauthorized for event in seen if isinstance(event, FeedLost)] == [True] + [False] * 5


async def test_after_a_stable_connection_a_refused_token_is_renewed_again() -> None:  # fault 56
    tokens = Tokens()
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), stable_s=0.0)
    await until(feed_of([1, REFUSED], policy=policy, tokens=tokens), lambda seen: count(seen, FeedLost) == 3)
    assert tokens.renewals == 3


async def test_nobody_is_signed_in_so_nothing_is_renewed() -> None:
    class SignedOut(Tokens):
        async def token(self) -> str | None:
            return None

        async def renew(self, refused: str) -> str:
            raise AssertionError("there is nothing to renew")

    await until(feed_of([REFUSED], tokens=SignedOut()), lambda seen: count(seen, FeedLost) == 2)


async def test_the_platforms_attempts_are_used_up_and_then_it_is_looked_for_quietly() -> None:  # fault 63
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.02, attempts=2), Rise(base_s=0.03, attempts=1)), quiet_s=0.1)
    seen = await until(feed_of([LOST], policy=policy), lambda seen: count(seen, FeedLost) == 5)
    lost = [event for event in seen if isinstance(event, FeedLost)]
    assert [event.spent for event in lost] == [False, False, False, True, True]
    assert waits(seen)[2:] == [0.03, 0.1, 0.1]


async def test_what_the_gateway_closes_on_purpose_may_stay_closed() -> None:
    policy = FeedPolicy(rises=(Rise(base_s=0.01, cap_s=0.01),), quiet_s=0.1, stays_closed=True)
    seen = await until(feed_of([1], [1, LOST], policy=policy), lambda seen: count(seen, FeedLost) == 2)
    assert [event.spent for event in seen if isinstance(event, FeedLost)] == [True, False]
    assert waits(seen) == [0.1, 0.01]


@pytest.mark.parametrize(
    "error", [NotFound("gone", status=404), NotAGateway("a page", status=200), GatewayError("no", status=403)]
)
async def test_a_feed_that_is_not_there_is_looked_for_quietly(error: GatewayError) -> None:
    seen = await until(feed_of([error]), lambda seen: count(seen, FeedLost) == 2)
    assert waits(seen) == [AT_ONCE.quiet_s] * 2
    assert all(event.absent and event.spent for event in seen if isinstance(event, FeedLost))


@pytest.mark.parametrize(("asked_s", "waited_s"), [(7.0, 7.0), (9999.0, 300.0), (0.0, 0.01)])
async def test_a_wait_that_the_gateway_asks_for_is_kept(asked_s: float, waited_s: float) -> None:
    busy = RateLimited("slow down", retry_after_s=asked_s)
    assert waits(await until(feed_of([busy]), lambda seen: count(seen, FeedLost) == 1)) == [waited_s]
    feed = feed_of([LOST], asked_wait_s=asked_s)
    assert waits(await until(feed, lambda seen: count(seen, FeedLost) == 1)) == [waited_s]


async def test_a_token_that_somebody_echoes_is_told_to_nobody() -> None:  # fault 64
    tokens = Tokens()
    tokens.current = "s3cr3t/+="
    echo = ConnectionLost("closed: no s3cr3t/+= and no s3cr3t%2F%2B%3D")
    feed = feed_of(["heard s3cr3t/+=", echo], tokens=tokens)
    seen = await until(feed, lambda seen: count(seen, FeedLost) == 1)
    assert "s3cr3t" not in repr(seen)


async def test_a_certificate_file_that_is_gone_is_a_loss_with_its_reason() -> None:
    seen = await until(feed_of([ProfileError("ca.pem can't be read")]), lambda seen: count(seen, FeedLost) == 1)
    assert isinstance(seen[-1], FeedLost)
    assert seen[-1].reason == "ca.pem can't be read"


async def test_reconnecting_makes_a_mute_feed_no_younger() -> None:
    seen = await until(feed_of([1, LOST], [LOST], []), lambda seen: count(seen, FeedLive) == 3)
    lives = [event for event in seen if isinstance(event, FeedLive)]
    message = next(event for event in seen if isinstance(event, FeedMessage))
    assert [event.heard_at for event in lives] == [None, message.at, message.at]
    assert lives[1].lost_at == message.at
    assert lives[2].lost_at == lives[1].at


async def test_saying_goes_to_the_connection() -> None:
    with pytest.raises(ConnectionLost, match="hello"):
        await feed_of([1]).say("hello")


async def test_a_session_that_is_over_ends_the_stream_and_leaves_nothing() -> None:
    tokens = Tokens()
    tokens.broken = SignInRequired("over")
    with pytest.raises(SignInRequired):
        await until(feed_of([REFUSED], tokens=tokens), lambda _seen: False)


async def test_a_consumer_that_leaves_early_ends_the_connection() -> None:  # fault 4
    link = ScriptedLink([[1, 2, 3]], hold_s=3600.0)
    feed = ReconnectingFeed(link, Tokens(), AT_ONCE)
    for _ in range(200):
        async with contextlib.aclosing(feed.events()) as events:
            async for event in events:
                if isinstance(event, FeedLive):
                    break
    assert link.tokens == ["forgotten", "first"] * 200


def test_a_thousand_waits_spread_within_their_bounds() -> None:  # fault 63
    policy = FeedPolicy(rises=(Rise(base_s=1.0, cap_s=5.0, attempts=5), Rise(base_s=1.0, cap_s=30.0)))
    first, later = [], []
    for seed in range(1000):
        backoff = Backoff(policy, draw=random.Random(seed))
        drawn = [backoff.next_s() for _ in range(12)]
        assert not backoff.spent
        first += drawn[:5]
        later.append(drawn[11])
    assert min(first) == 1.0
    assert max(first) <= 5.0
    assert min(later) < 3.0
    assert max(later) > 28.0
