"""One request and its answer, as tracking keeps it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class Reason(enum.StrEnum):
    """Why an attempt was made."""

    FIRST = "first"  # somebody asked
    RETRY = "retry"  # the attempt before failed in a way that may pass
    RENEWED = "renewed"  # the token was refused, and is another one now
    PROBE = "probe"  # asks by OPTIONS where a write may go; does nothing
    ROUTE = "route"  # the route before does not live on this gateway
    SLASH = "slash"  # the gateway wants the path with, or without, its last slash


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt on the wire. Holds templates and numbers, never a token, a query value or a body.

    Attributes:
        at: When it was sent.
        operation: The operation's name.
        method: HTTP method.
        route: Path template.
        status: HTTP status; None when no answer came.
        error: Class name of the error; empty when there was none.
        total_ms: Until the whole body was read.
        gateway_ms: `x-kong-proxy-latency` or alike.
        upstream_ms: `x-kong-upstream-latency` or alike.
        request_id: The id we sent, or the server's own when it gave one.
        attempt: 1 for the first.
        said_at: The server's own time in its answer, uncorrected; None when it gave none.
        call_id: The same for all attempts of one call, whatever their routes and request ids; empty when it was
            recorded by a release that knew none.
        reason: Why it was made.
        service: The upstream service, as circuits know it; empty as above.
        authenticated: Whether the access token was due with it.
    """

    at: datetime
    operation: str
    method: str
    route: str
    status: int | None
    error: str
    total_ms: float
    gateway_ms: float | None
    upstream_ms: float | None
    request_id: str
    attempt: int
    said_at: datetime | None = None
    call_id: str = ""
    reason: Reason = Reason.FIRST
    service: str = ""
    authenticated: bool = False
