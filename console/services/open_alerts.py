"""Alerts of this console over one gateway: raised when a service is seen bad, over when it is seen well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.freshness import Source
from console.model.health import HealthStatus
from console.model.notice import Notice, Severity
from console.model.noticed import OpenAlert
from console.services.alerts import Watcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.model.health import ServiceHealth
    from console.services.ports import HealthSnapshot

KEPT = 500
_BAD = {HealthStatus.UNHEALTHY: Severity.CRITICAL, HealthStatus.DEGRADED: Severity.WARNING}


class OpenAlerts:
    """Follows one gateway's health. What is stale neither raises an alert nor ends one."""

    def __init__(self) -> None:
        self._watcher = Watcher()
        self._open: dict[str, OpenAlert] = {}  # by service
        self._past: list[OpenAlert] = []
        self._missed: set[str] = set()  # bad when the gateway ceased to list them
        self._began = False
        self._count = 0

    @property
    def alerts(self) -> Sequence[OpenAlert]:
        """Those that are open, and the latest that are over."""
        return (*self._open.values(), *self._past)

    @property
    def open_count(self) -> int:
        """How many are not over."""
        return len(self._open)

    def look(self, snapshot: HealthSnapshot, at: datetime) -> bool:
        """Take in what is known of the services; whether that changed anything."""
        if not snapshot.loaded or snapshot.source_lost:
            return False
        live = {
            observed.value.id: observed.value
            for observed in snapshot.services
            if observed.source is Source.LIVE and not observed.problem
        }
        turned = {turn.id for turn in self._watcher.turned(snapshot)}
        changed = self._end(live, at)
        changed = self._miss({observed.value.id for observed in snapshot.services}, at) or changed
        for id_, service in live.items():
            status = service.sample.status
            back = id_ in self._missed
            self._missed.discard(id_)
            if status in _BAD and (id_ in turned or back or (not self._began and id_ not in self._open)):
                self._raise(service, status, at, known_before=not self._began)
                changed = True
        self._began = self._began or bool(live)
        return changed

    def _end(self, live: dict[str, ServiceHealth], at: datetime) -> bool:
        well = [id_ for id_ in self._open if id_ in live and live[id_].sample.status is HealthStatus.HEALTHY]
        for id_ in well:
            self._put_away(id_, at)
        return bool(well)

    def _miss(self, listed: set[str], at: datetime) -> bool:
        """What the gateway lists no more can't be seen well: its alert is over all the same, and says why."""
        gone = [id_ for id_ in self._open if id_ not in listed]
        for id_ in gone:
            alert = self._open[id_]
            text = "\n".join(filter(None, (alert.notice.text, tr("The gateway lists this service no more."))))
            self._open[id_] = msgspec.structs.replace(alert, notice=msgspec.structs.replace(alert.notice, text=text))
            self._put_away(id_, at)
        self._missed |= set(gone)
        return bool(gone)

    def _raise(self, service: ServiceHealth, status: HealthStatus, at: datetime, *, known_before: bool) -> None:
        if service.id in self._open:  # it got worse: that is another one
            self._put_away(service.id, at)
        self._count += 1
        id_ = f"console-{self._count}"
        name = service.name or service.id
        notice = Notice(
            id=id_,
            at=at,
            title=_title(name, status, known_before=known_before),
            text=service.sample.problem,
            severity=_BAD[status],
            source=name,
        )
        self._open[service.id] = OpenAlert(
            id=id_, service_id=service.id, notice=notice, state=status, known_before=known_before
        )

    def _put_away(self, service_id: str, at: datetime) -> None:
        over = msgspec.structs.replace(self._open.pop(service_id), resolved_at=at)
        self._past = [over, *self._past[: KEPT - 1]]


def _title(name: str, status: HealthStatus, *, known_before: bool) -> str:
    if known_before:
        return tr("{service} is {status}", service=name, status=status.value)
    return tr("{service} turned {status}", service=name, status=status.value)
