"""One request and its answer, as tracking keeps it."""

from __future__ import annotations

from datetime import datetime

import msgspec


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
