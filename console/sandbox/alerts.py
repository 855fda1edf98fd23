"""Alerts: raised when a component goes unhealthy, cleared when it recovers."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.model.health import HealthStatus
from console.sandbox.feeds import AlertCleared, AlertRaised

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.sandbox.components import Component, Reading
    from console.sandbox.feeds import FeedEvent
    from console.sandbox.notices import NoticeBook

_KEPT = 1_000
_SEVERITIES = {HealthStatus.HEALTHY: "info", HealthStatus.DEGRADED: "warning", HealthStatus.UNHEALTHY: "critical"}


@dataclass(frozen=True, kw_only=True)
class Alert:
    """That a component does not work.

    Attributes:
        raised_at: True time, epoch seconds.
        cleared_at: When it worked again; None while it does not.
        score: The component's, when the alert was raised.
    """

    id: str
    service: str
    severity: str
    message: str
    raised_at: float
    score: float
    cleared_at: float | None = None


class Watch:
    """Looks at every reading: a change of state becomes a notice, and an alert or its end.

    Args:
        notices: Where people learn of it.
        publish: Told every alert.
    """

    def __init__(self, notices: NoticeBook, publish: Callable[[FeedEvent], None]) -> None:
        self._notices = notices
        self._publish = publish
        self._states: dict[str, HealthStatus] = {}
        self._open: dict[str, Alert] = {}
        self._past: deque[Alert] = deque(maxlen=_KEPT)

    def look(self, component: Component, reading: Reading) -> None:
        """Take a reading in."""
        name, now = component.spec.name, reading.status
        before = self._states.get(name)
        if now is before or now is HealthStatus.UNKNOWN:
            return
        self._states[name] = now
        if before is None and now is HealthStatus.HEALTHY:
            return  # nobody needs to be told that all is as it should be
        self._alert(name, reading)
        self._notices.create(
            kind="service_state",
            title=f"{name} is {now.value}",
            message=f"{name} went from {before.value if before else 'unknown'} to {now.value}, score {reading.score}",
            severity=_SEVERITIES.get(now, "info"),
            source=name,
        )

    def current(self) -> list[Alert]:
        """The alerts that are not cleared, oldest first."""
        return sorted(self._open.values(), key=lambda alert: alert.raised_at)

    def past(self) -> list[Alert]:
        """The latest cleared alerts, oldest first."""
        return list(self._past)

    def _alert(self, name: str, reading: Reading) -> None:
        if reading.status is HealthStatus.UNHEALTHY:
            if name not in self._open:
                self._open[name] = raised = Alert(
                    id=f"alert-{secrets.token_hex(6)}",
                    service=name,
                    severity="critical",
                    message=f"{name} is unhealthy, score {reading.score}",
                    raised_at=reading.at,
                    score=reading.score,
                )
                self._publish(AlertRaised(raised))
        elif (known := self._open.pop(name, None)) is not None:
            cleared = replace(known, cleared_at=reading.at)
            self._past.append(cleared)
            self._publish(AlertCleared(cleared))
