"""All gateways as tiles: how each one does, in few words, the one that needs somebody first."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.connection import Phase
from console.model.health import HealthStatus
from console.presenters.display import age_text, printable
from console.presenters.health_reading import status_word
from console.presenters.upload_texts import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.model.noticed import Noticed
    from console.services.ports import GatewaySession

_NAME = 64
_ORDER = (HealthStatus.UNHEALTHY, HealthStatus.DEGRADED, HealthStatus.UNKNOWN, HealthStatus.HEALTHY)


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One gateway.

    Attributes:
        name: Of the profile.
        label: The operator's own mark.
        production: Says so in a word, too.
        phase: Of its connection.
        worst: The worst condition of its services; None while none is known.
        worst_service: Whose that is; empty where there is none.
        counts: Services by condition, worst first, none of zero.
        open_alerts: Alerts of this console that are not over.
        unread: Notifications that are unread and not muted.
        uploads: Uploads that are neither done nor cancelled.
        seen_at: When the worst was seen: of several that are as bad, the youngest; where all is
            well, the oldest, unless health is only observed: then most services are seldom asked.
        stale: That is old, or nothing newer can arrive.
    """

    name: str
    label: str = ""
    production: bool = False
    phase: Phase = Phase.SIGNED_OUT
    worst: HealthStatus | None = None
    worst_service: str = ""
    counts: tuple[tuple[HealthStatus, int], ...] = ()
    open_alerts: int = 0
    unread: int = 0
    uploads: int = 0
    seen_at: datetime | None = None
    stale: bool = True

    @property
    def rank(self) -> tuple[int, int]:
        """Sort descending for the one that needs somebody first: known to be bad, lost, unknown, well, signed out."""
        if self.phase is Phase.SIGNED_OUT:
            return (0, 0)
        severity = self.worst.severity if self.worst is not None else HealthStatus.UNKNOWN.severity
        if self.phase in (Phase.LOST, Phase.SIGN_IN_NEEDED):
            severity = max(severity, HealthStatus.DEGRADED.severity)
        return (1 + severity, self.open_alerts)


def tiles(
    sessions: Iterable[GatewaySession], noticed: Noticed, now: datetime, uploads: Mapping[str, int] | None = None
) -> tuple[Tile, ...]:
    """Every gateway, worst first; otherwise in the operator's order, so that nothing jumps without a reason."""
    open_alerts = Counter(entry.gateway for entry in noticed.entries if entry.is_open)
    unread = Counter(entry.gateway for entry in noticed.entries if entry.unread and not entry.muted)
    unfinished = uploads or {}
    found = [
        msgspec.structs.replace(
            _tile(session, open_alerts[session.profile.name], unread[session.profile.name], now),
            uploads=unfinished.get(session.profile.name, 0),
        )
        for session in sessions
    ]
    return tuple(sorted(found, key=lambda one: one.rank, reverse=True))


def _tile(session: GatewaySession, open_alerts: int, unread: int, now: datetime) -> Tile:
    profile, health = session.profile, session.monitor.health.value
    services = () if session.standing.value.wanted else health.services
    counts = Counter(observed.value.sample.status for observed in services)
    severity = max((observed.value.sample.status.severity for observed in services), default=0)
    worst_ones = [observed for observed in services if observed.value.sample.status.severity == severity]
    worst = max(worst_ones, key=lambda observed: (not observed.problem, observed.observed_at), default=None)
    if worst is not None and worst.value.sample.status is HealthStatus.HEALTHY and not health.observed:
        worst = min(worst_ones, key=lambda observed: (not observed.problem, observed.observed_at))
    return Tile(
        name=profile.name,
        label=profile.label,
        production=profile.production,
        phase=session.connection.value.phase,
        worst=worst.value.sample.status if worst is not None else None,
        worst_service=(worst.value.name or worst.value.id) if worst is not None else "",
        counts=tuple((status, counts[status]) for status in _ORDER if counts[status]),
        open_alerts=open_alerts,
        unread=unread,
        seen_at=worst.observed_at if worst is not None else None,
        stale=worst is None or worst.is_stale(now, budget_s=health.budget_s, source_lost=health.source_lost),
    )


def name_text(one: Tile) -> str:
    """The profile's name."""
    return printable(one.name, _NAME)


def connection_text(one: Tile) -> str:
    """The story of the connection in few words."""
    match one.phase:
        case Phase.SIGNED_OUT:
            return tr("signed out")
        case Phase.SIGN_IN_NEEDED:
            return tr("sign in again")
        case Phase.CONNECTING:
            return tr("connecting")
        case Phase.LIVE:
            return tr("live")
        case Phase.PARTIAL:
            return tr("feed lost, by polling")
        case Phase.LOST:
            return tr("unreachable")


def worst_text(one: Tile) -> str:
    """The worst condition and whose it is."""
    if one.worst is None:
        return tr("No services known")
    if one.worst is HealthStatus.HEALTHY:
        return tr("Was healthy") if one.stale else tr("All healthy")
    word = status_word(one.worst)
    others = dict(one.counts)[one.worst] - 1
    name = printable(one.worst_service, _NAME)
    said = tr("{status}: {service}", status=word, service=name)
    if others:
        said = tr("{status}: {service} and {count} more", status=word, service=name, count=others)
    return tr("Was {what}", what=said[:1].lower() + said[1:]) if one.stale else said


def alerts_text(one: Tile) -> str:
    """Open alerts, unread notifications, and uploads where there are any."""
    alerts = tr("1 open alert") if one.open_alerts == 1 else tr("{count} open alerts", count=one.open_alerts)
    said = tr("{alerts} · {count} unread", alerts=alerts, count=f"{one.unread:,}")
    return f"{said} · {counted(one.uploads)}" if one.uploads else said


def seen_text(one: Tile, now: datetime) -> str:
    """The age of what is shown."""
    if one.seen_at is None:
        return ""
    return age_text((now - one.seen_at).total_seconds(), offline=one.stale)


def counts_text(one: Tile) -> str:
    """Services by condition: `1 unhealthy, 11 healthy`."""
    return ", ".join(f"{count} {status.value}" for status, count in one.counts)


def spoken(one: Tile, now: datetime) -> str:
    """What a screen reader says."""
    age = seen_text(one, now)
    parts = (
        name_text(one),
        printable(one.label, _NAME),
        tr("production") if one.production else "",
        connection_text(one),
        worst_text(one),
        counts_text(one),
        alerts_text(one),
        tr("seen {age} ago", age=age) if age else "",
    )
    return ", ".join(part for part in parts if part)
