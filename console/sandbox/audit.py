"""What was done on the platform, newest last, in memory."""

from __future__ import annotations

import itertools
import time
from collections import deque
from dataclasses import dataclass

_KEPT = 200_000


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """One call or one event of the platform.

    Attributes:
        at: True time, epoch seconds.
        category: Such as `authentication`, `data_access`, `system`.
        outcome: `success`, `failure` or `denied`.
    """

    id: int
    at: float
    category: str
    action: str
    user_id: str = ""
    ip_address: str = ""
    outcome: str = "success"


class AuditTrail:
    """Bounded: the oldest events go first."""

    def __init__(self) -> None:
        self._events: deque[AuditEvent] = deque(maxlen=_KEPT)
        self._ids = itertools.count(1)

    def add(
        self, category: str, action: str, *, user_id: str = "", ip_address: str = "", outcome: str = "success"
    ) -> None:
        """Record that something happened now."""
        self._events.append(
            AuditEvent(
                id=next(self._ids),
                at=time.time(),
                category=category,
                action=action,
                user_id=user_id,
                ip_address=ip_address,
                outcome=outcome,
            )
        )

    def latest(self, count: int) -> list[AuditEvent]:
        """The newest events, oldest first."""
        return list(self._events)[-count:]
