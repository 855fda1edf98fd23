"""What stays when a feed brings more than can be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.deployment import Deployment
from console.model.health import HealthChange
from console.model.metrics import MetricsReport
from console.model.notice import Notice

if TYPE_CHECKING:
    from console.model.feed import FeedItem


def importance(item: FeedItem) -> int:
    """Higher stays longer: notices are told once, while health and numbers are told again and can be read anew."""
    match item:
        case Notice():
            return 3
        case Deployment():
            return 2
        case HealthChange() | MetricsReport():
            return 1
        case _:
            return 0
