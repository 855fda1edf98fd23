"""What the Diagnostics view says, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.breaker import CircuitState
from console.i18n import tr
from console.presenters.display import exact_time, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.exchange import Exchange
    from console.presenters.diagnostics import DiagnosticsState

_BAR = 24
_NAME, _FIGURE = 28, 8


def tiles_text(state: DiagnosticsState) -> str:
    """The summary in one line."""
    summary = state.summary
    return " · ".join((
        tr("{count} requests/min", count=summary.per_minute),
        tr("errors {share}", share=_share(summary.error_ratio)),
        tr("p95 {time}", time=_ms(summary.total.p95_ms)),
        tr("{retried} further attempts, {recovered} of them answered", retried=summary.retries.retried,
           recovered=summary.retries.recovered),
        tr("cache hits {share}", share=_share(state.cache.hit_ratio)),
        tr("loop late by {time} at most", time=_ms(state.lag_ms)),
    ))  # fmt: skip


def services_text(state: DiagnosticsState) -> str:
    """One line a circuit, then one an operation with its percentiles over 15 minutes."""
    lines = [_circuit(one.service, one.state, one.failures, one.probe_in_s) for one in state.circuits]
    head = tr("last 15 min, ms")
    captions = (tr("p50"), tr("p95"), tr("p99"), tr("gw p95"), tr("up p95"), tr("calls"), tr("again"), tr("failed"))
    lines.append(f"{head:{_NAME}}" + "".join(f"{caption:>{_FIGURE}}" for caption in captions))
    for one in state.summary.operations:
        figures = (
            _plain(one.total.p50_ms), _plain(one.total.p95_ms), _plain(one.total.p99_ms), _plain(one.gateway.p95_ms),
            _plain(one.upstream.p95_ms), str(one.retries.calls), str(one.retries.retried), str(one.failures),
        )  # fmt: skip
        lines.append(f"{one.operation[:_NAME]:{_NAME}}" + "".join(f"{figure:>{_FIGURE}}" for figure in figures))
    return "\n".join(lines)


def attempts_text(attempts: Sequence[Exchange]) -> str:
    """The attempts under one request id, with their times as bars."""
    lines = [tr("Request id {id}", id=printable(attempts[0].request_id))] if attempts else []
    for one in attempts:
        outcome = str(one.status) if one.status is not None else tr("no answer")
        lines += [
            "",
            tr("Attempt {number}, {at}", number=one.attempt, at=exact_time(one.at)),
            f"{one.method} {printable(one.route)}  {outcome}  {printable(one.error)}".rstrip(),
            _bar(tr("gateway"), one.gateway_ms, one.total_ms),
            _bar(tr("upstream"), one.upstream_ms, one.total_ms),
            _bar(tr("rest"), one.total_ms - (one.gateway_ms or 0.0) - (one.upstream_ms or 0.0), one.total_ms),
            _bar(tr("total"), one.total_ms, one.total_ms),
        ]
    return "\n".join(lines)


def _circuit(service: str, state: CircuitState, failures: int, probe_in_s: float) -> str:
    match state:
        case CircuitState.CLOSED:
            said = tr("● requests are sent")
        case CircuitState.OPEN:
            said = tr("■ left alone, tried again in {count} s", count=round(probe_in_s))
        case CircuitState.PROBING:
            said = tr("▲ one request tries")
    return f"{printable(service)[:_NAME]:{_NAME}}  {said}, " + tr("{count} failures", count=failures)


def _bar(caption: str, part_ms: float | None, total_ms: float) -> str:
    if part_ms is None:
        return f"  {caption:10}{_ms(None)}"
    share = min(1.0, max(0.0, part_ms / total_ms)) if total_ms else 0.0
    return f"  {caption:10}{_ms(max(0.0, part_ms)):>10}  " + "█" * round(share * _BAR)


def _ms(duration_ms: float | None) -> str:
    return "-" if duration_ms is None else tr("{count} ms", count=f"{duration_ms:,.0f}")


def _plain(duration_ms: float | None) -> str:
    return "-" if duration_ms is None else f"{duration_ms:,.0f}"


def _share(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1%}"
