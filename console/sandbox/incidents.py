"""Scripted incidents: sequences of switches, played against a running sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Act:
    """One step of an incident.

    Attributes:
        after_s: Seconds after the step before.
        switches: What is sent to the control routes; empty clears everything.
    """

    after_s: float
    switches: Mapping[str, object] = field(default_factory=dict)


INCIDENTS: Mapping[str, tuple[Act, ...]] = {
    "brownout": (
        Act(0, {"degrade_service": {"name": "postgres", "seconds": 0.5}}),
        Act(5, {"degrade_service": {"name": "content-service", "seconds": 0.7}, "latency": 0.4}),
        Act(10, {"degrade_service": {"name": "postgres", "seconds": 1.2}}),
        Act(20),
    ),
    "service-crash": (
        Act(0, {"degrade_service": {"name": "workflow-service", "seconds": 0.6}}),
        Act(5, {"kill_service": "workflow-service"}),
        Act(20, {"restart_service": "workflow-service"}),
    ),
    "gateway-outage": (
        Act(0, {"status": {"status": 502, "path": "/api", "count": 10}}),
        Act(3, {"status": False, "outage": True}),
        Act(30),
    ),
    "expired-sessions": (
        Act(0, {"expire_tokens": True}),
        Act(10, {"expire_tokens": True, "revoke_refresh": True}),
        Act(20, {"revoke_refresh": False}),
    ),
}
