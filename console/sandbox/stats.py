"""What clients did, for tests that assert on the wire."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_CHOICE = ("authorization", "cookie", "x-tenant-id", "x-request-id", "x-kong-request-id", "x-client-version")


class Stats:
    """Counters of one sandbox. Headers are noted as present or not: no value is kept."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.sign_ins = 0
        self.refreshes = 0
        self.code_trades = 0
        self.feeds_opened = 0
        self._headers: dict[str, dict[str, bool]] = {}

    def came_in(self, face: str, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Note a request before anything is done with it."""
        route = f"{face} {method} {path}"
        self.requests[route] += 1
        self._headers[route] = {name: name in headers for name in _BY_CHOICE}

    def went_out(self, face: str, status: int) -> None:
        """Note an answer."""
        self.answers[f"{face} {status}"] += 1

    def snapshot(self, open_feeds: int) -> dict[str, object]:
        """Everything, as plain values."""
        return {
            "requests": dict(self.requests),
            "answers": dict(self.answers),
            "sign_ins": self.sign_ins,
            "refreshes": self.refreshes,
            "code_trades": self.code_trades,
            "feeds_opened": self.feeds_opened,
            "open_feeds": open_feeds,
            "headers": {route: dict(seen) for route, seen in self._headers.items()},
        }
