"""What the Diagnostics view says of services and attempts, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.api.breaker import CircuitState
from console.i18n import tr
from console.model.exchange import Reason
from console.model.health import HealthStatus
from console.presenters.diagnostics_tiles import spread_text
from console.presenters.display import age_text, exact_time, printable
from console.services.explain_attempt import explain_attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.api.breaker import CircuitView
    from console.model.exchange import Exchange
    from console.presenters.diagnostics import DiagnosticsState

_BAR = 14
_NAME = 60


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream service: its circuit as shape and words, and the figures after it."""

    service: str
    status: HealthStatus
    circuit: str
    figures: tuple[str, ...]


def figure_captions() -> tuple[str, ...]:
    """Of a row's figures; durations are p50 / p95 / p99 of 15 minutes."""
    return (tr("Attempts"), tr("Failed"), tr("Tried again"), tr("Total ms"), tr("Gateway ms"), tr("Upstream ms"))


def service_rows(state: DiagnosticsState) -> tuple[ServiceRow, ...]:
    """Every service that was asked, or whose circuit is known, by name."""
    circuits = {one.service: one for one in state.circuits}
    stats = {one.service: one for one in state.summary.services}
    rows = []
    for service in sorted(circuits.keys() | stats.keys()):
        status, said = _circuit(circuits.get(service))
        figures: tuple[str, ...] = ("0", "0", "0", "-", "-", "-")
        if (one := stats.get(service)) is not None:
            figures = (
                f"{one.attempts:,}", f"{one.failures:,}", f"{one.retries.retried:,}",
                spread_text(one.total), spread_text(one.gateway), spread_text(one.upstream),
            )  # fmt: skip
        rows.append(ServiceRow(service=printable(service, _NAME), status=status, circuit=said, figures=figures))
    return tuple(rows)


def attempts_text(attempts: Sequence[Exchange]) -> str:
    """The attempts of one call, why each was made and what became of it, with their times as bars."""
    lines: list[str] = [printable(attempts[0].operation)] if attempts else []
    for one in attempts:
        outcome = str(one.status) if one.status is not None else tr("no answer")
        lines += ["", tr("Attempt {number}, {reason}", number=one.attempt, reason=_reason(one.reason)),
                  f"{one.method} {printable(one.route)}  {outcome}"]  # fmt: skip
        if sentence := explain_attempt(one):
            lines.append(printable(sentence))
        lines += [
            exact_time(one.at),
            tr("Request {id}", id=printable(one.request_id)),
            _bar(tr("gateway"), one.gateway_ms, one.total_ms),
            _bar(tr("upstream"), one.upstream_ms, one.total_ms),
            _bar(tr("rest"), one.total_ms - (one.gateway_ms or 0.0) - (one.upstream_ms or 0.0), one.total_ms),
            _bar(tr("total"), one.total_ms, one.total_ms),
        ]
    return "\n".join(lines)


def _reason(reason: Reason) -> str:
    match reason:
        case Reason.FIRST:
            return tr("the first")
        case Reason.RETRY:
            return tr("tried again")
        case Reason.RENEWED:
            return tr("with a renewed token")
        case Reason.PROBE:
            return tr("asks where the request may go")
        case Reason.ROUTE:
            return tr("on the next route")
        case Reason.SLASH:
            return tr("as redirected: a slash")


def _circuit(circuit: CircuitView | None) -> tuple[HealthStatus, str]:
    if circuit is None:
        return HealthStatus.UNKNOWN, tr("No circuit: polled or sign-in")
    alone = age_text(circuit.open_for_s)
    match circuit.state:
        case CircuitState.CLOSED if circuit.failures:
            return HealthStatus.DEGRADED, tr("Asked; failures in 30 s: {count}", count=circuit.failures)
        case CircuitState.CLOSED:
            return HealthStatus.HEALTHY, tr("Asked")
        case CircuitState.OPEN if circuit.probe_in_s > 0:
            wait = age_text(circuit.probe_in_s)
            return HealthStatus.UNHEALTHY, tr("Left alone for {alone}, next try in {wait}", alone=alone, wait=wait)
        case CircuitState.OPEN:
            return HealthStatus.UNHEALTHY, tr("Left alone for {alone}, the next request tries", alone=alone)
        case CircuitState.PROBING:
            return HealthStatus.DEGRADED, tr("Left alone for {alone}, one request tries now", alone=alone)


def _bar(caption: str, part_ms: float | None, total_ms: float) -> str:
    if part_ms is None:
        return f"  {caption:10}" + tr("not told")
    share = min(1.0, max(0.0, part_ms / total_ms)) if total_ms else 0.0
    return (
        f"  {caption:10}" + f"{tr('{count} ms', count=f'{max(0.0, part_ms):,.0f}'):>10}  " + "█" * round(share * _BAR)
    )
