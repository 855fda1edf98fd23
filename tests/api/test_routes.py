"""Which route of an operation lives: remembered from answers, never from failures."""

from __future__ import annotations

import pytest

from console.api.routes import RouteTable, offers
from console.model.capability import Effect, Operation

ONE = Operation(name="one", method="GET", routes=("/guide", "/field"), effect=Effect.READ)
TWO = Operation(name="two", method="GET", routes=("/guide", "/field"), effect=Effect.READ)


def test_candidates_narrow_to_the_route_that_answered() -> None:
    table = RouteTable()
    assert table.candidates(ONE) == ("/guide", "/field")
    table.remember(ONE, "/field")
    assert table.candidates(ONE) == ("/field",)
    assert table.candidates(TWO) == ("/guide", "/field")


def test_a_route_that_is_no_candidate_any_more_is_not_taken() -> None:
    table = RouteTable()
    table.remember(ONE, "/of another document")
    assert table.candidates(ONE) == ("/guide", "/field")


def test_one_or_all_are_forgotten() -> None:
    table = RouteTable()
    table.remember(ONE, "/field")
    table.remember(TWO, "/field")
    table.forget(ONE)
    table.forget(ONE)
    assert (len(table.candidates(ONE)), len(table.candidates(TWO))) == (2, 1)
    table.forget_all()
    assert len(table.candidates(TWO)) == 2


def test_a_route_that_the_profile_names_takes_the_place_of_all_candidates() -> None:
    table = RouteTable({"one": "/elsewhere"})
    assert table.candidates(table.of(ONE)) == ("/elsewhere",)
    assert table.of(TWO) is TWO


@pytest.mark.parametrize(
    ("status", "allow", "offered"),
    [
        (404, "", False),
        (501, "", False),
        (404, "POST", False),
        (200, "", True),
        (204, "GET, post", True),
        (204, " , ", True),
        (204, "GET, HEAD", False),
        (405, "POST", True),
        (405, "", True),
        (405, "GET", False),
        (401, "", True),
        (403, "", True),
    ],
)
def test_what_an_options_answer_says(status: int, allow: str, *, offered: bool) -> None:
    assert offers(status, {"allow": allow} if allow else {}, "POST") is offered
