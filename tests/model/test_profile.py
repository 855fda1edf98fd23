"""What a profile may hold."""

from __future__ import annotations

import pytest

from console.model.errors import ProfileError
from console.model.profile import ROUTES_LIMIT, checked_routes


def test_routes_are_trimmed_and_empty_ones_left_out() -> None:
    told = {" auth.login ": " /auth/auth/login ", "health.registry": "", "documents.get": "/docs/{id}"}
    assert checked_routes(told) == {"auth.login": "/auth/auth/login", "documents.get": "/docs/{id}"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("login", "/a"),
        ("Auth.Login", "/a"),
        ("auth.login", "auth/login"),
        ("auth.login", "//elsewhere.example/login"),
        ("auth.login", "http://elsewhere.example/login"),
        ("auth.login", "/a/../b"),
        ("auth.login", "/a?token=x"),
        ("auth.login", "/a b"),
        ("auth.login", "/" + "a" * 300),
    ],
)
def test_what_is_no_route_is_named(name: str, path: str) -> None:
    with pytest.raises(ProfileError) as caught:
        checked_routes({name: path})
    assert name in str(caught.value)


def test_there_is_an_end_to_routes() -> None:
    with pytest.raises(ProfileError):
        checked_routes({f"one.n{number}": "/a" for number in range(ROUTES_LIMIT + 1)})
