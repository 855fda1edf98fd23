"""What all tries of one call have together, and what came of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.api import etags, failures
from console.api.client import Call
from console.api.streaming import StreamingCall
from console.model.exchange import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from console.api.streaming import Streamed
    from console.model.capability import Operation
    from console.model.exchange import Exchange


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A good answer.

    Attributes:
        status: HTTP status: 2xx, or 304 to a caller who named what it has.
        headers: Case-insensitive.
        body: Decoded JSON; None for an empty body.
        raw: The same as received, decompressed.
        exchange: What tracking kept of it.
        clock_offset_s: Server's clock minus ours at the middle of the exchange; None without a `Date` header.
        cookies: What the answer set, by name; only those whose values a header may carry back.
    """

    status: int
    headers: Mapping[str, str]
    body: object
    exchange: Exchange
    clock_offset_s: float | None
    cookies: Mapping[str, str]
    raw: bytes = b""

    @property
    def etag(self) -> str:
        """What names this state of the answer; empty when the server gave nothing that may be sent back."""
        return etags.valid(self.headers.get("etag", ""))

    @property
    def not_modified(self) -> bool:
        """Whether what the caller has is still the answer."""
        return self.status == etags.NOT_MODIFIED


@dataclass(frozen=True, kw_only=True)
class Tries:
    """What all tries of one call have together.

    That is the deadline in the loop's time, the numbers of their attempts, and the login they are for.
    `reason` is why the next attempt is made.
    """

    deadline: float
    numbers: Iterator[int]
    call_id: str
    login: int
    reason: Reason = Reason.FIRST

    def call(
        self,
        operation: Operation,
        method: str,
        route: str,
        headers: Mapping[str, str],
        streamed: Streamed | None = None,
    ) -> Call:
        """The next one, on one route."""
        kind = Call if streamed is None else functools.partial(StreamingCall, streamed=streamed)
        return kind(
            operation=operation,
            method=method,
            route=route,
            headers=dict(headers),
            deadline=self.deadline,
            numbers=self.numbers,
            call_id=self.call_id,
            reason=self.reason,
            login=self.login,
        )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the caller gave, the same for every route and every try. What is `streamed` is tried once."""

    fields: Mapping[str, str]
    tenant: str
    params: Mapping[str, str] | None = None
    payload: object = None
    form: Mapping[str, str] | None = None
    cookies: Mapping[str, str] | None = None
    etag: str = ""
    key: str = ""
    streamed: Streamed | None = None


def cookies(response: httpx.Response) -> dict[str, str]:
    """By name, whatever their paths: asking httpx for one of two cookies with the same name raises."""
    if "set-cookie" not in response.headers:  # httpx takes 0.1 ms to find none
        return {}
    found = {cookie.name: cookie.value or "" for cookie in response.cookies.jar}
    return {name: value for name, value in found.items() if value.isascii() and value.isprintable()}


def clock_offset_s(headers: Mapping[str, str], exchange: Exchange) -> float | None:
    """Server's clock minus ours, as good as a short exchange tells."""
    said = failures.http_date(headers.get("date"))
    return None if said is None else said - (exchange.at.timestamp() + exchange.total_ms / 2000)
