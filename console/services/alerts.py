"""Which services turned bad: decided from one snapshot of health after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.freshness import Source
from console.model.health import HealthStatus
from console.model.preferences import AlertState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from console.model.preferences import Alerts
    from console.services.ports import HealthSnapshot

_NAMED = 3
_STATUS = {AlertState.UNHEALTHY: HealthStatus.UNHEALTHY, AlertState.DEGRADED: HealthStatus.DEGRADED}


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A service that got worse. `service` is its name, `id` the platform's."""

    service: str
    status: HealthStatus
    id: str = ""


class Watcher:
    """Follows the services of one gateway. What was bad when it began is nothing new, and what is stale no news."""

    def __init__(self) -> None:
        self._last: dict[str, HealthStatus] | None = None

    def turned(self, snapshot: HealthSnapshot) -> tuple[Turn, ...]:
        """The services that got worse since the last snapshot that was live."""
        if not snapshot.loaded or snapshot.source_lost:
            return ()
        now = {
            observed.value.id: observed.value
            for observed in snapshot.services
            if observed.source is Source.LIVE and not observed.problem
        }
        before, self._last = self._last, {id_: service.sample.status for id_, service in now.items()}
        if before is None:
            return ()
        self._last = before | self._last
        return tuple(
            Turn(service=service.name, status=service.sample.status, id=id_)
            for id_, service in now.items()
            if service.sample.status.severity > before.get(id_, HealthStatus.HEALTHY).severity
        )


def wanted(turns: Collection[Turn], alerts: Alerts, at: datetime) -> tuple[Turn, ...]:
    """Those that the operator wants to be told of at this moment; `at` is aware."""
    if not alerts.enabled or alerts.quiet_at(at.astimezone().time()):
        return ()
    states = {_STATUS[state] for state in alerts.states}
    return tuple(turn for turn in turns if turn.status in states)


def sentence(gateway: str, turns: Sequence[Turn]) -> str:
    """Any number of them in one sentence."""
    worst = max((turn.status for turn in turns), key=lambda status: status.severity)
    names = ", ".join(turn.service for turn in turns[:_NAMED])
    if len(turns) == 1:
        return tr("{service} of {gateway} turned {status}.", service=names, gateway=gateway, status=worst.value)
    if len(turns) > _NAMED:
        names = tr("{names} and {count} more", names=names, count=len(turns) - _NAMED)
    return tr("{count} services of {gateway} turned bad: {names}.", count=len(turns), gateway=gateway, names=names)
