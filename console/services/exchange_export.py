"""Requests in forms that other programs take: a shell command, an HTTP archive. Neither holds a secret."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from console import __version__
from console.logs import masked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.model.exchange import Exchange

_STATUS_OF_NO_ANSWER = 0


def as_curl(exchange: Exchange, base_url: str) -> str:
    """A command for a POSIX shell that sends the request again, without its body.

    The token is `$TOKEN`, to be set by whoever runs it. Names in the route (`{id}`) stand as they are: values are not
    kept, and `--globoff` keeps curl from reading them as patterns.
    """
    url = masked(base_url.rstrip("/") + exchange.route)
    words = ["curl", "--globoff", "--request", exchange.method, url, "--header", f"X-Request-ID: {exchange.request_id}"]
    return " ".join(shlex.quote(word) for word in words) + ' --header "Authorization: Bearer $TOKEN"'


def as_har(exchanges: Iterable[Exchange], base_url: str) -> str:
    """An HTTP archive, version 1.2, without bodies, cookies, queries and secrets."""
    creator = {"name": "Gatewatch", "version": __version__}
    entries = [_entry(one, masked(base_url.rstrip("/"))) for one in exchanges]
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": entries}}, indent=1)


def _entry(exchange: Exchange, base_url: str) -> dict[str, object]:
    upstream_ms = max(0.0, min(exchange.upstream_ms or 0.0, exchange.total_ms))
    return {
        "startedDateTime": exchange.at.isoformat(),
        "time": exchange.total_ms,
        "request": {
            "method": exchange.method,
            "url": base_url + exchange.route,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                {"name": "X-Request-ID", "value": exchange.request_id},
                {"name": "Authorization", "value": "(masked)"},
            ],
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
        # Of what the gateway tells only the time of the service behind it is waiting; the rest is the way.
        "timings": {"send": 0, "wait": upstream_ms, "receive": exchange.total_ms - upstream_ms},
        "comment": f"{exchange.operation}, attempt {exchange.attempt}",
    }
