"""What became of one recorded attempt, as far as its record tells: the error's class and the status, no detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.errors import (
    ConnectFailed,
    Forbidden,
    GatewayError,
    NotAGateway,
    NotFound,
    RateLimited,
    Rejected,
    ServiceFailed,
    TlsFailed,
    Unauthorized,
)
from console.model.exchange import Reason
from console.services.explain import explain
from console.services.request_stats import failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.exchange import Exchange

_SAID_BY_CLASS: dict[str, Callable[[int | None], GatewayError]] = {
    "ConnectFailed": lambda _status: ConnectFailed(reason=""),
    "Forbidden": lambda status: Forbidden(status=status),
    "NotAGateway": lambda status: NotAGateway(status=status),
    "NotFound": lambda status: NotFound(status=status),
    "RateLimited": lambda _status: RateLimited(),
    "Rejected": lambda status: Rejected(status=status),
    "ServiceFailed": lambda status: ServiceFailed(status=status),
    "TlsFailed": lambda _status: TlsFailed(reason=""),
    "Unauthorized": lambda status: Unauthorized(status=status),
}


def explain_attempt(exchange: Exchange) -> str:
    """One sentence; empty for an attempt that brought a good answer.

    Only headlines: what to do about it depends on what came after, and on details that no record keeps.
    """
    if not failed(exchange):
        return ""
    if exchange.reason is Reason.PROBE:
        return tr("This route does not say what it takes.")
    if exchange.error == "ConnectionLost":
        return tr("The connection broke, or no answer came in time.")  # which of them is not recorded
    if exchange.error == "ProtocolViolation":
        return tr("The gateway's answer can't be read.")
    if exchange.error == "NotAGateway" and exchange.status is not None and 300 <= exchange.status < 400:  # noqa: PLR2004  (HTTP's redirects)
        return tr("The gateway sends to another address ({status}).", status=exchange.status)
    if (made := _SAID_BY_CLASS.get(exchange.error)) is not None:
        return explain(made(exchange.status)).headline
    if exchange.status is not None:
        return tr("{error}: the gateway answered {status}.", error=exchange.error or "HTTP", status=exchange.status)
    return tr("{error}: no answer came.", error=exchange.error)
