"""Narrowing a list of requests by what an operator types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.model.exchange import Exchange

_CLASS_LENGTH = 3


def matches(exchange: Exchange, text: str) -> bool:
    """Whether a request passes `status:5xx method:GET route:/x id:… service:… reason:retry slow:>500`.

    Other words are looked for everywhere. All words must fit, in any case. `status:none` finds requests without an
    answer; `slow:` is in milliseconds.
    """
    return all(_fits(exchange, word) for word in text.casefold().split())


def _fits(exchange: Exchange, word: str) -> bool:
    name, colon, value = word.partition(":")
    if not colon:
        name = ""
    match name:
        case "status":
            status = "none" if exchange.status is None else str(exchange.status)
            wanted = value[:1] if len(value) == _CLASS_LENGTH and value.endswith("xx") else value
            return status.startswith(wanted)
        case "method":
            return exchange.method.casefold().startswith(value)
        case "route":
            return value in exchange.route.casefold()
        case "id":
            return value in exchange.request_id.casefold()
        case "service":
            return value in f"{exchange.service} {exchange.operation}".casefold()
        case "reason":
            return exchange.reason.startswith(value)
        case "slow":
            try:
                return exchange.total_ms > float(value.lstrip(">") or 0)
            except ValueError:
                return True  # still being typed
        case _:
            shown = f"{exchange.operation} {exchange.method} {exchange.route} {exchange.status} {exchange.error}"
            return word in f"{shown} {exchange.request_id}".casefold()
