"""A feed in several forms: which one is tried, kept to, and given up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.api.feed import policy
from console.api.feed.choosing import ChoosingLink
from console.model.errors import ConnectionLost, GatewayError, NotAGateway, Unauthorized
from console.model.feed import FeedLive

if TYPE_CHECKING:
    from console.api.feed.policy import FeedPolicy
    from console.api.feed.running import Tell
    from console.model.feed import FeedEvent


class Form:
    """A link that is live, then ends with its error, if it has one; otherwise as the gateway closes it."""

    def __init__(self, name: str, error: GatewayError | None = None, *, live: bool = False) -> None:
        self.route = f"GET /{name}"
        self.asked_wait_s: float | None = None
        self.forgotten = False
        self.error = error
        self.live = live
        self.runs = 0
        self.said: list[object] = []

    def forget(self) -> None:
        self.forgotten = True

    async def run(self, token: str | None, tell: Tell[str], policy: FeedPolicy) -> None:
        self.runs += 1
        if self.live:
            tell(FeedLive(at=datetime.now(UTC)))
        if self.error is not None:
            raise self.error

    async def say(self, message: object) -> None:
        self.said.append(message)


def absent() -> GatewayError:
    return GatewayError("no such path", status=404)


async def tried(link: ChoosingLink[str]) -> list[FeedEvent[str]]:
    seen: list[FeedEvent[str]] = []
    await link.run("token", seen.append, policy.DEFAULT)
    return seen


async def test_the_first_form_that_is_there_is_kept_to() -> None:
    first, second, third = Form("a", absent()), Form("b", live=True), Form("c", live=True)
    link: ChoosingLink[str] = ChoosingLink(first, second, third)
    await tried(link)
    await tried(link)
    assert (first.runs, second.runs, third.runs) == (1, 2, 0)
    assert link.route == "GET /b"
    await link.say("hello")
    assert second.said == ["hello"]


@pytest.mark.parametrize("page", [GatewayError("", status=403), NotAGateway("a page", status=200)])
async def test_a_form_that_goes_away_is_looked_for_anew(page: GatewayError) -> None:
    first, second = Form("a", live=True), Form("b", live=True)
    link: ChoosingLink[str] = ChoosingLink(first, second)
    await tried(link)
    first.live, first.error = False, page
    await tried(link)
    assert (first.runs, second.runs) == (3, 1)
    assert link.route == "GET /b"


async def test_whoever_listens_next_tries_every_form() -> None:
    first, second = Form("a", absent()), Form("b", live=True)
    link: ChoosingLink[str] = ChoosingLink(first, second)
    await tried(link)
    link.forget()
    await tried(link)
    assert (first.runs, second.runs) == (2, 2)
    assert first.forgotten
    assert second.forgotten


async def test_a_gateway_in_trouble_is_not_asked_again_in_other_forms() -> None:
    first, second = Form("a", ConnectionLost("gone")), Form("b", live=True)
    with pytest.raises(ConnectionLost):
        await tried(ChoosingLink(first, second))
    assert second.runs == 0


async def test_a_token_refused_by_a_form_that_was_live_is_shown_to_no_other() -> None:
    first, second = Form("a", Unauthorized("expired"), live=True), Form("b", live=True)
    link: ChoosingLink[str] = ChoosingLink(first, second)
    for _ in range(2):
        with pytest.raises(Unauthorized):
            await tried(link)
    assert second.runs == 0


async def test_a_token_that_no_form_takes_was_refused() -> None:
    link: ChoosingLink[str] = ChoosingLink(Form("a", Unauthorized("not here", status=401)), Form("b", absent()))
    with pytest.raises(Unauthorized, match="not here"):
        await tried(link)


async def test_where_there_is_no_form_at_all_the_last_one_says_so() -> None:
    link: ChoosingLink[str] = ChoosingLink(Form("a", absent()), Form("b", GatewayError("no feeds here", status=501)))
    with pytest.raises(GatewayError, match="no feeds here"):
        await tried(link)
