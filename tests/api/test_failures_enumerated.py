"""Every exception class of httpx becomes one of our tree."""

from __future__ import annotations

import httpx
import pytest

from console.api import failures
from console.model.errors import GatewayError

_REQUEST = httpx.Request("GET", "https://gateway.example/x")


def _every() -> list[type[Exception]]:
    found = {one for one in vars(httpx).values() if isinstance(one, type) and issubclass(one, Exception)}
    return sorted(found, key=lambda one: one.__name__)


def _made(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("said", request=_REQUEST, response=httpx.Response(500))
    if kind in (httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead, httpx.RequestNotRead):
        return kind()
    return kind("said")


@pytest.mark.parametrize(
    "kind", [one for one in _every() if one is not httpx.CookieConflict], ids=lambda one: one.__name__
)
def test_every_exception_of_httpx_is_one_of_ours(kind: type[Exception]) -> None:  # CookieConflict: no jar is kept
    error = failures.from_httpx(_made(kind), "GET /x", "r-1")  # type: ignore[arg-type]
    assert isinstance(error, GatewayError)
    assert error.route == "GET /x"
