"""Requests as an HTTP archive, for other programs. It holds no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from console import __version__
from console.logs import masked
from console.services.curl import address_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.model.exchange import Exchange

_STATUS_OF_NO_ANSWER = 0


def as_har(exchanges: Iterable[Exchange], base_url: str) -> str:
    """An HTTP archive, version 1.2, without bodies, cookies, queries and secrets."""
    creator = {"name": "Gatewatch", "version": __version__}
    entries = [_entry(one, masked(base_url.rstrip("/"))) for one in exchanges]
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": entries}}, indent=1)


def _entry(exchange: Exchange, base_url: str) -> dict[str, object]:
    told_ms = [part_ms for part_ms in (exchange.gateway_ms, exchange.upstream_ms) if part_ms is not None]
    # What the gateway tells of itself and of the service is waiting, the rest the way; if it tells nothing, all is.
    wait_ms = min(sum(told_ms), exchange.total_ms) if told_ms else exchange.total_ms
    receive_ms = exchange.total_ms - wait_ms
    headers = [{"name": "X-Request-ID", "value": exchange.request_id}]
    if exchange.authenticated:
        headers.append({"name": "Authorization", "value": "(masked)"})
    comment = f"{exchange.operation}, attempt {exchange.attempt} ({exchange.reason})"
    if "{" in exchange.route:
        comment += "; the URL is a template, its values are not kept"
    return {
        "startedDateTime": exchange.at.isoformat(),
        "time": wait_ms + receive_ms,
        "request": {
            "method": exchange.method,
            "url": address_of(exchange, base_url),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers,
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": exchange.status or _STATUS_OF_NO_ANSWER,
            "statusText": exchange.error,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": -1, "mimeType": ""},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": wait_ms, "receive": receive_ms},
        "comment": comment,
    }
