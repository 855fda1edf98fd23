"""Which candidate route of an operation lives on this gateway."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.model.capability import Operation

NONE_NAMED: Mapping[str, str] = MappingProxyType({})
ABSENT = frozenset({404, 405, 501})
UNTAKEN = frozenset({405, 501})  # nothing was done; some servers answer 404 after they did
_METHOD_NOT_ALLOWED = 405


class RouteTable:
    """Remembers, per operation, the route that answered. Only answers are remembered, never failures of a service."""

    def __init__(self, named: Mapping[str, str] = NONE_NAMED) -> None:
        """`named` gives the routes of operations by name that take the place of the dialect's candidates."""
        self._named = named
        self._live: dict[str, str] = {}

    def of(self, operation: Operation) -> Operation:
        """The operation with the route that the profile names for it; as it is where it names none."""
        route = self._named.get(operation.name)
        return operation if route is None else msgspec.structs.replace(operation, routes=(route,))

    def candidates(self, operation: Operation) -> tuple[str, ...]:
        """The routes to try, the known one alone when there is one."""
        known = self._live.get(operation.name)
        return (known,) if known in operation.routes else operation.routes

    def remember(self, operation: Operation, route: str) -> None:
        """This route answered."""
        self._live[operation.name] = route

    def forget(self, operation: Operation) -> None:
        """Its route is gone: all candidates are worth a try again."""
        self._live.pop(operation.name, None)

    def forget_all(self) -> None:
        """Probe everything again: after a reconnect the gateway may be another one."""
        self._live.clear()


def offers(status: int, headers: Mapping[str, str], method: str) -> bool:
    """Whether the answer to an OPTIONS request says that `method` lives on that route.

    405 is an answer of a route that exists and does not take OPTIONS; what it does take may stand in `Allow`.
    """
    if status in ABSENT and status != _METHOD_NOT_ALLOWED:
        return False
    allowed = _methods(headers.get("allow", "").split(","))
    return not allowed or method in allowed


def _methods(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.strip().upper() for word in words if word.strip())
