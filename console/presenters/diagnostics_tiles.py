"""The figures over the Diagnostics table, each with its unit; what is unknown says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.connection import FeedState, Phase
from console.model.health import HealthStatus
from console.presenters.display import age_text

if TYPE_CHECKING:
    from datetime import datetime

    from console.api.budget import BudgetView
    from console.model.cached import CacheStats
    from console.model.connection import Connection
    from console.presenters.diagnostics import DiagnosticsState, Lag
    from console.services.request_stats import RequestSummary, Retries, Spread

_BAD_RATIO, _POOR_RATIO = 0.05, 0.01
_LATE_MS = 50.0


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One figure.

    Attributes:
        name: For its object name.
        caption: What it is.
        value: The figure, or a word for there being none.
        note: What it is of, or why there is none.
        status: As a shape before the value; None without.
    """

    name: str
    caption: str
    value: str
    note: str
    status: HealthStatus | None = None


def tiles(state: DiagnosticsState, now: datetime) -> tuple[Tile, ...]:
    """All, in their order."""
    return (
        _requests(state.summary),
        _errors(state.summary),
        _durations(state.summary),
        _retries(state.summary.retries),
        _cache(state.cache),
        _budget(state.budget),
        _feed(state.connection, now),
        _lag(state.lag),
    )


def spread_text(spread: Spread) -> str:
    """The three percentiles in milliseconds; a dash where nothing was measured."""
    if spread.p50_ms is None or spread.p95_ms is None or spread.p99_ms is None:
        return "-"
    return " / ".join(f"{duration_ms:,.0f}" for duration_ms in (spread.p50_ms, spread.p95_ms, spread.p99_ms))


def _requests(summary: RequestSummary) -> Tile:
    note = tr("{calls} calls in 15 min", calls=f"{summary.retries.calls:,}")
    value = tr("{count} requests/min", count=f"{summary.per_minute:,}")
    return Tile(name="requests", caption=tr("Traffic"), value=value, note=note)


def _errors(summary: RequestSummary) -> Tile:
    caption = tr("Errors")
    if summary.error_ratio is None:
        return Tile(name="errors", caption=caption, value=tr("Unknown"), note=tr("no request in 15 min"),
                    status=HealthStatus.UNKNOWN)  # fmt: skip
    status = HealthStatus.HEALTHY
    if summary.error_ratio >= _POOR_RATIO:
        status = HealthStatus.DEGRADED if summary.error_ratio < _BAD_RATIO else HealthStatus.UNHEALTHY
    failures = round(summary.error_ratio * summary.attempts)
    note = tr("{failures} of {attempts} attempts", failures=f"{failures:,}", attempts=f"{summary.attempts:,}")
    return Tile(name="errors", caption=caption, value=f"{summary.error_ratio:.1%}", note=note, status=status)


def _durations(summary: RequestSummary) -> Tile:
    caption = tr("Time until answered")
    if summary.total.p50_ms is None:
        return Tile(name="durations", caption=caption, value=tr("Unknown"), note=tr("no request in 15 min"))
    value = tr("{spread} ms", spread=spread_text(summary.total))
    return Tile(name="durations", caption=caption, value=value, note=tr("p50 / p95 / p99"))


def _retries(retries: Retries) -> Tile:
    caption = tr("Tried again")
    if not retries.retried:
        return Tile(name="retries", caption=caption, value=tr("None"), note=tr("of {calls} calls", calls=retries.calls))
    note = tr("{recovered} recovered, {given_up} did not", recovered=retries.recovered, given_up=retries.given_up)
    return Tile(
        name="retries",
        caption=caption,
        value=tr("{count} of {calls} calls", count=retries.retried, calls=retries.calls),
        note=note,
    )


def _cache(cache: CacheStats) -> Tile:
    caption = tr("Cache")
    if cache.hit_ratio is None:
        return Tile(name="cache", caption=caption, value=tr("Unknown"), note=tr("nothing was read yet"))
    at_once = cache.hits + cache.stale_hits
    note = tr("{hits} of {reads} reads, {entries} held", hits=at_once, reads=at_once + cache.misses,
              entries=cache.entries)  # fmt: skip
    return Tile(name="cache", caption=caption, value=tr("{share} hits", share=f"{cache.hit_ratio:.1%}"), note=note)


def _budget(budget: BudgetView | None) -> Tile:
    caption = tr("Polling budget")
    if budget is None:
        return Tile(name="budget", caption=caption, value=tr("Unknown"), note=tr("nothing was asked yet"),
                    status=HealthStatus.UNKNOWN)  # fmt: skip
    value = tr("{now} of {full}/min", now=round(budget.per_minute), full=round(budget.full_per_minute))
    if budget.closed_for_s > 0:
        note, status = tr("rests for {age}", age=age_text(budget.closed_for_s)), HealthStatus.UNHEALTHY
    elif budget.per_minute < budget.full_per_minute:
        note, status = tr("the gateway asked for less"), HealthStatus.DEGRADED
    elif budget.free < 1:
        note, status = tr("all used, waits a moment"), HealthStatus.HEALTHY
    else:
        note, status = tr("{count} left at once", count=int(budget.free)), HealthStatus.HEALTHY
    return Tile(name="budget", caption=caption, value=value, note=note, status=status)


def _feed(connection: Connection | None, now: datetime) -> Tile:
    caption = tr("Live feed")
    if connection is None or connection.phase in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED):
        return Tile(name="feed", caption=caption, value=tr("Unknown"), note=tr("needs a sign-in"),
                    status=HealthStatus.UNKNOWN)  # fmt: skip
    facts = connection.facts
    heard = tr("nothing heard yet")
    if facts.feed_at is not None:
        heard = tr("heard {age} ago", age=age_text((now - facts.feed_at).total_seconds()))
    match facts.feed:
        case FeedState.NONE:
            value, note, status = tr("None"), tr("asked at intervals"), HealthStatus.UNKNOWN
        case FeedState.CONNECTING:
            value, note, status = tr("Connecting"), heard, HealthStatus.DEGRADED
        case FeedState.LIVE:
            value, note, status = tr("Live"), heard, HealthStatus.HEALTHY
            if facts.feed_dropped:
                note, status = tr("{count} left out", count=f"{facts.feed_dropped:,}"), HealthStatus.DEGRADED
            elif facts.feed_degraded:
                value, note, status = tr("Live, degraded"), facts.feed_degraded, HealthStatus.DEGRADED
        case FeedState.LOST:
            value, note, status = tr("Lost"), heard, HealthStatus.UNHEALTHY
    return Tile(name="feed", caption=caption, value=value, note=note, status=status)


def _lag(lag: Lag | None) -> Tile:
    caption = tr("Window late by")
    if lag is None:
        return Tile(name="lag", caption=caption, value=tr("Unknown"), note=tr("measured in a moment"),
                    status=HealthStatus.UNKNOWN)  # fmt: skip
    status = HealthStatus.HEALTHY if lag.max_ms <= _LATE_MS else HealthStatus.DEGRADED
    value = tr("{p50} ms, at most {max} ms", p50=f"{lag.p50_ms:,.0f}", max=f"{lag.max_ms:,.0f}")
    return Tile(name="lag", caption=caption, value=value, note=tr("p50 over a minute"), status=status)
