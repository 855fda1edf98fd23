"""Leaving a service that keeps failing alone for a while."""

from __future__ import annotations

import contextlib
import enum
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from console.model.errors import BreakerOpen, ConnectionLost, GatewayError, RateLimited, ServiceFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

FAILURES = 5
WINDOW_S = 30.0
REST_S = 15.0


class CircuitState(enum.StrEnum):
    """How requests to a service fare."""

    CLOSED = "closed"  # they are sent
    OPEN = "open"  # they are refused here
    PROBING = "probing"  # one is under way and decides


class CircuitView(msgspec.Struct, frozen=True, kw_only=True):
    """One service's circuit at one moment.

    Attributes:
        service: Whose it is.
        state: How requests fare.
        failures: Of the service in the last 30 s.
        probe_in_s: Until one request may try; 0 unless it is open.
        open_for_s: Since when the service is left alone, probes that failed included; 0 while it is not.
    """

    service: str
    state: CircuitState
    failures: int
    probe_in_s: float
    open_for_s: float = 0.0


@dataclass
class _Circuit:
    failed_at: deque[float] = field(default_factory=deque)
    opened_at: float | None = None
    alone_since: float | None = None
    probing: bool = False


class Breaker:
    """One circuit for each upstream service: opens at 5 failures in 30 s, lets one request try after 15 s.

    Only what a service itself does counts: 5xx, and silence until the deadline. A gateway that can't be reached is
    everybody's trouble and is told as such.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Args: clock: Seconds that only grow."""
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    def views(self) -> tuple[CircuitView, ...]:
        """Every service asked so far."""
        return tuple(self._view(service, circuit) for service, circuit in sorted(self._circuits.items()))

    def probe_now(self) -> None:
        """Let the next request of every open circuit try: the operator has reason to believe that it helps."""
        for circuit in self._circuits.values():
            if circuit.opened_at is not None:
                circuit.opened_at = self._clock() - REST_S

    @contextlib.contextmanager
    def guard(self, service: str, routes: Collection[str]) -> Iterator[None]:
        """Around one request. Cancelled, or failed on the way to the service, it says nothing about the service.

        Args:
            service: Whose circuit it is.
            routes: Of the request, as errors name them: a renewal of the token on the way is no doing of the service.

        Raises:
            BreakerOpen: The service is left alone for now.
        """
        circuit = self._circuits.setdefault(service, _Circuit())
        probing = self._admit(service, circuit)
        try:
            yield
        except GatewayError as exc:
            if exc.route in routes and _is_failure(exc):
                self._failed(circuit, probing=probing)
            elif exc.route in routes and _is_answer(exc):
                self._answered(circuit, probing=probing)
            raise
        else:
            self._answered(circuit, probing=probing)
        finally:
            if probing:
                circuit.probing = False

    def _admit(self, service: str, circuit: _Circuit) -> bool:
        """Whether the request is the one that decides."""
        if circuit.opened_at is None:
            return False
        rest_s = circuit.opened_at + REST_S - self._clock()
        if rest_s > 0 or circuit.probing:
            raise BreakerOpen(service, retry_after_s=max(0.0, rest_s))
        circuit.probing = True
        return True

    def _failed(self, circuit: _Circuit, *, probing: bool) -> None:
        now = self._clock()
        circuit.failed_at.append(now)
        while circuit.failed_at[0] <= now - WINDOW_S:
            circuit.failed_at.popleft()
        if probing or (circuit.opened_at is None and len(circuit.failed_at) >= FAILURES):
            circuit.opened_at = now
            circuit.alone_since = now if circuit.alone_since is None else circuit.alone_since

    def _answered(self, circuit: _Circuit, *, probing: bool) -> None:
        """Only the probe closes a circuit; an answer between failures does not make them fewer."""
        if probing:
            circuit.opened_at = None
            circuit.alone_since = None
            circuit.failed_at.clear()

    def _view(self, service: str, circuit: _Circuit) -> CircuitView:
        recent = sum(at > self._clock() - WINDOW_S for at in circuit.failed_at)
        rest_s = 0.0 if circuit.opened_at is None else max(0.0, circuit.opened_at + REST_S - self._clock())
        state = CircuitState.CLOSED if circuit.opened_at is None else CircuitState.OPEN
        if circuit.probing:
            state = CircuitState.PROBING
        return CircuitView(
            service=service,
            state=state,
            failures=recent,
            probe_in_s=rest_s,
            open_for_s=0.0 if circuit.alone_since is None else self._clock() - circuit.alone_since,
        )


def _is_failure(error: GatewayError) -> bool:
    return isinstance(error, ServiceFailed) or (isinstance(error, ConnectionLost) and error.timed_out)


def _is_answer(error: GatewayError) -> bool:
    """Whether the service itself said no, which it can only when it is up. 429 is the gateway's."""
    return error.status is not None and not isinstance(error, RateLimited)
