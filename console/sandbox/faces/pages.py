"""A part of a list: `limit` and `offset` of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

_LIMIT, _LIMIT_MAXIMUM = 50, 100
_DIGITS = 9
Entry = TypeVar("Entry")


def window(request: Request, entries: Sequence[Entry]) -> Sequence[Entry]:
    """What a query asks for; nonsense is the default."""
    limit = min(_LIMIT_MAXIMUM, number(request.query_params.get("limit"), _LIMIT))
    offset = number(request.query_params.get("offset"), 0)
    return entries[offset : offset + limit]


def number(text: str | None, default: int) -> int:
    """A number of a query, or what stands for its absence and for nonsense."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _DIGITS else default
