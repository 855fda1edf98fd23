"""A feed's refusal alone ends no sign-in, whether or not there is something to renew it with."""

from __future__ import annotations

import pytest

from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.second_opinion import SecondOpinion
from console.model.errors import SignInRequired, Unauthorized
from console.model.feed import FeedLost
from tests.api.feed.listening import AT_ONCE, Tokens, count, until
from tests.api.feed.test_reconnecting import ScriptedLink

NOTHING_TO_RENEW = SignInRequired("nothing to renew with", code="not-renewable")
REFUSED = Unauthorized("not you")


class Gateway:
    """Says who is signed in, or refuses to."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.asked = 0

    async def who_am_i(self) -> str:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        return "ann"


def feed_of(tokens: Tokens, gateway: Gateway, *, renew_first: bool) -> ReconnectingFeed[int]:
    opinion = SecondOpinion(tokens, gateway.who_am_i, renew_first=renew_first)
    return ReconnectingFeed(ScriptedLink([[REFUSED]]), opinion, AT_ONCE)


@pytest.mark.parametrize("renew_first", [False, True])
async def test_a_sign_in_that_the_gateway_takes_outlives_a_feed_that_does_not(*, renew_first: bool) -> None:
    tokens, gateway = Tokens(), Gateway()
    tokens.broken = NOTHING_TO_RENEW
    await until(feed_of(tokens, gateway, renew_first=renew_first), lambda seen: count(seen, FeedLost) == 4)
    assert gateway.asked == 1


@pytest.mark.parametrize("renew_first", [False, True])
async def test_where_the_gateway_refuses_it_too_it_is_over(*, renew_first: bool) -> None:
    tokens, gateway = Tokens(), Gateway(NOTHING_TO_RENEW)
    tokens.broken = NOTHING_TO_RENEW
    with pytest.raises(SignInRequired):
        await until(feed_of(tokens, gateway, renew_first=renew_first), lambda seen: count(seen, FeedLost) == 4)


async def test_what_can_be_renewed_is_renewed_without_asking() -> None:
    tokens, gateway = Tokens(), Gateway()
    await until(feed_of(tokens, gateway, renew_first=True), lambda seen: count(seen, FeedLost) == 3)
    assert (tokens.renewals, gateway.asked) == (1, 0)


async def test_a_renewal_that_is_refused_for_good_ends_it() -> None:
    tokens, gateway = Tokens(), Gateway()
    tokens.broken = SignInRequired("revoked")
    with pytest.raises(SignInRequired, match="revoked"):
        await until(feed_of(tokens, gateway, renew_first=True), lambda seen: count(seen, FeedLost) == 3)
    assert gateway.asked == 0
