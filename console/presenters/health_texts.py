"""The words of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.display import age_text, escaped, exact_time, printable
from console.presenters.health_reading import status_word

if TYPE_CHECKING:
    from datetime import datetime

    from console.model.health import Rates, ServiceHealth, Traffic
    from console.presenters.health_cards import Card

_NAME_LIMIT = 400
_FACT_LIMIT = 120
_THREE_DIGITS_MS = 1000.0


def name_text(service: ServiceHealth) -> str:
    """The service's name, odd characters made visible; its id where it has no name."""
    return printable(service.name or service.id, _NAME_LIMIT)


def status_text(card: Card) -> str:
    """The condition; of a stale card it is said that it was."""
    if not card.stale:
        return status_word(card.status)
    match card.status:
        case HealthStatus.HEALTHY:
            return tr("Was healthy")
        case HealthStatus.DEGRADED:
            return tr("Was degraded")
        case HealthStatus.UNHEALTHY:
            return tr("Was unhealthy")
        case HealthStatus.UNKNOWN:
            return tr("Was unknown")


def age_of(card: Card, now: datetime) -> str:
    """How old the card's value is, such as `3 s` or `14 min, offline`."""
    return age_text(card.observed.age_s(now), offline=card.offline)


def latency_text(latency_ms: float | None) -> str:
    """Such as `128 ms` or `1.24 s`; a word when nothing was measured."""
    if latency_ms is None:
        return tr("none")
    if latency_ms < _THREE_DIGITS_MS:
        return tr("{value} ms", value=f"{latency_ms:.0f}")
    return tr("{value} s", value=f"{latency_ms / 1000:.2f}")


def ratio_text(ratio: float | None) -> str:
    """A share as per cent; a word when there is none, and never a rounded-off zero."""
    if ratio is None:
        return tr("none")
    percent = ratio * 100
    if 0 < percent < 0.1:  # noqa: PLR2004  (enough digits)
        return tr("<0.1%")
    return f"{percent:.1f}%" if 0 < percent < 10 else f"{percent:.0f}%"  # noqa: PLR2004  (enough digits)


def address_text(service: ServiceHealth) -> str:
    """Host and port as far as the registry gives them."""
    if not service.host:
        return f":{service.port}" if service.port is not None else ""
    host = printable(service.host, _FACT_LIMIT)
    return f"{host}:{service.port}" if service.port is not None else host


def facts_text(service: ServiceHealth) -> str:
    """Version and address on one line."""
    return " · ".join(filter(None, (printable(service.version, _FACT_LIMIT), address_text(service))))


def traffic_text(traffic: Traffic) -> str:
    """What this console's own requests met with, on one line."""
    durations = (traffic.p50_ms, traffic.p95_ms, traffic.p99_ms)
    return tr(
        "{rate} requests/min, {errors} failed · p50 {p50} · p95 {p95} · p99 {p99}",
        rate=f"{traffic.per_minute:.1f}",
        errors=ratio_text(traffic.error_ratio),
        **dict(zip(("p50", "p95", "p99"), map(latency_text, durations), strict=True)),
    )


def accessible_text(card: Card, rates: Rates, now: datetime) -> str:
    """What a screen reader says."""
    return ", ".join(
        (
            name_text(card.service),
            status_text(card),
            tr("p95 {latency}", latency=latency_text(rates.p95_ms)),
            tr("errors {ratio}", ratio=ratio_text(rates.error_ratio)),
            tr("seen {age} ago", age=age_of(card, now)),
        )
    )


def tooltip(card: Card, now: datetime) -> str:
    """Everything the card elides, and the exact times; escaped, because Qt takes tooltips for markup."""
    service, sample = card.service, card.service.sample
    score = tr("from status") if sample.score is None else f"{sample.score:.2f}"
    lines = [
        name_text(service),
        tr("{status}, score {score}", status=status_text(card), score=score),
        facts_text(service),
        tr("seen {time} ({age})", time=exact_time(card.observed.observed_at), age=age_of(card, now)),
    ]
    if service.last_check is not None:
        lines.append(tr("checked by the platform {time}", time=exact_time(service.last_check)))
    if service.traffic is not None:
        lines.append(tr("observed by this console: {traffic}", traffic=traffic_text(service.traffic)))
    if problem := card.observed.problem or sample.problem:
        lines.append(printable(problem, _NAME_LIMIT))
    return escaped("\n".join(filter(None, lines)))
